using Muse.Adapters.GoogleMeet;
using Muse.Imitations.Google;
using NodaTime;

namespace Muse.Adapters.Tests.GoogleMeet;

public sealed class GoogleCalendarsTests
{
    private const string SchoolsCalendar = "school:" + GoogleImitation.SchoolHost;
    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public async Task Only_lessons_events_are_reported_and_of_the_others_only_ids_are_asked_for()
    {
        await using var school = await TheSchool.OpenAsync();
        var start = await school.Calendars.Changes(SchoolsCalendar, null, None);
        var place = (await school.Meetings.Arrange(Coming(school), None)).Place!;
        await school.Google.AddByHand(GoogleImitation.SchoolHost, "Dentist");

        var changes = await school.Calendars.Changes(SchoolsCalendar, start.SyncToken, None);

        Assert.Equal([place.Reference], changes.Touched.Select(t => t.Reference));
        Assert.All(school.Calls.Where(r => r.Path.EndsWith("/events", StringComparison.Ordinal) && r.Method == "GET"),
            r => Assert.Contains("fields=nextPageToken%2CnextSyncToken%2Citems%28id%2Cstatus%2Cupdated%2Cetag%29", r.Query));
    }

    [Fact]
    public async Task Each_change_is_reported_once_with_a_key_of_its_own()
    {
        await using var school = await TheSchool.OpenAsync();
        var place = (await school.Meetings.Arrange(Coming(school), None)).Place!;
        var first = await school.Calendars.Changes(SchoolsCalendar, null, None);
        await school.Google.MoveByHand(place.Reference, TimeSpan.FromHours(1));
        var moved = await school.Calendars.Changes(SchoolsCalendar, first.SyncToken, None);
        await school.Google.DeleteByHand(place.Reference);
        var deleted = await school.Calendars.Changes(SchoolsCalendar, moved.SyncToken, None);
        var quiet = await school.Calendars.Changes(SchoolsCalendar, deleted.SyncToken, None);

        Assert.Empty(quiet.Touched);
        var keys = first.Touched.Concat(moved.Touched).Concat(deleted.Touched).Select(t => t.Key).ToArray();
        Assert.Equal(3, keys.Length);
        Assert.Equal(3, keys.Distinct().Count());
        Assert.All(keys, key => Assert.InRange(key.Length, 1, 128));
    }

    [Fact]
    public async Task A_sync_token_that_is_too_old_leads_to_a_full_list_with_the_same_keys()
    {
        await using var school = await TheSchool.OpenAsync();
        await school.Meetings.Arrange(Coming(school), None);
        var first = await school.Calendars.Changes(SchoolsCalendar, null, None);
        school.Google.ExpireSyncTokens();

        var again = await school.Calendars.Changes(SchoolsCalendar, first.SyncToken, None);

        Assert.Equal(first.Touched.Select(t => t.Key), again.Touched.Select(t => t.Key));
        Assert.NotEqual(first.SyncToken, again.SyncToken);
    }

    [Fact]
    public async Task A_list_of_several_pages_is_read_to_its_end()
    {
        await using var school = await TheSchool.OpenAsync();
        school.Google.EventsPerPage = 2;
        for (var n = 0; n < 5; n++) await school.Meetings.Arrange(Coming(school), None);

        var changes = await school.Calendars.Changes(SchoolsCalendar, null, None);

        Assert.Equal(5, changes.Touched.Count);
        Assert.NotNull(changes.SyncToken);
    }

    [Fact]
    public async Task A_calendar_that_is_not_ours_to_see_says_why()
    {
        await using var school = await TheSchool.OpenAsync();
        school.Google.Delegated.Clear();

        var changes = await school.Calendars.Changes(SchoolsCalendar, null, None);

        Assert.Null(changes.SyncToken);
        Assert.NotNull(changes.Failure);
    }

