using System.Net;
using System.Net.Http.Headers;
using Microsoft.Extensions.Options;
using Muse.Api.Tests.Rooms;
using Muse.SelfHostedMedia.Tests.Rooms;

namespace Muse.Api.Tests.Watch;

public sealed class MetricsTests(TheWatchedServer server) : IClassFixture<TheWatchedServer>
{
    private async Task<IReadOnlyList<Sample>> Scraped()
    {
        using var http = server.Anyone();
        using var answer = await http.GetAsync("/metrics");
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", answer.Content.Headers.ContentType!.ToString());
        return PrometheusReader.Read(await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Rooms_and_tracks_have_series_while_they_are_there_and_none_afterwards()
    {
        using var room = await server.TwoWithMedia();
        await room.Measured(samples: 48_000, concealed: 480);
        var samples = await room.PlayUntil(async () =>
        {
            var scraped = await Scraped();
            return Of(scraped, "muse_room_track_viewers_bitrate_bits_per_second").Count == 2
                // In the first look there may have been nothing to count yet.
                && Of(scraped, "muse_room_track_bitrate_bits_per_second") is { Count: 2 } rates && rates.All(one => one.Value > 0)
                && Of(scraped, "muse_room_track_viewers_concealment_ratio").Count == 1
                && Of(scraped, "muse_room_forward_delay_seconds").Count == 2 ? scraped : null;
        });

        Assert.Equal(1, Of(samples, "muse_room_people").Single(one => one.Labels["part"] == "tutor").Value);
        Assert.Equal(1, Of(samples, "muse_room_people").Single(one => one.Labels["part"] == "student").Value);
        var sound = Of(samples, "muse_room_track_bitrate_bits_per_second").Single(one => one.Labels["track"] == room.Audio.ToString());
        Assert.InRange(sound.Value, 1_000, 200_000);
        Assert.Equal("audio", sound.Labels["kind"]);
        Assert.Equal(0.01, Of(samples, "muse_room_track_viewers_concealment_ratio").Single().Value);
        Assert.Equal(0, Of(samples, "muse_room_track_loss_ratio").First().Value);
        Assert.All(Of(samples, "muse_room_track_viewers"), one => Assert.Equal(1, one.Value));
        // Ids of room and track, and words of ours; nothing of a person.
        Assert.All(samples.Where(one => one.Name.StartsWith("muse_room_track", StringComparison.Ordinal)), one => Assert.Equal(["kind", "room", "track"], one.Labels.Keys.Order()));
        Assert.Contains(samples, one => one.Name == "muse_media_forward_delay_seconds_count" && one.Value > 0);
        Assert.Contains(samples, one => one.Name == "muse_media_forwarded_packets_total" && one.Value > 0);
        Assert.Contains(samples, one => one.Name == "muse_media_dropped_packets_total" && one.Labels["reason"] == "replayed");
        Assert.Contains(samples, one => one.Name == "muse_media_data_dropped_messages_total" && one.Labels["reason"] == "flood");
        foreach (var name in new[] { "received_messages_total", "received_bytes_total", "sent_messages_total", "sent_bytes_total", "retransmissions_total", "channels" })
            Assert.Contains(samples, one => one.Name == $"muse_media_data_{name}" && one.Value >= 0);

        await room.Tutors.Send("""{"type":"leave"}""");
        await room.Students.Send("""{"type":"leave"}""");
        await Until(async () => Of(await Scraped(), "muse_room_track_bitrate_bits_per_second").Count == 0);

        IReadOnlyList<Sample> Of(IReadOnlyList<Sample> all, string name) =>
            [.. all.Where(one => one.Name == name && one.Labels.GetValueOrDefault("room") == room.Lesson.ToString())];
    }

    [Fact]
    public async Task An_audience_counts_among_the_viewers_of_a_track()
    {
        const int Listeners = 40;
        using var room = await server.TwoWithMedia();
        var token = await TheStreamServer.Key(room.Tutor, room.Lesson, "watch", Listeners);
        using var http = server.Anyone();
        http.DefaultRequestHeaders.Authorization = new("Bearer", token);
        for (var i = 0; i < Listeners; i++)
        {
            using var player = new TestPeer();
            using var answer = await http.PostAsync($"/v1/rooms/{room.Lesson}/whep", TheStreamServer.Text(player.Offer("recvonly", "audio"), TheStreamServer.Sdp));
            Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        }

        var samples = await room.PlayUntil(async () =>
        {
            var scraped = (await Scraped()).Where(one => one.Labels.GetValueOrDefault("room") == room.Lesson.ToString()).ToList();
            return scraped.Any(one => one.Name == "muse_room_people" && one.Labels["part"] == "listener" && one.Value == Listeners) ? scraped : null;
        });
        Assert.Equal(1 + Listeners, Viewers(room.Audio));
        Assert.Equal(1, Viewers(room.Video));
        // None of the audience has come to its keys: the viewer with the least gets nothing.
        Assert.Equal(0, samples.Single(one => one.Name == "muse_room_track_viewers_bitrate_bits_per_second" && one.Labels["track"] == room.Audio.ToString()).Value);

        double Viewers(Guid track) => samples.Single(one => one.Name == "muse_room_track_viewers" && one.Labels["track"] == track.ToString()).Value;
    }

    [Fact]
    public async Task The_steps_of_coming_in_are_counted_once_per_stay()
    {
        using var room = await server.TwoWithMedia();
        var before = Joins(await Scraped());
        const string timing = """{"type":"timing","ticket":30,"socket":40,"offering":12,"signalling":20,"first":300,"total":450}""";
        await room.Students.Send(timing);
        await room.Students.Send(timing);
        await room.Students.Send("""{"type":"ping"}""");
        await room.Students.Hear("pong");

        var after = Joins(await Scraped());
        foreach (var step in new[] { "ticket", "socket", "offer", "signalling", "ice", "dtls", "total" })
            Assert.Equal(before.GetValueOrDefault(step) + 1, after[step]);

        static Dictionary<string, double> Joins(IReadOnlyList<Sample> all) =>
            all.Where(one => one.Name == "muse_rooms_join_time_seconds_count").ToDictionary(one => one.Labels["step"], one => one.Value);
    }

    [Theory]
    [InlineData("Forwarded", "for=203.0.113.9")]
    [InlineData("X-Forwarded-For", "203.0.113.9")]
    [InlineData("X-Real-IP", "203.0.113.9")]
    [InlineData("Via", "1.1 proxy")]
    [InlineData("Host", "muse.example.org")]
    [InlineData(TheServer.AddressHeader, "203.0.113.9")]
    public async Task Without_a_token_only_this_machine_itself_may_scrape(string header, string value)
    {
        using var http = server.Anyone();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        request.Headers.TryAddWithoutValidation(header, value);
        using var answer = await http.SendAsync(request);
        await answer.IsProblem(HttpStatusCode.NotFound, "not_found");
    }

    private static async Task Until(Func<Task<bool>> holds)
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        while (!await holds())
        {
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(15), "It never came to be.");
            await Task.Delay(100);
        }
    }
}

