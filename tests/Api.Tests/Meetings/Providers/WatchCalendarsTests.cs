using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Muse.Adapters.Postgres;
using Muse.Api.Meetings;
using Muse.Api.Tests.Bookings;
using Muse.Domain.Lessons;
using Muse.Domain.Meetings;
using Muse.Imitations.Google;
using NodaTime;

namespace Muse.Api.Tests.Meetings.Providers;

/// <summary>What people do to lessons in Google Calendar, learned by push channels or by asking.</summary>
public sealed class WatchCalendarsTests : IAsyncDisposable
{
    private readonly GoogleImitation _google = new();
    private readonly TheServer _server = new();
    private WebApplication? _door;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_lesson_that_somebody_deletes_in_the_calendar_is_arranged_anew_because_of_the_push()
    {
        await Open("https://muse.example");
        var lesson = await Arranged();
        await Round();
        Assert.Single(_google.OpenChannels);

        var first = Assert.Single(_google.Held).Reference;
        await _google.DeleteByHand(first);
        await Round();
        await _server.EventsAsync();

        Assert.Equal(["meeting_arranged", "meeting_lost", "meeting_arranged"], await Story(lesson));
        Assert.Equal(first + "1", Assert.Single(_google.Held).Reference);
        Assert.All(_google.Webhooks.Sent, push => Assert.Equal(204, push.Status));
    }

    [Fact]
    public async Task A_lesson_that_somebody_drags_in_the_calendar_is_put_back()
    {
        await Open("https://muse.example");
        var lesson = await Arranged();
        await Round();
        var planned = _google.Held[0].Start;

        await _google.MoveByHand(_google.Held[0].Reference, TimeSpan.FromHours(1));
        await Round();
        await _server.EventsAsync();

        Assert.Equal(planned, _google.Held[0].Start);
        Assert.Equal("meeting_arranged", (await Story(lesson))[0]);
    }

    [Fact]
    public async Task A_push_with_a_wrong_token_or_of_an_unknown_channel_is_refused_and_changes_nothing()
    {
        await Open("https://muse.example");
        await Arranged();
        await Round();
        var (events, wanted) = (await _server.EventsAsync(), await Wanted());

        await _google.PushWithWrongToken(_google.OpenChannels[0]);
        using var stranger = new HttpRequestMessage(HttpMethod.Post, "/v1/webhooks/google-calendar");
        foreach (var (name, value) in new[] { ("Channel-ID", Guid.NewGuid().ToString()), ("Channel-Token", "x"), ("Resource-ID", "x"), ("Resource-State", "exists"), ("Message-Number", "9") })
            stranger.Headers.Add("X-Goog-" + name, value);
        var answer = await _server.Anyone().SendAsync(stranger, Ct);

        Assert.Equal(404, _google.Webhooks.Sent.Last().Status);
        await answer.IsProblem(HttpStatusCode.NotFound, "invalid_channel");
        Assert.Equal((events, wanted), (await _server.EventsAsync(), await Wanted()));
    }

    [Fact]
    public async Task What_is_no_push_is_refused()
    {
        await Open("https://muse.example");

        var answer = await _server.Anyone().PostAsync("/v1/webhooks/google-calendar", null, Ct);

        await answer.IsProblem(HttpStatusCode.BadRequest, "malformed_push");
    }

    [Fact]
    public async Task A_push_that_comes_twice_counts_once()
    {
        await Open("https://muse.example");
        await Arranged();
        await Round();
        var wanted = await Wanted();
        _google.Webhooks.Twice = true;

        await _google.RenameByHand(_google.Held[0].Reference, "Bach");

        Assert.Equal(wanted + 1, await Wanted());
        Assert.All(_google.Webhooks.Sent, push => Assert.Equal(204, push.Status));
    }

    [Fact]
    public async Task A_channel_gets_its_successor_before_it_ends_and_is_then_stopped()
    {
        await Open("https://muse.example");
        await Arranged(Duration.FromDays(20));
        await Round();
        var first = Assert.Single(_google.OpenChannels);

        Advance(TimeSpan.FromDays(6) + TimeSpan.FromHours(1));
        await Round();

        Assert.NotEqual(first, Assert.Single(_google.OpenChannels));
        Assert.Equal(1, await _server.Database.ScalarAsync<long>("select count(*) from calendar_channels"));
    }

    [Fact]
    public async Task Pushes_that_were_lost_are_made_up_for_within_the_hour()
    {
        await Open("https://muse.example");
        await Arranged();
        await Round();
        _google.Webhooks.Lose = true;
        await _google.DeleteByHand(_google.Held[0].Reference);

        Advance(TimeSpan.FromMinutes(61));
        await Round();
        await _server.EventsAsync();

        Assert.Single(_google.Held);
    }

    [Fact]
    public async Task A_sync_token_that_became_too_old_loses_nothing()
    {
        await Open("https://muse.example");
        await Arranged();
        await Round();
        _google.ExpireSyncTokens();
        await _google.DeleteByHand(_google.Held[0].Reference);

        await Round();
        await _server.EventsAsync();

        Assert.Single(_google.Held);
    }

