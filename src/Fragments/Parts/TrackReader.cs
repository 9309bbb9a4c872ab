using Muse.Fragments.Index;

namespace Muse.Fragments.Parts;

/// <summary>Finds and reads what a track's recording holds. Times are raw, in the track's ticks. Not for two threads at once.</summary>
/// <param name="media">Readable and seekable; stays the caller's.</param>
public sealed class TrackReader(TrackRecording recording, Stream media)
{
    /// <summary>The segment in which a time is, or the last one before it: where a player begins that shall show this time.</summary>
    /// <returns>Null before the first.</returns>
    public Segment? SegmentAt(long time) => At(recording.Segments, s => s.Time, time);

    /// <summary>The part in which a time is, or in a gap the last one before it.</summary>
    /// <returns>Null before the first.</returns>
    public PartEntry? PartAt(long time) => At(recording.Parts, p => p.Time, time);

    /// <summary>What a player must have read to show a time.</summary>
    /// <returns>Null before the first.</returns>
    public InitEntry? InitAt(long time) => SegmentAt(time)?.Init;

    /// <exception cref="InvalidDataException">The file has become shorter.</exception>
    public byte[] Read(InitEntry init) => Read(init.Offset, init.Length);

    /// <exception cref="InvalidDataException">The file has become shorter.</exception>
    public byte[] Read(PartEntry part) => Read(part.Offset, part.Length);

    /// <summary>Where the samples are within the bytes of a part.</summary>
    /// <exception cref="InvalidDataException">These are not the bytes of a part of ours.</exception>
    public static IReadOnlyList<StoredSample> Samples(ReadOnlySpan<byte> part) => PartLayout.Read(part);

    private byte[] Read(long offset, int length)
    {
        var bytes = new byte[length];
        media.Position = offset;
        return media.ReadAtLeast(bytes, length, throwOnEndOfStream: false) == length
            ? bytes
            : throw new InvalidDataException($"the media file ends before byte {offset + length}");
    }

    private static T? At<T>(IReadOnlyList<T> items, Func<T, long> begins, long time)
        where T : class
    {
        var (low, high) = (0, items.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (begins(items[middle]) <= time)
                low = middle + 1;
            else
                high = middle;
        }

        return low == 0 ? null : items[low - 1];
    }
}
