using System.Net;
using Muse.Api.Tests.Bookings;
using Muse.Domain.Meetings;
using Muse.Imitations;
using static Muse.Api.Tests.Meetings.Providers.TheDoorsServer;

namespace Muse.Api.Tests.Meetings.Providers;

/// <summary>What somebody finds at the door when the meeting behind it is gone, or its provider is.</summary>
public sealed class LessonDoorsTests(TheDoorsServer server) : IClassFixture<TheDoorsServer>
{
    [Theory]
    [InlineData("zoom", true)]
    [InlineData("zoom", false)]
    [InlineData("google-meet", true)]
    [InlineData("google-meet", false)]
    public async Task Who_comes_to_a_deleted_meeting_gets_the_door_of_a_new_one(string provider, bool tutorFirst)
    {
        var lesson = await server.At_the_door(await server.A_lesson_at(provider));
        var old = await server.MeetingOf(lesson.Id);
        await server.At(provider).MakeHappen(old.Reference!, Happening.Delete, null);

        var first = await Join(tutorFirst ? lesson.Tutor : lesson.Student, lesson.Id);

        Assert.True(first.StatusCode == HttpStatusCode.OK, await first.Content.ReadAsStringAsync());
        var anew = await server.MeetingOf(lesson.Id);
        Assert.Equal((MeetingState.Ready, provider), (anew.State, anew.Provider));
        Assert.NotEqual(old.Reference, anew.Reference);
        Assert.Equal(anew.Reference, Assert.Single(server.At(provider).Held, held => held.LessonId == lesson.Id).Reference);
        var guests = (await (await Join(lesson.Student, lesson.Id)).Json()).Text("joinUrl")!;
        Assert.StartsWith(anew.JoinUrl!, guests, StringComparison.Ordinal);
        Assert.Equal("deleted_at_provider", Assert.Single(await server.Happened<MeetingLost>(lesson.Id)).Code);
        await server.EventsAsync();
        Assert.Single(server.At(provider).Held, held => held.LessonId == lesson.Id);
    }

