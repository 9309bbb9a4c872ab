using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Muse.Api.Rooms;
using Muse.SelfHostedMedia.Tests;
using Muse.SelfHostedMedia.Tests.Rooms;

namespace Muse.Api.Tests.Rooms;

/// <summary>A concert: one plays, a thousand listen by one key. Everybody is a client of its own, over HTTP, DTLS and SRTP.</summary>
[CollectionDefinition(nameof(ThousandListenersTests), DisableParallelization = true)]
[Collection(nameof(ThousandListenersTests))]
public sealed class ThousandListenersTests(ITestOutputHelper output)
{
    private const int Many = 1_000;

    /// <summary>Of 20 ms each, in bursts that the clients' receive buffers hold while one after the other reads.</summary>
    private const int Burst = 50;
    private const int Bursts = 10;

    /// <summary>Not the server's 20 s: a thousand clients of one process join slower than that, and say that they live between.</summary>
    private const int LifeSignEvery = 100;

    [Fact]
    public async Task A_thousand_get_every_packet_cost_no_memory_for_it_and_leave_nothing_behind()
    {
        if (Environment.GetEnvironmentVariable("MUSE_LONG") != "1")
            Assert.Skip("takes some minutes: ./muse test --long api");
        await using var server = new TheStreamServer();
        server.With("Rooms:MaxListeners", $"{Many}");
        await server.InitializeAsync();
        var media = server.Services.GetRequiredService<MediaHost>().Server;
        var sessions = server.Services.GetRequiredService<WhipSessions>();
        var (tutor, _, lesson) = await server.OpenLesson();
        var (player, _, _) = await server.Publish(await TheStreamServer.Key(tutor, lesson, "publish"), lesson);
        using var _1 = player;
        var token = await TheStreamServer.Key(tutor, lesson, "watch", listeners: Many);
        // What the first joins compile and keep is not what a listener costs.
        await Leave(server, token, await Join(server, token, lesson, 50, player));
        var before = InUse();

        var clock = Stopwatch.StartNew();
        var listeners = await Join(server, token, lesson, Many, player);
        var joined = clock.Elapsed;
        Assert.Equal((Many + 1, Many + 1), (sessions.Count, media.Statistics.Connections));
        using var late = new TestPeer();
        await (await server.Post(token, $"/v1/rooms/{lesson}/whep", late.Offer("recvonly", "audio"))).IsProblem(HttpStatusCode.ServiceUnavailable, "room_full");
        var inside = InUse();

        // The first packets of a subscription make what it keeps.
        await Play(player, listeners, from: 0);
        var allocated = media.Statistics.AllocatedBytes;
        var forwarded = media.Statistics.ForwardedPackets;
        var delays = media.ForwardDelays;
        for (var burst = 1; burst <= Bursts; burst++) await Play(player, listeners, burst * Burst);
        var stayed = media.ForwardDelays.Since(delays);

        Assert.Equal((long)Many * Burst * Bursts, media.Statistics.ForwardedPackets - forwarded);
        Assert.Equal(0, media.Statistics.AllocatedBytes - allocated);
        Assert.Equal((0, 0), (media.Statistics.FailedSends, media.Statistics.DroppedUnauthentic));
        await Leave(server, token, listeners);
        listeners.Clear();
        Assert.Equal((1, 1), (sessions.Count, media.Statistics.Connections));
        var after = InUse();
        // 8 KiB for each of those who were there, for what allocators and pools keep; a listener and its client hold forty times that.
        Assert.InRange(after - before, long.MinValue, Many * 8 * 1_024);
        output.WriteLine(
            $"{Many} joined in {joined.TotalSeconds:0.0} s; {Many * Burst * Bursts} packets forwarded, 0 lost, in the server p50 {stayed.Quantile(0.5):0} p99 {stayed.Quantile(0.99):0} ms; "
            + $"{(inside - before) / Many / 1_024} KiB for a listener and its client; {(after - before) / 1_024} KiB more than before when all had left");
    }

    private static async Task<List<(TestPeer Peer, string Session)>> Join(TheStreamServer server, string token, Guid lesson, int count, TestPeer player)
    {
        var joined = new List<(TestPeer Peer, string Session)>();
        for (var i = 0; i < count; i++)
        {
            joined.Add(await server.Watch(token, lesson));
            if (i % LifeSignEvery == 0) TheyLive(joined, player);
        }
        TheyLive(joined, player);
        return joined;
    }

    private static void TheyLive(List<(TestPeer Peer, string Session)> listeners, TestPeer player)
    {
        foreach (var (peer, _) in listeners) peer.SendCheck();
        player.SendCheck();
    }

    /// <summary>Sends a burst at its own pace; then each listener reads it, and has all of it in order.</summary>
    private static async Task Play(TestPeer player, List<(TestPeer Peer, string Session)> listeners, int from)
    {
        TheyLive(listeners, player);
        var sound = new byte[320];
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        for (var i = from; i < from + Burst; i++)
        {
            BinaryPrimitives.WriteInt32BigEndian(sound, i);
            player.SendRtp(0x1111, i, 111, (uint)(i * 960), sound, mid: i < 10 ? "0" : null);
            await pace.WaitForNextTickAsync();
        }
        foreach (var (peer, _) in listeners)
        {
            for (var i = from; i < from + Burst; i++)
                Assert.Equal(i, BinaryPrimitives.ReadInt32BigEndian(peer.ReceiveRtp(sequence => sequence).Payload));
        }
    }

    private static async Task Leave(TheStreamServer server, string token, List<(TestPeer Peer, string Session)> listeners)
    {
        foreach (var (peer, session) in listeners)
        {
            Assert.Equal(HttpStatusCode.OK, (await server.Delete(token, session)).StatusCode);
            peer.Dispose();
        }
    }

    private static long InUse()
    {
        for (var i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        return GC.GetTotalMemory(forceFullCollection: true) + NativeHeap.InUse;
    }
}
