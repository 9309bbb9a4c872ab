using System.Text.Json.Nodes;

namespace Muse.Adapters.Tests.GoogleMeet;

/// <summary>Who stands in the lesson's event: nobody, unless the school wants its adults there.</summary>
public sealed class GoogleAttendeesTests
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly Dictionary<string, string?> Inviting = new() { ["Meetings:GoogleMeet:InviteAdults"] = "true" };
    private static readonly string[] Adults = ["omar@example.ae", "Kim@school.example"];

    [Fact]
    public async Task Nobody_is_invited_unless_the_school_says_so()
    {
        await using var school = await TheSchool.OpenAsync();
        Assert.Empty(Invited(school, (await school.Meetings.Arrange(school.Order() with { Adults = Adults }, None)).Place!.Reference));
    }

    [Fact]
    public async Task The_tutor_and_the_other_adults_stand_once_in_an_event_of_the_schools_calendar_and_get_no_mail()
    {
        await using var school = await TheSchool.OpenAsync(Inviting);
        var order = school.Order() with { Adults = Adults };

        var place = (await school.Meetings.Arrange(order, None)).Place!;

        Assert.Equal(["kim@school.example", "omar@example.ae"], Invited(school, place.Reference));
        Assert.All(school.Calls.Where(call => call.Method is "POST" && call.Path.EndsWith("/events", StringComparison.Ordinal)), call => Assert.Contains("sendUpdates=none", call.Query));
        Assert.False(school.Google.EventOf(place.Reference)!["guestsCanSeeOtherGuests"]!.GetValue<bool>());
    }

    [Fact]
    public async Task The_owner_of_the_calendar_is_no_guest_of_their_own_lesson()
    {
        await using var school = await TheSchool.OpenAsync(Inviting, own: "kim.minji@gmail.example");
        var place = (await school.Meetings.Arrange(school.Order() with { Adults = ["omar@example.ae"] }, None)).Place!;
        Assert.Equal(["omar@example.ae"], Invited(school, place.Reference));
    }

    [Fact]
    public async Task A_move_keeps_the_attendees()
    {
        await using var school = await TheSchool.OpenAsync(Inviting);
        var order = school.Order() with { Adults = ["omar@example.ae"] };
        var place = (await school.Meetings.Arrange(order, None)).Place!;

        await school.Meetings.Move(order with { DurationMinutes = 30 }, place.Reference, None);

        Assert.Equal(["kim@school.example", "omar@example.ae"], Invited(school, place.Reference));
    }

    [Theory]
    [InlineData("403 quotaExceeded")]
    [InlineData("403 calendarUsageLimitsExceeded")]
    [InlineData("403 forbiddenForServiceAccounts")]
    [InlineData("400 invalid")]
    public async Task Where_Google_refuses_the_attendees_the_lesson_has_its_link_without_them(string reason)
    {
        await using var school = await TheSchool.OpenAsync(Inviting);
        school.Google.RefusedAttendees = reason;

        var answer = await school.Meetings.Arrange(school.Order() with { Adults = Adults }, None);

        Assert.NotNull(answer.Place);
        Assert.Empty(Invited(school, answer.Place.Reference));
        Assert.Contains(school.Warnings, warning => warning.Contains("without attendees", StringComparison.Ordinal) && !warning.Contains('@'));
    }

    [Fact]
    public async Task A_refusal_that_will_pass_is_waited_for_and_costs_nobody_the_invitation()
    {
        await using var school = await TheSchool.OpenAsync(Inviting);
        school.Google.RefusedAttendees = "403 rateLimitExceeded";
        var order = school.Order() with { Adults = Adults };

        var trouble = await Assert.ThrowsAsync<Domain.Meetings.ProviderTrouble>(() => school.Meetings.Arrange(order, None));

        Assert.Equal("too_many_requests", trouble.Code);
        Assert.Empty(school.Google.Held);
        school.Google.RefusedAttendees = null;
        Assert.Equal(2, Invited(school, (await school.Meetings.Arrange(order, None)).Place!.Reference).Length);
    }

    private static string[] Invited(TheSchool school, string reference) =>
        [.. (school.Google.EventOf(reference)!["attendees"] as JsonArray ?? []).Select(guest => guest!["email"]!.GetValue<string>()).Order(StringComparer.Ordinal)];
}
