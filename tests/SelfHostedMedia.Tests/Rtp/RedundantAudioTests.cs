using Muse.SelfHostedMedia.Rtp;

namespace Muse.SelfHostedMedia.Tests.Rtp;

public class RedundantAudioTests
{
    private readonly AudioBlock[] _blocks = new AudioBlock[RedundantAudio.MaxBlocks];

    [Fact]
    public void A_block_and_its_primary_are_read_as_RFC_2198_writes_them()
    {
        // F=1 PT=111, offset 960, length 3; F=0 PT=111.
        byte[] payload = [0xEF, 0x0F, 0x00, 0x03, 0x6F, 1, 2, 3, 4, 5];
        Assert.Equal(2, RedundantAudio.Read(payload, _blocks));
        Assert.Equal(new AudioBlock(111, 960, 5, 3), _blocks[0]);
        Assert.Equal(new AudioBlock(111, 0, 8, 2), _blocks[1]);
    }

    [Fact]
    public void The_example_of_the_RFC_is_read()
    {
        // RFC 2198 §5: DVI4 (PT 5) as primary, LPC (PT 7) of 14 bytes as redundancy 160 units back.
        byte[] payload = [0x87, 0x02, 0x80, 0x0E, 0x05, .. new byte[14], .. new byte[84]];
        Assert.Equal(2, RedundantAudio.Read(payload, _blocks));
        Assert.Equal(new AudioBlock(7, 160, 5, 14), _blocks[0]);
        Assert.Equal(new AudioBlock(5, 0, 19, 84), _blocks[1]);
    }

    [Fact]
    public void A_first_packet_has_a_primary_alone()
    {
        Assert.Equal(1, RedundantAudio.Read([0x6F, 9, 8], _blocks));
        Assert.Equal(new AudioBlock(111, 0, 1, 2), _blocks[0]);
    }

    [Fact]
    public void The_largest_offset_and_length_survive()
    {
        var payload = new byte[4 + 1 + 1_023];
        RedundantAudio.WriteBlockHeader(payload, 111, RedundantAudio.MaxTimestampOffset, RedundantAudio.MaxBlockLength);
        payload[4] = 111;
        Assert.Equal(2, RedundantAudio.Read(payload, _blocks));
        Assert.Equal(new AudioBlock(111, 16_383, 5, 1_023), _blocks[0]);
        Assert.Equal(0, _blocks[1].Length);
    }

    [Fact]
    public void What_is_cut_off_or_claims_more_than_there_is_reads_as_nothing()
    {
        Assert.Equal(0, RedundantAudio.Read([], _blocks));
        Assert.Equal(0, RedundantAudio.Read([0xEF, 0x0F, 0x00], _blocks));
        Assert.Equal(0, RedundantAudio.Read([0xEF, 0x0F, 0x00, 0x03], _blocks));
        Assert.Equal(0, RedundantAudio.Read([0xEF, 0x0F, 0x00, 0x03, 0x6F, 1, 2], _blocks));
        Assert.Equal(0, RedundantAudio.Read([.. Enumerable.Repeat((byte)0x80, 64)], _blocks));
    }

    [Fact]
    public void Mutated_payloads_never_reach_outside_the_packet()
    {
        foreach (var input in Fuzzing.Inputs(
            [0xEF, 0x0F, 0x00, 0x03, 0x6F, 1, 2, 3, 4, 5], [0x6F, 9, 8], [0xEF, 0x1E, 0, 2, 0xEF, 0x0F, 0, 2, 0x6F, 1, 2, 3, 4, 5, 6]))
        {
            var count = RedundantAudio.Read(input, _blocks);
            var end = 0;
            for (var i = 0; i < count; i++)
            {
                Assert.True(_blocks[i].At >= end && _blocks[i].Length >= 0);
                end = _blocks[i].At + _blocks[i].Length;
            }

            Assert.True(count == 0 || end == input.Length);
        }
    }
}

public class OpusPacketTests
{
    [Theory]
    [InlineData(0xFC, 960)] // CELT full band 20 ms, stereo
    [InlineData(0xF4, 480)] // CELT full band 10 ms, stereo
    [InlineData(0xE0, 120)]
    [InlineData(0x78, 960)] // hybrid full band 20 ms
    [InlineData(0x08, 960)] // SILK narrow band 20 ms
    [InlineData(0x18, 2_880)]
    [InlineData(0xFD, 1_920)] // two frames
    public void The_first_byte_tells_the_duration(byte first, int duration) =>
        Assert.Equal(duration, OpusPacket.Duration([first, 0]));

    [Fact]
    public void A_packet_of_many_frames_counts_them()
    {
        Assert.Equal(3 * 960, OpusPacket.Duration([0xFF, 3]));
        Assert.Equal(0, OpusPacket.Duration([0xFF]));
        Assert.Equal(0, OpusPacket.Duration([]));
    }
}
