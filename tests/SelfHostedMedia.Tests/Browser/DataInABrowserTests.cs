using System.Text.Json;
using Muse.SelfHostedMedia.Rooms;
using Muse.SelfHostedMedia.Tests.Rooms;
using Muse.SelfHostedMedia.Tests.Rooms.Timing;

namespace Muse.SelfHostedMedia.Tests.Browser;

/// <summary>That a browser's SCTP and ours understand each other.</summary>
public class DataInABrowserTests(ITestOutputHelper output)
{
    /// <summary>A connection with the channel alone; what comes is kept, pings of the server are answered.</summary>
    private const string Page = """
        globalThis.open = async (label = 'muse.timing', how = { ordered: false, maxRetransmits: 0 }) => {
          globalThis.line ??= new RTCPeerConnection({ bundlePolicy: 'max-bundle', rtcpMuxPolicy: 'require' });
          const channel = line.createDataChannel(label, how);
          channel.binaryType = 'arraybuffer';
          channel.opened = new Promise((resolve) => { channel.onopen = resolve; });
          channel.closed = new Promise((resolve) => { channel.onclose = resolve; });
          return channel;
        };
        globalThis.got = [];
        globalThis.pongs = [];
        globalThis.start = async () => {
          globalThis.channel = await open();
          channel.onmessage = ({ data }) => {
            const view = new DataView(data);
            if (view.getUint8(0) === 1) {
              const pong = new DataView(new ArrayBuffer(25));
              pong.setUint8(0, 2);
              pong.setBigInt64(1, view.getBigInt64(1));
              channel.send(pong.buffer);
            }
            if (view.getUint8(0) === 2) pongs.push(performance.now() - Number(view.getBigInt64(1)) / 1000);
            if (view.getUint8(0) === 4) got.push(view.getInt32(34));
          };
          await line.setLocalDescription(await line.createOffer());
          return line.localDescription.sdp;
        };
        globalThis.message = (number, length = 14) => {
          const view = new DataView(new ArrayBuffer(length));
          view.setUint8(0, 3);
          view.setInt32(10, number);
          return view.buffer;
        };
        globalThis.rest = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
        return start();
        """;

    [Fact]
    public async Task Two_browsers_exchange_a_thousand_messages_each_way()
    {
        TimingChannelTests.Skip();
        await using var media = new MediaFixture();
        await using var one = Chromium.Open();
        await using var other = Chromium.Open();
        await Join(media, one);
        await Join(media, other);
        const string Send = """
            const began = performance.now();
            for (let i = 0; i < 1000; i++) {
              while (performance.now() - began < i * 12) await rest(5);
              channel.send(message(i));
            }
            for (let waited = 0; got.length < 1000 && waited < 3000; waited += 50) await rest(50);
            return { got: got.length, distinct: new Set(got).size, buffered: channel.bufferedAmount };
            """;
        var results = await Task.WhenAll(one.Run(Send), other.Run(Send));
        var counts = media.Server.Statistics;
        output.WriteLine($"{results[0]} {results[1]}; dropped {counts.DroppedTimingFlood}, {counts.DroppedTimingBacklog}, {counts.DroppedHandshakes}");
        Assert.Equal((0, 0), (counts.DroppedTimingMalformed, counts.DroppedTimingOversized));
        // Nothing is lost on loopback; what a busy machine sends too late in one go is dropped by the rate and counted.
        var arrived = results.Sum(result => result.GetProperty("got").GetInt32());
        Assert.Equal(arrived, results.Sum(result => result.GetProperty("distinct").GetInt32()));
        Assert.Equal(2_000, arrived + counts.DroppedTimingFlood + counts.DroppedTimingBacklog);
        Assert.InRange(arrived, 1_900, 2_000);
    }

    [Fact]
    public async Task Long_messages_are_refused_by_the_browser_and_other_channels_by_the_server_and_this_one_goes_on()
    {
        TimingChannelTests.Skip();
        await using var media = new MediaFixture();
        await using var browser = Chromium.Open();
        var person = await Join(media, browser);
        var refused = await browser.Run("""
            const errors = [];
            for (const length of [1025, 65536]) try { channel.send(message(1, length)); } catch (error) { errors.push(error.name); }
            const chat = await open('chat', {});
            await Promise.race([chat.closed, rest(20000)]);
            channel.send(message(2, 1024));
            return { errors, chat: chat.readyState, channel: channel.readyState };
            """);
        Assert.Equal("""{"errors":["TypeError","TypeError"],"chat":"closed","channel":"open"}""", refused.GetRawText());
        await media.Until(counts => counts is { TimingMessages: 1, RefusedDataChannels: 1, DroppedTimingOversized: 0 });
        // By the answers to the server's own pings.
        await media.Until(_ => person.RoundTrip >= 0);
        var clock = await browser.Run("""
            for (let i = 0; i < 20; i++) {
              const ping = new DataView(new ArrayBuffer(9));
              ping.setUint8(0, 1);
              ping.setBigInt64(1, BigInt(Math.round(performance.now() * 1000)));
              channel.send(ping.buffer);
              await rest(50);
            }
            return pongs.sort((a, b) => a - b);
            """);
        output.WriteLine($"Round trip by the server's pings {person.RoundTrip} ms, by the browser's {clock}");
        Assert.InRange(clock.GetArrayLength(), 15, 20);
    }

    private static async Task<Participant> Join(MediaFixture media, Chromium browser)
    {
        var participant = await media.Join();
        var offer = (await browser.Run(Page)).GetString()!;
        var answer = (await participant.Subscribe(offer, new Dictionary<string, Guid>())).Value;
        await browser.Run($"await line.setRemoteDescription({{ type: 'answer', sdp: {JsonSerializer.Serialize(answer)} }}); await channel.opened; return true;");
        return participant;
    }
}
