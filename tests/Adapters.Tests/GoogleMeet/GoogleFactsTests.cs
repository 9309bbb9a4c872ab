using Muse.Domain.Meetings;
using Muse.Imitations;
using Muse.Imitations.Google;
using NodaTime;

namespace Muse.Adapters.Tests.GoogleMeet;

public sealed class GoogleFactsTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public async Task Nothing_is_reported_of_a_meeting_to_which_nobody_came()
    {
        await using var school = await TheSchool.OpenAsync();
        var (order, place) = await Arranged(school);

        Assert.Empty(await school.Meetings.Reports(order, place, None));
    }

    [Fact]
    public async Task Who_came_and_went_is_reported_with_one_stay_for_each_coming()
    {
        await using var school = await TheSchool.OpenAsync();
        var (order, place) = await Arranged(school);
        school.Google.Join(place.Reference, "Kim", "kim@gmail.example");
        school.Google.Clock.Advance(TimeSpan.FromMinutes(1));
        school.Google.Join(place.Reference, "Layla");
        school.Google.Clock.Advance(TimeSpan.FromMinutes(1));
        school.Google.Leave(place.Reference, "Layla");
        school.Google.Clock.Advance(TimeSpan.FromMinutes(1));
        school.Google.Join(place.Reference, "Layla");
        school.Google.EndConference(place.Reference);

        var reports = await school.Meetings.Reports(order, place, None);

        Assert.Single(reports.OfType<MeetingBegan>());
        Assert.Single(reports.OfType<MeetingOver>());
        var came = reports.OfType<GuestCame>().ToArray();
        Assert.Equal(["Kim", "Layla", "Layla"], came.Select(r => r.Guest.DisplayName).Order());
        Assert.Equal(3, came.Select(r => r.Guest.Stay).Distinct().Count());
        Assert.Equal(came.Select(r => r.Guest.Stay).Order(), reports.OfType<GuestWent>().Select(r => r.Guest.Stay).Order());
        Assert.All(reports, r =>
        {
            Assert.Equal(place.Reference, r.Reference);
            Assert.InRange(r.Key.Length, 1, 128);
        });
    }

    [Fact]
    public async Task Each_poll_gives_the_same_keys_and_adds_what_is_new()
    {
        await using var school = await TheSchool.OpenAsync();
        var (order, place) = await Arranged(school);
        school.Google.Join(place.Reference, "Layla");

        var first = await school.Meetings.Reports(order, place, None);
        var second = await school.Meetings.Reports(order, place, None);
        school.Google.EndConference(place.Reference);
        var third = await school.Meetings.Reports(order, place, None);

        Assert.Equal(first.Select(r => r.Key), second.Select(r => r.Key));
        Assert.Equal(first.Select(r => r.Key).Order(), third.Select(r => r.Key).Intersect(first.Select(r => r.Key)).Order());
        Assert.Equal(first.Count + 2, third.Count);
        Assert.Equal(third.Count, third.Select(r => r.Key).Distinct().Count());
    }

    [Fact]
    public async Task Lists_of_several_pages_are_read_to_their_end()
    {
        await using var school = await TheSchool.OpenAsync();
        school.Google.MeetPageSize = 2;
        var (order, place) = await Arranged(school);
        foreach (var name in new[] { "A", "B", "C", "D", "E" }) school.Google.Join(place.Reference, name);

        Assert.Equal(5, (await school.Meetings.Reports(order, place, None)).OfType<GuestCame>().Count());
    }

    [Fact]
    public async Task A_recording_is_reported_when_its_file_is_there_and_not_before()
    {
        await using var school = await TheSchool.OpenAsync();
        var (order, place) = await Arranged(school);
        school.Google.StartRecording(place.Reference);
        Assert.Empty((await school.Meetings.Reports(order, place, None)).OfType<RecordingReady>());
        school.Google.Clock.Advance(TimeSpan.FromMinutes(40));
        school.Google.EndConference(place.Reference);
        Assert.Empty((await school.Meetings.Reports(order, place, None)).OfType<RecordingReady>());
        var file = school.Google.FinishRecording(place.Reference);

        var ready = Assert.Single((await school.Meetings.Reports(order, place, None)).OfType<RecordingReady>());

        var recording = Assert.Single(ready.Files);
        Assert.Equal(file, recording.FileId);
        Assert.InRange((recording.To - recording.From).TotalMinutes, 40, 41);
        Assert.Null(recording.Token);
    }

    [Fact]
    public async Task Without_the_right_to_see_conferences_nothing_is_reported_and_nothing_breaks()
    {
        await using var school = await TheSchool.OpenAsync();
        school.Google.Delegated.Remove("https://www.googleapis.com/auth/meetings.space.readonly");
        var (order, place) = await Arranged(school);
        school.Google.Join(place.Reference, "Layla");

        Assert.Empty(await school.Meetings.Reports(order, place, None));
    }

    [Fact]
    public async Task Trouble_at_Meet_reports_nothing_rather_than_a_half()
    {
        await using var school = await TheSchool.OpenAsync();
        var (order, place) = await Arranged(school);
        school.Google.Join(place.Reference, "Layla");
        school.Google.AnswerNext(429, "RESOURCE_EXHAUSTED", "GET", "participantSessions");

        Assert.Equal("too_many_requests", (await Assert.ThrowsAsync<ProviderTrouble>(() => school.Meetings.Reports(order, place, None))).Code);
    }

    [Theory]
    [InlineData(null, GoogleImitation.SchoolHost, "kim@gmail.example")]
    [InlineData("kim@gmail.example", "kim@gmail.example", GoogleImitation.SchoolHost)]
    public async Task The_account_that_holds_the_meeting_is_the_host_and_no_other_of_the_same_name(string? own, string host, string other)
    {
        await using var school = await TheSchool.OpenAsync(own: own);
        var (order, place) = await Arranged(school);
        school.Google.Join(place.Reference, "Kim", other);
        school.Google.Join(place.Reference, "Kim");
        school.Google.Join(place.Reference, "Kim", host);
        school.Google.Leave(place.Reference, "Kim", host);

        var reports = await school.Meetings.Reports(order, place, None);

        var came = reports.OfType<GuestCame>().ToArray();
        Assert.Equal(3, came.Length);
        var kim = Assert.Single(came, r => r.Guest.IsHost);
        Assert.Equal(kim.Guest, Assert.Single(reports.OfType<GuestWent>()).Guest);
    }

    [Fact]
    public async Task Whose_the_account_is_is_asked_once_per_token_and_not_before_somebody_came()
    {
        await using var school = await TheSchool.OpenAsync();
        var (order, place) = await Arranged(school);
        await school.Meetings.Reports(order, place, None);
        Assert.Equal(0, Asked(school));
        school.Google.Join(place.Reference, "Kim", GoogleImitation.SchoolHost);

        for (var poll = 0; poll < 3; poll++) await school.Meetings.Reports(order, place, None);

        Assert.Equal(1, Asked(school));
    }

    [Fact]
    public async Task Without_the_right_to_ask_whose_the_account_is_everybody_is_a_guest_and_the_log_says_so_once()
    {
        await using var school = await TheSchool.OpenAsync();
        school.Google.Delegated.Remove("https://www.googleapis.com/auth/userinfo.email");
        var (order, place) = await Arranged(school);
        school.Google.Join(place.Reference, "Kim", GoogleImitation.SchoolHost);

        for (var poll = 0; poll < 3; poll++)
        {
            Assert.False(Assert.Single((await school.Meetings.Reports(order, place, None)).OfType<GuestCame>()).Guest.IsHost);
            school.Google.Clock.Advance(TimeSpan.FromMinutes(11));
        }

        Assert.Contains("userinfo.email", Assert.Single(school.Warnings), StringComparison.Ordinal);
        // Granted later, it is noticed without a restart.
        school.Google.Delegated.Add("https://www.googleapis.com/auth/userinfo.email");
        Assert.True(Assert.Single((await school.Meetings.Reports(order, place, None)).OfType<GuestCame>()).Guest.IsHost);
    }

    [Fact]
    public async Task While_Google_does_not_answer_whose_the_account_is_nobody_is_reported_as_a_guest()
    {
        await using var school = await TheSchool.OpenAsync();
        var (order, place) = await Arranged(school);
        school.Google.Join(place.Reference, "Kim", GoogleImitation.SchoolHost);
        school.Google.Faults.Next(Fault.BadGateway, "GET", "/userinfo");

        await Assert.ThrowsAsync<ProviderTrouble>(() => school.Meetings.Reports(order, place, None));

        Assert.True(Assert.Single((await school.Meetings.Reports(order, place, None)).OfType<GuestCame>()).Guest.IsHost);
    }

    private static int Asked(TheSchool school) => school.Google.Seen.Count(request => request.Path == "/userinfo");

    private static async Task<(MeetingOrder Order, MeetingPlace Place)> Arranged(TheSchool school)
    {
        var order = school.Order() with { Start = Instant.FromDateTimeOffset(school.Google.Clock.GetUtcNow()) };
        return (order, (await school.Meetings.Arrange(order, None)).Place!);
    }
}
