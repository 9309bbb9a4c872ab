using Muse.SelfHostedMedia.Rooms;
using Muse.SelfHostedMedia.Rooms.Forwarding;
using Muse.SelfHostedMedia.Rtp;

namespace Muse.SelfHostedMedia.Tests.Rooms.Forwarding;

public sealed class ForwarderTests : IDisposable
{
    private const long First = 5_000;

    private readonly PublishedTrack _track = Layered.Track("VP8", "l", "m", "h");
    private readonly Forwarder _forwarder = new(isVideo: true, 90_000, First);

    public void Dispose() => _track.Dispose();

    private Encoding Low => _track.Encodings[0];

    private Encoding High => _track.Encodings[2];

    [Fact]
    public void Nothing_goes_through_before_the_wanted_encoding_has_begun()
    {
        _forwarder.Want(High, LayerLimit.None);
        Assert.Null(Take(Low, 1, 0, Layered.Vp8(1, 1, 1, isKey: true)));
        Assert.Null(Take(High, 1, 0, Layered.Vp8(1, 1, 1)));
        Assert.Null(_forwarder.Current);
        Assert.True(_forwarder.Awaits);
        Assert.False(_forwarder.TryFind(First, out _));
    }

    [Fact]
    public void The_first_packet_has_the_first_number_and_everything_else_as_it_came()
    {
        Begin(Low, 70_000, 1_000, Layered.Vp8(0x7FFE, 255, 31, isKey: true));
        var sent = Take(Low, 70_000, 1_000, Layered.Vp8(0x7FFE, 255, 31, isKey: true));
        Assert.Equal(new(First, 1_000, 0x7FFE, 255, 31), sent);
        Assert.Equal(new(First + 1, 4_000, 0x7FFF, 0, 31), Take(Low, 70_001, 4_000, Layered.Vp8(0x7FFF, 0, 31)));
    }

    [Fact]
    public void A_switch_goes_on_with_the_next_number_picture_and_time()
    {
        Begin(Low, 100, 9_000, Layered.Vp8(20, 5, 1, isKey: true), at: 1_000);
        Take(Low, 100, 9_000, Layered.Vp8(20, 5, 1, isKey: true), now: 1_000);
        Take(Low, 101, 12_000, Layered.Vp8(21, 6, 1), now: 1_033);

        _forwarder.Want(High, LayerLimit.None);
        Assert.NotNull(Take(Low, 102, 15_000, Layered.Vp8(22, 7, 1), now: 1_066));
        Begin(High, 60_000, 0xFFFF_FF00, Layered.Vp8(0x7FFF, 250, 9, isKey: true), at: 1_100);
        Assert.Null(Take(Low, 103, 18_000, Layered.Vp8(23, 8, 1), now: 1_100));

        // 34 ms have passed: 3,060 ticks.
        Assert.Equal(
            new(First + 3, 18_060, 23, 8, 2), Take(High, 60_000, 0xFFFF_FF00, Layered.Vp8(0x7FFF, 250, 9, isKey: true), now: 1_100));
        Assert.Equal(
            new(First + 4, 18_060 + 3_000, 24, 9, 2), Take(High, 60_001, unchecked(0xFFFF_FF00 + 3_000), Layered.Vp8(0, 251, 9), now: 1_133));
        Assert.False(_forwarder.Awaits);
    }

    [Fact]
    public void Every_number_wraps_where_it_must()
    {
        Begin(Low, 65_534, uint.MaxValue, Layered.Vp8(0x7FFF, 255, 31, isKey: true), at: 0);
        Take(Low, 65_534, uint.MaxValue, Layered.Vp8(0x7FFF, 255, 31, isKey: true));
        _forwarder.Want(High, LayerLimit.None);
        Begin(High, 65_535, 5, Layered.Vp8(0x7FFF, 9, 30, isKey: true), at: 10);
        // uint.MaxValue + 900, 32,767 + 1, 255 + 1, 31 + 1.
        Assert.Equal(new(First + 1, 899, 0, 0, 0), Take(High, 65_535, 5, Layered.Vp8(0x7FFF, 9, 30, isKey: true)));
        Assert.Equal(new(First + 2, 999, 1, 1, 0), Take(High, 65_536, 105, Layered.Vp8(0, 10, 30)));
    }

