using FluentValidation;
using Microsoft.AspNetCore.Http.HttpResults;
using Muse.Adapters.Postgres;
using Muse.Api.Http;
using Muse.Api.Identity;
using Muse.Api.OpenApi;
using Muse.Domain.Tutors;
using NodaTime;
using Npgsql;

namespace Muse.Api.Tutors;

public sealed record ProfileWanted(
    IReadOnlyList<string> Instruments, IReadOnlyList<string> Languages, IReadOnlyList<string> Levels, string Introduction, bool ProBono);

internal sealed class ProfileRules : AbstractValidator<ProfileWanted>
{
    public const int LongestInstrument = 40;
    public const int LongestIntroduction = 4000;
    private const int Most = 20;

    public ProfileRules()
    {
        RuleFor(profile => profile.Instruments).Must(list => list.Count <= Most).WithErrorCode("too_many").WithMessage($"At most {Most}.");
        RuleForEach(profile => profile.Instruments)
            .Must(name => name is { Length: > 0 and <= LongestInstrument } && name == name.Trim().ToLowerInvariant() && !name.Any(char.IsControl))
            .WithErrorCode("wrong_instrument").WithMessage($"An instrument is one lower-case name of 1 to {LongestInstrument} characters.");
        RuleFor(profile => profile.Languages).Must(list => list.Count <= Most).WithErrorCode("too_many").WithMessage($"At most {Most}.");
        RuleForEach(profile => profile.Languages)
            .Must(PersonRules.IsLanguageTag).WithErrorCode("unknown_language").WithMessage("A language is a tag such as ko or en.");
        RuleFor(profile => profile.Levels).Must(list => list.Count <= Tutor.AllLevels.Count && list.All(Tutor.AllLevels.Contains))
            .WithErrorCode("unknown_level").WithMessage($"A level is {string.Join(", ", Tutor.AllLevels)}.");
        RuleFor(profile => profile.Introduction).MaximumLength(LongestIntroduction).WithErrorCode("too_long");
    }
}

internal static class PutProfile
{
    public static void MapPutProfile(this IEndpointRouteBuilder app) => app
        .MapPut("/v1/tutors/{tutorId:guid}/profile", Handle)
        .Validated<ProfileWanted>()
        .Described("setTutorProfile", "Tutors", "Sets what the tutor teaches; the tutor is listed from then on",
            ["precondition_required", "version_mismatch", "no_instrument", "no_language", "no_level", "unknown_level", "unknown_language",
                "wrong_instrument", "too_many", "too_long"],
            new ProfileWanted(["violin"], ["ko", "en"], ["beginner", "intermediate"], "I have taught the violin for twenty years.", true));

    private static async Task<Results<Ok<ListedTutor>, ProblemHttpResult>> Handle(
        Guid tutorId, ProfileWanted request, Caller caller, HttpContext http, EventStore store, NpgsqlDataSource database, TimeProvider time,
        CancellationToken ct)
    {
        if (!caller.IsTutor(tutorId))
            return Problems.NotFound();
        var seen = IfMatch.RequiredOrNone(http);
        await using var session = store.OpenSession(new Actor(caller.PersonId, Role.Tutor));
        var stream = await session.FetchForWriting<Tutor>(tutorId, ct);
        if (stream.Aggregate is not { } tutor)
            return Problems.NotFound();
        // "None yet" is about the profile; the tutor's stream starts with the registration.
        if (seen == 0 ? tutor.HasProfile() : seen != stream.StartingVersion)
            return IfMatch.Stale();
        var decision = tutor.SetProfile(
            new TutorProfile(request.Instruments, request.Languages, request.Levels, request.Introduction, request.ProBono),
            Introductions.HashOf(request.Introduction), Instant.FromDateTimeOffset(time.GetUtcNow()));
        if (decision.IsRefused)
            return Problems.From(decision.Refusal);
        if (!decision.ChangesNothing)
        {
            stream.AppendMany(decision.Events);
            session.After((connection, cancel) => Introductions.Write(connection, tutorId, request.Introduction, cancel));
            await session.SaveChangesAsync(ct);
        }
        if (await FindTutors.Find(tutorId, database, ct) is not var (listed, version))
            return Problems.NotFound();
        ETags.Put(http, version);
        return TypedResults.Ok(listed);
    }
}
