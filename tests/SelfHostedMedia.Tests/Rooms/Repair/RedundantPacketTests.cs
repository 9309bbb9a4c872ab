using Muse.SelfHostedMedia.Rooms.Repair;
using Muse.SelfHostedMedia.Rtp;

namespace Muse.SelfHostedMedia.Tests.Rooms.Repair;

public sealed class RedundantPacketTests : IDisposable
{
    private readonly PacketCache _cache = new(128);
    private readonly byte[] _target = new byte[PacketCache.SlotSize];

    public void Dispose() => _cache.Dispose();

    [Fact]
    public void Two_older_packets_are_carried_oldest_first()
    {
        Put(10, 3, 0xA);
        Put(11, 2, 0xB);
        ref var packet = ref Put(12, 4, 0xC);
        var chosen = RedundantPacket.Choose(_cache, packet, 0b11);
        Assert.Equal(0b11, chosen);
        var length = RedundantPacket.Write(_target, _cache, packet, chosen, 111);
        Assert.Equal(
            [0xEF, 0x1E, 0x00, 0x03, 0xEF, 0x0F, 0x00, 0x02, 0x6F, 0xA, 0xA, 0xA, 0xB, 0xB, 0xC, 0xC, 0xC, 0xC],
            _target[..length]);
    }

    [Fact]
    public void Wider_spacing_reads_back_to_the_packets_it_was_made_of()
    {
        for (var i = 0; i <= 6; i++)
            Put(i, 10 + i, (byte)i);
        ref var packet = ref _cache.Slot(6);
        var chosen = RedundantPacket.Choose(_cache, packet, 0b1010);
        var length = RedundantPacket.Write(_target, _cache, packet, chosen, 111);
        Span<AudioBlock> blocks = stackalloc AudioBlock[RedundantAudio.MaxBlocks];
        Assert.Equal(3, RedundantAudio.Read(_target.AsSpan(0, length), blocks));
        Assert.Equal((4 * 960, 12), (blocks[0].TimestampOffset, blocks[0].Length));
        Assert.Equal((2 * 960, 14), (blocks[1].TimestampOffset, blocks[1].Length));
        Assert.Equal((0, 16), (blocks[2].TimestampOffset, blocks[2].Length));
        Assert.Equal(2, _target[blocks[0].At]);
        Assert.Equal(4, _target[blocks[1].At]);
        Assert.Equal(6, _target[blocks[2].At]);
    }

    [Fact]
    public void A_hole_padding_and_what_is_too_long_or_too_old_are_left_out()
    {
        Put(10, 5, 1);
        Put(12, 0, 2).IsPadding = true;
        ref var packet = ref Put(13, 5, 3);
        Assert.Equal(0b100, RedundantPacket.Choose(_cache, packet, 0b0111));

        Put(14, 1_024, 4);
        Assert.Equal(0, RedundantPacket.Choose(_cache, Put(15, 5, 5), 0b0001));

        Put(20, 5, 1).Timestamp = 0;
        ref var late = ref Put(21, 5, 1);
        late.Timestamp = RedundantAudio.MaxTimestampOffset + 1;
        Assert.Equal(0, RedundantPacket.Choose(_cache, late, 1));
        late.Timestamp = RedundantAudio.MaxTimestampOffset;
        Assert.Equal(1, RedundantPacket.Choose(_cache, late, 1));
    }

    [Fact]
    public void At_256_kbit_and_20_ms_nothing_fits_and_at_10_ms_two_blocks_do()
    {
        Put(1, 640, 1);
        Assert.Equal(0, RedundantPacket.Choose(_cache, Put(2, 640, 1), 0b1));
        for (var i = 3; i < 7; i++)
            Put(i, 320, 1);
        ref var packet = ref _cache.Slot(6);
        Assert.Equal(0b11, RedundantPacket.Choose(_cache, packet, 0b111));
        Assert.InRange(RedundantPacket.Write(_target, _cache, packet, 0b11, 111), 960, RedundantPacket.MaxPayload);
    }

