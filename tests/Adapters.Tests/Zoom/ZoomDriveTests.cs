using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Muse.Adapters.Zoom;
using Muse.Imitations.Zoom;
using NodaTime;

namespace Muse.Adapters.Tests.Zoom;

/// <summary>Is the imitation like the samples, and does it travel like Zoom? A receiver of our own plays Muse.</summary>
public sealed class ZoomDriveTests : IAsyncLifetime
{
    private readonly ZoomImitation _zoom = new();
    private readonly List<string> _bodies = [];
    private readonly List<string?> _signedWith = [];
    private WebApplication _receiver = null!;
    private int _status = 204;

    public async ValueTask InitializeAsync()
    {
        await _zoom.StartAsync();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _receiver = builder.Build();
        _receiver.MapPost("/v1/webhooks/zoom", async (HttpRequest request) =>
        {
            using var body = new MemoryStream();
            await request.Body.CopyToAsync(body);
            var secret = new ZoomWebhook([_zoom.WebhookSecret]).SignedWith(
                request.Headers["x-zm-request-timestamp"], request.Headers["x-zm-signature"], body.ToArray(), Instant.FromDateTimeOffset(_zoom.Clock.GetUtcNow()));
            if (ZoomWebhook.Read(body.ToArray())?.PlainToken is { } token)
                return secret is null ? Results.StatusCode(401) : Results.Json(new { plainToken = token, encryptedToken = ZoomWebhook.Encrypt(secret, token) });
            lock (_bodies)
            {
                _bodies.Add(Encoding.UTF8.GetString(body.ToArray()));
                _signedWith.Add(secret);
            }
            return Results.StatusCode(_status);
        });
        await _receiver.StartAsync();
        _zoom.MuseOrigin = _receiver.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.First();
    }

    public async ValueTask DisposeAsync()
    {
        await _receiver.DisposeAsync();
        await _zoom.DisposeAsync();
    }

    [Fact]
    public async Task Every_webhook_of_the_imitation_has_the_shape_of_its_sample()
    {
        await A_lesson_is_played();
        _zoom.Remove(_zoom.Meetings[0].Id);
        await _zoom.Told();
        await _zoom.Deactivate(_zoom.TutorsOwn);
        string[] names =
        [
            "meeting.started", "meeting.participant_joined", "meeting.participant_joined_waiting_room", "meeting.participant_left", "meeting.ended",
            "recording.completed", "recording.transcript_completed", "meeting.deleted", "user.deactivated",
        ];
        Assert.Equal(names.Order(), _bodies.Select(b => JsonNode.Parse(b)!["event"]!.ToString()).Distinct().Order());
        foreach (var body in _bodies)
        {
            var name = JsonNode.Parse(body)!["event"]!.ToString();
            // The sample of meeting.deleted is of a meeting without a time.
            var file = name == "meeting.deleted" ? "meeting.permanently_deleted" : name;
            var sample = JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Zoom", "Webhooks", file + ".json")))!;
            Assert.Empty(Differences(name, sample, JsonNode.Parse(body)!));
        }
    }

