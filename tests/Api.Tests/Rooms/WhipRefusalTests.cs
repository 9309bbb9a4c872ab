using System.Net;
using System.Net.Sockets;
using Muse.SelfHostedMedia.Tests.Rooms;

namespace Muse.Api.Tests.Rooms;

/// <summary>When the server cannot, or will not now: an encoder is told when to come again, and nothing is written.</summary>
public sealed class WhipRefusalTests
{
    [Fact]
    public async Task Without_a_media_server_encoder_and_player_are_sent_away_with_503_and_a_time()
    {
        using var taken = new Socket(AddressFamily.InterNetworkV6, SocketType.Dgram, ProtocolType.Udp) { DualMode = true };
        taken.Bind(new IPEndPoint(IPAddress.IPv6Any, 0));
        await using var server = new TheStreamServer();
        server.With("MUSE_MEDIA_PORT", $"{((IPEndPoint)taken.LocalEndPoint!).Port}");
        await server.InitializeAsync();
        var (tutor, _, lesson) = await server.OpenLesson();
        using var peer = new TestPeer();

        foreach (var (use, path, direction) in new[] { ("publish", "whip", "sendonly"), ("watch", "whep", "recvonly") })
        {
            var token = await TheStreamServer.Key(tutor, lesson, use);
            var events = await server.EventsAsync();
            var refused = await server.Post(token, $"/v1/rooms/{lesson}/{path}", peer.Offer(direction, "audio"));
            await refused.IsProblem(HttpStatusCode.ServiceUnavailable, "media_unavailable");
            Assert.Equal(10, refused.Headers.RetryAfter?.Delta?.TotalSeconds);
            Assert.Equal(events, await server.EventsAsync());
            await (await server.Delete(token, $"/v1/rooms/{lesson}/{path}/none")).IsProblem(HttpStatusCode.NotFound, "not_found");
        }
    }

    [Fact]
    public async Task Beyond_the_limit_of_an_address_each_call_is_429_with_a_time_and_others_go_on()
    {
        const string Busy = "198.51.100.7";
        await using var server = new TheStreamServer();
        server.With("Limits:Streams:Burst", "3").With("Limits:Streams:Seconds", "3600");
        await server.InitializeAsync();
        var (tutor, _, lesson) = await server.OpenLesson();
        var token = await TheStreamServer.Key(tutor, lesson, "publish");
        var path = $"/v1/rooms/{lesson}/whip";
        using var peer = new TestPeer();
        using var busy = server.Bearer(token);
        busy.DefaultRequestHeaders.Add(TheServer.AddressHeader, Busy);
        for (var i = 0; i < 3; i++)
            Assert.Equal(HttpStatusCode.NoContent, (await busy.GetAsync(path)).StatusCode);
        var events = await server.EventsAsync();

        foreach (var method in new[] { HttpMethod.Post, HttpMethod.Patch, HttpMethod.Delete })
        {
            using var request = new HttpRequestMessage(method, method == HttpMethod.Post ? path : path + "/none");
            if (method != HttpMethod.Delete)
                request.Content = TheStreamServer.Text(peer.Offer("sendonly", "audio"), method == HttpMethod.Post ? TheStreamServer.Sdp : TheStreamServer.Fragment);
            var refused = await busy.SendAsync(request);
            await refused.IsProblem(HttpStatusCode.TooManyRequests, "too_many_requests");
            // One of three comes back in 20 minutes.
            Assert.InRange(refused.Headers.RetryAfter?.Delta?.TotalSeconds ?? 0, 1, 1_200);
            Assert.StartsWith("\"streams\"", refused.Headers.GetValues("RateLimit-Policy").Single());
        }

        Assert.Equal(events, await server.EventsAsync());
        Assert.Equal(HttpStatusCode.Created, (await server.Post(token, path, peer.Offer("sendonly", "audio"))).StatusCode);
    }

    [Fact]
    public async Task Beyond_the_sessions_that_a_server_takes_the_next_is_503_with_a_time_and_takes_no_seat()
    {
        await using var server = new TheStreamServer();
        server.With("Rooms:MaxStreams", "1");
        await server.InitializeAsync();
        var (tutor, student, lesson) = await server.OpenLesson();
        var (socket, _) = await server.Enter(student, lesson);
        using var _1 = socket;
        var token = await TheStreamServer.Key(tutor, lesson, "publish");
        var (peer, session, _) = await server.Publish(token, lesson);
        using var _2 = peer;
        var other = await TheStreamServer.Key(tutor, lesson, "publish");
        var events = await server.EventsAsync();
        using var late = new TestPeer();

        var refused = await server.Post(other, $"/v1/rooms/{lesson}/whip", late.Offer("sendonly", "audio"));

        await refused.IsProblem(HttpStatusCode.ServiceUnavailable, "too_many_streams");
        Assert.Equal(10, refused.Headers.RetryAfter?.Delta?.TotalSeconds);
        Assert.Equal(events, await server.EventsAsync());
        await server.Delete(token, session);
        Assert.Equal(HttpStatusCode.Created, (await server.Post(other, $"/v1/rooms/{lesson}/whip", late.Offer("sendonly", "audio"))).StatusCode);
    }
}
