using Muse.Adapters.Postgres;
using Muse.Api.Meetings;
using Muse.Domain.Lessons;
using Muse.Domain.Meetings;
using Muse.Given;
using Muse.Imitations;

namespace Muse.Api.Tests.Meetings.Providers;

/// <summary>
/// The promise of arranging: whatever went wrong on the way, in the end a lesson has exactly one meeting over all providers, or none and a
/// named reason. Counted at the providers, not in what Muse believes.
/// </summary>
public static class OneMeeting
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    /// <summary>Until no errand of a meeting waits. What waits for a provider waits in the server's own time, so that time is passed for it.</summary>
    /// <param name="pass">Lets the server's time and its providers' go on; null for a server whose time is the world's.</param>
    /// <param name="kind">A pattern of the errands' kinds.</param>
    public static async Task SettleAsync(Database database, Action<TimeSpan>? pass, string kind = "%meeting")
    {
        // Looking at a meeting a day before the lesson is no part of arranging it.
        var waiting = $"done_at is null and dead_at is null and kind like '{kind}' and due_at < clock_timestamp() + interval '2 hours'";
        var since = System.Diagnostics.Stopwatch.StartNew();
        while (await database.ScalarAsync<long>($"select count(*) from errands where {waiting}") > 0)
        {
            if (pass is not null && await database.ScalarAsync<long>($"select count(*) from errands where {waiting} and due_at <= clock_timestamp()") == 0)
            {
                var wait = TimeSpan.FromSeconds(Math.Max(0, await database.ScalarAsync<double>(
                    $"select coalesce(extract(epoch from min(due_at) - clock_timestamp()), 0)::float8 from errands where {waiting}")));
                pass(wait);
                await database.ExecuteAsync("update errands set due_at = due_at - make_interval(secs => $1) where done_at is null and dead_at is null", wait.TotalSeconds);
            }
            // Nobody passes the world's time. What sweeps waits for minutes after some failures, and nothing but its errand's row says until when.
            if (pass is null)
                await database.ExecuteAsync("update errands set due_at = clock_timestamp() where kind = 'sweep_meeting' and done_at is null and dead_at is null and due_at > clock_timestamp() + interval '5 seconds'");
            if (since.Elapsed > Patience)
            {
                Assert.Fail("These errands do not come to an end: " + await database.ScalarAsync<string>(
                    $"select coalesce(string_agg(kind || ' (' || attempts || '): ' || coalesce(last_error, ''), E'\\n'), '') from errands where {waiting}"));
            }
            await Task.Delay(50);
        }
    }

    private static readonly string[] Everyone = [ProviderPolicy.BuiltIn, ProviderPolicy.Zoom, ProviderPolicy.GoogleMeet, ProviderPolicy.Jitsi];

    /// <summary>Null when the promise is kept for this lesson, otherwise what is wrong. All four providers serve it and are allowed.</summary>
    /// <param name="wish">Where the lesson is held unless that provider failed by name.</param>
    public static async Task<string?> WhatIsWrong(EventStore store, IReadOnlyList<Imitation> imitations, Guid lessonId, string wish)
    {
        await using var session = store.OpenSession();
        var lesson = await session.AggregateStreamAsync<Lesson>(lessonId) ?? throw new InvalidOperationException($"There is no lesson {lessonId}.");
        var meeting = await session.AggregateStreamAsync<Meeting>(SettleMeeting.StreamOf(lessonId));
        var held = imitations.SelectMany(i => i.Held.Select(h => (i.Title, Meeting: h))).Where(h => h.Meeting.LessonId == lessonId).ToArray();
        var kept = meeting?.Provider is ProviderPolicy.Zoom or ProviderPolicy.GoogleMeet;
        var story = $"lesson {lessonId} ({lesson.State}); meeting: {meeting?.State.ToString() ?? "none"} at {meeting?.Provider ?? "nobody"} {meeting?.Reference}; "
            + $"held: {(held.Length == 0 ? "nothing" : string.Join(", ", held.Select(h => $"{h.Title} {h.Meeting.Reference} at {h.Meeting.Start:u}")))}; "
            + $"events: {string.Join(", ", (await session.FetchStreamAsync(SettleMeeting.StreamOf(lessonId))).Select(e => e.EventTypeName))}";
        var named = (await session.FetchStreamAsync(SettleMeeting.StreamOf(lessonId))).Select(e => e.Data switch
        {
            MeetingArrangementFailed failed => (failed.Provider, failed.Code),
            MeetingLost lost when LostCodes.RuleOut(lost.Code) => (lost.Provider, lost.Code),
            _ => default,
        }).Where(failure => failure.Code is { Length: > 0 }).Select(failure => failure.Provider).ToHashSet();
        if (meeting?.FailedProviders.FirstOrDefault(provider => !named.Contains(provider)) is { } nameless)
            return $"{nameless} is passed over without a named failure: {story}";
        if (lesson.IsCancelled())
            return held.Length > 0 ? $"A cancelled lesson has a meeting: {story}" : meeting?.IsWithdrawn() == true ? null : $"The meeting was not withdrawn: {story}";
        switch (meeting?.State)
        {
            case MeetingState.Ready when meeting.Provider != wish && !named.Contains(wish):
                return $"It is not at {wish}, which did not fail: {story}";
            case MeetingState.Ready when !kept:
                return held.Length == 0 ? null : $"A stray meeting is left: {story}";
            case MeetingState.Ready:
                if (held.Length != 1) return $"Not exactly one meeting: {story}";
                if (held[0].Meeting.Reference != meeting.Reference) return $"The meeting there is another one: {story}";
                return held[0].Meeting.Start == lesson.Time.Start.ToDateTimeOffset() ? null : $"It is at another time than {lesson.Time.Start}: {story}";
            case MeetingState.Failed when Everyone.FirstOrDefault(provider => !named.Contains(provider)) is { } untried:
                return $"It was given up though {untried} had not failed: {story}";
            case MeetingState.Failed:
                return held.Length == 0 ? null : $"A meeting is left though none was arranged: {story}";
            default:
                return $"Nothing came of it: {story}";
        }
    }

    /// <summary>Where a lesson that was not cancelled is held in the end; null for a cancelled one, empty when it is held nowhere.</summary>
    public static async Task<string?> WhereIsIt(EventStore store, Guid lessonId)
    {
        await using var session = store.OpenSession();
        if ((await session.AggregateStreamAsync<Lesson>(lessonId))!.IsCancelled()) return null;
        return await session.AggregateStreamAsync<Meeting>(SettleMeeting.StreamOf(lessonId)) is { State: MeetingState.Ready, Provider: { } provider } ? provider : "";
    }

    /// <summary>
    /// Null when the lesson has been at this provider and at no other all the time, at one and the same meeting, and nothing of it was given
    /// up; otherwise what happened.
    /// </summary>
    public static async Task<string?> WhatWentElsewhere(EventStore store, Guid lessonId, string provider)
    {
        await using var session = store.OpenSession();
        var events = (await session.FetchStreamAsync(SettleMeeting.StreamOf(lessonId))).Select(e => e.Data).ToArray();
        var story = string.Join(", ", events.Select(e => $"{e}"));
        if (events.OfType<MeetingArranged>().ToArray() is not [{ } arranged]) return $"It was not arranged just once: {story}";
        if (arranged.Provider != provider) return $"It was arranged elsewhere: {story}";
        if (events.FirstOrDefault(e => e is MeetingArrangementFailed or MeetingLost or MeetingLeftBehind or NoProviderAllowed) is { } givenUp)
            return $"{givenUp.GetType().Name}: {story}";
        return events.OfType<MeetingWithdrawn>().All(gone => gone.Provider == provider && gone.LeftBehind is null) ? null : $"It was not taken away: {story}";
    }

    /// <summary>The meeting as it is now, and each failure that made a lesson leave a provider, oldest first.</summary>
    public static async Task<(Meeting Meeting, IReadOnlyList<NamedFailure> Failures)> WhatFailed(EventStore store, Guid lessonId)
    {
        await using var session = store.OpenSession();
        var stream = SettleMeeting.StreamOf(lessonId);
        var failures = (await session.FetchStreamAsync(stream)).Select(e => e.Data switch
        {
            MeetingArrangementFailed failed => new NamedFailure(failed.Provider, failed.Code, failed.Detail),
            MeetingLost lost => new NamedFailure(lost.Provider, lost.Code, lost.Detail),
            MeetingLeftBehind left => new NamedFailure(left.Provider, left.Code, "left behind"),
            MeetingWithdrawn { LeftBehind: { } code, Provider: { } provider } => new NamedFailure(provider, code, "left behind"),
            _ => null,
        }).OfType<NamedFailure>().ToArray();
        return (await session.AggregateStreamAsync<Meeting>(stream) ?? throw new InvalidOperationException($"Lesson {lessonId} has no meeting."), failures);
    }
}

/// <summary>Why a lesson left a provider, or what stayed there.</summary>
public sealed record NamedFailure(string Provider, string Code, string Detail = "");
