using System.Buffers.Binary;

namespace Muse.Fragments.Boxes;

/// <summary>Walks the boxes of one level (ISO/IEC 14496-12 §4.2). The lengths are a stranger's: nothing outside of the bytes is ever read, and a
/// length that cannot be ends the walk.</summary>
public ref struct BoxReader(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;

    /// <summary>Of the current box, from the start of the bytes.</summary>
    public int Offset { get; private set; }

    /// <summary>The current box's four characters as a number, big endian.</summary>
    public uint Type { get; private set; }

    /// <summary>What is in the current box.</summary>
    public ReadOnlySpan<byte> Body { get; private set; }

    /// <summary>Where the next box would begin.</summary>
    public int End { get; private set; }

    /// <summary>The bytes ended within a box, or a length was none.</summary>
    public bool IsBroken { get; private set; }

    public static uint Code(ReadOnlySpan<byte> type) => BinaryPrimitives.ReadUInt32BigEndian(type);

    /// <returns>False at the end and at what is no box.</returns>
    public bool Next()
    {
        var rest = _bytes[End..];
        if (rest.IsEmpty || IsBroken)
            return false;
        if (!TryLength(rest, out var header, out var length))
        {
            IsBroken = true;
            return false;
        }

        Offset = End;
        Type = Code(rest[4..]);
        Body = rest[header..length];
        End += length;
        return true;
    }

    /// <summary>Goes on to the next box of a type.</summary>
    public bool Find(ReadOnlySpan<byte> type)
    {
        var code = Code(type);
        while (Next())
        {
            if (Type == code)
                return true;
        }

        return false;
    }

    /// <summary>32 bits; 1 stands for 64 bits that follow the type, 0 for everything that is left.</summary>
    private static bool TryLength(ReadOnlySpan<byte> rest, out int header, out int length)
    {
        (header, length) = (8, 0);
        if (rest.Length < 8)
            return false;
        long size = BinaryPrimitives.ReadUInt32BigEndian(rest);
        if (size == 1)
        {
            header = 16;
            size = rest.Length < 16 ? -1 : BinaryPrimitives.ReadInt64BigEndian(rest[8..]);
        }
        else if (size == 0)
        {
            size = rest.Length;
        }

        if (size < header || size > rest.Length)
            return false;
        length = (int)size;
        return true;
    }
}
