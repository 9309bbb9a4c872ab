using System.Buffers;
using System.Buffers.Binary;
using Muse.Fragments.Boxes;

namespace Muse.Fragments.Tracks;

/// <summary>An access unit as it is stored: NAL units, each behind a length of four bytes (ISO/IEC 14496-15 §5.3.3). The parameter sets stay
/// where they were sent, before each key frame: with them stripped, a size that changes in the middle broke every player.</summary>
public static class H264Sample
{
    /// <summary>Bytes of a NAL unit's length.</summary>
    public const int LengthSize = 4;

    internal const int Slice = 1;
    internal const int KeySlice = 5;
    internal const int SequenceSet = 7;
    internal const int PictureSet = 8;

    /// <summary>Bounds what a stranger can make us keep; browsers send one of each.</summary>
    private const int MaxSets = 8;
    private const int MaxSetLength = 1_024;

    /// <summary>Adds a NAL unit to a sample. Delimiters, ends and filler (types 9 to 12) are left out: a length says what they say.</summary>
    /// <param name="unit">Without start code, with its emulation prevention.</param>
    public static void Append(ReadOnlySpan<byte> unit, IBufferWriter<byte> sample)
    {
        if (unit.IsEmpty || (unit[0] & 0x1F) is >= 9 and <= 12)
            return;
        BinaryPrimitives.WriteInt32BigEndian(sample.GetSpan(LengthSize), unit.Length);
        sample.Advance(LengthSize);
        sample.Write(unit);
    }

    /// <summary>Adds an access unit of a byte stream (ITU-T H.264 annex B).</summary>
    public static void AppendByteStream(ReadOnlySpan<byte> stream, IBufferWriter<byte> sample)
    {
        var code = stream.IndexOf("\0\0\x1"u8);
        while (code >= 0)
        {
            stream = stream[(code + 3)..];
            code = stream.IndexOf("\0\0\x1"u8);
            // A NAL unit never ends in a zero byte: those before a start code belong to the code.
            Append((code < 0 ? stream : stream[..code]).TrimEnd((byte)0), sample);
        }
    }

    /// <summary>It has a slice of an IDR picture.</summary>
    public static bool IsKey(ReadOnlySpan<byte> sample) => Has(sample, KeySlice);

    /// <summary>It has a picture at all; parameter sets may come alone.</summary>
    public static bool HasPicture(ReadOnlySpan<byte> sample)
    {
        foreach (var unit in Units(sample))
        {
            if ((unit[0] & 0x1F) is >= Slice and <= KeySlice)
                return true;
        }

        return false;
    }

    /// <summary>The sample has parameter sets of its own.</summary>
    internal static bool HasSets(ReadOnlySpan<byte> sample) => Has(sample, SequenceSet) && Has(sample, PictureSet);

    internal static NalUnits Units(ReadOnlySpan<byte> sample) => new(sample);

    /// <returns>Null without parameter sets that can be read.</returns>
    internal static TrackFormat? ReadFormat(ReadOnlySpan<byte> sample)
    {
        var (sequences, pictures) = (0, 0);
        ReadOnlySpan<byte> first = default;
        foreach (var unit in Units(sample))
        {
            var type = unit[0] & 0x1F;
            if (type is SequenceSet or PictureSet && unit.Length > MaxSetLength)
                return null;
            if (type == SequenceSet && sequences++ == 0)
                first = unit;
            if (type == PictureSet)
                pictures++;
        }

        if (sequences is 0 or > MaxSets || pictures is 0 or > MaxSets || !H264ParameterSet.TryRead(first, out var set))
            return null;
        var writer = new BoxWriter(128);
        WriteConfiguration(writer, sample, first, set, sequences, pictures);
        return CodecConfiguration.Format(Codec.H264, set.Width, set.Height, 0, writer.Written);
    }

    /// <summary>The parameter sets of a configuration as the beginning of a sample.</summary>
    internal static void AppendSets(ReadOnlySpan<byte> configuration, IBufferWriter<byte> sample)
    {
        var at = 5;
        for (var kind = 0; kind < 2 && at < configuration.Length; kind++)
        {
            for (var left = configuration[at++] & 0x1F; left > 0 && at + 2 <= configuration.Length; left--)
            {
                var length = BinaryPrimitives.ReadUInt16BigEndian(configuration[at..]);
                at += 2;
                if (length > configuration.Length - at)
                    return;
                Append(configuration.Slice(at, length), sample);
                at += length;
            }
        }
    }

    /// <summary>AVCDecoderConfigurationRecord (ISO/IEC 14496-15 §5.3.3.1.2).</summary>
    private static void WriteConfiguration(
        BoxWriter writer, ReadOnlySpan<byte> sample, ReadOnlySpan<byte> first, in H264ParameterSet set, int sequences, int pictures)
    {
        writer.U8(1);
        writer.Bytes(first.Slice(1, 3));
        writer.U8(0xFC | (LengthSize - 1));
        writer.U8((byte)(0xE0 | sequences));
        WriteSets(writer, sample, SequenceSet);
        writer.U8((byte)pictures);
        WriteSets(writer, sample, PictureSet);
        if (!H264ParameterSet.IsHigh(first[1]))
            return;
        writer.U8((byte)(0xFC | set.ChromaFormat));
        writer.U8((byte)(0xF8 | (set.LumaBits - 8)));
        writer.U8((byte)(0xF8 | (set.ChromaBits - 8)));
        writer.U8(0);
    }

    private static void WriteSets(BoxWriter writer, ReadOnlySpan<byte> sample, int type)
    {
        foreach (var unit in Units(sample))
        {
            if ((unit[0] & 0x1F) != type)
                continue;
            writer.U16(unit.Length);
            writer.Bytes(unit);
        }
    }

    private static bool Has(ReadOnlySpan<byte> sample, int type)
    {
        foreach (var unit in Units(sample))
        {
            if ((unit[0] & 0x1F) == type)
                return true;
        }

        return false;
    }

    /// <summary>Walks the units of a sample and ends where a length cannot be. No unit is empty.</summary>
    internal ref struct NalUnits(ReadOnlySpan<byte> sample)
    {
        private ReadOnlySpan<byte> _rest = sample;

        public ReadOnlySpan<byte> Current { get; private set; }

        public readonly NalUnits GetEnumerator() => this;

        public bool MoveNext()
        {
            if (_rest.Length <= LengthSize)
                return false;
            var length = BinaryPrimitives.ReadUInt32BigEndian(_rest);
            if (length == 0 || length > _rest.Length - LengthSize)
                return false;
            Current = _rest.Slice(LengthSize, (int)length);
            _rest = _rest[(LengthSize + (int)length)..];
            return true;
        }
    }
}
