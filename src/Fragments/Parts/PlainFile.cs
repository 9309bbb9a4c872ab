using System.Buffers.Binary;
using Muse.Fragments.Boxes;
using Muse.Fragments.Index;
using Muse.Fragments.Tracks;

namespace Muse.Fragments.Parts;

/// <summary>One of the tracks of a plain file.</summary>
/// <param name="Media">Readable and seekable; is disposed with the file.</param>
/// <param name="Place">From the track's raw ticks to ticks of the same length since the recording began. Negative ones become 0.</param>
public sealed record PlainTrack(TrackRecording Recording, Stream Media, Func<long, long> Place);

/// <summary>Several tracks as one MP4 for download, in the original quality: one header, then every part in the order of time. A size that changes
/// needs no second header (parameter sets are in band); a codec that changes becomes a track of its own. Put together while it is read, from any
/// place on: a download that broke off goes on.</summary>
/// <exception cref="InvalidDataException">While reading: a media file is no longer what its index says.</exception>
public sealed class PlainFile : Stream
{
    private readonly PlainTrack[] _tracks;
    private readonly (PlainTrack Track, PartEntry Part, int Id, long Time, double Seconds)[] _parts = [];

    /// <summary>Where each part begins, and the file's end.</summary>
    private readonly long[] _starts;
    private readonly byte[] _init = [];
    private int _open = -1;
    private ReadOnlyMemory<byte> _bytes;

    public PlainFile(params ReadOnlySpan<PlainTrack> tracks)
    {
        _tracks = tracks.ToArray();
        var formats = new List<TrackFormat>();
        var parts = new List<(PlainTrack Track, PartEntry Part, int Id, long Time, double Seconds)>();
        var end = 0.0;
        foreach (var track in tracks)
        {
            var ids = new Dictionary<Codec, int>();
            foreach (var segment in track.Recording.Segments)
            {
                if (!ids.TryGetValue(segment.Format.Codec, out var id))
                {
                    formats.Add(segment.Format);
                    ids[segment.Format.Codec] = id = formats.Count;
                }

                foreach (var part in segment.Parts)
                {
                    var time = Math.Max(0, track.Place(part.Time));
                    var seconds = time / (double)segment.Format.TimeScale;
                    end = Math.Max(end, seconds + (part.Duration / (double)segment.Format.TimeScale));
                    parts.Add((track, part, id, time, seconds));
                }
            }
        }

        if (formats.Count > 0)
        {
            var init = new BoxWriter();
            InitSegment.Write(init, formats.ToArray(), milliseconds: (long)Math.Ceiling(end * 1_000));
            _init = init.Written.ToArray();
            // Stable: parts of one track stay in their order.
            _parts = [.. parts.OrderBy(p => p.Seconds)];
        }

        _starts = new long[_parts.Length + 1];
        _starts[0] = _init.Length;
        for (var i = 0; i < _parts.Length; i++)
            _starts[i + 1] = _starts[i] + _parts[i].Part.Length - Skipped(_parts[i].Part);
    }

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    /// <summary>0 without any part.</summary>
    public override long Length => _starts[^1];

    public override long Position { get; set; }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        if (Position >= Length || buffer.IsEmpty)
            return 0;
        var (from, bytes) = (0L, (ReadOnlyMemory<byte>)_init);
        if (Position >= _init.Length)
        {
            var found = Array.BinarySearch(_starts, Position);
            var part = found >= 0 ? found : ~found - 1;
            if (part != _open)
                (_open, _bytes) = (part, Bytes(part));
            (from, bytes) = (_starts[part], _bytes);
        }

        var left = bytes.Span[(int)(Position - from)..];
        var count = Math.Min(left.Length, buffer.Length);
        left[..count].CopyTo(buffer);
        Position += count;
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        cancellationToken.IsCancellationRequested ? ValueTask.FromCanceled<int>(cancellationToken) : new(Read(buffer.Span));

    public override long Seek(long offset, SeekOrigin origin) =>
        Position = offset + (origin switch { SeekOrigin.Begin => 0, SeekOrigin.Current => Position, _ => Length });

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            foreach (var track in _tracks)
                track.Media.Dispose();
        }

        base.Dispose(disposing);
    }

    private ReadOnlyMemory<byte> Bytes(int number)
    {
        var (track, part, id, time, _) = _parts[number];
        var bytes = new TrackReader(track.Recording, track.Media).Read(part);
        var moof = PartLayout.MoofAt(bytes);
        if (moof != Skipped(part))
            throw new InvalidDataException($"no part at byte {part.Offset}");
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(moof + PartLayout.SequenceAt), (uint)number + 1);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(moof + PartLayout.TrackAt), id);
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(moof + PartLayout.TimeAt), time);
        return bytes.AsMemory(moof);
    }

    /// <summary>Segments mean nothing in a plain file.</summary>
    private static int Skipped(PartEntry part) => part.StartsSegment ? PartLayout.StypLength : 0;
}