public sealed class MetricsWithATokenTests(MetricsWithATokenTests.TheScrapedServer server) : IClassFixture<MetricsWithATokenTests.TheScrapedServer>
{
    private const string Token = "a-token-for-scraping";

    [Theory]
    [InlineData(null, HttpStatusCode.NotFound)]
    [InlineData("Bearer a-token-for-guessing", HttpStatusCode.NotFound)]
    [InlineData("Basic " + Token, HttpStatusCode.NotFound)]
    [InlineData("Bearer " + Token, HttpStatusCode.OK)]
    public async Task With_a_token_whoever_shows_it_may_scrape_from_anywhere_and_nobody_else(string? authorization, HttpStatusCode status)
    {
        using var http = server.Anyone();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        request.Headers.TryAddWithoutValidation(TheServer.AddressHeader, "203.0.113.9");
        if (authorization is not null) request.Headers.Authorization = AuthenticationHeaderValue.Parse(authorization);
        using var answer = await http.SendAsync(request);
        Assert.Equal(status, answer.StatusCode);
    }

    [Fact]
    public void A_token_that_could_be_guessed_stops_the_start() =>
        Assert.Throws<OptionsValidationException>(() => new Muse.Api.Watch.MetricsOptions { Token = "short" }.Checked());

    public sealed class TheScrapedServer : TheServer
    {
        public TheScrapedServer() => With("Metrics:Token", Token);
    }
}
