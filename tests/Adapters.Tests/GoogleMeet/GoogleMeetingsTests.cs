using System.Globalization;
using System.Text.Json.Nodes;
using Muse.Adapters.GoogleMeet;
using Muse.Domain.Lessons;
using Muse.Domain.Meetings;
using Muse.Imitations;
using Muse.Imitations.Google;
using NodaTime;

namespace Muse.Adapters.Tests.GoogleMeet;

public sealed class GoogleMeetingsTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public async Task A_lesson_becomes_an_event_with_a_Meet_link_and_without_guests()
    {
        await using var school = await TheSchool.OpenAsync();
        var order = school.Order();

        var answer = await school.Meetings.Arrange(order, None);

        Assert.StartsWith("https://meet.google.com/", answer.Place!.JoinUrl);
        var e = school.Google.EventOf(answer.Place.Reference)!;
        Assert.Equal("2026-12-01T17:00:00+09:00", e["start"]!["dateTime"]!.GetValue<string>());
        Assert.Equal("Asia/Seoul", e["start"]!["timeZone"]!.GetValue<string>());
        Assert.Equal("private", e["visibility"]!.GetValue<string>());
        Assert.False(e["guestsCanInviteOthers"]!.GetValue<bool>());
        Assert.Null(e["attendees"]);
        Assert.Equal(order.LessonId.ToString(), e["extendedProperties"]!["private"]!["museLesson"]!.GetValue<string>());
        var insert = Assert.Single(school.Calls, r => r.Method == "POST");
        Assert.Contains("conferenceDataVersion=1", insert.Query);
        Assert.Contains("sendUpdates=none", insert.Query);
    }

    [Fact]
    public async Task A_child_without_an_account_need_not_knock()
    {
        await using var school = await TheSchool.OpenAsync();

        var answer = await school.Meetings.Arrange(school.Order(), None);

        Assert.Equal("OPEN", school.Google.AccessTypeOf(answer.Place!.Reference));
    }

    [Theory]
    [InlineData("https://meet.google.com/bhx-tkan-dku", "bhx-tkan-dku")]
    [InlineData("https://meet.google.com/bhx-tkan-dku?authuser=kim%40school.example", "bhx-tkan-dku")]
    [InlineData("http://127.0.0.1:5092/bhx-tkan-dku", "bhx-tkan-dku")]
    [InlineData("http://127.0.0.1:5092/meet/bhx-tkan-dku", null)]
    [InlineData("https://meet.google.com/lookup/lesson", null)]
    [InlineData("/bhx-tkan-dku", null)]
    [InlineData("", null)]
    public void The_space_is_found_by_the_code_that_is_all_of_the_links_path(string link, string? code) => Assert.Equal(code, MeetSpaces.CodeOf(link));

    [Fact]
    public async Task The_imitations_own_links_lead_Muse_to_their_space_as_the_real_ones_do()
    {
        await using var school = await TheSchool.OpenAsync();
        school.Google.Doors = school.Google.OwnDoors;

        var place = (await school.Meetings.Arrange(school.Order(), None)).Place!;

        var code = MeetSpaces.CodeOf(place.JoinUrl);
        Assert.Equal($"{school.Google.OwnDoors}/{code}", place.JoinUrl);
        Assert.Equal([("GET", $"/v2/spaces/{code}"), ("PATCH", "/v2/spaces/…")], school.Calls.Where(call => call.Path.StartsWith("/v2/", StringComparison.Ordinal))
            .Select(call => (call.Method, call.Method == "GET" ? call.Path : "/v2/spaces/…")));
        Assert.Equal("OPEN", school.Google.AccessTypeOf(place.Reference));
    }

    [Fact]
    public async Task Without_the_right_to_open_the_space_the_meeting_stands_and_a_look_says_that_guests_knock()
    {
        await using var school = await TheSchool.OpenAsync();
        school.Google.Delegated.Remove("https://www.googleapis.com/auth/meetings.space.settings");
        var order = school.Order();

        var answer = await school.Meetings.Arrange(order, None);
        var sighting = await school.Meetings.Look(order, answer.Place!.Reference, None);

        Assert.Equal(MeetingPresence.There, sighting.Presence);
        Assert.Contains("knock", sighting.Detail);
        Assert.Equal("TRUSTED", school.Google.AccessTypeOf(answer.Place.Reference));
    }

    [Fact]
    public async Task Arranging_twice_finds_the_first_meeting()
    {
        await using var school = await TheSchool.OpenAsync();
        var order = school.Order();

        var first = await school.Meetings.Arrange(order, None);
        var second = await school.Meetings.Arrange(order, None);

        Assert.Equal(first.Place, second.Place);
        Assert.Single(school.Google.Held);
    }

    [Fact]
    public async Task Arranging_again_brings_the_event_that_is_there_to_the_new_time()
    {
        await using var school = await TheSchool.OpenAsync();
        var order = school.Order();
        await school.Meetings.Arrange(order, None);

        var later = school.Order(order.LessonId, hour: 20);
        var answer = await school.Meetings.Arrange(later, None);

        Assert.Equal(MeetingPresence.There, (await school.Meetings.Look(later, answer.Place!.Reference, None)).Presence);
        Assert.Single(school.Google.Held);
    }

    [Theory]
    [InlineData(Fault.BrokenBefore)]
    [InlineData(Fault.BrokenAfter)]
    [InlineData(Fault.SilentBefore)]
    [InlineData(Fault.SilentAfter)]
    [InlineData(Fault.TooManyWithWait)]
    [InlineData(Fault.TooMany)]
    [InlineData(Fault.ServerError)]
    [InlineData(Fault.BadGateway)]
    [InlineData(Fault.BrokenJson)]
    [InlineData(Fault.Redirect)]
    public async Task After_trouble_a_second_try_leaves_one_meeting(Fault fault)
    {
        await using var school = await TheSchool.OpenAsync(new Dictionary<string, string?> { ["Meetings:GoogleMeet:TimeoutSeconds"] = "1" });
        var order = school.Order();
        school.Google.Faults.Next(fault, "POST", "/events");

        await Assert.ThrowsAsync<ProviderTrouble>(() => school.Meetings.Arrange(order, None));
        var answer = await school.Meetings.Arrange(order, None);

        Assert.Equal(answer.Place!.Reference, Assert.Single(school.Google.Held).Reference);
    }

    [Fact]
    public async Task A_conference_that_is_still_being_made_is_waited_for()
    {
        await using var school = await TheSchool.OpenAsync();
        school.Google.PendingReads = 3;

        var answer = await school.Meetings.Arrange(school.Order(), None);

        Assert.StartsWith("https://meet.google.com/", answer.Place!.JoinUrl);
        Assert.Equal(3, school.Calls.Count(r => r.Method == "GET" && r.Path.Contains("/events/")));
    }

    [Fact]
    public async Task A_conference_that_takes_too_long_is_trouble_and_the_next_try_takes_it_up()
    {
        await using var school = await TheSchool.OpenAsync();
        school.Google.PendingReads = 4;
        var order = school.Order();

        var trouble = await Assert.ThrowsAsync<ProviderTrouble>(() => school.Meetings.Arrange(order, None));
        var answer = await school.Meetings.Arrange(order, None);

        Assert.NotNull(trouble.NotBefore);
        Assert.NotNull(answer.Place);
        Assert.Single(school.Google.Held);
    }

    [Fact]
    public async Task A_conference_that_failed_is_asked_for_once_more_under_another_request_id()
    {
        await using var school = await TheSchool.OpenAsync();
        school.Google.FailingConferences = 1;

        var answer = await school.Meetings.Arrange(school.Order(), None);

        Assert.NotNull(answer.Place);
        var ids = school.Calls.Where(r => r.Body.Contains("requestId")).Select(r => JsonNode.Parse(r.Body)!["conferenceData"]!["createRequest"]!["requestId"]!.GetValue<string>()).ToArray();
        Assert.Equal(2, ids.Distinct().Count());
    }

    [Fact]
    public async Task A_conference_that_fails_twice_is_a_failure_that_leaves_no_event_behind()
    {
        await using var school = await TheSchool.OpenAsync();
        school.Google.FailingConferences = 2;

        var answer = await school.Meetings.Arrange(school.Order(), None);

        Assert.Equal(MeetingAnswer.NotPermittedCode, answer.FailureCode);
        Assert.Empty(school.Google.Held);
    }

    [Fact]
    public async Task A_calendar_whose_owner_has_no_Meet_is_a_failure_that_leaves_no_event_behind()
    {
        await using var school = await TheSchool.OpenAsync();
        school.Google.WithoutMeet.Add(GoogleImitation.SchoolHost);

        var answer = await school.Meetings.Arrange(school.Order(), None);

        Assert.Equal(MeetingAnswer.NotPermittedCode, answer.FailureCode);
        Assert.Empty(school.Google.Held);
    }

    [Fact]
    public async Task A_lesson_whose_event_was_deleted_gets_another_event()
    {
        await using var school = await TheSchool.OpenAsync();
        var order = school.Order();
        var first = await school.Meetings.Arrange(order, None);
        await school.Google.DeleteByHand(first.Place!.Reference);

        var second = await school.Meetings.Arrange(order, None);

        Assert.Equal(first.Place.Reference + "1", second.Place!.Reference);
        Assert.NotEqual(first.Place.JoinUrl, second.Place.JoinUrl);
        Assert.Single(school.Google.Held);
    }

    [Fact]
    public async Task An_event_whose_link_somebody_took_out_is_gone_to_a_look_and_gets_a_new_link()
    {
        await using var school = await TheSchool.OpenAsync();
        var order = school.Order();
        var first = await school.Meetings.Arrange(order, None);
        await school.Google.TakeOutConference(first.Place!.Reference);

        Assert.Equal(MeetingPresence.Gone, (await school.Meetings.Look(order, first.Place.Reference, None)).Presence);
        var second = await school.Meetings.Arrange(order, None);

        Assert.Equal(first.Place.Reference, second.Place!.Reference);
        Assert.NotEqual(first.Place.JoinUrl, second.Place.JoinUrl);
    }

    [Fact]
    public async Task A_moved_lesson_keeps_its_link_and_what_the_tutor_wrote_into_the_event()
    {
        await using var school = await TheSchool.OpenAsync();
        var order = school.Order();
        var arranged = await school.Meetings.Arrange(order, None);
        await school.Google.RenameByHand(arranged.Place!.Reference, "Bach, partita 2");

        var moved = await school.Meetings.Move(school.Order(order.LessonId, hour: 20, minutes: 60), arranged.Place.Reference, None);

        // Whose account holds it is said when it is arranged.
        Assert.Equal(arranged.Place with { Account = null }, moved.Place);
        var e = school.Google.EventOf(arranged.Place.Reference)!;
        Assert.Equal("2026-12-01T20:00:00+09:00", e["start"]!["dateTime"]!.GetValue<string>());
        Assert.Equal("2026-12-01T21:00:00+09:00", e["end"]!["dateTime"]!.GetValue<string>());
        Assert.Equal("Bach, partita 2", e["summary"]!.GetValue<string>());
        var patch = Assert.Single(school.Calls, r => r.Method == "PATCH" && r.Path.Contains("/events/"));
        Assert.True(patch.Headers.ContainsKey("If-Match"));
        Assert.Contains("conferenceDataVersion=1", patch.Query);
    }

    [Fact]
    public async Task A_move_that_meets_another_change_reads_again()
    {
        await using var school = await TheSchool.OpenAsync();
        var order = school.Order();
        var arranged = await school.Meetings.Arrange(order, None);
        school.Google.AnswerNext(412, "conditionNotMet", "PATCH", "/events/");

        var moved = await school.Meetings.Move(school.Order(order.LessonId, hour: 20), arranged.Place!.Reference, None);

        Assert.NotNull(moved.Place);
        Assert.Equal(2, school.Calls.Count(r => r.Method == "PATCH" && r.Path.Contains("/events/")));
    }

    [Fact]
    public async Task An_event_that_keeps_changing_is_trouble()
    {
        await using var school = await TheSchool.OpenAsync();
        var order = school.Order();
        var arranged = await school.Meetings.Arrange(order, None);
        school.Google.AnswerNext(412, "conditionNotMet", "PATCH", "/events/", times: 100);

        await Assert.ThrowsAsync<ProviderTrouble>(() => school.Meetings.Move(school.Order(order.LessonId, hour: 20), arranged.Place!.Reference, None));
    }

    [Theory]
    [InlineData(404, "notFound")]
    [InlineData(410, "deleted")]
    public async Task Moving_what_is_no_longer_there_says_so(int status, string reason)
    {
        await using var school = await TheSchool.OpenAsync();
        var order = school.Order();
        var arranged = await school.Meetings.Arrange(order, None);
        school.Google.AnswerNext(status, reason, "PATCH", "/events/");

        var moved = await school.Meetings.Move(school.Order(order.LessonId, hour: 20), arranged.Place!.Reference, None);

        Assert.Equal(MeetingAnswer.GoneCode, moved.FailureCode);
    }

    [Fact]
    public async Task Moving_and_looking_at_a_deleted_event_say_that_it_is_gone()
    {
        await using var school = await TheSchool.OpenAsync();
        var order = school.Order();
        var arranged = await school.Meetings.Arrange(order, None);
        await school.Google.DeleteByHand(arranged.Place!.Reference);

        Assert.Equal(MeetingAnswer.GoneCode, (await school.Meetings.Move(order, arranged.Place.Reference, None)).FailureCode);
        Assert.Equal(MeetingPresence.Gone, (await school.Meetings.Look(order, arranged.Place.Reference, None)).Presence);
    }

    [Fact]
    public async Task A_look_sees_that_somebody_dragged_the_event()
    {
        await using var school = await TheSchool.OpenAsync();
        var order = school.Order();
        var arranged = await school.Meetings.Arrange(order, None);
        await school.Google.MoveByHand(arranged.Place!.Reference, TimeSpan.FromHours(1));

        Assert.Equal(MeetingPresence.AtAnotherTime, (await school.Meetings.Look(order, arranged.Place.Reference, None)).Presence);
    }

    [Fact]
    public async Task Withdrawing_deletes_once_and_finds_it_gone_afterwards()
    {
        await using var school = await TheSchool.OpenAsync();
        var order = school.Order();
        var arranged = await school.Meetings.Arrange(order, None);

        Assert.Null((await school.Meetings.Withdraw(order, arranged.Place!.Reference, None)).FailureCode);
        Assert.Null((await school.Meetings.Withdraw(order, arranged.Place.Reference, None)).FailureCode);
        Assert.Empty(school.Google.Held);
    }

    [Fact]
    public async Task Withdrawing_without_a_reference_finds_what_an_attempt_left()
    {
        await using var school = await TheSchool.OpenAsync();
        var order = school.Order();
        school.Google.Faults.Next(Fault.BrokenAfter, "POST", "/events");
        await Assert.ThrowsAsync<ProviderTrouble>(() => school.Meetings.Arrange(order, None));
        Assert.Single(school.Google.Held);

        Assert.Null((await school.Meetings.Withdraw(order, null, None)).FailureCode);
        Assert.Empty(school.Google.Held);
    }

    [Fact]
    public async Task Withdrawing_without_a_reference_finds_the_event_that_took_a_deleted_ones_place()
    {
        await using var school = await TheSchool.OpenAsync();
        var order = school.Order();
        await school.Google.DeleteByHand((await school.Meetings.Arrange(order, None)).Place!.Reference);
        await school.Meetings.Arrange(order, None);

        Assert.Null((await school.Meetings.Withdraw(order, null, None)).FailureCode);
        Assert.Empty(school.Google.Held);
    }

    [Fact]
    public async Task Withdrawing_a_lesson_that_was_never_arranged_is_a_success()
    {
        await using var school = await TheSchool.OpenAsync();

        Assert.Null((await school.Meetings.Withdraw(school.Order(), null, None)).FailureCode);
    }

    [Theory]
    [InlineData(400, "invalid", MeetingAnswer.NotPermittedCode)]
    [InlineData(400, "required", MeetingAnswer.NotPermittedCode)]
    [InlineData(400, "timeRangeEmpty", MeetingAnswer.NotPermittedCode)]
    [InlineData(401, "authError", MeetingAnswer.DisconnectedCode)]
    [InlineData(403, "quotaExceeded", MeetingAnswer.QuotaCode)]
    [InlineData(403, "dailyLimitExceeded", MeetingAnswer.QuotaCode)]
    [InlineData(403, "insufficientPermissions", MeetingAnswer.NotPermittedCode)]
    [InlineData(403, "forbiddenForNonOrganizer", MeetingAnswer.NotPermittedCode)]
    [InlineData(403, "accessNotConfigured", MeetingAnswer.NotPermittedCode)]
    [InlineData(403, "nobodyHeardOfIt", MeetingAnswer.NotPermittedCode)]
    [InlineData(404, "notFound", MeetingAnswer.NotPermittedCode)]
    public async Task What_will_not_pass_is_a_failure_by_its_reason(int status, string reason, string code)
    {
        await using var school = await TheSchool.OpenAsync();
        school.Google.AnswerNext(status, reason, "POST", "/events", times: 2);

        var answer = await school.Meetings.Arrange(school.Order(), None);

        Assert.Equal(code, answer.FailureCode);
        Assert.Empty(school.Google.Held);
    }

    [Theory]
    [InlineData(403, "rateLimitExceeded", "too_many_requests")]
    [InlineData(403, "userRateLimitExceeded", "too_many_requests")]
    [InlineData(429, "rateLimitExceeded", "too_many_requests")]
    [InlineData(500, "backendError", "provider_error")]
    [InlineData(503, "backendError", "provider_error")]
    public async Task What_may_pass_is_trouble_by_its_reason(int status, string reason, string code)
    {
        await using var school = await TheSchool.OpenAsync();
        school.Google.AnswerNext(status, reason, "POST", "/events");

        Assert.Equal(code, (await Assert.ThrowsAsync<ProviderTrouble>(() => school.Meetings.Arrange(school.Order(), None))).Code);
    }

    [Fact]
    public async Task Who_is_told_to_slow_down_waits_longer_each_time_up_to_a_minute()
    {
        await using var school = await TheSchool.OpenAsync();
        school.Google.AnswerNext(403, "rateLimitExceeded", "POST", "/events", times: 9);
        var waits = new List<double>();
        for (var n = 0; n < 9; n++)
        {
            var before = Instant.FromDateTimeOffset(school.Google.Clock.GetUtcNow());
            waits.Add(((await Assert.ThrowsAsync<ProviderTrouble>(() => school.Meetings.Arrange(school.Order(), None))).NotBefore!.Value - before).TotalSeconds);
        }

        for (var n = 0; n < 9; n++) Assert.InRange(waits[n], Math.Min(Math.Pow(2, n), 64), Math.Min(Math.Pow(2, n) + 1, 64) + 5);
        Assert.NotNull((await school.Meetings.Arrange(school.Order(), None)).Place);
    }

    [Fact]
    public async Task The_time_that_Google_names_is_kept()
    {
        await using var school = await TheSchool.OpenAsync();
        school.Google.Faults.Next(Fault.TooManyWithWait, "POST", "/events");
        var before = Instant.FromDateTimeOffset(school.Google.Clock.GetUtcNow());

        var trouble = await Assert.ThrowsAsync<ProviderTrouble>(() => school.Meetings.Arrange(school.Order(), None));

        Assert.InRange((trouble.NotBefore!.Value - before).TotalSeconds, 7, 12);
    }

    [Fact]
    public async Task The_schools_quota_of_a_minute_is_trouble_and_passes()
    {
        await using var school = await TheSchool.OpenAsync();
        school.Google.RequestsPerUserAndMinute = 0;
        var order = school.Order();
        Assert.Equal("too_many_requests", (await Assert.ThrowsAsync<ProviderTrouble>(() => school.Meetings.Arrange(order, None))).Code);

        school.Google.RequestsPerUserAndMinute = 600;
        Assert.NotNull((await school.Meetings.Arrange(order, None)).Place);
    }

    [Fact]
    public async Task A_tutors_own_account_goes_before_the_schools_and_moves_and_looks_find_it_there()
    {
        await using var school = await TheSchool.OpenAsync(own: "kim@gmail.example");
        var order = school.Order();

        var answer = await school.Meetings.Arrange(order, None);
        school.Google.ForgetTokens();
        var moved = await school.Meetings.Move(school.Order(order.LessonId, hour: 20), answer.Place!.Reference, None);

        Assert.NotNull(moved.Place);
        Assert.Equal("kim@gmail.example", school.Google.EventOf(answer.Place.Reference)!["organizer"]!["email"]!.GetValue<string>());
        Assert.DoesNotContain(school.Google.Seen, r => r.Path == "/token");
    }

    [Fact]
    public async Task Hosts_are_found_by_the_tutors_id_then_address_then_default()
    {
        await using var school = await TheSchool.OpenAsync(new Dictionary<string, string?> { ["Meetings:GoogleMeet:Hosts:kim@school.example"] = "second@school.example" });
        var byAddress = await school.Meetings.Arrange(school.Order(), None);
        var byDefault = await school.Meetings.Arrange(school.Order() with { TutorEmail = "lee@school.example" }, None);

        Assert.Equal("second@school.example", school.Google.EventOf(byAddress.Place!.Reference)!["organizer"]!["email"]!.GetValue<string>());
        Assert.Equal(GoogleImitation.SchoolHost, school.Google.EventOf(byDefault.Place!.Reference)!["organizer"]!["email"]!.GetValue<string>());
    }

    [Fact]
    public async Task Without_an_account_nobody_is_served()
    {
        await using var school = await TheSchool.OpenAsync(new Dictionary<string, string?>
        {
            ["Meetings:GoogleMeet:ServiceAccountJson"] = null,
            ["Meetings:GoogleMeet:DefaultHost"] = null,
        });

        Assert.False(await school.Meetings.Serves(TheSchool.Tutor, None));
        Assert.Equal(MeetingAnswer.DisconnectedCode, (await school.Meetings.Arrange(school.Order(), None)).FailureCode);
        Assert.Empty(school.Google.Seen);
    }

    [Fact]
    public async Task Only_the_tutors_door_names_the_schools_account()
    {
        await using var school = await TheSchool.OpenAsync();
        var order = school.Order();
        var place = (await school.Meetings.Arrange(order, None)).Place!;

        var tutors = await school.Meetings.DoorFor(new MeetingGuest(Guid.NewGuid(), Part.Tutor, "Kim", "ko", "kim@school.example"), order, place, None);
        var childs = await school.Meetings.DoorFor(new MeetingGuest(Guid.NewGuid(), Part.Student, "Layla", "ar", null), order, place, None);

        Assert.Equal($"{place.JoinUrl}?authuser={Uri.EscapeDataString(GoogleImitation.SchoolHost)}", tutors);
        Assert.Equal(place.JoinUrl, childs);
    }

    [Fact]
    public async Task The_tutors_door_to_a_meeting_of_their_own_names_their_account_and_stays_open_when_Google_does_not_say_it()
    {
        await using var school = await TheSchool.OpenAsync(own: "kim@gmail.example");
        var order = school.Order();
        var place = (await school.Meetings.Arrange(order, None)).Place!;
        var kim = new MeetingGuest(Guid.NewGuid(), Part.Tutor, "Kim", "ko", "kim@school.example");
        school.Google.Faults.Next(Fault.BadGateway, "GET", "/userinfo");

        Assert.Equal(place.JoinUrl, await school.Meetings.DoorFor(kim, order, place, None));
        Assert.Equal($"{place.JoinUrl}?authuser=kim%40gmail.example", await school.Meetings.DoorFor(kim, order, place, None));
    }

    [Fact]
    public async Task The_hour_that_comes_twice_is_sent_with_its_offset()
    {
        await using var school = await TheSchool.OpenAsync();
        var order = school.Order(zone: "Europe/London") with { Start = Instant.FromUtc(2026, 10, 25, 1, 15) };

        var answer = await school.Meetings.Arrange(order, None);

        var start = school.Google.EventOf(answer.Place!.Reference)!["start"]!["dateTime"]!.GetValue<string>();
        Assert.Equal("2026-10-25T01:15:00+00:00", start.Replace("Z", "+00:00", StringComparison.Ordinal));
        Assert.Equal(order.Start, Instant.FromDateTimeOffset(DateTimeOffset.Parse(start, CultureInfo.InvariantCulture)));
    }

    [Fact]
    public async Task Many_lessons_at_once_become_as_many_meetings()
    {
        await using var school = await TheSchool.OpenAsync();
        var orders = Enumerable.Range(0, 24).Select(_ => school.Order()).ToArray();

        var answers = await Task.WhenAll(orders.Concat(orders).Select(order => school.Meetings.Arrange(order, None)));

        Assert.All(answers, answer => Assert.NotNull(answer.Place));
        Assert.Equal(24, school.Google.Held.Count);
        // One for the calendar and one for the spaces, however many ask.
        Assert.Equal(2, school.Google.TokensGiven);
    }
}