    [Fact]
    public void The_subscribers_own_numbers_cross_the_rollover()
    {
        var forwarder = new Forwarder(isVideo: true, 90_000, 65_530);
        forwarder.Want(Low, LayerLimit.None);
        forwarder.Begin(Low, Low.Put(0, 0, Layered.Vp8(0, 0, 0, isKey: true)), 0);
        for (var index = 0; index < 20; index++)
        {
            Assert.True(forwarder.Take(Low, Low.Put(index, (uint)index, Layered.Vp8(index, 0, 0)), index, out var run));
            Assert.Equal(65_530 + index, run.OutOf(index));
        }

        Assert.True(forwarder.TryFind(65_536, out var found));
        Assert.Equal(6, found.InOf(65_536));
    }

    [Fact]
    public void A_late_packet_finds_the_place_that_was_kept_for_it()
    {
        Begin(Low, 10, 0, Layered.Vp8(1, 1, 1, isKey: true));
        Take(Low, 10, 0, Layered.Vp8(1, 1, 1, isKey: true));
        Assert.Equal(First + 3, Take(Low, 13, 6_000, Layered.Vp8(3, 3, 1))!.Index);
        Assert.Equal(First + 1, Take(Low, 11, 3_000, Layered.Vp8(2, 2, 1))!.Index);
        Assert.Equal(First + 2, Take(Low, 12, 3_000, Layered.Vp8(2, 2, 1, isFirst: false))!.Index);
        Assert.Null(Take(Low, 9, 0, Layered.Vp8(0, 0, 1)));
    }

    [Fact]
    public void After_a_switch_a_nack_still_finds_what_was_sent_before_it_and_what_was_lost()
    {
        Begin(Low, 10, 0, Layered.Vp8(1, 1, 1, isKey: true));
        Take(Low, 10, 0, Layered.Vp8(1, 1, 1, isKey: true));
        Take(Low, 12, 3_000, Layered.Vp8(2, 2, 1, isFirst: false));
        _forwarder.Want(High, LayerLimit.None);
        Begin(High, 500, 0, Layered.Vp8(1, 1, 1, isKey: true));
        Take(High, 500, 0, Layered.Vp8(1, 1, 1, isKey: true));

        Assert.True(_forwarder.TryFind(First + 1, out var lost));
        Assert.Equal((Low, 11), (lost.Encoding, lost.InOf(First + 1)));
        Assert.True(_forwarder.TryFind(First + 3, out var high));
        Assert.Equal((High, 500), (high.Encoding, high.InOf(First + 3)));
        Assert.False(_forwarder.TryFind(First + 4, out _));
        Assert.Null(Take(Low, 11, 3_000, Layered.Vp8(2, 2, 1)));
    }

    [Fact]
    public void A_way_back_and_forth_never_gives_a_number_twice()
    {
        var seen = new HashSet<long>();
        var random = new Random(7);
        var pictures = new int[3];
        var indices = new long[] { 65_000, 1_000, 30_000 };
        for (var now = 0; now < 20_000; now += 33)
        {
            if (now % 660 == 0)
                _forwarder.Want(_track.Encodings[random.Next(3)], LayerLimit.None);
            foreach (var encoding in _track.Encodings)
            {
                var at = encoding.Position;
                var isKey = now % 495 == 0;
                var payload = Layered.Vp8(++pictures[at], (byte)pictures[at], 1, isKey: isKey);
                var index = ++indices[at];
                if (random.Next(20) == 0)
                    continue;
                var packet = encoding.Put(index, (uint)(now * 90), payload);
                if (isKey && encoding == _forwarder.Wanted && _forwarder.Awaits)
                    _forwarder.Begin(encoding, packet, now);
                if (_forwarder.Take(encoding, packet, now, out var run))
                    Assert.True(seen.Add(run.OutOf(index)));
            }
        }

        Assert.True(seen.Count > 400);
        Assert.True(_forwarder.Newest - First < 700);
    }

