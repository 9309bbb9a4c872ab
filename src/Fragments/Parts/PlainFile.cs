using System.Buffers.Binary;
using Muse.Fragments.Boxes;
using Muse.Fragments.Index;
using Muse.Fragments.Tracks;

namespace Muse.Fragments.Parts;

/// <summary>One of the tracks of a plain file.</summary>
/// <param name="Media">Readable and seekable; stays the caller's.</param>
/// <param name="Place">From the track's raw ticks to ticks of the same length since the recording began. Negative ones become 0.</param>
public sealed record PlainTrack(TrackRecording Recording, Stream Media, Func<long, long> Place);

/// <summary>Several tracks as one MP4 for download, in the original quality: one header, then every part in the order of time. A size that changes
/// needs no second header (parameter sets are in band); a codec that changes becomes a track of its own.</summary>
public sealed class PlainFile
{
    private readonly List<(PlainTrack Track, PartEntry Part, int Id, long Time, double Seconds)> _parts = [];
    private readonly BoxWriter _init = new();

    public PlainFile(params ReadOnlySpan<PlainTrack> tracks)
    {
        var formats = new List<TrackFormat>();
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
                    _parts.Add((track, part, id, time, seconds));
                }
            }
        }

        if (formats.Count == 0)
            return;
        InitSegment.Write(_init, formats.ToArray(), milliseconds: (long)Math.Ceiling(end * 1_000));
        // Stable: parts of one track stay in their order.
        _parts = [.. _parts.OrderBy(p => p.Seconds)];
    }

    /// <summary>Bytes that will be written; 0 without any part.</summary>
    public long Length => _init.Length + _parts.Sum(p => (long)p.Part.Length - Skipped(p.Part));

    /// <exception cref="InvalidDataException">A media file is no longer what its index says.</exception>
    public void Write(Stream output)
    {
        output.Write(_init.Written);
        var sequence = 0u;
        foreach (var (track, part, id, time, _) in _parts)
            output.Write(Part(track, part, ++sequence, id, time).Span);
    }

    /// <exception cref="InvalidDataException">A media file is no longer what its index says.</exception>
    public async Task WriteAsync(Stream output, CancellationToken cancellation)
    {
        await output.WriteAsync(_init.Written.ToArray(), cancellation);
        var sequence = 0u;
        foreach (var (track, part, id, time, _) in _parts)
            await output.WriteAsync(Part(track, part, ++sequence, id, time), cancellation);
    }

    private static ReadOnlyMemory<byte> Part(PlainTrack track, PartEntry part, uint sequence, int id, long time)
    {
        var bytes = new TrackReader(track.Recording, track.Media).Read(part);
        var moof = PartLayout.MoofAt(bytes);
        if (moof != Skipped(part))
            throw new InvalidDataException($"no part at byte {part.Offset}");
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(moof + PartLayout.SequenceAt), sequence);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(moof + PartLayout.TrackAt), id);
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(moof + PartLayout.TimeAt), time);
        return bytes.AsMemory(moof);
    }

    /// <summary>Segments mean nothing in a plain file.</summary>
    private static int Skipped(PartEntry part) => part.StartsSegment ? PartLayout.StypLength : 0;
}