    [Fact]
    public async Task A_channel_is_opened_pushes_and_is_stopped()
    {
        await using var school = await TheSchool.OpenAsync();
        await using var muse = new PushReceiver();
        school.Google.MuseOrigin = await muse.StartAsync();
        var (token, hash) = CalendarPush.NewToken();
        var id = Guid.NewGuid();
        var until = Instant.FromDateTimeOffset(school.Google.Clock.GetUtcNow()) + Duration.FromDays(30);

        var opened = await school.Calendars.Watch(SchoolsCalendar, id, "https://muse.example/v1/webhooks/google-calendar", token, until, None);
        await school.Meetings.Arrange(Coming(school), None);
        await school.Calendars.Stop(SchoolsCalendar, id, opened!.Resource, None);
        await school.Calendars.Stop(SchoolsCalendar, id, opened.Resource, None);

        // Google gives a week, whatever is asked for.
        Assert.True(opened.ExpiresAt < until);
        Assert.Empty(school.Google.OpenChannels);
        var pushes = muse.Got.Select(h => CalendarPush.Read(name => h.GetValueOrDefault(name))!).ToArray();
        Assert.Equal("sync", pushes[0].State);
        Assert.Equal(1, pushes[0].Number);
        Assert.All(pushes, push => Assert.True(push.Proves(hash) && push.Channel == id && push.Resource == opened.Resource));
        Assert.Equal(pushes.Select(p => p.Number).Order(), pushes.Select(p => p.Number));
        Assert.True(pushes.Length > 1);
    }

    [Fact]
    public async Task A_channel_to_an_address_without_TLS_is_not_opened()
    {
        await using var school = await TheSchool.OpenAsync();
        var until = Instant.FromDateTimeOffset(school.Google.Clock.GetUtcNow()) + Duration.FromDays(7);

        Assert.Null(await school.Calendars.Watch(SchoolsCalendar, Guid.NewGuid(), "http://muse.example/v1/webhooks/google-calendar", "t", until, None));
    }

    [Theory]
    [InlineData("X-Goog-Channel-ID", "not-a-uuid")]
    [InlineData("X-Goog-Channel-Token", null)]
    [InlineData("X-Goog-Resource-ID", "")]
    [InlineData("X-Goog-Resource-State", null)]
    [InlineData("X-Goog-Message-Number", "-1")]
    [InlineData("X-Goog-Message-Number", "1e3")]
    public void A_push_that_lacks_something_is_none(string header, string? value)
    {
        var headers = Push();
        Assert.NotNull(CalendarPush.Read(name => headers.GetValueOrDefault(name)));
        headers[header] = value;

        Assert.Null(CalendarPush.Read(name => headers.GetValueOrDefault(name)));
    }

    [Fact]
    public void A_push_with_a_header_as_long_as_a_page_is_none()
    {
        var headers = Push();
        headers["X-Goog-Channel-Token"] = new string('x', 257);

        Assert.Null(CalendarPush.Read(name => headers.GetValueOrDefault(name)));
    }

    [Fact]
    public void Another_token_proves_nothing()
    {
        var (_, hash) = CalendarPush.NewToken();
        var headers = Push();

        Assert.False(CalendarPush.Read(name => headers.GetValueOrDefault(name))!.Proves(hash));
    }

    private static Dictionary<string, string?> Push() => new()
    {
        ["X-Goog-Channel-ID"] = Guid.NewGuid().ToString(),
        ["X-Goog-Channel-Token"] = CalendarPush.NewToken().Token,
        ["X-Goog-Resource-ID"] = "o3hgv1538sdjfh",
        ["X-Goog-Resource-State"] = "exists",
        ["X-Goog-Message-Number"] = "42",
    };

    private static Domain.Meetings.MeetingOrder Coming(TheSchool school) =>
        school.Order() with { Start = Instant.FromDateTimeOffset(school.Google.Clock.GetUtcNow()) + Duration.FromDays(2) };
}