    [Fact]
    public async Task Each_is_signed_over_its_bytes_Hangul_included()
    {
        await A_lesson_is_played();
        Assert.All(_signedWith, Assert.NotNull);
        Assert.Contains(_bodies, body => body.Contains("김민지", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_is_not_acknowledged_comes_again_after_5_25_and_85_minutes_and_then_no_more()
    {
        var meeting = _zoom.Make(_zoom.SchoolHost, "Muse lesson", "", _zoom.Clock.GetUtcNow(), 45);
        _status = 500;
        await _zoom.Start(meeting);
        var expected = 1;
        foreach (var (minutes, more) in new[] { (4, 0), (2, 1), (18, 0), (2, 1), (58, 0), (2, 1), (600, 0) })
        {
            _zoom.Clock.Advance(TimeSpan.FromMinutes(minutes));
            await _zoom.RetryDue();
            Assert.Equal(expected += more, _bodies.Count);
        }
        Assert.Equal(0, _zoom.WaitingToRetry);
        Assert.Single(_bodies.Distinct());
    }

    [Fact]
    public async Task What_is_acknowledged_comes_once()
    {
        await A_lesson_is_played();
        var count = _bodies.Count;
        _zoom.Clock.Advance(TimeSpan.FromHours(2));
        await _zoom.RetryDue();
        Assert.Equal(count, _bodies.Count);
        Assert.Equal(count, _bodies.Distinct().Count());
    }

    [Fact]
    public async Task They_can_come_twice_late_the_wrong_way_round_or_never()
    {
        var meeting = _zoom.Make(_zoom.SchoolHost, "Muse lesson", "", _zoom.Clock.GetUtcNow(), 45);
        _zoom.Webhooks.Hold = true;
        await _zoom.Join(meeting, "김민지", user: _zoom.SchoolHost);
        await _zoom.Leave(meeting, "김민지");
        Assert.Empty(_bodies);
        _zoom.Webhooks.Twice = true;
        await _zoom.Webhooks.Release(reversed: true);
        Assert.Equal(
            ["meeting.participant_left", "meeting.participant_left", "meeting.participant_joined", "meeting.participant_joined", "meeting.started", "meeting.started"],
            _bodies.Select(b => JsonNode.Parse(b)!["event"]!.ToString()));
        _zoom.Webhooks.Lose = true;
        await _zoom.End(meeting);
        Assert.Equal(6, _bodies.Count);
    }

    [Fact]
    public async Task A_download_needs_its_token_and_the_store_does_not_see_it()
    {
        var meeting = await A_lesson_is_played();
        var file = meeting.Sittings[^1].Files[0];
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false });
        var url = $"{_zoom.Address}/rec/download/{file.Key}";

        var page = await http.GetAsync(url);
        Assert.Equal((HttpStatusCode.OK, "text/html"), (page.StatusCode, page.Content.Headers.ContentType?.MediaType));

        var token = JsonNode.Parse(_bodies.Single(b => b.Contains("recording.completed", StringComparison.Ordinal)))!["download_token"]!.ToString();
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        var sentOn = await http.GetAsync(url);
        Assert.Equal(HttpStatusCode.Found, sentOn.StatusCode);
        Assert.NotEqual(new Uri(url).Host, sentOn.Headers.Location!.Host);
        http.DefaultRequestHeaders.Authorization = null;
        Assert.Equal(file.Bytes, await http.GetByteArrayAsync(sentOn.Headers.Location));
        var request = new HttpRequestMessage(HttpMethod.Get, sentOn.Headers.Location) { Headers = { Range = new RangeHeaderValue(10, null) } };
        var rest = await http.SendAsync(request);
        Assert.Equal(HttpStatusCode.PartialContent, rest.StatusCode);
        Assert.Equal(file.Bytes[10..], await rest.Content.ReadAsByteArrayAsync());
        Assert.False(_zoom.StoreSawAToken);

        _zoom.ExpireDownloadTokens();
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        Assert.Equal("text/html", (await http.GetAsync(url)).Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task Only_who_knows_the_secret_is_told()
    {
        Assert.True(await _zoom.Validate());
        var deaf = _zoom.MuseOrigin;
        _zoom.MuseOrigin = _zoom.Address; // answers 404
        Assert.False(await _zoom.Validate());
        await _zoom.Start(_zoom.Make(_zoom.SchoolHost, "Muse lesson", "", _zoom.Clock.GetUtcNow(), 45));
        Assert.Empty(_zoom.Webhooks.Sent);
        _zoom.MuseOrigin = deaf;
        _zoom.Clock.Advance(TimeSpan.FromMinutes(6));
        await _zoom.RetryDue();
        Assert.Single(_bodies);
    }

    private async Task<ZoomMeeting> A_lesson_is_played()
    {
        var meeting = _zoom.Make(_zoom.SchoolHost, "Muse lesson", "", _zoom.Clock.GetUtcNow(), 45);
        await _zoom.Join(meeting, "김민지", user: _zoom.SchoolHost);
        await _zoom.Knock(meeting, "Somebody");
        await _zoom.Join(meeting, "Layla");
        await _zoom.End(meeting);
        await _zoom.RecordingReady(meeting, new byte[10_000], transcript: true);
        return meeting;
    }

    /// <summary>Members that the sample lacks, and members of another type. What the sample has beyond it may be missing.</summary>
    private static IEnumerable<string> Differences(string path, JsonNode sample, JsonNode made)
    {
        if (sample.GetValueKind() != made.GetValueKind()) return [$"{path} is {made.GetValueKind()}, not {sample.GetValueKind()}"];
        return (sample, made) switch
        {
            (JsonObject s, JsonObject m) => m.SelectMany(member => s[member.Key] is { } other && member.Value is { } value
                ? Differences($"{path}.{member.Key}", other, value) : [$"{path}.{member.Key} is not in the sample"]),
            (JsonArray s, JsonArray m) => m.SelectMany((item, i) => Differences($"{path}[{i}]", s[0]!, item!)),
            _ => [],
        };
    }
}
