using System.Buffers.Binary;

namespace Muse.SelfHostedMedia.Wire;

/// <summary>Packets one behind the other in a fixed block of memory, each with the time it came.</summary>
internal sealed class PacketRing(int capacity)
{
    private const int Header = 10;

    private readonly byte[] _bytes = new byte[capacity];
    private int _first;
    private int _used;

    public bool IsEmpty => _used == 0;

    /// <summary>When the oldest came.</summary>
    public long OldestAt
    {
        get
        {
            Span<byte> header = stackalloc byte[Header];
            Read(_first, header);
            return BinaryPrimitives.ReadInt64LittleEndian(header);
        }
    }

    public int OldestLength
    {
        get
        {
            Span<byte> header = stackalloc byte[Header];
            Read(_first, header);
            return BinaryPrimitives.ReadUInt16LittleEndian(header[8..]);
        }
    }

    /// <returns>False when there is no room.</returns>
    public bool TryAdd(ReadOnlySpan<byte> packet, long now)
    {
        if (_used + Header + packet.Length > _bytes.Length)
            return false;
        Span<byte> header = stackalloc byte[Header];
        BinaryPrimitives.WriteInt64LittleEndian(header, now);
        BinaryPrimitives.WriteUInt16LittleEndian(header[8..], (ushort)packet.Length);
        Write(_first + _used, header);
        Write(_first + _used + Header, packet);
        _used += Header + packet.Length;
        return true;
    }

    /// <param name="target">As long as <see cref="OldestLength"/>.</param>
    public void Take(Span<byte> target)
    {
        Read(_first + Header, target);
        Drop();
    }

    public void Drop()
    {
        var length = Header + OldestLength;
        _first = (_first + length) % _bytes.Length;
        _used -= length;
    }

    public void Clear() => (_first, _used) = (0, 0);

    private void Read(int at, Span<byte> target)
    {
        at %= _bytes.Length;
        var head = Math.Min(target.Length, _bytes.Length - at);
        _bytes.AsSpan(at, head).CopyTo(target);
        _bytes.AsSpan(0, target.Length - head).CopyTo(target[head..]);
    }

    private void Write(int at, ReadOnlySpan<byte> source)
    {
        at %= _bytes.Length;
        var head = Math.Min(source.Length, _bytes.Length - at);
        source[..head].CopyTo(_bytes.AsSpan(at));
        source[head..].CopyTo(_bytes);
    }
}
