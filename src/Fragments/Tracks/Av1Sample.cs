using System.Buffers;
using Muse.Fragments.Boxes;

namespace Muse.Fragments.Tracks;

/// <summary>A temporal unit as it is stored: OBUs in the low-overhead format, each with its size, without temporal delimiters, padding and tile
/// lists ("AV1 Codec ISO Media File Format Binding" 1.2 §2.4).</summary>
public static class Av1Sample
{
    internal const int SequenceHeader = 1;
    private const int TemporalDelimiter = 2;
    private const int FrameHeader = 3;
    private const int Frame = 6;
    private const int TileList = 8;
    private const int Padding = 15;

    /// <summary>Adds an OBU to a sample.</summary>
    /// <param name="obu">With its header; with or without its size (RTP leaves it out).</param>
    public static void Append(ReadOnlySpan<byte> obu, IBufferWriter<byte> sample)
    {
        foreach (var each in Obus(obu))
        {
            if (each.Type is TemporalDelimiter or TileList or Padding)
                continue;
            var header = sample.GetSpan(10);
            var length = 0;
            header[length++] = (byte)(each.Header | 0x02);
            if ((each.Header & 0x04) != 0)
                header[length++] = each.Extension;
            var size = (uint)each.Body.Length;
            for (; size > 0x7F; size >>= 7)
                header[length++] = (byte)(size | 0x80);
            header[length++] = (byte)size;
            sample.Advance(length);
            sample.Write(each.Body);
        }
    }

    /// <summary>Its first frame is a key frame that is shown, and the sequence header is in it (§2.5).</summary>
    public static bool IsKey(ReadOnlySpan<byte> sample)
    {
        var hasSequence = false;
        foreach (var obu in Obus(sample))
        {
            hasSequence |= obu.Type == SequenceHeader;
            // show_existing_frame 0, frame_type 0, show_frame 1 (AV1 specification §5.9.2).
            if (obu.Type is FrameHeader or Frame)
                return hasSequence && obu.Body.Length > 0 && (obu.Body[0] & 0xF0) == 0x10;
        }

        return false;
    }

    internal static ObuWalk Obus(ReadOnlySpan<byte> bytes) => new(bytes);

    /// <returns>Null for a sample that is no key frame or cannot be read.</returns>
    internal static TrackFormat? ReadFormat(ReadOnlySpan<byte> sample)
    {
        foreach (var obu in Obus(sample))
        {
            if (obu.Type != SequenceHeader)
                continue;
            if (!IsKey(sample) || !Av1Sequence.TryRead(obu.Body, out var sequence))
                return null;
            var writer = new BoxWriter(64);
            // AV1CodecConfigurationRecord (§2.3.3).
            writer.U8(0x81);
            writer.U8((byte)((sequence.Profile << 5) | sequence.Level));
            writer.U8(sequence.Flags);
            writer.U8(0);
            var start = writer.Length;
            Append(obu.Whole, writer);
            return writer.Length - start > 1_024
                ? null
                : CodecConfiguration.Format(Codec.Av1, sequence.Width, sequence.Height, 0, writer.Written);
        }

        return null;
    }

    internal readonly ref struct Obu(ReadOnlySpan<byte> whole, byte extension, ReadOnlySpan<byte> body)
    {
        public ReadOnlySpan<byte> Whole { get; } = whole;

        public ReadOnlySpan<byte> Body { get; } = body;

        public byte Header => Whole[0];

        public byte Extension { get; } = extension;

        public int Type => (Header >> 3) & 0x0F;
    }

    /// <summary>Walks OBUs and ends where one cannot be (AV1 specification §5.3). One without a size reaches to the end.</summary>
    internal ref struct ObuWalk(ReadOnlySpan<byte> bytes)
    {
        private ReadOnlySpan<byte> _rest = bytes;

        public Obu Current { get; private set; }

        public readonly ObuWalk GetEnumerator() => this;

        public bool MoveNext()
        {
            if (_rest.IsEmpty || (_rest[0] & 0x80) != 0)
                return false;
            var at = 1;
            byte extension = 0;
            if ((_rest[0] & 0x04) != 0)
            {
                if (_rest.Length < 2)
                    return false;
                extension = _rest[at++];
            }

            long size = _rest.Length - at;
            if ((_rest[0] & 0x02) != 0 && !TryLeb128(_rest, ref at, out size))
                return false;
            if (size > _rest.Length - at)
                return false;
            Current = new Obu(_rest[..(at + (int)size)], extension, _rest.Slice(at, (int)size));
            _rest = _rest[(at + (int)size)..];
            return true;
        }

        /// <summary>§4.10.5: at most eight bytes and 32 bits.</summary>
        private static bool TryLeb128(ReadOnlySpan<byte> bytes, ref int at, out long value)
        {
            value = 0;
            for (var i = 0; i < 8 && at < bytes.Length; i++)
            {
                var each = bytes[at++];
                value |= (long)(each & 0x7F) << (7 * i);
                if ((each & 0x80) == 0)
                    return value <= uint.MaxValue;
            }

            return false;
        }
    }
}
