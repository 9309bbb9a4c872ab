using System.Buffers.Binary;
using System.Net;

namespace Muse.SelfHostedMedia.Wire;

/// <summary>An IP address and port as a key: 24 bytes by value, so that a packet's sender is looked up without an object. IPv4 is held as
/// the mapped IPv6 address (RFC 4291 §2.5.5.2), which is also how a dual-mode socket reports it.</summary>
internal readonly struct NetworkAddress(ulong high, ulong low, ushort port, uint tcp = 0) : IEquatable<NetworkAddress>
{
    public const ulong MappedPrefix = 0x0000_FFFF_0000_0000;

    /// <summary>First eight bytes of the IPv6 address, big-endian.</summary>
    public ulong High { get; } = high;

    public ulong Low { get; } = low;

    public ushort Port { get; } = port;

    /// <summary>The number of the TCP connection that this is the other end of; 0 is UDP.</summary>
    public uint Tcp { get; } = tcp;

    public bool IsTcp => Tcp != 0;

    public bool IsIPv4 => High == 0 && (Low & 0xFFFF_FFFF_0000_0000) == MappedPrefix;

    public uint IPv4 => (uint)Low;

    public bool IsNone => High == 0 && Low == 0 && Port == 0;

    public static NetworkAddress From(IPAddress address, int port)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.MapToIPv6().TryWriteBytes(bytes, out _);
        return new(BinaryPrimitives.ReadUInt64BigEndian(bytes), BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]), (ushort)port);
    }

    public static NetworkAddress FromIPv4(uint address, ushort port) => new(0, MappedPrefix | address, port);

    public bool HasSameHost(in NetworkAddress other) => High == other.High && Low == other.Low;

    public bool Equals(NetworkAddress other) => High == other.High && Low == other.Low && Port == other.Port && Tcp == other.Tcp;

    public override bool Equals(object? obj) => obj is NetworkAddress other && Equals(other);

    public override int GetHashCode()
    {
        // A remote host chooses its address and port freely; multiplying by large odd numbers spreads neighbouring ports.
        var mixed = (High * 0x9E37_79B9_7F4A_7C15) ^ (Low * 0xC2B2_AE3D_27D4_EB4F) ^ ((Port + ((ulong)Tcp << 16)) * 0x1656_67B1_9E37_79F9UL);
        return (int)(mixed ^ (mixed >> 32));
    }

    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, High);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], Low);
        var address = new IPAddress(bytes);
        var text = new IPEndPoint(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address, Port).ToString();
        return IsTcp ? $"{text} (TCP)" : text;
    }
}
