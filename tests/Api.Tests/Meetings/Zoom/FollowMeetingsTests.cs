using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Muse.Api.Meetings;
using Muse.Api.Tests.Bookings;
using Muse.Domain.Meetings;
using Muse.Imitations.Zoom;

namespace Muse.Api.Tests.Meetings.Zoom;

/// <summary>The polling job of a server that Zoom cannot reach, at the imitated Zoom, by the server's own moved clock.</summary>
public sealed class FollowMeetingsTests(ThePolledZoomServer server) : IClassFixture<ThePolledZoomServer>
{
    private ZoomImitation Zoom => server.Zoom;

    private Task<int> Poll() => server.Services.GetRequiredService<FollowMeetings>().RunOnce(TestContext.Current.CancellationToken);

    /// <summary>How often it was asked who met: only the job asks that, and once each time.</summary>
    private int Asked(ZoomLesson lesson) => Zoom.Seen.Count(seen => seen.Path == $"/v2/past_meetings/{lesson.Meeting.Id}/instances");

    private async Task PollAfter(TimeSpan pause)
    {
        server.Advance(pause);
        await Poll();
    }

    [Fact]
    public async Task A_lesson_without_webhooks_is_told_with_the_same_events_and_people()
    {
        var (heard, asked) = (await server.A_lesson_on_zoom(), await server.A_lesson_on_zoom());
        server.Begins(heard.Meeting.Start > asked.Meeting.Start ? heard : asked);
        Zoom.MuseOrigin = server.Origin;
        await server.Play(heard);
        Zoom.MuseOrigin = null;
        var sent = Zoom.Webhooks.Sent.Count;
        await server.Play(asked);
        Assert.Equal(sent, Zoom.Webhooks.Sent.Count);

        for (var round = 0; round < 3; round++) await PollAfter(TimeSpan.FromMinutes(1));

        Assert.Equal(
            ["participant_joined", "participant_joined", "lesson_started", "participant_left", "participant_left", "everyone_left"], await server.Told(asked.Id));
        Assert.Equal(await server.Told(heard.Id), await server.Told(asked.Id));
        Assert.Equal(["meeting_began", "meeting_over"], await server.Sittings(heard.Id));
        Assert.Equal(["meeting_began", "meeting_over"], await server.Sittings(asked.Id));
        Assert.Equal((await server.Came(heard.Id)).Select(c => c.Item1), (await server.Came(asked.Id)).Select(c => c.Item1));
        Assert.Equal(asked.Student.PersonId, (await server.Came(asked.Id))[1].Item2);
    }

    [Fact]
    public async Task That_it_goes_on_is_told_while_it_does_and_its_end_after_the_planned_one_ends_the_lesson()
    {
        var lesson = await server.A_lesson_on_zoom();
        server.Begins(lesson);
        await Zoom.Join(lesson.Meeting, "김민지", user: lesson.Meeting.Host);
        await PollAfter(TimeSpan.FromMinutes(1));
        Assert.Equal(["meeting_began"], await server.Sittings(lesson.Id));

        server.GoTo(lesson.Meeting.Start!.Value.AddMinutes(62));
        await Zoom.End(lesson.Meeting);
        await PollAfter(TimeSpan.FromMinutes(1));
        Assert.Equal(["meeting_began", "meeting_over"], await server.Sittings(lesson.Id));
        Assert.Subset((await server.EventsOf(lesson.Id)).ToHashSet(), new HashSet<string>(["participant_joined", "everyone_left", "lesson_ended"]));
    }

    [Fact]
    public async Task What_webhooks_told_is_known_when_it_is_polled()
    {
        var lesson = await server.A_lesson_on_zoom();
        server.Begins(lesson);
        Zoom.MuseOrigin = server.Origin;
        await server.Play(lesson);
        await Zoom.RecordingReady(lesson.Meeting, new byte[5_000], transcript: true);
        Zoom.MuseOrigin = null;
        Assert.Equal(3, await server.Recordings(lesson.Id, "shelved", 3));
        await Poll();
        var (events, received, asked) = (await server.EventsAsync(), await Received(), Asked(lesson));

        await PollAfter(TimeSpan.FromMinutes(1));

        Assert.Equal(asked + 1, Asked(lesson));
        Assert.Equal((events, received), (await server.EventsAsync(), await Received()));
        Assert.Equal(["meeting_began", "meeting_over"], await server.Sittings(lesson.Id));
        Assert.Single(await server.EventsOf(lesson.Id), name => name == "everyone_left");
    }

