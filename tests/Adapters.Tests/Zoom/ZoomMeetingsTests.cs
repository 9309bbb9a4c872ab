using System.Text.Json.Nodes;
using Muse.Domain.Lessons;
using Muse.Domain.Meetings;
using Muse.Imitations;
using Muse.Imitations.Zoom;
using NodaTime;

namespace Muse.Adapters.Tests.Zoom;

public sealed class ZoomMeetingsTests
{
    [Fact]
    public async Task A_lesson_becomes_a_scheduled_meeting_at_its_time_that_records_nothing()
    {
        await using var scene = await ZoomScene.OpenAsync();
        var order = scene.Order();

        var answer = await scene.Meetings.Arrange(order, default);

        var meeting = Assert.Single(scene.Zoom.Meetings);
        Assert.Equal(meeting.Id.ToString(), answer.Place?.Reference);
        Assert.StartsWith($"{scene.Zoom.Address}/j/{meeting.Id}?pwd=", answer.Place!.JoinUrl);
        Assert.Equal(order.Start.ToDateTimeOffset(), meeting.Start);
        Assert.Equal((45, "Asia/Seoul", "Muse lesson"), (meeting.Duration, meeting.TimeZone, meeting.Topic));
        Assert.Equal(order.LessonId, ZoomImitation.LessonOf(meeting));
        Assert.Contains(order.Link, meeting.Agenda);
        Assert.Matches("^[a-z0-9]{10}$", meeting.Password);
        Assert.Equal("none", (string?)meeting.Settings["auto_recording"]);
        Assert.True((bool)meeting.Settings["join_before_host"]!);
        Assert.Equal(10, (int)meeting.Settings["jbh_time"]!);
        Assert.False((bool)meeting.Settings["waiting_room"]!);
        Assert.False((bool)meeting.Settings["use_pmi"]!);
        Assert.False((bool)meeting.Settings["email_notification"]!);
        Assert.Equal(scene.Zoom.SchoolHost, meeting.Host);
        Assert.True(meeting.Id > int.MaxValue);
    }

    [Fact]
    public async Task The_start_goes_over_the_wire_in_UTC_with_the_zone_beside_it()
    {
        await using var scene = await ZoomScene.OpenAsync();
        var order = scene.Order();

        await scene.Meetings.Arrange(order, default);

        var sent = JsonNode.Parse(scene.Zoom.Seen.Single(s => s.Method == "POST" && s.Path.EndsWith("/meetings", StringComparison.Ordinal)).Body)!;
        Assert.Equal(order.Start.ToString("yyyy-MM-dd'T'08:00:00'Z'", null), (string?)sent["start_time"]);
        Assert.Equal("Asia/Seoul", (string?)sent["timezone"]);
    }

    [Fact]
    public async Task Arranging_twice_finds_the_first_meeting_and_creates_no_other()
    {
        await using var scene = await ZoomScene.OpenAsync();
        var order = scene.Order();

        var first = await scene.Meetings.Arrange(order, default);
        var again = await scene.Server().Arrange(order, default);

        Assert.Equal(first, again);
        Assert.Equal(1, scene.Count("POST", "/meetings"));
    }

    [Fact]
    public async Task Two_servers_that_arrange_one_lesson_at_once_make_one_meeting()
    {
        await using var scene = await ZoomScene.OpenAsync();
        var order = scene.Order();
        var servers = Enumerable.Range(0, 6).Select(_ => scene.Server()).ToList();

        var answers = await Task.WhenAll(servers.Select(s => Task.Run(() => s.Arrange(order, default))));

        Assert.Equal(1, scene.Zoom.CountOfLesson(order.LessonId));
        Assert.Single(answers.Distinct());
    }

    [Theory]
    [InlineData(Fault.BrokenAfter)]
    [InlineData(Fault.BrokenJson)]
    public async Task A_creation_whose_answer_is_lost_is_found_again_and_not_repeated(Fault fault)
    {
        await using var scene = await ZoomScene.OpenAsync();
        var order = scene.Order();
        scene.Zoom.Faults.Next(fault, "POST", "/meetings");

        var answer = await scene.Meetings.Arrange(order, default);

        Assert.Equal(scene.Zoom.Meetings.Single().Id.ToString(), answer.Place?.Reference);
        Assert.Equal(1, scene.Count("POST", "/meetings"));
    }