    [Fact]
    public void A_lower_rate_of_pictures_leaves_no_gap_in_any_number()
    {
        Want(temporal: 1);
        // T0 T2 T1 T2 T0 T2 …, two packets each.
        var expected = 0;
        for (var picture = 0; picture < 16; picture++)
        {
            var temporal = (picture % 4) switch { 0 => 0, 2 => 1, _ => 2 };
            for (var part = 0; part < 2; part++)
            {
                var payload = Layered.Vp8(picture, (byte)(picture / 4), 1, temporal, picture == 0, isFirst: part == 0);
                var packet = Low.Put((picture * 2) + part, (uint)(picture * 3_000), payload);
                if (picture == 0 && part == 0)
                    _forwarder.Begin(Low, packet, 0);
                var sent = Sent(Low, packet, picture);
                if (temporal == 2)
                {
                    Assert.Null(sent);
                    continue;
                }

                Assert.Equal(new(First + expected, (uint)(picture * 3_000), (ushort)(picture / 2), (byte)(picture / 4), 1), sent);
                expected++;
            }
        }
    }

    [Fact]
    public void A_picture_that_is_left_out_but_has_a_place_is_replaced_by_padding_and_stays_so()
    {
        Want(temporal: 0);
        Begin(Low, 0, 0, Layered.Vp8(0, 0, 1, isKey: true));
        Take(Low, 0, 0, Layered.Vp8(0, 0, 1, isKey: true));
        // 1 is a picture of the second layer and comes late.
        var base4 = Take(Low, 2, 6_000, Layered.Vp8(2, 1, 1));
        Assert.Equal(First + 2, base4!.Index);
        var late = Low.Put(1, 3_000, Layered.Vp8(1, 0, 1, temporal: 1));
        Assert.True(_forwarder.Take(Low, late, 0, out var run));
        Assert.Equal(First + 1, run.OutOf(1));
        Assert.True(run.IsFiller(late));

        _forwarder.Want(Low, LayerLimit.None);
        Take(Low, 3, 9_000, Layered.Vp8(3, 2, 1));
        Assert.True(_forwarder.TryFind(First + 1, out var again));
        Assert.True(again.IsFiller(late));
    }

    [Fact]
    public void A_packet_that_was_left_out_is_not_sent_when_it_is_asked_for()
    {
        Want(temporal: 0);
        Begin(Low, 0, 0, Layered.Vp8(0, 0, 1, isKey: true));
        Take(Low, 0, 0, Layered.Vp8(0, 0, 1, isKey: true));
        Assert.Null(Take(Low, 1, 3_000, Layered.Vp8(1, 0, 1, temporal: 2)));
        Assert.Null(Take(Low, 2, 3_000, Layered.Vp8(1, 0, 1, temporal: 2, isFirst: false)));
        Assert.Equal(First + 1, Take(Low, 3, 6_000, Layered.Vp8(2, 1, 1))!.Index);
        Assert.True(_forwarder.TryFind(First + 1, out var run));
        Assert.Equal(3, run.InOf(First + 1));
    }

