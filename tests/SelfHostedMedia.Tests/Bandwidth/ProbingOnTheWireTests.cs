using System.Diagnostics;
using Muse.SelfHostedMedia.Tests.Rooms;

namespace Muse.SelfHostedMedia.Tests.Bandwidth;

public class ProbingOnTheWireTests
{
    private const uint Video = 0x71DE0;

    private static readonly byte[] KeyFrame = [0x10, 0x00, 1, 2, 3];

    [Fact]
    public async Task A_line_that_gets_wider_is_probed_by_padding_under_numbers_that_are_used_once()
    {
        await using var media = new MediaFixture();
        var (_, publisher) = await media.Publisher(null, "video");
        var (_, subscriber, _) = await media.Subscriber(new TestPeer { TransportId = 7, Repairs = true });
        var padding = (await Watch(publisher, subscriber, TimeSpan.FromSeconds(40))).Padding;

        Assert.NotEmpty(padding);
        Assert.Single(padding.Select(packet => packet.Ssrc).Distinct());
        Assert.Equal(padding.Count, padding.Select(packet => packet.Sequence).Distinct().Count());
        Assert.Equal(padding.Count, padding.Select(packet => packet.Transport).Distinct().Count());
        // 60 ms at no more than 6 Mbit/s, and a tick more.
        Assert.InRange(padding.Sum(packet => packet.Length), 1, 3 * 70 * 6_000 / 8);
        Assert.Equal(0, media.Server.Statistics.ResentPackets);
    }

    [Fact]
    public async Task One_without_a_repair_stream_is_not_probed()
    {
        await using var media = new MediaFixture();
        var (_, publisher) = await media.Publisher(null, "video");
        var (_, subscriber, _) = await media.Subscriber(new TestPeer { TransportId = 7 });
        await Watch(publisher, subscriber, TimeSpan.FromSeconds(8));
        Assert.Equal(0, media.Server.Statistics.PaddingPackets);
    }

    /// <summary>Two seconds of a line that carries 500 kbit/s, then one that carries 10 Mbit/s, until padding comes or the patience
    /// ends.</summary>
    private static async Task<ThinLine> Watch(TestPeer publisher, TestPeer subscriber, TimeSpan patience)
    {
        var line = new ThinLine { Rate = 500_000 };
        using var stop = new CancellationTokenSource();
        var viewing = Task.Run(() => line.Report(subscriber, stop.Token));
        var payload = new byte[1_100];
        (payload[0], payload[1]) = (0x10, 0x01);
        var clock = Stopwatch.StartNew();
        var thinUntil = TimeSpan.FromSeconds(2);
        publisher.SendRtp(Video, 1, 96, 0, KeyFrame, mid: "0");
        for (var index = 2; clock.Elapsed < patience && line.Padding.Count < 20; index++)
        {
            var isThin = clock.Elapsed < thinUntil;
            if (!isThin)
                line.Rate = 10_000_000;
            publisher.SendRtp(Video, index, 96, (uint)(index * 500), payload, mid: index < 10 ? "0" : null);
            // 1.4 Mbit/s at first, then 350 kbit/s, as a publisher that has been told.
            await Task.Delay(isThin ? 6 : 25);
        }

        await stop.CancelAsync();
        await viewing.WaitAsync(TimeSpan.FromSeconds(20));
        return line;
    }
}