    [Fact]
    public async Task Twelve_who_come_at_once_make_one_call()
    {
        var lesson = await server.At_the_door(await server.A_lesson_at("zoom"));
        await server.EventsAsync();
        var before = Looks();
        var doors = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => Join(lesson.Student, lesson.Id)));
        Assert.All(doors, door => Assert.Equal(HttpStatusCode.OK, door.StatusCode));
        Assert.Equal(before + 1, Looks());
        server.Time.Advance(TimeSpan.FromSeconds(29));
        await Join(lesson.Student, lesson.Id);
        Assert.Equal(before + 1, Looks());
        server.Time.Advance(TimeSpan.FromSeconds(2));
        await Join(lesson.Student, lesson.Id);
        Assert.Equal(before + 2, Looks());

        int Looks() => server.Zoom.Seen.Count(seen => seen.Method == "GET" && seen.Path.StartsWith("/v2/meetings/", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("zoom", "google-meet")]
    [InlineData("google-meet", "zoom")]
    public async Task When_the_provider_is_down_the_lesson_goes_on_at_the_next_for_both(string provider, string next)
    {
        var lesson = await server.At_the_door(await server.A_lesson_at(provider));
        var old = await server.MeetingOf(lesson.Id);
        server.At(provider).Down = true;
        try
        {
            // A guest gets the address from before, and is told that it may lead to nothing: a guest alone at a dead door had no way on.
            var door = await (await Join(lesson.Student, lesson.Id)).Json();
            Assert.StartsWith(old.JoinUrl!, door.Text("joinUrl"), StringComparison.Ordinal);
            Assert.True(door.GetProperty("unanswered").GetBoolean());
            if (provider == "zoom")
            {
                var problem = await (await Join(lesson.Tutor, lesson.Id)).IsProblem(HttpStatusCode.ServiceUnavailable, "provider_unreachable");
                Assert.Contains("/fallback", problem.Text("detail"), StringComparison.Ordinal);
            }
            server.Time.Advance(TimeSpan.FromSeconds(5));

            var first = await Fallback(lesson.Tutor, lesson.Id, from: provider);

            Assert.True(first.StatusCode == HttpStatusCode.OK, await first.Content.ReadAsStringAsync());
            Assert.Equal(next, (await first.Json()).Text("provider"));
            foreach (var again in new[] { await Fallback(lesson.Student, lesson.Id, from: provider), await Fallback(lesson.Student, lesson.Id), await Join(lesson.Student, lesson.Id) })
            {
                Assert.Equal(HttpStatusCode.OK, again.StatusCode);
                Assert.Equal(next, (await again.Json()).Text("provider"));
            }
            Assert.Equal("did_not_connect", Assert.Single(await server.Happened<MeetingLost>(lesson.Id)).Code);
            Assert.Equal(2, (await server.Happened<MeetingArranged>(lesson.Id)).Count);
        }
        finally
        {
            server.At(provider).Down = false;
        }
        // What the provider still holds is taken away as soon as it answers again.
        await server.Database.ExecuteAsync("update errands set due_at = clock_timestamp() where kind = 'sweep_meeting' and done_at is null");
        await OneMeeting.SettleAsync(server.Database, null, "sweep_meeting");
        Assert.DoesNotContain(server.At(provider).Held, held => held.LessonId == lesson.Id);
        Assert.Single(server.At(next).Held, held => held.LessonId == lesson.Id);
    }

    [Fact]
    public async Task A_lesson_that_went_from_a_provider_to_the_built_in_room_stays_there_for_whoever_asks_next()
    {
        var lesson = await server.At_the_door(await server.A_lesson_at("zoom", country: "GB"));
        server.Zoom.Down = true;
        try
        {
            Assert.Equal("built-in", (await (await Fallback(lesson.Tutor, lesson.Id, "zoom")).Json()).Text("provider"));
            Assert.Equal("built-in", (await (await Fallback(lesson.Student, lesson.Id, "zoom")).Json()).Text("provider"));
            Assert.Equal("built-in", (await (await Fallback(lesson.Student, lesson.Id)).Json()).Text("provider"));
            Assert.Single(await server.Happened<MeetingLost>(lesson.Id));
        }
        finally
        {
            server.Zoom.Down = false;
        }
    }

    [Theory]
    [InlineData("zoom")]
    [InlineData("google-meet")]
    public async Task A_provider_that_answers_is_not_left_and_nothing_is_written(string provider)
    {
        var lesson = await server.At_the_door(await server.A_lesson_at(provider));
        var stranger = await server.Student();
        var events = await server.EventsAsync();
        foreach (var who in new[] { lesson.Tutor, lesson.Student })
            await (await Fallback(who, lesson.Id, provider)).IsProblem(HttpStatusCode.Conflict, "provider_answers");
        await (await Fallback(stranger, lesson.Id, provider)).IsProblem(HttpStatusCode.NotFound, "not_found");
        Assert.Equal(events, await server.EventsAsync());
    }

    [Fact]
    public async Task The_hosts_link_is_kept_nowhere()
    {
        var lesson = await server.At_the_door(await server.A_lesson_at("zoom"));
        var start = (await (await Join(lesson.Tutor, lesson.Id)).Json()).Text("joinUrl")!;
        Assert.Contains("/s/", start, StringComparison.Ordinal);
        Assert.Contains("zak=", start, StringComparison.Ordinal);
        server.Zoom.Faults.Next(Fault.BrokenJson, "GET", "/v2/meetings/", times: 3);
        server.Time.Advance(TimeSpan.FromSeconds(5));
        await Join(lesson.Tutor, lesson.Id);
        server.Zoom.Faults.Clear();
        await server.EventsAsync();
        foreach (var (where, text) in new[] { ("database", await server.Dump()), ("logs", string.Join('\n', server.Logged)) })
        {
            Assert.True(text.Contains(lesson.Id.ToString(), StringComparison.Ordinal), $"Nothing about the lesson is in the {where}: this test sees nothing.");
            foreach (var secret in new[] { "zak=", "/s/" + (await server.MeetingOf(lesson.Id)).Reference })
                Assert.False(text.Contains(secret, StringComparison.Ordinal), $"{secret} is in the {where}.");
        }
    }
}
