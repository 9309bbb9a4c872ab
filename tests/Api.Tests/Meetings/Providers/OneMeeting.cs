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
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Errands that failed come again after seconds to an hour; here they come at once, until none waits.</summary>
    /// <param name="orphans">Also take errands whose worker was killed, without waiting for the end of its lease.</param>
    public static async Task SettleAsync(Database database, bool orphans = false)
    {
        if (orphans)
            await database.ExecuteAsync("update errands set leased_until = null where done_at is null and dead_at is null");
        var since = System.Diagnostics.Stopwatch.StartNew();
        while (true)
        {
            await database.ExecuteAsync($"""
                update errands set due_at = clock_timestamp()
                 where done_at is null and dead_at is null and due_at > clock_timestamp() and due_at < clock_timestamp() + interval '2 hours' and {OfMeetings}
                """);
            var waiting = await database.ScalarAsync<long>($"""
                select count(*) from errands where done_at is null and dead_at is null and due_at < clock_timestamp() + interval '2 hours' and {OfMeetings}
                """);
            if (waiting == 0) return;
            if (since.Elapsed > Patience)
            {
                Assert.Fail("These errands do not come to an end: " + await database.ScalarAsync<string>(
                    $"select string_agg(kind || ' (' || attempts || '): ' || coalesce(last_error, ''), E'\\n') from errands where done_at is null and dead_at is null and {OfMeetings}"));
            }
            await Task.Delay(50);
        }
    }

    /// <summary>Null when the promise is kept for this lesson, otherwise what is wrong.</summary>
    public static async Task<string?> WhatIsWrong(EventStore store, IReadOnlyList<Imitation> imitations, Guid lessonId)
    {
        await using var session = store.OpenSession();
        var lesson = await session.AggregateStreamAsync<Lesson>(lessonId) ?? throw new InvalidOperationException($"There is no lesson {lessonId}.");
        var meeting = await session.AggregateStreamAsync<Meeting>(SettleMeeting.StreamOf(lessonId));
        var held = imitations.SelectMany(i => i.Held.Select(h => (i.Title, Meeting: h))).Where(h => h.Meeting.LessonId == lessonId).ToArray();
        var kept = meeting?.Provider is ProviderPolicy.Zoom or ProviderPolicy.GoogleMeet;
        var story = $"lesson {lessonId} ({lesson.State}); meeting: {meeting?.State.ToString() ?? "none"} at {meeting?.Provider ?? "nobody"} {meeting?.Reference}; "
            + $"held: {(held.Length == 0 ? "nothing" : string.Join(", ", held.Select(h => $"{h.Title} {h.Meeting.Reference} at {h.Meeting.Start:u}")))}; "
            + $"events: {string.Join(", ", (await session.FetchStreamAsync(SettleMeeting.StreamOf(lessonId))).Select(e => e.EventTypeName))}";
        if (lesson.IsCancelled())
            return held.Length > 0 ? $"A cancelled lesson has a meeting: {story}" : meeting?.IsWithdrawn() == true ? null : $"The meeting was not withdrawn: {story}";
        switch (meeting?.State)
        {
            case MeetingState.Ready when !kept:
                return held.Length == 0 ? null : $"A stray meeting is left: {story}";
            case MeetingState.Ready:
                if (held.Length != 1) return $"Not exactly one meeting: {story}";
                if (held[0].Meeting.Reference != meeting.Reference) return $"The meeting there is another one: {story}";
                return held[0].Meeting.Start == lesson.Time.Start.ToDateTimeOffset() ? null : $"It is at another time than {lesson.Time.Start}: {story}";
            case MeetingState.Failed or MeetingState.NoProviderAllowed:
                return held.Length == 0 ? null : $"A meeting is left though none was arranged: {story}";
            default:
                return $"Nothing came of it: {story}";
        }
    }

    private const string OfMeetings = "kind like '%meeting%'";
}
