using System.Buffers.Binary;

namespace Muse.SelfHostedMedia.Wire.Linux;

/// <summary>sockaddr_in, sockaddr_in6 and the IPV6_PKTINFO control message, read and written in place.</summary>
internal static class SocketAddressCodec
{
    /// <summary>sizeof(sockaddr_in6), the larger of the two.</summary>
    public const int Size = 28;

    /// <summary>CMSG_SPACE(sizeof(in6_pktinfo)).</summary>
    public const int ControlSize = 40;

    private const int ControlLength = 36;

    public static bool TryRead(ReadOnlySpan<byte> source, out NetworkAddress address)
    {
        var family = BitConverter.ToUInt16(source);
        var port = BinaryPrimitives.ReadUInt16BigEndian(source[2..]);
        switch (family)
        {
            case Libc.AddressFamilyIPv6:
                address = new(BinaryPrimitives.ReadUInt64BigEndian(source[8..]), BinaryPrimitives.ReadUInt64BigEndian(source[16..]), port);
                return true;
            case Libc.AddressFamilyIPv4:
                address = NetworkAddress.FromIPv4(BinaryPrimitives.ReadUInt32BigEndian(source[4..]), port);
                return true;
            default:
                address = default;
                return false;
        }
    }

    /// <returns>The length of the written sockaddr.</returns>
    public static int Write(Span<byte> target, in NetworkAddress address, bool asIPv6)
    {
        target[..Size].Clear();
        BinaryPrimitives.WriteUInt16BigEndian(target[2..], address.Port);
        if (asIPv6)
        {
            BitConverter.TryWriteBytes(target, (ushort)Libc.AddressFamilyIPv6);
            BinaryPrimitives.WriteUInt64BigEndian(target[8..], address.High);
            BinaryPrimitives.WriteUInt64BigEndian(target[16..], address.Low);
            return 28;
        }

        BitConverter.TryWriteBytes(target, (ushort)Libc.AddressFamilyIPv4);
        BinaryPrimitives.WriteUInt32BigEndian(target[4..], address.IPv4);
        return 16;
    }

    /// <summary>The local address a datagram came to, so that the answer leaves from the same one: on a machine with several addresses the
    /// kernel would otherwise choose by route, and the peer's ICE would not know the sender.</summary>
    public static NetworkAddress ReadPacketInfo(ReadOnlySpan<byte> control)
    {
        var info = ControlMessages.Find(control, Libc.LevelIPv6, Libc.PacketInfo);
        return info.Length < 16
            ? default
            : new(BinaryPrimitives.ReadUInt64BigEndian(info), BinaryPrimitives.ReadUInt64BigEndian(info[8..]), 0);
    }

    /// <returns>The length of the control data; 0 when there is no local address to send from.</returns>
    public static int WritePacketInfo(Span<byte> target, in NetworkAddress local)
    {
        if (local.IsNone)
            return 0;
        target[..ControlSize].Clear();
        BitConverter.TryWriteBytes(target, (ulong)ControlLength);
        BitConverter.TryWriteBytes(target[8..], Libc.LevelIPv6);
        BitConverter.TryWriteBytes(target[12..], Libc.PacketInfo);
        BinaryPrimitives.WriteUInt64BigEndian(target[16..], local.High);
        BinaryPrimitives.WriteUInt64BigEndian(target[24..], local.Low);
        return ControlSize;
    }
}
