using System.Buffers;
using System.Buffers.Binary;

namespace Muse.Fragments.Boxes;

/// <summary>Writes boxes (ISO/IEC 14496-12 §4.2) into memory that grows to the largest thing written and stays.</summary>
public sealed class BoxWriter : IBufferWriter<byte>
{
    private byte[] _bytes;

    /// <param name="capacity">Bytes, at least 1.</param>
    public BoxWriter(int capacity = 1_024) => _bytes = new byte[capacity];

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    public void Clear() => Length = 0;

    /// <summary>Keeps what comes after the first so many bytes, and moves it to the front.</summary>
    public void RemoveFirst(int bytes)
    {
        _bytes.AsSpan(bytes, Length - bytes).CopyTo(_bytes);
        Length -= bytes;
    }

    /// <param name="type">Four characters.</param>
    /// <returns>To be given to <see cref="End"/>, innermost first.</returns>
    public int Begin(ReadOnlySpan<byte> type)
    {
        var start = Length;
        U32(0);
        Bytes(type);
        return start;
    }

    /// <summary>A box that has a version and flags (§4.2.2).</summary>
    public int Begin(ReadOnlySpan<byte> type, byte version, uint flags)
    {
        var start = Begin(type);
        U32(((uint)version << 24) | flags);
        return start;
    }

    public void End(int start) => BinaryPrimitives.WriteUInt32BigEndian(_bytes.AsSpan(start), (uint)(Length - start));

    public void U8(byte value)
    {
        GetSpan(1)[0] = value;
        Length++;
    }

    public void U16(int value)
    {
        BinaryPrimitives.WriteUInt16BigEndian(GetSpan(2), (ushort)value);
        Length += 2;
    }

    public void U32(uint value)
    {
        BinaryPrimitives.WriteUInt32BigEndian(GetSpan(4), value);
        Length += 4;
    }

    public void U64(ulong value)
    {
        BinaryPrimitives.WriteUInt64BigEndian(GetSpan(8), value);
        Length += 8;
    }

    public void Bytes(ReadOnlySpan<byte> value)
    {
        value.CopyTo(GetSpan(value.Length));
        Length += value.Length;
    }

    public void Zeros(int count)
    {
        GetSpan(count)[..count].Clear();
        Length += count;
    }

    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)(_bytes.Length - Length));
        Length += count;
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _bytes.AsSpan(Length);
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _bytes.AsMemory(Length);
    }

    private void Reserve(int sizeHint)
    {
        var wanted = Length + Math.Max(1, sizeHint);
        if (wanted > _bytes.Length)
            Array.Resize(ref _bytes, Math.Max(wanted, (int)Math.Min(Array.MaxLength, _bytes.Length * 2L)));
    }
}
