using System.Buffers.Binary;
using Muse.Fragments.Parts;
using Muse.Fragments.Playlists;
using Muse.Fragments.Tracks;

namespace Muse.Fragments.Tests.Playlists;

public class LiveWindowTests
{
    private static readonly LiveShape s_shape = new(TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(1), 3);

    private readonly LiveWindow _window = new(s_shape, 90_000, time => time - 900_000, Stored.Start, "x/");
    private readonly PartWriter _writer;

    public LiveWindowTests() => _writer = new(_window, PartLimits.Live(s_shape.Part, s_shape.Segment));

    [Fact]
    public void The_open_segment_is_told_in_parts_and_the_next_part_is_hinted_at()
    {
        Stored.Pictures(_writer, Codec.Vp9, Stored.Large, 900_000, 37);
        VodPlaylistTests.Golden("live", _window.Playlist());
    }

    [Fact]
    public void What_is_no_longer_in_the_window_is_gone_and_a_change_of_codec_is_counted_when_it_leaves()
    {
        Stored.Pictures(_writer, Codec.Vp9, Stored.Large, 900_000, 20);
        _writer.Add(Codec.H264, Stored.H264, 900_000 + 180_000, 2_000);
        Stored.Pictures(_writer, Codec.Vp9, Stored.Large, 900_000 + 189_000, 25);
        Assert.Equal(2, Breaks());
        Assert.NotNull(_window.PartBytes(0));
        Assert.NotNull(_window.SegmentBytes(0));
        Stored.Pictures(_writer, Codec.Vp9, Stored.Small, 900_000 + 189_000 + 225_000, 15);
        Assert.Null(_window.PartBytes(0));
        Assert.Null(_window.SegmentBytes(0));
        Assert.Null(_window.InitBytes(1));
        Assert.Equal((2, 0), (Breaks(), Left()));
        Stored.Pictures(_writer, Codec.Vp9, Stored.Small, 900_000 + 189_000 + 225_000 + 135_000, 61);
        Assert.Equal((0, 2), (Breaks(), Left()));
    }

    [Fact]
    public void A_blocked_request_is_answered_when_its_part_is_there()
    {
        Assert.False(_window.Has(0, 0));
        Stored.Pictures(_writer, Codec.Vp9, Stored.Large, 900_000, 12);
        Assert.True(_window.Has(0, 1));
        Assert.False(_window.Has(0, 2));
        Assert.False(_window.Has(0, null));
        Assert.False(_window.IsTooFar(2));
        Assert.True(_window.IsTooFar(3));
        Stored.Pictures(_writer, Codec.Vp9, Stored.Large, 900_000 + 180_000, 12);
        Assert.True(_window.Has(0, null));
        // The part behind the last of a segment is the first of the next.
        Assert.True(_window.Has(0, 99));
    }

    [Fact]
    public void The_bytes_have_the_times_of_the_broadcast_and_a_segment_is_its_parts()
    {
        Stored.Pictures(_writer, Codec.Vp9, Stored.Large, 900_000, 41);
        var part = _window.PartBytes(1)!.Value.Span;
        Assert.Equal(45_000, BinaryPrimitives.ReadInt64BigEndian(part[PartLayout.TimeAt..]));
        var segment = _window.SegmentBytes(0)!.Value.ToArray();
        Assert.Equal(Enumerable.Range(0, 4).SelectMany(i => _window.PartBytes(i)!.Value.ToArray()), segment);
        Assert.StartsWith("66747970", Convert.ToHexStringLower(_window.InitBytes(1)!.Value.Span[4..]), StringComparison.Ordinal);
    }

    private int Left() => _window.Playlist().Split("#EXT-X-DISCONTINUITY-SEQUENCE:") is [_, var rest]
        ? int.Parse(rest.Split('\n')[0], System.Globalization.CultureInfo.InvariantCulture)
        : 0;

    private int Breaks() => _window.Playlist().Split("#EXT-X-DISCONTINUITY\n").Length - 1;
}