    [Fact]
    public async Task A_calendar_without_coming_lessons_is_watched_no_longer()
    {
        await Open("https://muse.example");
        await Arranged();
        await Round();

        Advance(TimeSpan.FromDays(3));
        await Round();

        Assert.Empty(_google.OpenChannels);
        Assert.Equal(0, await _server.Database.ScalarAsync<long>("select count(*) from watched_calendars"));
    }

    [Theory]
    [InlineData("http://muse.local", "webhooks")]
    [InlineData("https://muse.example", "polling")]
    public async Task A_server_that_Google_cannot_reach_asks_instead(string origin, string facts)
    {
        await Open(origin, facts);
        var lesson = await Arranged();
        await Round();
        Assert.Empty(_google.OpenChannels);
        await _google.DeleteByHand(_google.Held[0].Reference);

        Advance(TimeSpan.FromMinutes(6));
        await Round();
        await _server.EventsAsync();

        Assert.Equal(["meeting_arranged", "meeting_lost", "meeting_arranged"], await Story(lesson));
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(48, false)]
    public async Task Near_its_lesson_a_calendar_is_asked_every_minute(int hours, bool isAsked)
    {
        await Open("http://muse.local");
        var lesson = await Arranged(Duration.FromHours(hours));
        await Round();
        // The first list names every lesson, each of which is looked at.
        await _server.EventsAsync();
        await _google.DeleteByHand(_google.Held[0].Reference);

        await Round();
        await _server.EventsAsync();

        Assert.Equal(isAsked ? ["meeting_arranged", "meeting_lost", "meeting_arranged"] : ["meeting_arranged"], await Story(lesson));
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _google.DisposeAsync();
        if (_door is not null) await _door.DisposeAsync();
    }

    private async Task Open(string origin, string facts = "webhooks")
    {
        await _google.StartAsync();
        foreach (var (name, value) in _google.Settings) _server.With(name, value);
        _server.With("MUSE_ORIGIN", origin).With("Meetings:GoogleMeet:Facts", facts);
        await _server.InitializeAsync();
        _google.MuseOrigin = await Door();
    }

    /// <summary>A lesson at Google Meet, the day after tomorrow or as said.</summary>
    private async Task<Guid> Arranged(Duration? startsIn = null)
    {
        var student = await _server.Student();
        var id = Guid.CreateVersion7();
        var start = Instant.FromUnixTimeSeconds(Now.ToUnixTimeSeconds()) + (startsIn ?? Duration.FromDays(2));
        var time = new PlannedTime(start.InUtc().LocalDateTime, "Etc/UTC", "2026f", start, 60);
        await using (var session = _server.Services.GetRequiredService<EventStore>().OpenSession())
        {
            session.StartStream<Lesson>(id, [.. Lesson.Schedule(
                null, id, Guid.CreateVersion7(), Guid.CreateVersion7(), student.StudentId!.Value, time, "https://muse.example/lessons/1",
                ProviderPolicy.GoogleMeet, Who.Clock, Now).Events]);
            await session.SaveChangesAsync(Ct);
        }
        await _server.Services.GetRequiredService<SettleMeeting>().Run(id, Ct);
        return id;
    }

    /// <summary>Without the looks that found everything in order: our own changes are pushed, too.</summary>
    private async Task<string[]> Story(Guid lesson) =>
        [.. (await _server.EventsOf(SettleMeeting.StreamOf(lesson))).Where(name => name != "meeting_verified")];

    /// <summary>The next rounds, in which the list of calendars is looked through.</summary>
    private async Task Round()
    {
        var job = _server.Services.GetRequiredService<WatchCalendars>();
        Advance(TimeSpan.FromSeconds(61));
        await job.RunOnce(Ct);
        await job.RunOnce(Ct);
    }

    private void Advance(TimeSpan by)
    {
        _server.Time.Advance(by);
        _google.Clock.Advance(by);
    }

    private Task<long> Wanted() => _server.Database.ScalarAsync<long>("select sum(wanted)::bigint from watched_calendars");

    private Instant Now => Instant.FromDateTimeOffset(_server.Time.GetUtcNow());

    /// <summary>A real socket before the server in this process, for pushes that come over a real wire.</summary>
    private async Task<string> Door()
    {
        var inside = _server.Anyone();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _door = builder.Build();
        _door.Run(async http =>
        {
            using var request = new HttpRequestMessage(new HttpMethod(http.Request.Method), http.Request.Path.Value) { Content = new StreamContent(http.Request.Body) };
            foreach (var header in http.Request.Headers.Where(h => h.Key.StartsWith("X-Goog-", StringComparison.OrdinalIgnoreCase)))
                request.Headers.TryAddWithoutValidation(header.Key, header.Value.ToString());
            using var answer = await inside.SendAsync(request);
            http.Response.StatusCode = (int)answer.StatusCode;
        });
        await _door.StartAsync(Ct);
        return _door.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.First();
    }
}
