using Microsoft.AspNetCore.Http.HttpResults;
using Muse.Adapters.Postgres;
using Muse.Api.Http;
using Muse.Api.Identity;
using Muse.Api.OpenApi;
using Muse.Domain.Meetings;
using Muse.Domain.Tutors;
using NodaTime;

namespace Muse.Api.Meetings;

/// <param name="Order">Names of providers, the best first. Empty: the school's order, in which the two wishes count.</param>
/// <param name="MusicMode">Sound of the built-in room, and a wish: among providers that <paramref name="Order"/> does not name, those with it go first.</param>
/// <param name="Recording">A wish for a provider that can record, as <paramref name="MusicMode"/>.</param>
public sealed record MeetingPreferencesWanted(IReadOnlyList<string> Order, bool MusicMode, bool Recording);

/// <summary>How a tutor likes to meet, for the tutor and administrators. Its ETag is the version of the tutor's stream.</summary>
internal static class MeetingPreferencesRoutes
{
    public static void MapMeetingPreferences(this IEndpointRouteBuilder app)
    {
        app.MapGet("/v1/tutors/{tutorId:guid}/meeting-preferences", Read)
            .Described("getMeetingPreferences", "Tutors", "How a tutor likes to meet; the defaults before the tutor said anything");
        app.MapPut("/v1/tutors/{tutorId:guid}/meeting-preferences", Set)
            .Described("setMeetingPreferences", "Tutors", "Say how the tutor likes to meet; with an empty order the school's counts again",
                ["precondition_required", "version_mismatch", "not_found", "unknown_provider", "duplicate_provider"],
                new MeetingPreferencesWanted(["zoom", "built-in"], true, false));
    }

    private static async Task<Results<Ok<MeetingPreferences>, ProblemHttpResult>> Read(
        Guid tutorId, Caller caller, EventStore store, HttpContext http, CancellationToken ct)
    {
        if (!MaySee(caller, tutorId))
            return Problems.NotFound();
        await using var session = store.OpenSession();
        var stream = await session.FetchForWriting<Tutor>(tutorId, ct);
        if (stream.Aggregate is not { } tutor)
            return Problems.NotFound();
        ETags.Put(http, stream.CurrentVersion);
        return TypedResults.Ok(tutor.Meetings ?? MeetingPreferences.Default);
    }

    private static async Task<Results<Ok<MeetingPreferences>, ProblemHttpResult>> Set(
        Guid tutorId, MeetingPreferencesWanted wanted, Caller caller, EventStore store, TimeProvider time, HttpContext http, CancellationToken ct)
    {
        if (!MaySee(caller, tutorId))
            return Problems.NotFound();
        var seen = IfMatch.RequiredOrNone(http);
        await using var session = store.OpenSession(new Actor(caller.PersonId, caller.IsTutor(tutorId) ? Role.Tutor : Role.Admin));
        var stream = await session.FetchForWriting<Tutor>(tutorId, ct);
        if (stream.Aggregate is not { } tutor)
            return Problems.NotFound();
        // "None yet" is about the preferences; the tutor's stream starts with the registration.
        if (seen == 0 ? tutor.HasMeetingPreferences() : seen != stream.StartingVersion)
            return IfMatch.Stale();
        var preferences = new MeetingPreferences(wanted.Order, wanted.MusicMode, wanted.Recording);
        var decision = tutor.SetMeetingPreferences(preferences, Instant.FromDateTimeOffset(time.GetUtcNow()));
        if (decision.IsRefused)
            return Problems.From(decision.Refusal);
        stream.AppendMany(decision.Events);
        var next = stream.CurrentVersion;
        await session.SaveChangesAsync(ct);
        ETags.Put(http, next);
        return TypedResults.Ok(preferences);
    }

    private static bool MaySee(Caller caller, Guid tutorId) => caller.IsTutor(tutorId) || caller.IsAdmin;
}