    [Fact]
    public async Task It_is_asked_from_ten_minutes_before_the_start_ever_more_seldom_after_the_end_and_not_after_a_day()
    {
        var lesson = await server.A_lesson_on_zoom();
        var end = lesson.Meeting.Start!.Value.AddMinutes(lesson.Meeting.Duration);
        server.GoTo(lesson.Meeting.Start.Value.AddMinutes(-11));
        await Poll();
        Assert.Equal(0, Asked(lesson));
        await PollAfter(TimeSpan.FromMinutes(2));
        Assert.Equal(1, Asked(lesson));
        await PollAfter(TimeSpan.FromSeconds(20));
        Assert.Equal(1, Asked(lesson));
        await PollAfter(TimeSpan.FromSeconds(30));
        Assert.Equal(2, Asked(lesson));
        server.Begins(lesson);
        await server.Play(lesson);

        // Minutes after the end at which it was asked, looked at every five minutes for 30 hours.
        var asked = new List<int>();
        server.GoTo(end);
        for (var minute = 0; minute <= 30 * 60; minute += 5)
        {
            var before = Asked(lesson);
            await Poll();
            if (Asked(lesson) > before) asked.Add(minute);
            // The download's token has its hour, so the clock waits for it.
            if (minute == 345) Assert.Equal(2, await server.Recordings(lesson.Id, "shelved", 2));
            if (minute == 200) await Zoom.RecordingReady(lesson.Meeting, new byte[5_000]);
            server.Advance(TimeSpan.FromMinutes(5));
        }
        Assert.Equal([0, 5, 10, 15, 20, 25, 30, 35, 45, 65, 105, 185, 345, 665, 1305], asked);
        Assert.Equal(2, await server.Recordings(lesson.Id, "shelved", 2));
    }

    [Fact]
    public async Task Zoom_is_not_asked_before_the_time_that_it_named()
    {
        var lesson = await server.A_lesson_on_zoom();
        server.Begins(lesson);
        await Poll();
        server.Advance(TimeSpan.FromMinutes(2));
        var asked = Asked(lesson);
        Zoom.NextQuirk(ZoomQuirk.TooManyToday, "GET");
        var midnight = new DateTimeOffset(server.Time.GetUtcNow().UtcDateTime.Date.AddDays(1), TimeSpan.Zero);
        await RefusedOnly(lesson);
        while (server.Time.GetUtcNow() < midnight.AddMinutes(-25))
        {
            await PollAfter(TimeSpan.FromMinutes(20));
            Assert.Equal(asked, Asked(lesson));
        }
        server.GoTo(midnight.AddMinutes(1));
        await Poll();
        Assert.Equal(asked + 1, Asked(lesson));
    }

    [Fact]
    public async Task Many_lessons_are_asked_about_four_at_a_time()
    {
        var lessons = new List<ZoomLesson>();
        for (var number = 0; number < 7; number++) lessons.Add(await server.A_lesson_on_zoom());
        server.Begins(lessons.MaxBy(lesson => lesson.Meeting.Start)!);
        var before = Zoom.Seen.Count;
        Zoom.Latency = TimeSpan.FromMilliseconds(150);
        await Poll();
        Zoom.Latency = TimeSpan.Zero;

        var seen = Zoom.Seen.Skip(before).Select(request => request.Path).ToArray();
        var spans = lessons.Select(lesson => Of(seen, lesson.Meeting.Id.ToString(CultureInfo.InvariantCulture))).ToArray();
        Assert.All(spans, span => Assert.True(span.First < span.Last));
        Assert.Equal(4, Enumerable.Range(0, seen.Length).Max(at => spans.Count(span => span.First <= at && at <= span.Last)));
    }

    [Fact]
    public async Task A_meeting_that_somebody_deleted_is_found_gone_and_made_again()
    {
        var lesson = await server.A_lesson_on_zoom();
        server.Begins(lesson);
        await Zoom.MakeHappen(lesson.Meeting.Id.ToString(CultureInfo.InvariantCulture), Muse.Imitations.Happening.Delete, null);
        Assert.Equal(0, Zoom.CountOfLesson(lesson.Id));

        await Poll();
        await server.EventsAsync();

        await using var session = server.Store.OpenSession();
        var story = (await session.FetchStreamAsync(SettleMeeting.StreamOf(lesson.Id))).Select(e => e.Data).ToArray();
        Assert.Equal(LostCodes.DeletedAtProvider, Assert.Single(story.OfType<MeetingLost>()).Code);
        Assert.Equal(2, story.OfType<MeetingArranged>().Count());
        Assert.Equal(1, Zoom.CountOfLesson(lesson.Id));
    }

    /// <summary>Only this lesson meets the refusal: those of other tests, which are still followed, were asked a moment ago.</summary>
    private async Task RefusedOnly(ZoomLesson lesson)
    {
        var path = $"/v2/meetings/{lesson.Meeting.Id}";
        var before = Zoom.Seen.Count(seen => seen.Path == path && seen.Method == "GET");
        await Poll();
        Assert.Equal(before + 1, Zoom.Seen.Count(seen => seen.Path == path && seen.Method == "GET"));
    }

    private static (int First, int Last) Of(string[] seen, string id) =>
        (Array.FindIndex(seen, path => path.Contains(id, StringComparison.Ordinal)), Array.FindLastIndex(seen, path => path.Contains(id, StringComparison.Ordinal)));

    private Task<long> Received() => server.Database.ScalarAsync<long>("select count(*) from received");
}
