using System.Buffers.Binary;
using Muse.Fragments.Index;

namespace Muse.Fragments.Parts;

/// <summary>A track's media file with other times: every <c>tfdt</c> is what the clock mapping makes of the raw one, and no length changes. So all
/// tracks of a lesson share one line of time in a player (HLS has no word for an offset between renditions), while the file stays as it was
/// written, and a mapping that became better needs no rewriting. Drift is corrected from part to part.</summary>
public sealed class RetimedMedia : Stream
{
    private readonly Stream _media;
    private readonly Replacement[] _replacements;

    /// <param name="media">Readable and seekable; is disposed with this one.</param>
    /// <param name="place">From the track's raw ticks to ticks of the same length since the recording began. Negative ones become 0.</param>
    /// <param name="asAvc1">Names H.264 as Apple wants it in HLS.</param>
    public RetimedMedia(Stream media, TrackRecording recording, Func<long, long> place, bool asAvc1 = false)
    {
        _media = media;
        var replacements = new List<Replacement>(recording.Parts.Count);
        foreach (var part in recording.Parts)
        {
            var moof = part.Offset + (part.StartsSegment ? PartLayout.StypLength : 0);
            replacements.Add(new(moof + PartLayout.TimeAt, 8, (ulong)Math.Max(0, place(part.Time))));
        }

        if (asAvc1)
        {
            var reader = new TrackReader(recording, media);
            foreach (var init in recording.Inits)
            {
                var at = reader.Read(init).AsSpan().IndexOf("avc3"u8);
                if (at >= 0)
                    replacements.Add(new(init.Offset + at, 4, BinaryPrimitives.ReadUInt32BigEndian("avc1"u8)));
            }
        }

        _replacements = [.. replacements.OrderBy(r => r.Offset)];
        _media.Position = 0;
        Length = recording.MediaLength;
    }

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    /// <summary>Bytes up to the end of the last part that is good.</summary>
    public override long Length { get; }

    public override long Position { get => _media.Position; set => _media.Position = value; }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        var from = Position;
        var read = _media.Read(buffer[..Left(from, buffer.Length)]);
        Replace(buffer[..read], from);
        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var from = Position;
        var read = await _media.ReadAsync(buffer[..Left(from, buffer.Length)], cancellationToken);
        Replace(buffer.Span[..read], from);
        return read;
    }

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
            _media.Dispose();
        base.Dispose(disposing);
    }

    private int Left(long from, int wanted) => (int)Math.Clamp(Length - from, 0, wanted);

    private void Replace(Span<byte> bytes, long from)
    {
        var (low, high) = (0, _replacements.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_replacements[middle].Offset + _replacements[middle].Length <= from)
                low = middle + 1;
            else
                high = middle;
        }

        for (; low < _replacements.Length && _replacements[low].Offset < from + bytes.Length; low++)
        {
            var (offset, length, value) = _replacements[low];
            for (var i = 0; i < length; i++)
            {
                var at = offset + i - from;
                if (at >= 0 && at < bytes.Length)
                    bytes[(int)at] = (byte)(value >> (8 * (length - 1 - i)));
            }
        }
    }

    /// <param name="Value">Big endian, in so many bytes.</param>
    private readonly record struct Replacement(long Offset, int Length, ulong Value);
}
