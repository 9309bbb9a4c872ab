using Muse.SelfHostedMedia.Rooms;
using Muse.SelfHostedMedia.Rooms.Forwarding;

namespace Muse.SelfHostedMedia.Tests.Rooms.Forwarding;

/// <summary>VP9 in three spatial layers, each a packet of every picture.</summary>
public sealed class ScalableTests : IDisposable
{
    private readonly PublishedTrack _track = Layered.Track("VP9");
    private readonly Forwarder _forwarder = new(isVideo: true, 90_000, 2_000);

    public void Dispose() => _track.Dispose();

    private Encoding Stream => _track.Encodings[0];

    [Fact]
    public void The_last_packet_of_the_highest_layer_that_goes_through_ends_the_picture()
    {
        _forwarder.Want(Stream, new(1, byte.MaxValue));
        Assert.Equal([(2_000, false), (2_001, true)], Picture(0, isKey: true));
        Assert.Equal([(2_002, false), (2_003, true)], Picture(1));
        _forwarder.Want(Stream, new(0, byte.MaxValue));
        Assert.Equal([(2_004, true)], Picture(2));
    }

    [Fact]
    public void Without_a_limit_the_publishers_marker_stays_the_only_one()
    {
        _forwarder.Want(Stream, LayerLimit.None);
        Assert.Equal([(2_000, false), (2_001, false), (2_002, true)], Picture(0, isKey: true));
    }

    [Fact]
    public void A_larger_picture_waits_for_a_key_frame()
    {
        _forwarder.Want(Stream, new(0, byte.MaxValue));
        Picture(0, isKey: true);
        _forwarder.Want(Stream, LayerLimit.None);
        Assert.Single(Picture(1));
        Assert.True(_forwarder.AwaitsSpatialLayer);
        Assert.Equal(3, Picture(2, isKey: true).Count);
        Assert.False(_forwarder.AwaitsSpatialLayer);
    }

    [Fact]
    public void What_is_asked_for_is_marked_as_it_was_whatever_is_wanted_now()
    {
        _forwarder.Want(Stream, new(1, byte.MaxValue));
        Picture(0, isKey: true);
        _forwarder.Want(Stream, new(0, byte.MaxValue));
        Picture(1);
        Assert.True(_forwarder.TryFind(2_001, out var run));
        var packet = Stream.Cache.Slot(run.InOf(2_001));
        Assert.Equal(1, packet.Spatial);
        Assert.True(run.Marker(packet));
        Assert.False(run.IsFiller(packet));
    }

    private List<(long Index, bool Marker)> Picture(int number, bool isKey = false)
    {
        var sent = new List<(long, bool)>();
        for (var spatial = 0; spatial < 3; spatial++)
        {
            // I (15 bits), P but in key frames, L, B and E; then picture id, T U S D, TL0PICIDX (RFC 9628 §4.2).
            byte[] payload =
            [
                (byte)(0xAC | (isKey ? 0 : 0x40)), 0x80, (byte)number, (byte)((spatial << 1) | (spatial > 0 && isKey ? 1 : 0)), (byte)number, 9, 9,
            ];
            var packet = Stream.Put((number * 3) + spatial, (uint)number * 3_000, payload, marker: spatial == 2);
            Assert.Equal(isKey && spatial == 0, packet.BeginsKeyFrame);
            if (packet.BeginsKeyFrame && _forwarder.Current is null)
                _forwarder.Begin(Stream, packet, 0);
            if (_forwarder.Take(Stream, packet, number, out var run))
                sent.Add((run.OutOf(packet.Index), run.Marker(packet)));
        }

        return sent;
    }
}
