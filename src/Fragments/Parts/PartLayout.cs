using System.Buffers.Binary;
using Muse.Fragments.Boxes;

namespace Muse.Fragments.Parts;

/// <summary>One sample within a part.</summary>
/// <param name="Time">Ticks.</param>
/// <param name="Duration">Ticks.</param>
/// <param name="Offset">Bytes from the part's start.</param>
/// <param name="Length">Bytes.</param>
public readonly record struct StoredSample(long Time, uint Duration, int Offset, int Length, bool IsKey);

/// <summary>The bytes of a part: <c>styp</c> at a segment's start, <c>moof</c> with one <c>traf</c>, <c>mdat</c> (ISO/IEC 14496-12 §8.8, ISO/IEC
/// 23000-19 §7.3.2). Everything before the samples has a fixed place, so that times can be changed in a copy without changing its length.</summary>
internal static class PartLayout
{
    public const int StypLength = 24;

    /// <summary>Of a <c>moof</c> without samples; each adds <see cref="SampleLength"/>.</summary>
    public const int MoofLength = 88;
    public const int SampleLength = 12;

    /// <summary>From the start of the <c>moof</c>.</summary>
    public const int SequenceAt = 20;
    public const int TrackAt = 44;
    public const int TimeAt = 60;

    /// <summary>sample_depends_on 2: on no other; 1: on others, and no sync sample (§8.8.3.1).</summary>
    public const uint KeyFlags = 0x02000000;
    public const uint OtherFlags = 0x01010000;
    private const uint NoSync = 0x00010000;

    public static void Write(
        BoxWriter writer, bool startsSegment, uint sequence, long time, ReadOnlySpan<Pending> samples, ReadOnlySpan<byte> data)
    {
        if (startsSegment)
        {
            var styp = writer.Begin("styp"u8);
            writer.Bytes("msdh"u8);
            writer.U32(0);
            writer.Bytes("msdhcmfs"u8);
            writer.End(styp);
        }

        var moof = writer.Begin("moof"u8);
        var mfhd = writer.Begin("mfhd"u8, 0, 0);
        writer.U32(sequence);
        writer.End(mfhd);
        var traf = writer.Begin("traf"u8);
        // default-base-is-moof
        var tfhd = writer.Begin("tfhd"u8, 0, 0x20000);
        writer.U32(1);
        writer.End(tfhd);
        var tfdt = writer.Begin("tfdt"u8, 1, 0);
        writer.U64((ulong)time);
        writer.End(tfdt);
        // Offset of the data; each sample's duration, size and flags.
        var trun = writer.Begin("trun"u8, 0, 0x701);
        writer.U32((uint)samples.Length);
        writer.U32((uint)(MoofLength + (SampleLength * samples.Length) + 8));
        foreach (var sample in samples)
        {
            writer.U32(sample.Duration);
            writer.U32((uint)sample.Length);
            writer.U32(sample.IsKey ? KeyFlags : OtherFlags);
        }

        writer.End(trun);
        writer.End(traf);
        writer.End(moof);
        var mdat = writer.Begin("mdat"u8);
        writer.Bytes(data);
        writer.End(mdat);
    }

    /// <returns>Where the <c>moof</c> begins; -1 when these are not the bytes of a part of ours.</returns>
    public static int MoofAt(ReadOnlySpan<byte> part)
    {
        var boxes = new BoxReader(part);
        if (!boxes.Find("moof"u8) || part.Length - boxes.Offset < MoofLength || boxes.End - boxes.Offset < MoofLength)
            return -1;
        var moof = part[boxes.Offset..boxes.End];
        return Is(moof, 12, "mfhd"u8) && Is(moof, 28, "traf"u8) && Is(moof, 36, "tfhd"u8) && Is(moof, 52, "tfdt"u8) && moof[56] == 1
            && Is(moof, 72, "trun"u8) && BinaryPrimitives.ReadUInt32BigEndian(moof[76..]) == 0x701
            ? boxes.Offset
            : -1;
    }

    /// <exception cref="InvalidDataException">These are not the bytes of a part of ours.</exception>
    public static List<StoredSample> Read(ReadOnlySpan<byte> part)
    {
        var at = MoofAt(part);
        if (at < 0)
            throw new InvalidDataException("no part: its boxes are not as expected");
        var count = BinaryPrimitives.ReadUInt32BigEndian(part[(at + 80)..]);
        if (count > (uint)((part.Length - at - MoofLength) / SampleLength))
            throw new InvalidDataException("no part: more samples than bytes");
        var time = BinaryPrimitives.ReadInt64BigEndian(part[(at + TimeAt)..]);
        long offset = at + (long)BinaryPrimitives.ReadUInt32BigEndian(part[(at + 84)..]);
        var samples = new List<StoredSample>((int)count);
        for (var entry = part[(at + MoofLength)..]; samples.Count < count; entry = entry[SampleLength..])
        {
            var (duration, length) = (BinaryPrimitives.ReadUInt32BigEndian(entry), BinaryPrimitives.ReadUInt32BigEndian(entry[4..]));
            if (offset + length > part.Length || time < 0 || time > long.MaxValue - duration)
                throw new InvalidDataException("no part: a sample outside of it");
            var isKey = (BinaryPrimitives.ReadUInt32BigEndian(entry[8..]) & NoSync) == 0;
            samples.Add(new StoredSample(time, duration, (int)offset, (int)length, isKey));
            (time, offset) = (time + duration, offset + length);
        }

        return samples;
    }

    private static bool Is(ReadOnlySpan<byte> moof, int at, ReadOnlySpan<byte> type) => moof.Slice(at, 4).SequenceEqual(type);

    /// <summary>A sample whose bytes wait for their part.</summary>
    internal readonly record struct Pending(int Length, uint Duration, bool IsKey, long Time, long Arrival);
}
