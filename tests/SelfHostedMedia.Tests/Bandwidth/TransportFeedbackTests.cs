using Muse.SelfHostedMedia.Bandwidth;
using Muse.SelfHostedMedia.Rtp;

namespace Muse.SelfHostedMedia.Tests.Bandwidth;

public class TransportFeedbackTests
{
    /// <summary>Header up to the sequence, then base 10, the count, reference 2 (128 ms), message 7.</summary>
    private static byte[] Message(int count, string rest)
    {
        var bytes = Convert.FromHexString($"8fcd0000" + "00000001" + "00000002" + "000a" + count.ToString("x4", null) + "000002" + "07" + rest);
        Array.Resize(ref bytes, (bytes.Length + 3) / 4 * 4);
        bytes[3] = (byte)((bytes.Length / 4) - 1);
        return bytes;
    }

    private static List<(int Sequence, long? Arrived)> Read(byte[] message, long lastReference = 0)
    {
        Assert.True(TransportFeedbackReader.TryRead(15, message, lastReference, out var reader));
        var read = new List<(int, long?)>();
        while (reader.MoveNext())
            read.Add((reader.Sequence, reader.IsReceived ? reader.ArrivedAt : null));
        return read;
    }

    [Fact]
    public void A_run_of_small_deltas_is_read() =>
        Assert.Equal([(10, 128_250), (11, 128_250), (12, 191_750)], Read(Message(3, "2003" + "0100fe")));

    [Fact]
    public void A_run_of_large_deltas_may_go_back_in_time() =>
        Assert.Equal([(10, 128_000 + 256_000), (11, 128_000 + 255_750)], Read(Message(2, "4002" + "0400" + "ffff")));

    [Fact]
    public void A_run_of_missing_ones_takes_no_deltas() =>
        Assert.Equal([(10, null), (11, null), (12, 128_250)], Read(Message(3, "0002" + "2001" + "01")));

    [Fact]
    public void A_vector_of_one_bit_symbols_is_read_from_the_left() =>
        // 10 100000000000 → received, missing, received, and the rest is cut off by the count.
        Assert.Equal([(10, 128_250), (11, null), (12, 128_500)], Read(Message(3, "a800" + "0101")));

    [Fact]
    public void A_vector_of_two_bit_symbols_is_read_from_the_left() =>
        // 11 01 00 10 00000000 → small, missing, large.
        Assert.Equal([(10, 128_250), (11, null), (12, 128_000)], Read(Message(3, "d200" + "01" + "ffff")));

    [Fact]
    public void Chunks_of_all_kinds_follow_each_other()
    {
        var read = Read(Message(24, "2001" + "bfff" + "d555" + "0002" + string.Concat(Enumerable.Repeat("04", 1 + 14 + 7))));
        Assert.Equal(24, read.Count);
        Assert.Equal(22, read.Count(each => each.Arrived is not null));
        Assert.Equal(128_000 + (22 * 1_000), read[21].Arrived);
        Assert.Null(read[23].Arrived);
    }

    [Fact]
    public void The_reserved_symbol_counts_as_missing() => Assert.Equal([(10, null), (11, null)], Read(Message(2, "6002")));

    [Fact]
    public void The_sequence_rolls_over_inside_a_message()
    {
        var message = Message(3, "2003" + "010101");
        (message[12], message[13]) = (0xFF, 0xFF);
        Assert.Equal([65_535, 0, 1], Read(message).Select(each => each.Sequence));
    }

    [Fact]
    public void The_receivers_clock_is_followed_over_its_rollover()
    {
        var message = Message(1, "2001" + "00");
        (message[16], message[17], message[18]) = (0, 0, 1);
        Assert.Equal(0x200_0001 * 64_000L, Read(message, lastReference: 0x1FF_FFFE)[0].Arrived);
        (message[16], message[17], message[18]) = (0xFF, 0xFF, 0xFF);
        Assert.Equal(0x1FF_FFFF * 64_000L, Read(message, lastReference: 0x200_0003)[0].Arrived);
    }

    [Theory]
    [InlineData(0, "2003010101")]
    [InlineData(9_000, "1fff1fff")]
    [InlineData(65_535, "3fff")]
    [InlineData(8_000, "3fff0101")]
    [InlineData(3, "2003")]
    [InlineData(3, "0000000000000000")]
    [InlineData(20, "bfff")]
    public void Statuses_that_are_promised_and_not_there_are_refused(int count, string rest) =>
        Assert.False(TransportFeedbackReader.TryRead(15, Message(count, rest), 0, out _));

