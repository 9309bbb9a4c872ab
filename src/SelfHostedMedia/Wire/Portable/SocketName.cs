using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Muse.SelfHostedMedia.Wire.Portable;

/// <summary>.NET's sockaddr, read and written in place: its family is the system's own number, the rest lies alike everywhere.</summary>
internal static class SocketName
{
    private const int PortAt = 2;
    private const int IPv4At = 4;
    private const int IPv6At = 8;

    public static SocketAddress Of(bool usesIPv6) => new(usesIPv6 ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork);

    public static NetworkAddress Read(SocketAddress name)
    {
        var bytes = name.Buffer.Span;
        var port = BinaryPrimitives.ReadUInt16BigEndian(bytes[PortAt..]);
        return name.Family == AddressFamily.InterNetworkV6
            ? new(BinaryPrimitives.ReadUInt64BigEndian(bytes[IPv6At..]), BinaryPrimitives.ReadUInt64BigEndian(bytes[(IPv6At + 8)..]), port)
            : NetworkAddress.FromIPv4(BinaryPrimitives.ReadUInt32BigEndian(bytes[IPv4At..]), port);
    }

    /// <param name="name">Of the socket's family, as <see cref="Of"/> makes it.</param>
    public static void Write(SocketAddress name, in NetworkAddress address)
    {
        var bytes = name.Buffer.Span;
        BinaryPrimitives.WriteUInt16BigEndian(bytes[PortAt..], address.Port);
        if (name.Family == AddressFamily.InterNetworkV6)
        {
            BinaryPrimitives.WriteUInt64BigEndian(bytes[IPv6At..], address.High);
            BinaryPrimitives.WriteUInt64BigEndian(bytes[(IPv6At + 8)..], address.Low);
        }
        else
            BinaryPrimitives.WriteUInt32BigEndian(bytes[IPv4At..], address.IPv4);
    }
}