    [Fact]
    public void More_pictures_come_back_only_where_a_decoder_can_take_them_up()
    {
        Want(temporal: 0);
        Begin(Low, 0, 0, Layered.Vp8(0, 0, 1, isKey: true));
        Take(Low, 0, 0, Layered.Vp8(0, 0, 1, isKey: true));
        _forwarder.Want(Low, LayerLimit.None);
        Assert.Null(Take(Low, 1, 1, Layered.Vp8(1, 0, 1, temporal: 2)));
        Assert.Null(Take(Low, 2, 2, Layered.Vp8(2, 0, 1, temporal: 1)));
        Assert.NotNull(Take(Low, 3, 3, Layered.Vp8(3, 1, 1)));
        Assert.NotNull(Take(Low, 4, 4, Layered.Vp8(4, 1, 1, temporal: 1, isSync: true)));
        Assert.Null(Take(Low, 5, 5, Layered.Vp8(5, 1, 1, temporal: 2)));
        Assert.NotNull(Take(Low, 6, 6, Layered.Vp8(6, 1, 1, temporal: 2, isSync: true)));
        Assert.NotNull(Take(Low, 7, 7, Layered.Vp8(7, 1, 1, temporal: 2)));
    }

    [Fact]
    public void A_stream_that_marks_no_such_place_is_taken_up_at_its_base_layer_after_a_second()
    {
        Want(temporal: 0);
        Begin(Low, 0, 0, Layered.Vp8(0, 0, 1, isKey: true));
        Take(Low, 0, 0, Layered.Vp8(0, 0, 1, isKey: true));
        _forwarder.Want(Low, LayerLimit.None);
        Take(Low, 1, 1, Layered.Vp8(1, 1, 1), now: 0);
        Assert.Null(Take(Low, 2, 2, Layered.Vp8(2, 1, 1, temporal: 1), now: 999));
        Take(Low, 3, 3, Layered.Vp8(3, 2, 1), now: 1_000);
        Assert.NotNull(Take(Low, 4, 4, Layered.Vp8(4, 2, 1, temporal: 1), now: 1_033));
    }

    [Fact]
    public void A_pause_ends_at_a_key_frame_with_the_next_number()
    {
        Begin(Low, 10, 0, Layered.Vp8(1, 1, 1, isKey: true), at: 0);
        Take(Low, 10, 0, Layered.Vp8(1, 1, 1, isKey: true), now: 0);
        _forwarder.Want(null, LayerLimit.None);
        Assert.Null(Take(Low, 11, 3_000, Layered.Vp8(2, 2, 1)));
        _forwarder.Want(Low, LayerLimit.None);
        Assert.Null(Take(Low, 300, 900_000, Layered.Vp8(100, 2, 1)));
        Begin(Low, 301, 903_000, Layered.Vp8(101, 3, 2, isKey: true), at: 10_000);
        Assert.Equal(new(First + 1, 900_000, 2, 2, 2), Take(Low, 301, 903_000, Layered.Vp8(101, 3, 2, isKey: true), now: 10_000));
    }

    private void Want(byte temporal) => _forwarder.Want(Low, new(byte.MaxValue, temporal));

    private void Begin(Encoding encoding, long index, uint timestamp, byte[] payload, long at = 0)
    {
        if (_forwarder.Wanted != encoding)
            _forwarder.Want(encoding, LayerLimit.None);
        _forwarder.Begin(encoding, encoding.Put(index, timestamp, payload), at);
    }

    private Sending? Take(Encoding encoding, long index, uint timestamp, byte[] payload, long now = 0) =>
        Sent(encoding, encoding.Put(index, timestamp, payload), now);

    private Sending? Sent(Encoding encoding, in CachedPacket packet, long now)
    {
        if (!_forwarder.Take(encoding, packet, now, out var run))
            return null;
        var payload = encoding.Cache.Payload(packet.Index)[..packet.PayloadLength].ToArray();
        Vp8Descriptor.Renumber(payload, run.Pictures.PictureId, run.Pictures.BaseLayerIndex, run.Pictures.KeyIndex);
        Assert.True(Vp8Descriptor.TryParse(payload, out var vp8));
        return new(
            run.OutOf(packet.Index), packet.Timestamp + run.TimestampOffset, vp8.PictureId, vp8.BaseLayerIndex, vp8.KeyIndex);
    }

    private sealed record Sending(long Index, uint Timestamp, ushort PictureId, byte BaseLayerIndex, byte KeyIndex);
}