    [Fact]
    public void Another_format_is_refused() => Assert.False(TransportFeedbackReader.TryRead(1, Message(1, "200101"), 0, out _));

    [Fact]
    public void What_arrived_is_written_and_read_back()
    {
        var random = new Random(3);
        for (var round = 0; round < 200; round++)
        {
            var log = new ArrivalLog();
            var expected = new SortedDictionary<long, long>();
            var time = 5_000_000L + random.Next(100_000_000);
            long index = random.Next(60_000, 65_535);
            for (var i = 0; i < 300; i++)
            {
                time += random.Next(4) == 0 ? random.Next(200_000) : random.Next(3_000);
                var at = random.Next(30) == 0 ? time - random.Next(40_000) : time;
                if (random.Next(8) != 0)
                {
                    expected[index] = at;
                    log.Arrived((ushort)index, at);
                }

                index++;
            }

            var read = new SortedDictionary<long, long>();
            var target = new byte[ArrivalLog.MaxLength];
            var reference = -1L;
            byte messages = 0;
            while (log.HasNews)
            {
                var length = log.Write(target, 1, 2);
                Assert.Equal(0, length % 4);
                var control = new RtcpReader(target.AsSpan(0, length));
                Assert.True(control.MoveNext());
                Assert.Equal(length, control.Packet.Length);
                Assert.True(TransportFeedbackReader.TryRead(control.Count, control.Packet, reference, out var reader));
                Assert.Equal(messages++, reader.FeedbackCount);
                reference = reader.Reference;
                while (reader.MoveNext())
                {
                    if (reader.IsReceived)
                        read[SequenceUnwrap.Unwrap(reader.Sequence, expected.Keys.First())] = reader.ArrivedAt - (0x100_0000L * 64_000);
                }
            }

            Assert.Equal(expected.Keys, read.Keys);
            foreach (var (key, at) in expected)
                Assert.InRange(read[key] - at, -125, 125);
        }
    }

    [Fact]
    public void One_that_comes_late_is_reported_after_all()
    {
        var log = new ArrivalLog();
        var target = new byte[ArrivalLog.MaxLength];
        log.Arrived(1, 1_000_000);
        log.Arrived(3, 1_002_000);
        Assert.Equal([1_000_000, null, 1_002_000], ReadArrivals(target, log.Write(target, 1, 2)));
        Assert.False(log.HasNews);
        Assert.Equal(0, log.Write(target, 1, 2));
        log.Arrived(2, 1_030_000);
        log.Arrived(2, 1_999_999);
        Assert.Equal([1_030_000, 1_002_000], ReadArrivals(target, log.Write(target, 1, 2)));
    }

    [Fact]
    public void A_leap_of_the_sequence_or_of_the_clock_does_not_make_it_write_more()
    {
        var log = new ArrivalLog();
        var target = new byte[ArrivalLog.MaxLength];
        log.Arrived(1, 1_000_000);
        log.Arrived(30_000, 1_002_000);
        Assert.Equal([1_002_000], ReadArrivals(target, log.Write(target, 1, 2)));
        log.Arrived(30_001, 1_003_000);
        log.Arrived(30_002, 90_000_000);
        Assert.Equal([1_003_000], ReadArrivals(target, log.Write(target, 1, 2)));
        Assert.True(log.HasNews);
        Assert.Equal([90_000_000], ReadArrivals(target, log.Write(target, 1, 2)));
        Assert.False(log.HasNews);
    }

    [Fact]
    public void A_message_of_many_packets_is_short()
    {
        var log = new ArrivalLog();
        var target = new byte[ArrivalLog.MaxLength];
        for (var i = 0; i < 50; i++)
            log.Arrived((ushort)i, 1_000_000 + (i * 1_000));
        // Header, one run, a byte each.
        Assert.Equal(20 + 2 + 50, log.Write(target, 1, 2));
    }

    [Fact]
    public void No_bytes_make_the_reader_leave_its_message()
    {
        foreach (var input in Fuzzing.Inputs(Message(3, "2003" + "010101"), Message(24, "2001" + "bfff" + "d555" + new string('0', 60))))
        {
            if (input.Length < 4 || !TransportFeedbackReader.TryRead(15, input, 5, out var reader))
                continue;
            var statuses = 0;
            while (reader.MoveNext())
                statuses++;
            Assert.InRange(statuses, 1, TransportFeedbackReader.MaxStatuses);
        }
    }

    private static List<long?> ReadArrivals(byte[] target, int length) =>
        [.. Read(target[..length]).Select(each => each.Arrived)];
}
