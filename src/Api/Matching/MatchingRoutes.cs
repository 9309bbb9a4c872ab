using Microsoft.AspNetCore.Http.HttpResults;
using Muse.Adapters.Postgres;
using Muse.Api.ApiKeys;
using Muse.Api.Http;
using Muse.Api.Identity;
using Muse.Api.OpenApi;
using Muse.Api.Scheduling;
using Muse.Domain;
using Muse.Domain.ApiKeys;
using Muse.Domain.Matching;
using Muse.Domain.Scheduling;
using NodaTime;

namespace Muse.Api.Matching;

public sealed record MentorRequestMade(Guid Id);

/// <summary>A mentor request on the wire.</summary>
public sealed record MentorRequestAnswer(Guid Id, Guid StudentId, string Instrument, string Level, IReadOnlyList<string> Languages,
    string TimeZone, IReadOnlyList<WeeklyHours> WishedHours, int DurationMinutes, string CreatedAt)
{
    public static MentorRequestAnswer Of(MentorRequested wish) => new(wish.RequestId, wish.StudentId, wish.Instrument, wish.Level, wish.Languages,
        wish.TimeZone, wish.WishedHours, wish.DurationMinutes, TimeText.Of(wish.At));
}

/// <summary>A tutor who fits, why, and the next times both can take (<c>viewerLocal</c> in the request's zone).</summary>
public sealed record MatchAnswer(Guid TutorId, string DisplayName, double Score, IReadOnlyList<ScorePart> Parts, int FreeMinutesPerWeek,
    IReadOnlyList<SlotAnswer> NextSlots);

public sealed record MatchesAnswer(string TimeZoneDatabase, IReadOnlyList<MatchAnswer> Items);

public static class MatchingRoutes
{
    private const int UsualMatches = 10, MostMatches = 50;

    public static IServiceCollection AddMatching(this IServiceCollection services) => services
        .AddSingleton<WhoIsFree>()
        .AddSingleton<FindMatches>();

    public static IEndpointRouteBuilder MapMatching(this IEndpointRouteBuilder app)
    {
        var requests = app.MapGroup("/v1/mentor-requests");
        requests.MapPost("/", Make).Idempotent().ForKeys(ApiScope.BookingsWrite).Described("makeMentorRequest", "Matching", "Look for a teacher",
            ["not_found", "invalid_instrument", "unknown_level", "no_language", "invalid_language", "unknown_time_zone", "no_wished_hours",
                "invalid_day", "invalid_time", "empty_window", "invalid_duration", "too_many"],
            new MentorWish
            {
                StudentId = Guid.Parse("0199b3a0-0000-7000-8000-000000000002"),
                Instrument = "violin",
                Level = "beginner",
                Languages = ["ko", "en"],
                TimeZone = "Asia/Dubai",
                WishedHours = [new(2, "16:00", "18:00"), new(6, "10:00", "13:00")],
                DurationMinutes = 50,
            });
        requests.MapGet("/{id:guid}", Read).ForKeys(ApiScope.BookingsRead).Described("getMentorRequest", "Matching", "A request for a teacher");
        requests.MapGet("/{id:guid}/matches", Find).ForKeys(ApiScope.BookingsRead).Described("getMatches", "Matching", "Tutors who fit, best first, with the reasons", ["out_of_range"]);
        return app;
    }

    private static async Task<Results<Created<MentorRequestMade>, ProblemHttpResult>> Make(MentorWish wish, Caller caller, EventStore store,
        People people, TimeProvider time, CancellationToken ct)
    {
        if (!(caller.MayActForStudent(wish.StudentId) || caller.IsAdmin) || await people.ByRole(wish.StudentId, ct) is null)
            return Problems.NotFound();
        var now = Instant.FromDateTimeOffset(time.GetUtcNow());
        var id = Guid.CreateVersion7(time.GetUtcNow());
        var decision = MentorRequest.Make(null, id, wish, caller.PersonId, now);
        if (decision.IsRefused)
            return Problems.From(decision.Refusal);
        await using var session = store.OpenSession(caller.As(caller.RoleTowards(wish.StudentId) ?? Role.Admin));
        session.StartStream<MentorRequest>(id, [.. decision.Events]);
        await session.SaveChangesAsync(ct);
        return TypedResults.Created($"/v1/mentor-requests/{id}", new MentorRequestMade(id));
    }

    private static async Task<Results<Ok<MentorRequestAnswer>, ProblemHttpResult>> Read(Guid id, Caller caller, EventStore store, CancellationToken ct) =>
        await Theirs(id, caller, store, ct) is { } request ? TypedResults.Ok(MentorRequestAnswer.Of(request.Wish)) : Problems.NotFound();

    private static async Task<Results<Ok<MatchesAnswer>, ProblemHttpResult>> Find(Guid id, int? limit, Caller caller, EventStore store,
        FindMatches find, CancellationToken ct)
    {
        if (limit is < 1 or > MostMatches)
            return Problems.From(Refusal.Invalid("out_of_range", $"limit is 1 to {MostMatches}."));
        if (await Theirs(id, caller, store, ct) is not { } request)
            return Problems.NotFound();
        var matches = await find.For(request.Wish, limit ?? UsualMatches, ct);
        return TypedResults.Ok(new MatchesAnswer(Zones.DatabaseVersion, [.. matches.Select(one => new MatchAnswer(one.Match.TutorId,
            one.Tutor.DisplayName, one.Match.Score, one.Match.Parts, one.Match.FreeMinutesPerWeek, [.. one.Match.NextSlots.Select(SlotAnswer.Of)]))]));
    }

    private static async Task<MentorRequest?> Theirs(Guid id, Caller caller, EventStore store, CancellationToken ct)
    {
        await using var session = store.OpenSession();
        // The id may be that of any other stream, which cannot be folded to a request.
        return await session.FetchStreamAsync(id, ct) is [{ Data: MentorRequested wish }, ..]
            && (caller.IsAdmin || caller.MayActForStudent(wish.StudentId)) ? MentorRequest.Create(wish) : null;
    }
}