    [Fact]
    public async Task After_a_time_out_the_lesson_is_looked_for_before_it_is_created_again()
    {
        await using var scene = await ZoomScene.OpenAsync();
        var order = scene.Order();
        scene.Zoom.Faults.Next(Fault.SilentAfter, "POST", "/meetings");

        var arranging = scene.Meetings.Arrange(order, default);
        await scene.Seen("POST", "/meetings", 1);
        await Until(() => scene.Zoom.Meetings.Count == 1);
        scene.Advance(TimeSpan.FromSeconds(11));
        var answer = await arranging;

        Assert.Equal(scene.Zoom.Meetings.Single().Id.ToString(), answer.Place?.Reference);
        Assert.Equal(1, scene.Count("POST", "/meetings"));
    }

    [Fact]
    public async Task A_server_that_dies_with_its_creation_under_way_leaves_no_second_meeting()
    {
        await using var scene = await ZoomScene.OpenAsync();
        var order = scene.Order();
        scene.Zoom.Faults.Next(Fault.SilentAfter, "POST", "/meetings");
        using var death = new CancellationTokenSource();

        var dying = scene.Meetings.Arrange(order, death.Token);
        await scene.Seen("POST", "/meetings", 1);
        await Until(() => scene.Zoom.Meetings.Count == 1);
        await death.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => dying);
        var answer = await scene.Server().Arrange(order, default);

