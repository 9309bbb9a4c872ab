using Muse.SelfHostedMedia.Rtp;

namespace Muse.SelfHostedMedia.Tests.Rtp;

public class RtcpTests
{
    [Fact]
    public void A_compound_packet_is_walked_part_by_part()
    {
        var compound = new byte[200];
        var length = new SenderReport(1, 2, 3, 4, 5).Write(compound);
        length += SourceDescription.Write(compound.AsSpan(length), 1, "muse"u8);
        length += PictureLossIndication.Write(compound.AsSpan(length), 1, 9);
        var reader = new RtcpReader(compound.AsSpan(0, length));

        Assert.True(reader.MoveNext());
        Assert.Equal(200, reader.Type);
        Assert.True(SenderReport.TryRead(reader.Packet, out var report));
        Assert.Equal(new SenderReport(1, 2, 3, 4, 5), report);
        Assert.True(reader.MoveNext());
        Assert.Equal(202, reader.Type);
        Assert.True(reader.MoveNext());
        Assert.Equal(206, reader.Type);
        Assert.True(PictureLossIndication.TryRead(reader.Count, reader.Packet, out var media));
        Assert.Equal(9u, media);
        Assert.False(reader.MoveNext());
    }

    [Theory]
    [InlineData("a", "81ca00020000000101016100")]
    [InlineData("ab", "81ca000300000001010261620000" + "0000")]
    [InlineData("muse", "81ca0003000000010104" + "6d757365" + "0000")]
    public void A_description_ends_with_at_least_one_zero_on_a_word(string name, string expected)
    {
        var target = new byte[64];
        var length = SourceDescription.Write(target, 1, System.Text.Encoding.ASCII.GetBytes(name));
        Assert.Equal(expected, Convert.ToHexStringLower(target.AsSpan(0, length)));
    }

    [Fact]
    public void A_reception_report_keeps_a_negative_loss()
    {
        var block = new byte[ReceptionReport.Length];
        var report = new ReceptionReport(7, 128, -3, 65_536 + 4, 90, 0xAABBCCDD, 65_536);
        report.Write(block);
        Assert.True(ReceptionReport.TryRead(block, out var read));
        Assert.Equal(report, read);
    }

    [Fact]
    public void Loss_and_delay_are_reported_as_RFC_3550_counts_them()
    {
        var statistics = new ReceptionStatistics(90_000);
        for (var i = 0; i < 100; i++)
        {
            if (i % 10 != 9)
                statistics.Count(65_500 + i, (uint)(i * 3_000), i * 1_000 / 30);
        }

        statistics.Heard(new SenderReport(7, 0x1122_3344_5566_7788, 0, 0, 0), 3_000);
        var report = statistics.Report(7, 3_500);
        Assert.Equal(9, report.Lost); // the last of the hundred is not missed yet
        Assert.Equal(9 * 256 / 99, report.FractionLost);
        Assert.Equal(65_500u + 98, report.HighestSequence);
        Assert.Equal(0x3344_5566u, report.LastReport);
        Assert.Equal(32_768u, report.DelaySinceLastReport);
        Assert.InRange(report.Jitter, 0u, 90u);
        Assert.Equal(0, statistics.Report(7, 4_000).FractionLost);
    }

    [Fact]
    public void Missing_packets_are_named_with_masks_over_the_rollover()
    {
        var target = new byte[64];
        ushort[] missing = [65_534, 65_535, 0, 14, 15, 100];
        var length = GenericNack.Write(target, 1, 2, missing);
        var reader = new RtcpReader(target.AsSpan(0, length));
        Assert.True(reader.MoveNext());
        Assert.Equal(205, reader.Type);
        Assert.Equal(GenericNack.Format, reader.Count);
        Assert.Equal(2u, GenericNack.Media(reader.Packet));
        var named = new List<ushort>();
        for (var i = 0; i < GenericNack.EntryCount(reader.Packet); i++)
        {
            var (sequence, mask) = GenericNack.Entry(reader.Packet, i);
            named.Add(sequence);
            for (var bit = 0; bit < 16; bit++)
            {
                if ((mask & (1 << bit)) != 0)
                    named.Add((ushort)(sequence + bit + 1));
            }
        }

        Assert.Equal(missing, named);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(300_000)]
    [InlineData(2_756_000)]
    [InlineData(4_000_000_000)]
    public void A_bitrate_limit_comes_back_within_its_precision(long bitrate)
    {
        var target = new byte[64];
        var length = ReceiverBitrateLimit.Write(target, 1, bitrate, [5, 6]);
        var reader = new RtcpReader(target.AsSpan(0, length));
        Assert.True(reader.MoveNext());
        Assert.True(ReceiverBitrateLimit.TryRead(reader.Count, reader.Packet, out var read));
        Assert.InRange(bitrate - read, 0, bitrate >> 17);
        Assert.Equal(28, length);
    }

    [Fact]
    public void A_full_intra_request_counts_as_a_picture_loss()
    {
        var fir = Convert.FromHexString("84ce0004" + "00000001" + "00000000" + "00000009" + "01000000");
        var reader = new RtcpReader(fir);
        Assert.True(reader.MoveNext());
        Assert.True(PictureLossIndication.TryRead(reader.Count, reader.Packet, out var media));
        Assert.Equal(9u, media);
    }

    [Fact]
    public void No_input_makes_a_reader_throw()
    {
        var example = new byte[120];
        var length = new SenderReport(1, 2, 3, 4, 5).Write(example);
        length += GenericNack.Write(example.AsSpan(length), 1, 2, [1, 2, 300]);
        length += ReceiverBitrateLimit.Write(example.AsSpan(length), 1, 1_000_000, [5]);
        foreach (var input in Fuzzing.Inputs(example[..length]))
        {
            var reader = new RtcpReader(input);
            while (reader.MoveNext())
            {
                SenderReport.TryRead(reader.Packet, out _);
                PictureLossIndication.TryRead(reader.Count, reader.Packet, out _);
                ReceiverBitrateLimit.TryRead(reader.Count, reader.Packet, out _);
                for (var i = 0; i < GenericNack.EntryCount(reader.Packet); i++)
                    GenericNack.Entry(reader.Packet, i);
                if (GenericNack.EntryCount(reader.Packet) > 0)
                    GenericNack.Media(reader.Packet);
            }
        }
    }
}
