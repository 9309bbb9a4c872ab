using System.Text.Json;
using Muse.SelfHostedMedia.Bandwidth;
using Muse.SelfHostedMedia.Rooms;
using Muse.SelfHostedMedia.Rooms.Forwarding;
using Muse.SelfHostedMedia.Tests.Rooms;

namespace Muse.SelfHostedMedia.Tests.Browser;

/// <summary>What byte tests cannot say: that a browser's decoder goes along.</summary>
public class LayersInABrowserTests(ITestOutputHelper output)
{
    /// <summary>Of a smaller picture Chromium makes fewer layers, whatever is asked for.</summary>
    private const string ThreeSizes = """
        width: 1280, height: 720, encodings: [
          { rid: 'l', scaleResolutionDownBy: 4, maxBitrate: 100000 },
          { rid: 'm', scaleResolutionDownBy: 2, maxBitrate: 250000 },
          { rid: 'h', scaleResolutionDownBy: 1, maxBitrate: 900000 },
        ]
        """;

    [Theory]
    [InlineData("VP8", null)]
    [InlineData("H264", "42e01f")]
    public async Task A_viewer_is_switched_between_simulcast_layers_without_a_freeze_or_a_flood_of_requests(string codec, string? profile)
    {
        await using var media = new MediaFixture();
        await using var browser = Chromium.Open();
        var viewer = await Connect(media, browser, $"codec: '{codec}', mimeParameters: {JsonSerializer.Serialize(profile)}, {ThreeSizes}");
        var track = media.Room.Tracks[0];
        await Until(media, encodings => encodings.All(encoding => encoding.Height > 0));
        await browser.Run("return untilHeight(720, 60000)");
        foreach (var height in new[] { 180, 720, 360, 180, 360, 720 })
        {
            var before = await KeyFrameRequests(media);
            await viewer.View(track.Id, height);
            var change = await browser.Run($"return untilHeight({height}, 20000)");
            var after = await browser.Run("return watch(1500)");
            var asked = await KeyFrameRequests(media) - before;
            output.WriteLine($"{codec} → {height}: {change} then {after}, {asked} requests");
            Assert.InRange(change.GetProperty("gap").GetDouble(), 0, 1_000);
            Assert.InRange(after.GetProperty("gap").GetDouble(), 0, 1_000);
            Assert.Equal([height], after.GetProperty("heights").EnumerateArray().Select(each => each.GetInt32()));
            Assert.InRange(after.GetProperty("decoded").GetInt32(), 10, 60);
            Assert.InRange(after.GetProperty("asked").GetInt32(), 0, 1);
            Assert.InRange(asked, 0, AtMost(change));
        }
    }

    [Theory]
    [InlineData("VP9", "L3T3_KEY", 3)]
    [InlineData("VP9", "L3T3", 3)]
    [InlineData("AV1", "L1T3", 1)]
    public async Task Lower_layers_of_a_scalable_stream_are_decoded_cleanly(string codec, string mode, int sizes)
    {
        await using var media = new MediaFixture();
        await using var browser = Chromium.Open();
        var full = sizes == 1 ? 360 : 720;
        await Connect(media, browser, $"codec: '{codec}', width: {full * 16 / 9}, height: {full}, encodings: [{{ scalabilityMode: '{mode}', maxBitrate: 1500000 }}]");
        await Until(media, encodings => encodings[0].Layers.SpatialLayers == sizes && encodings[0].Layers.TemporalLayers == 3);
        await browser.Run($"return untilHeight({full}, 60000)");
        // The line's first choice comes once the stream's rate is known; it would undo what the test aims at before.
        await Until(media, _ => Track(media).Subscriptions[0].Demand.Chosen != LayerDemand.Unknown);
        foreach (var (spatial, temporal) in new (byte, byte)[] { (0, 2), (2, 0), (1, 2), (0, 0), (2, 2) })
        {
            if (sizes == 1 && spatial == 1)
                continue;
            var before = await KeyFrameRequests(media);
            await Aim(media, new(sizes == 1 ? byte.MaxValue : spatial, temporal, false));
            var height = sizes == 1 ? full : full >> (2 - spatial);
            var change = await browser.Run($"return untilHeight({height}, 20000)");
            await browser.Run("return watch(1200)");
            var after = await browser.Run("return watch(2500)");
            var asked = await KeyFrameRequests(media) - before;
            output.WriteLine($"{codec} {mode} → S{spatial}T{temporal}: {change} then {after}, {asked} requests");
            Assert.InRange(change.GetProperty("gap").GetDouble(), 0, 1_500);
            Assert.InRange(after.GetProperty("gap").GetDouble(), 0, 1_000);
            Assert.Equal([height], after.GetProperty("heights").EnumerateArray().Select(each => each.GetInt32()));
            Assert.Equal(0, after.GetProperty("asked").GetInt32());
            Assert.InRange(asked, 0, AtMost(change));
            // A quarter of the pictures is in the base layer.
            Assert.InRange(after.GetProperty("decoded").GetInt32(), temporal == 0 ? 5 : 20, temporal == 0 ? 20 : 70);
        }
    }

    /// <summary>Requests for key frames that one switch may cost: one each 100 ms while it waits, and what the encoder itself brings on.</summary>
    private static long AtMost(JsonElement change) => 3 + (long)Math.Ceiling(change.GetProperty("took").GetDouble() / 100);

    private static async Task<Participant> Connect(MediaFixture media, Chromium browser, string how)
    {
        var publisher = await media.Join();
        var offer = (await browser.Run($"return publish({{ {how} }})")).GetString()!;
        var answer = (await publisher.Publish(offer)).Value;
        await browser.Run($"return answered(sender, {JsonSerializer.Serialize(answer)})");
        var viewer = await media.Join();
        var wanted = Deaf((await browser.Run("return view()")).GetString()!);
        var given = (await viewer.Subscribe(wanted, new Dictionary<string, Guid> { ["0"] = media.Room.Tracks[0].Id })).Value;
        await browser.Run($"return answered(viewer, {JsonSerializer.Serialize(given)})");
        return viewer;
    }

    /// <summary>Without transport feedback nothing is known against the viewer's line: a busy machine would be taken for a thin one, and the
    /// layers would be the line's choice instead of the test's.</summary>
    private static string Deaf(string offer) => string.Join(
        "\r\n", offer.Split("\r\n").Where(line => !line.EndsWith(" transport-cc", StringComparison.Ordinal)));

    private static async Task Until(MediaFixture media, Func<Encoding[], bool> holds)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!await media.Server.Thread.Run(() => holds(Track(media).Encodings)))
        {
            Assert.False(patience.IsCancellationRequested, string.Join("; ", Track(media).Encodings.Select(encoding =>
                $"{encoding.Rid}: {encoding.Height} lines, {encoding.Layers.SpatialLayers} sizes, {encoding.Layers.TemporalLayers} rates, heard at {encoding.HeardAt}")));
            await Task.Delay(50, CancellationToken.None);
        }
    }

    private static async Task<long> KeyFrameRequests(MediaFixture media) =>
        await media.Server.Thread.Run(() => media.Server.Statistics.KeyFrameRequests);

    private static Task Aim(MediaFixture media, LayerTarget target) => media.Server.Thread.Run(() =>
    {
        Track(media).Subscriptions[0].Aim(target);
        return true;
    });

    private static PublishedTrack Track(MediaFixture media) => media.Room.FindTrack(media.Room.Tracks[0].Id)!;
}