        Assert.Equal(1, scene.Zoom.CountOfLesson(order.LessonId));
        Assert.Equal(scene.Zoom.Meetings.Single().Id.ToString(), answer.Place?.Reference);
        Assert.Equal(1, scene.Count("POST", "/meetings"));
    }

    [Fact]
    public async Task An_earlier_creation_that_takes_effect_late_is_deleted_and_the_known_meeting_stays()
    {
        await using var scene = await ZoomScene.OpenAsync();
        var order = scene.Order();
        // Never answered, and nothing there yet: the creation is still on its way.
        scene.Zoom.Faults.Next(Fault.BrokenBefore, "POST", "/meetings");
        var trouble = await Assert.ThrowsAsync<ProviderTrouble>(() => scene.Meetings.Arrange(order, default));
        Assert.Equal("unreachable", trouble.Code);
        var answer = await scene.Server().Arrange(order, default);
        var late = scene.Zoom.Make(scene.Zoom.SchoolHost, "Muse lesson", $"muse-lesson:{order.LessonId}\n", order.Start.ToDateTimeOffset(), 45);

        var sighting = await scene.Server().Look(order, answer.Place!.Reference, default);

        Assert.Equal(MeetingPresence.There, sighting.Presence);
        Assert.Equal(1, scene.Zoom.CountOfLesson(order.LessonId));
        Assert.DoesNotContain(scene.Zoom.Meetings, m => m.Id == late.Id);
    }

    [Fact]
    public async Task Of_two_unknown_meetings_of_a_lesson_the_oldest_stays()
    {
        await using var scene = await ZoomScene.OpenAsync();
        var order = scene.Order();
        var oldest = scene.Zoom.Make(scene.Zoom.SchoolHost, "Muse lesson", $"muse-lesson:{order.LessonId}\n", order.Start.ToDateTimeOffset(), 45);
        scene.Advance(TimeSpan.FromSeconds(5));
        scene.Zoom.Make(scene.Zoom.SchoolHost, "Muse lesson", $"muse-lesson:{order.LessonId}\n", order.Start.ToDateTimeOffset(), 45);

        // As after a backup was restored: this server remembers nothing.
        var answer = await scene.Meetings.Arrange(order, default);

        Assert.Equal(oldest.Id.ToString(), answer.Place?.Reference);
        Assert.Equal(1, scene.Zoom.CountOfLesson(order.LessonId));
    }

    [Fact]
    public async Task A_list_without_agendas_is_looked_into_meeting_by_meeting()
    {
        await using var scene = await ZoomScene.OpenAsync();
        scene.Zoom.ListsAgendas = false;
        var order = scene.Order();
        scene.Zoom.Make(scene.Zoom.SchoolHost, "Muse lesson", "somebody else's", order.Start.ToDateTimeOffset(), 45);
        scene.Zoom.Faults.Next(Fault.BrokenAfter, "POST", "/meetings");

        var answer = await scene.Meetings.Arrange(order, default);

        Assert.Equal(1, scene.Zoom.CountOfLesson(order.LessonId));
        Assert.Equal(order.LessonId, ZoomImitation.LessonOf(scene.Zoom.Meetings.Single(m => m.Id.ToString() == answer.Place?.Reference)));
        Assert.Equal(1, scene.Count("POST", "/meetings"));
    }

    [Fact]
    public async Task The_lesson_is_found_on_the_last_page_of_a_long_list()
    {
        await using var scene = await ZoomScene.OpenAsync();
        var order = scene.Order(days: 300);
        for (var i = 0; i < 650; i++) scene.Zoom.Make(scene.Zoom.SchoolHost, "Another", "", order.Start.ToDateTimeOffset().AddDays(-i % 200), 30);
        scene.Zoom.Faults.Next(Fault.BrokenAfter, "POST", "/meetings");

        await scene.Meetings.Arrange(order, default);

        Assert.Equal(1, scene.Zoom.CountOfLesson(order.LessonId));
        Assert.Equal(1, scene.Count("POST", "/meetings"));
        Assert.Equal(3, scene.Zoom.Seen.Count(s => s.Method == "GET" && s.Query.Contains("type=scheduled", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_meeting_that_an_administrator_records_by_force_raises_an_alarm()
    {
        await using var scene = await ZoomScene.OpenAsync();
        scene.Zoom.ForcedRecording = "cloud";

        var answer = await scene.Meetings.Arrange(scene.Order(), default);

        Assert.NotNull(answer.Place);
        Assert.Contains(scene.Log, entry => entry.Level == Microsoft.Extensions.Logging.LogLevel.Error && entry.Text.Contains("records by itself (cloud)", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Moving_sends_only_what_differs()
    {
        await using var scene = await ZoomScene.OpenAsync();
        var order = scene.Order();
        var reference = (await scene.Meetings.Arrange(order, default)).Place!.Reference;
        var later = order with { Start = order.Start + Duration.FromHours(25) };

        var moved = await scene.Meetings.Move(later, reference, default);

        Assert.Equal(reference, moved.Place?.Reference);
        Assert.Equal(later.Start.ToDateTimeOffset(), scene.Zoom.Meetings.Single().Start);
        var sent = JsonNode.Parse(scene.Zoom.Seen.Single(s => s.Method == "PATCH").Body)!.AsObject();
        Assert.Equal(["start_time"], sent.Select(p => p.Key));
    }

    [Fact]
    public async Task A_meeting_that_is_already_at_its_time_is_not_changed()
    {
        await using var scene = await ZoomScene.OpenAsync();
        var order = scene.Order();
        var reference = (await scene.Meetings.Arrange(order, default)).Place!.Reference;

        var moved = await scene.Meetings.Move(order, reference, default);

        Assert.Equal(reference, moved.Place?.Reference);
        Assert.Equal(0, scene.Count("PATCH"));
        Assert.Equal(1, scene.Zoom.WritesOf(scene.Zoom.SchoolHost));
    }

    [Fact]
    public async Task Moving_what_somebody_deleted_says_that_it_is_gone()
    {
        await using var scene = await ZoomScene.OpenAsync();
        var order = scene.Order();
        var reference = (await scene.Meetings.Arrange(order, default)).Place!.Reference;
        scene.Zoom.Remove(long.Parse(reference));

        var moved = await scene.Meetings.Move(order with { DurationMinutes = 60 }, reference, default);

        Assert.Equal(MeetingAnswer.GoneCode, moved.FailureCode);
    }

    [Fact]
    public async Task What_was_deleted_in_Zoom_is_made_anew()
    {
        await using var scene = await ZoomScene.OpenAsync();
        var order = scene.Order();
        var reference = (await scene.Meetings.Arrange(order, default)).Place!.Reference;
        scene.Zoom.Remove(long.Parse(reference));

        var anew = await scene.Meetings.Arrange(order, default);

        Assert.NotEqual(reference, anew.Place?.Reference);
        Assert.Equal(1, scene.Zoom.CountOfLesson(order.LessonId));
    }

    [Fact]
    public async Task Withdrawing_deletes_and_withdrawing_again_is_a_success()
    {
        await using var scene = await ZoomScene.OpenAsync();
        var order = scene.Order();
        var reference = (await scene.Meetings.Arrange(order, default)).Place!.Reference;

        var first = await scene.Meetings.Withdraw(order, reference, default);
        var again = await scene.Meetings.Withdraw(order, reference, default);

        Assert.Null(first.FailureCode);
        Assert.Null(again.FailureCode);
        Assert.Empty(scene.Zoom.Meetings);
        Assert.Equal(0L, await scene.Database.ScalarAsync<long>("select count(*) from zoom_meetings"));
    }

    [Fact]
    public async Task Withdrawing_without_a_reference_deletes_every_meeting_of_the_lesson_and_no_other()
    {
        await using var scene = await ZoomScene.OpenAsync();
        var order = scene.Order();
        var other = scene.Order();
        await scene.Meetings.Arrange(other, default);
        for (var i = 0; i < 2; i++)
            scene.Zoom.Make(scene.Zoom.SchoolHost, "Muse lesson", $"muse-lesson:{order.LessonId}\n", order.Start.ToDateTimeOffset(), 45);

        var answer = await scene.Meetings.Withdraw(order, null, default);

        Assert.Null(answer.FailureCode);
        Assert.Equal(0, scene.Zoom.CountOfLesson(order.LessonId));
        Assert.Equal(1, scene.Zoom.CountOfLesson(other.LessonId));
    }

    [Fact]
    public async Task A_meeting_in_progress_is_ended_and_then_deleted()
    {
        await using var scene = await ZoomScene.OpenAsync();
        var order = scene.Order();
        var reference = (await scene.Meetings.Arrange(order, default)).Place!.Reference;
        await scene.Zoom.MakeHappen(reference, Happening.Start, null);

        var answer = await scene.Meetings.Withdraw(order, reference, default);

        Assert.Null(answer.FailureCode);
        Assert.Empty(scene.Zoom.Meetings);
    }

    [Fact]
    public async Task Looking_tells_there_at_another_time_and_gone()
    {
        await using var scene = await ZoomScene.OpenAsync();
        var order = scene.Order();
        var reference = (await scene.Meetings.Arrange(order, default)).Place!.Reference;

        Assert.Equal(MeetingPresence.There, (await scene.Meetings.Look(order, reference, default)).Presence);
        scene.Zoom.Meetings.Single().Start = order.Start.ToDateTimeOffset().AddHours(1);
        Assert.Equal(MeetingPresence.AtAnotherTime, (await scene.Meetings.Look(order, reference, default)).Presence);
        scene.Zoom.Remove(long.Parse(reference));
        Assert.Equal(MeetingPresence.Gone, (await scene.Meetings.Look(order, reference, default)).Presence);
    }

    [Fact]
    public async Task The_tutor_gets_a_fresh_start_link_at_each_click_and_nothing_keeps_it()
    {
        await using var scene = await ZoomScene.OpenAsync();
        var order = scene.Order();
        var place = (await scene.Meetings.Arrange(order, default)).Place!;

        var first = await scene.Meetings.DoorFor(ZoomScene.Guest(Part.Tutor), order, place, default);
        var second = await scene.Meetings.DoorFor(ZoomScene.Guest(Part.Tutor), order, place, default);

        Assert.Contains("/s/", first);
        Assert.Contains("zak=", first);
        Assert.NotEqual(first, second);
        Assert.DoesNotContain(scene.Log, entry => entry.Text.Contains("zak", StringComparison.Ordinal));
        Assert.DoesNotContain("zak", await scene.Database.ScalarAsync<string>("select coalesce(string_agg(t::text, ' '), '') from zoom_meetings t"));
    }

    [Fact]
    public async Task A_student_goes_in_by_the_common_link_with_the_name_filled_in()
    {
        await using var scene = await ZoomScene.OpenAsync();
        var order = scene.Order();
        var place = (await scene.Meetings.Arrange(order, default)).Place!;
        var before = scene.Zoom.Seen.Count;

        var door = await scene.Meetings.DoorFor(ZoomScene.Guest(Part.Student, "지우 & co"), order, place, default);

        Assert.Equal($"{place.JoinUrl}&uname={Uri.EscapeDataString("지우 & co")}", door);
        Assert.Equal(before, scene.Zoom.Seen.Count);
    }

    [Fact]
    public async Task A_tutor_gets_no_other_link_when_Zoom_cannot_be_asked()
    {
        await using var scene = await ZoomScene.OpenAsync();
        var order = scene.Order();
        var place = (await scene.Meetings.Arrange(order, default)).Place!;
        scene.Zoom.Down = true;

        var trouble = await Assert.ThrowsAsync<ProviderTrouble>(() => scene.Meetings.DoorFor(ZoomScene.Guest(Part.Tutor), order, place, default));
        Assert.Equal("provider_error", trouble.Code);
        Assert.Contains(place.JoinUrl, await scene.Meetings.DoorFor(ZoomScene.Guest(Part.Student), order, place, default));
    }

    [Fact]
    public async Task The_door_of_a_deleted_meeting_says_that_it_is_gone()
    {
        await using var scene = await ZoomScene.OpenAsync();
        var order = scene.Order();
        var place = (await scene.Meetings.Arrange(order, default)).Place!;
        scene.Zoom.Remove(long.Parse(place.Reference));

        var trouble = await Assert.ThrowsAsync<ProviderTrouble>(() => scene.Meetings.DoorFor(ZoomScene.Guest(Part.Tutor), order, place, default));
        Assert.Equal(MeetingAnswer.GoneCode, trouble.Code);
    }

    private static async Task Until(Func<bool> holds)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!holds()) await Task.Delay(5, patience.Token);
    }
}
