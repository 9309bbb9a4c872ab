using FluentValidation;
using Microsoft.AspNetCore.Http.HttpResults;
using Muse.Adapters.Postgres;
using Muse.Api.Http;
using Muse.Api.Identity;
using Muse.Api.OpenApi;
using Muse.Domain.Preflights;
using NodaTime;

namespace Muse.Api.Preflights;

/// <summary>What the browser found out; the members are those of <see cref="PreflightDone"/>.</summary>
public sealed record PreflightReport(
    IReadOnlyList<TriedPath> Paths, MeasuredLine? Line, string Microphone, string Camera, SoundProcessing? Sound, string Browser);

internal sealed class PreflightReportRules : AbstractValidator<PreflightReport>
{
    public PreflightReportRules()
    {
        RuleFor(report => report.Paths).Must(paths => paths.Count <= Preflight.AllPaths.Count)
            .WithErrorCode("too_many").WithMessage($"At most {Preflight.AllPaths.Count} paths.");
        RuleForEach(report => report.Paths).ChildRules(path => path.RuleFor(tried => tried.SetupMilliseconds).InclusiveBetween(0, 60_000));
        RuleFor(report => report.Line!).ChildRules(line =>
        {
            line.RuleFor(l => l.RoundTripMilliseconds).InclusiveBetween(0, 60_000);
            line.RuleFor(l => l.LossPercent).InclusiveBetween(0, 100);
            line.RuleFor(l => l.JitterMilliseconds).InclusiveBetween(0, 10_000);
            line.RuleFor(l => l.UpKbps).InclusiveBetween(0, 1_000_000);
            line.RuleFor(l => l.DownKbps).InclusiveBetween(0, 1_000_000);
        }).When(report => report.Line is not null);
        RuleFor(report => report.Microphone).Must(Preflight.AllDeviceStates.Contains).WithErrorCode("unknown_device_state")
            .WithMessage($"A device is one of {string.Join(", ", Preflight.AllDeviceStates)}.");
        RuleFor(report => report.Camera).Must(Preflight.AllDeviceStates.Contains).WithErrorCode("unknown_device_state")
            .WithMessage($"A device is one of {string.Join(", ", Preflight.AllDeviceStates)}.");
        RuleFor(report => report.Sound!).ChildRules(sound =>
        {
            sound.RuleFor(s => s.ChannelCount).InclusiveBetween(1, 64);
            sound.RuleFor(s => s.SampleRate).InclusiveBetween(1_000, 768_000);
        }).When(report => report.Sound is not null);
        RuleFor(report => report.Browser).Must(Preflight.AllBrowsers.Contains).WithErrorCode("unknown_browser")
            .WithMessage($"A browser is one of {string.Join(", ", Preflight.AllBrowsers)}.");
    }
}

/// <summary><c>POST /v1/preflights/{id}/result</c>: repeatable with the same result.</summary>
internal static class FinishPreflight
{
    public static void MapFinishPreflight(this IEndpointRouteBuilder app) => app
        .MapPost("/v1/preflights/{id:guid}/result", Handle)
        .Validated<PreflightReport>()
        .Described("finishPreflight", "Preflights", "Store what the browser measured; the answer says which providers will work",
            ["preflight_done", "media_not_offered", "unknown_path", "path_not_offered", "duplicate_path", "unknown_outcome", "setup_without_connection",
                "line_without_connection", "unknown_device_state", "unknown_browser", "out_of_range", "too_many"],
            new PreflightReport(
                [new TriedPath(Preflight.Direct, "timed_out"), new TriedPath(Preflight.TurnTls, Preflight.Connected, 412)],
                new MeasuredLine(182.5, 0.4, 7.25, 2410, 2380), "ok", "ok", new SoundProcessing(false, false, false, 2, 48_000), "chromium"));

    private static async Task<Results<Ok<PreflightAnswer>, ProblemHttpResult>> Handle(
        Guid id, PreflightReport report, Caller caller, LivePreflights live, EventStore store, People people, ExplainPreflight explain,
        TimeProvider time, CancellationToken ct)
    {
        await using var session = store.OpenSession(new Actor(caller.PersonId, caller.TutorId is null ? Role.Student : Role.Tutor));
        var stream = await session.FetchForWriting<Preflight>(id, ct);
        var begun = live.Waiting(id) ?? (stream.Aggregate?.Done is { } kept
            ? new BegunPreflight(id, kept.PersonId, kept.StudentId, kept.ByPersonId, [.. kept.Paths.Select(tried => tried.Path)])
            : null);
        if (begun is null || begun.ByPersonId != caller.PersonId || await people.Of(begun.PersonId, ct) is not { } person)
            return Problems.NotFound();
        var done = new PreflightDone(id, begun.PersonId, begun.StudentId, begun.ByPersonId, report.Paths, report.Line, report.Microphone,
            report.Camera, report.Sound, report.Browser, Instant.FromDateTimeOffset(time.GetUtcNow()));
        var decision = Preflight.Finish(stream.Aggregate, done, begun.Offered);
        if (decision.IsRefused)
            return Problems.From(decision.Refusal);
        if (!decision.ChangesNothing)
        {
            stream.AppendMany(decision.Events);
            await session.SaveChangesAsync(ct);
        }
        await live.Close(id);
        var latest = stream.Aggregate ?? Preflight.Create((PreflightDone)decision.Events[0]);
        return TypedResults.Ok(await explain.Of(latest, begun.StudentId, begun.StudentId is null ? caller.TutorId : null, person.Country, ct));
    }
}
