using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Muse.Api.Preflights;
using Muse.Api.Tests.Rooms;

namespace Muse.Api.Tests.Preflights;

/// <summary>A server with room for two tests at once and three of one person, whose loop-back rooms live for three seconds.</summary>
public sealed class TheNarrowServer : TheRoomServer
{
    public TheNarrowServer()
    {
        With("Preflights:MostAtOnce", "2").With("Preflights:MostOfOnePerson", "3").With("Preflights:RoomFor", "00:00:03");
    }
}

public sealed class LoopbackRoomTests(TheNarrowServer server) : IClassFixture<TheNarrowServer>, IAsyncLifetime
{
    // Each test begins with an empty house: the rooms of the one before close by their clock.
    public async ValueTask InitializeAsync()
    {
        while (Live.Open > 0) await Task.Delay(50);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private LivePreflights Live => server.Services.GetRequiredService<LivePreflights>();

    private static string Offer(string direction = "sendonly") => string.Join("\\r\\n",
        "v=0", "o=- 4611 2 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE 0", "m=audio 9 UDP/TLS/RTP/SAVPF 111", "c=IN IP4 0.0.0.0",
        "a=ice-ufrag:abcd", "a=ice-pwd:0123456789abcdef01234567", $"a=fingerprint:sha-256 {string.Join(':', Enumerable.Repeat("AB", 32))}",
        "a=setup:actpass", "a=mid:0", $"a={direction}", "a=rtcp-mux", "a=rtpmap:111 opus/48000/2", "");

    private async Task<(JsonElement Begun, RoomSocket Socket)> Enter(SignedIn person)
    {
        var begun = await PreflightsTests.Begin(person);
        var socket = await server.Connect(begun.GetProperty("room").GetGuid(), of: "preflights");
        await socket.Send($$"""{"type":"join","ticket":"{{begun.GetProperty("ticket").GetString()}}"}""");
        await socket.Hear("testRoomOpen");
        return (begun, socket);
    }

    [Fact]
    public async Task Each_path_is_answered_for_itself_and_hears_what_it_sends()
    {
        var (_, socket) = await Enter(await server.Student());
        var tracks = new List<Guid>();
        foreach (var (path, id) in new[] { ("udp", 1), ("turns-tls", 2) })
        {
            await socket.Send($$"""{"type":"tryPath","id":{{id}},"path":"{{path}}","connection":"publish","sdp":"{{Offer()}}"}""");
            tracks.Add((await socket.Hear("trackPublished")).GetProperty("track").GetProperty("trackId").GetGuid());
            var answer = await socket.Hear("answer");
            Assert.Equal(id, answer.GetProperty("id").GetInt32());
            Assert.Contains("a=recvonly", answer.GetProperty("sdp").GetString());
        }
        Assert.Equal(2, tracks.Distinct().Count());

        await socket.Send($$"""{"type":"tryPath","id":3,"path":"udp","connection":"subscribe","sdp":"{{Offer("recvonly")}}","tracks":{"0":"{{tracks[0]}}"} }""");
        var back = await socket.Hear("answer");
        Assert.Contains("a=sendonly", back.GetProperty("sdp").GetString());
        await socket.Send("""{"type":"leave"}""");
        Assert.Equal(1000, await socket.Closed());
        // Long before the clock would do it.
        using var soon = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        while (Live.Open > 0) await Task.Delay(20, soon.Token);
    }

    [Fact]
    public async Task The_room_closes_by_its_clock_and_the_result_may_still_come()
    {
        var student = await server.Student();
        var (begun, socket) = await Enter(student);

        Assert.Equal(4410, await socket.Closed());
        Assert.Null(Live.RoomOf(begun.GetProperty("id").GetGuid()));
        var answer = await student.Http.PostAsJsonAsync($"/v1/preflights/{begun.GetProperty("id").GetGuid()}/result", PreflightsTests.Result());
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task A_ticket_opens_its_own_test_once_and_no_lessons_room()
    {
        var (one, other) = (await server.Student(), await server.Student());
        var (first, second) = (await PreflightsTests.Begin(one), await PreflightsTests.Begin(other));
        using var wrong = await server.Connect(second.GetProperty("room").GetGuid(), of: "preflights");
        await wrong.Send($$"""{"type":"join","ticket":"{{first.GetProperty("ticket").GetString()}}"}""");
        Assert.Equal(("ticket_invalid", 4401), await wrong.ClosedWithError());

        using var lesson = await server.Connect(second.GetProperty("room").GetGuid());
        await lesson.Send($$"""{"type":"join","ticket":"{{second.GetProperty("ticket").GetString()}}"}""");
        Assert.Equal(("ticket_invalid", 4401), await lesson.ClosedWithError());
    }

    [Fact]
    public async Task What_is_no_offer_of_a_path_is_a_fault()
    {
        var (_, socket) = await Enter(await server.Student());
        string[] faulty =
        [
            $$"""{"type":"tryPath","id":1,"path":"smoke","connection":"publish","sdp":"{{Offer()}}"}""",
            $$"""{"type":"tryPath","id":2,"path":"udp","connection":"publish","sdp":"{{Offer()}}","tracks":{} }""",
            $$"""{"type":"offer","id":3,"connection":"publish","sdp":"{{Offer()}}"}""",
            """{"type":"tryPath","id":4,"path":"udp","connection":"publish","sdp":"nonsense"}""",
            """{"type":"mute","kind":"audio","muted":true}""",
        ];
        foreach (var message in faulty) await socket.Send(message);
        Assert.Equal(4400, (await socket.ClosedWithError()).Close);
    }

    [Fact]
    public async Task Only_so_many_test_at_once_and_one_person_has_one_room()
    {
        var (one, two, three) = (await server.Student(), await server.Student(), await server.Student());
        var first = await PreflightsTests.Begin(one);
        await PreflightsTests.Begin(two);
        var full = await three.Http.PostAsJsonAsync("/v1/preflights", new { });
        await full.IsProblem(HttpStatusCode.ServiceUnavailable, "preflight_busy");
        Assert.Equal(3, full.Headers.RetryAfter!.Delta!.Value.TotalSeconds);

        // The same person again: the former room makes place.
        var again = await PreflightsTests.Begin(one);
        Assert.Null(Live.RoomOf(first.GetProperty("id").GetGuid()));
        Assert.NotNull(Live.RoomOf(again.GetProperty("id").GetGuid()));
        Assert.Equal(2, Live.Open);
    }

    [Fact]
    public async Task One_person_begins_only_so_many_in_ten_minutes()
    {
        var eager = await server.Student();
        for (var i = 0; i < 3; i++) await PreflightsTests.Begin(eager);
        var events = await server.EventsAsync();

        var refused = await eager.Http.PostAsJsonAsync("/v1/preflights", new { });
        await refused.IsProblem(HttpStatusCode.TooManyRequests, "too_many_preflights");
        Assert.Equal(600, refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds);
        Assert.Equal(events, await server.EventsAsync());

        server.Time.Advance(TimeSpan.FromMinutes(11));
        await PreflightsTests.Begin(eager);
    }
}
