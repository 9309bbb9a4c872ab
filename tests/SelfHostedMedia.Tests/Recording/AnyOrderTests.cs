using Muse.SelfHostedMedia.Recording;

namespace Muse.SelfHostedMedia.Tests.Recording;

/// <summary>Whatever the network does: out comes what came whole and can be decoded, and the losses are exactly the rest.</summary>
public class AnyOrderTests
{
    private const int Rounds = 300;
    private const int Pictures = 200;
    private const int Step = 3_000;

    [Fact]
    public void Samples_are_those_whose_packets_all_came_and_losses_are_exactly_the_others()
    {
        var (pictures, lost) = (0, 0);
        for (var seed = 0; seed < Rounds; seed++)
        {
            var random = new Random(seed);
            // Both wrap in the middle.
            var first = 65_536L - random.Next(200);
            var clock = uint.MaxValue - ((uint)random.Next(Pictures) * Step);
            var sent = new Packetizer(first);
            var keys = new bool[Pictures];
            for (var i = 0; i < Pictures; i++)
            {
                keys[i] = i == 0 || random.Next(12) == 0;
                sent.H264(clock + (uint)(i * Step), Units(keys[i], random));
            }

            var loss = random.Next(4) switch { 0 => 0, 1 => 0.01, 2 => 0.05, _ => 0.2 };
            var isLost = sent.Packets.Select((_, at) => at > 0 && random.NextDouble() < loss).ToArray();
            var recorded = Play(sent.Packets, isLost, random);
            var expected = Expected(sent.Packets, isLost, keys, clock);
            Assert.Equal(expected, recorded.Times.Select(time => (int)((time - clock) / Step)));
            Assert.Equal(
                Missing(expected),
                recorded.Losses.Select(each => ((int)((each.Time - clock) / Step), (int)(each.Duration / Step))));
            pictures += Pictures;
            lost += recorded.Losses.Sum(each => (int)(each.Duration / Step));
            Assert.Equal(Pictures, recorded.Samples.Count + recorded.Losses.Sum(each => (int)(each.Duration / Step)));
        }

        TestContext.Current.SendDiagnosticMessage("{0} pictures, {1} of them in losses", pictures, lost);
        Assert.InRange(lost, 1_000, pictures - 1_000);
    }

    [Fact]
    public void Each_packet_of_sound_stands_alone()
    {
        for (var seed = 0; seed < Rounds; seed++)
        {
            var random = new Random(seed);
            var sent = new Packetizer(65_500);
            for (var i = 0; i < Pictures; i++)
                sent.Opus(uint.MaxValue - 96_000 + (uint)(i * 960), [0x78, (byte)i]);
            var isLost = sent.Packets.Select((_, at) => at > 0 && at < Pictures - 1 && random.NextDouble() < 0.1).ToArray();
            var recorded = new RecordedSamples();
            Feed(new OpusDepacketizer(recorded), sent.Packets, isLost, random);
            var expected = Enumerable.Range(0, Pictures).Where(i => !isLost[i]).ToArray();
            Assert.Equal(expected.Select(i => (byte)i), recorded.Samples.Select(each => each.Bytes[1]));
            Assert.Equal(isLost.Count(each => each), recorded.Losses.Sum(each => each.Duration / 960));
            Assert.Equal(isLost.Count(each => each), recorded.Losses.Sum(each => each.Packets));
        }
    }

    private static RecordedSamples Play(List<MadePacket> packets, bool[] isLost, Random random)
    {
        // The end is told by packets that come.
        isLost[^1] = false;
        var recorded = new RecordedSamples();
        Feed(new H264Depacketizer(recorded), packets, isLost, random);
        return recorded;
    }

    private static void Feed(Depacketizer depacketizer, List<MadePacket> packets, bool[] isLost, Random random)
    {
        // The first comes first; all others up to 400 ms late, one in ten twice.
        var arrivals = new List<(long At, MadePacket Packet)>();
        for (var i = 0; i < packets.Count; i++)
        {
            if (isLost[i])
                continue;
            arrivals.Add((i == 0 ? -1 : (i * 10) + (random.Next(3) == 0 ? random.Next(400) : 0), packets[i]));
            if (random.Next(10) == 0)
                arrivals.Add(((i * 10) + random.Next(400), packets[i]));
        }

        foreach (var (at, packet) in arrivals.OrderBy(each => each.At))
            depacketizer.Push(packet.Index, packet.Timestamp, packet.Marker, packet.Payload, at);
        depacketizer.Finish();
    }

    private static int[] Expected(List<MadePacket> packets, bool[] isLost, bool[] keys, uint clock)
    {
        var expected = new List<int>();
        var isWhole = new bool[Pictures];
        Array.Fill(isWhole, true);
        for (var at = 0; at < packets.Count; at++)
        {
            if (isLost[at])
                isWhole[Picture(packets[at])] = false;
        }

        var isDecodable = false;
        for (var i = 0; i < Pictures; i++)
        {
            isDecodable = isWhole[i] && (keys[i] || isDecodable);
            if (isDecodable)
                expected.Add(i);
        }

        return [.. expected];

        int Picture(MadePacket packet) => (int)((packet.Timestamp - clock) / Step);
    }

    private static IEnumerable<(int From, int Count)> Missing(int[] present)
    {
        var next = 0;
        foreach (var each in present.Append(Pictures))
        {
            if (each > next)
                yield return (next, each - next);
            next = each + 1;
        }
    }

    private static byte[][] Units(bool isKey, Random random)
    {
        var slice = new byte[random.Next(1, 5_000)];
        random.NextBytes(slice);
        slice[0] = (byte)(isKey ? 0x65 : 0x41);
        return isKey ? [[0x67, 0x42], [0x68, 0xCE], slice] : [slice];
    }
}