    [Fact]
    public void The_same_choice_gives_the_same_bytes_whatever_has_come_since()
    {
        Put(10, 30, 1);
        ref var packet = ref Put(12, 30, 3);
        var chosen = RedundantPacket.Choose(_cache, packet, 0b11);
        var first = _target[..RedundantPacket.Write(_target, _cache, packet, chosen, 111)];

        // The hole is filled late: what was sent without it is sent again without it.
        Put(11, 30, 2);
        Assert.True(RedundantPacket.IsWhole(_cache, 12, chosen));
        var again = _target[..RedundantPacket.Write(_target, _cache, packet, chosen, 111)];
        Assert.Equal(first, again);

        Put(10 + 128, 30, 9);
        Assert.False(RedundantPacket.IsWhole(_cache, 12, chosen));
    }

    [Fact]
    public void What_was_sent_is_remembered_for_as_long_as_it_may_be_asked_for()
    {
        var sent = new SentRedundancy();
        Assert.False(sent.TryFind(0, out _));
        sent.Keep(5, 0b11);
        Assert.True(sent.TryFind(5, out var chosen));
        Assert.Equal(0b11, chosen);
        sent.Keep(5 + 128, 0);
        Assert.False(sent.TryFind(5, out _));
        Assert.False(sent.TryFind(-1, out _));
    }

    private ref CachedPacket Put(long index, int length, byte fill)
    {
        ref var packet = ref _cache.Slot(index);
        packet = new() { Index = index, Timestamp = (uint)(index * 960), PayloadLength = length };
        _cache.Payload(index)[..length].Fill(fill);
        return ref packet;
    }
}

public sealed class ReceivedRedundancyTests : IDisposable
{
    private const byte Stereo20 = 0xFC;

    private readonly PacketCache _cache = new(128);
    private readonly byte[] _payload = [Stereo20, 1, 2, Stereo20, 3];

    public void Dispose() => _cache.Dispose();

    [Fact]
    public void A_block_belongs_to_the_packet_as_many_durations_back()
    {
        Assert.Equal(9, ReceivedRedundancy.IndexOf(_cache, 10, 9_600, Block(960), _payload));
        Assert.Equal(8, ReceivedRedundancy.IndexOf(_cache, 10, 9_600, Block(1_920), _payload));
    }

    [Fact]
    public void It_belongs_nowhere_when_the_neighbours_disagree()
    {
        // Silence was not sent between 8 and 9: the block cannot be the ninth.
        Put(8, 1_000);
        Assert.Equal(-1, ReceivedRedundancy.IndexOf(_cache, 10, 9_600, Block(960), _payload));
        Put(8, 7_680);
        Assert.Equal(9, ReceivedRedundancy.IndexOf(_cache, 10, 9_600, Block(960), _payload));
    }

    [Fact]
    public void Odd_offsets_and_unknown_durations_belong_nowhere()
    {
        Assert.Equal(-1, ReceivedRedundancy.IndexOf(_cache, 10, 9_600, Block(961), _payload));
        Assert.Equal(-1, ReceivedRedundancy.IndexOf(_cache, 10, 9_600, Block(0), _payload));
        Assert.Equal(-1, ReceivedRedundancy.IndexOf(_cache, 10, 9_600, Block(960) with { Length = 0 }, _payload));
        Assert.Equal(-1, ReceivedRedundancy.IndexOf(_cache, 100, 9_600, Block(9 * 960), _payload));
        Assert.Equal(-1, ReceivedRedundancy.IndexOf(_cache, 0, 9_600, Block(960), _payload));
    }

    private static AudioBlock Block(int offset) => new(111, offset, 0, 3);

    private void Put(long index, uint timestamp) => _cache.Slot(index) = new() { Index = index, Timestamp = timestamp, PayloadLength = 1 };
}
