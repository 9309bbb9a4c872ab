using System.Net;
using System.Net.Sockets;

namespace Muse.Api.Http;

/// <summary>Whom limits count: an IPv4 address, or the /64 of an IPv6 address, because one subscriber has all of it.</summary>
internal static class CallerAddress
{
    public static string Of(HttpContext http) => Of(http.Connection.RemoteIpAddress);

    public static string Of(IPAddress? address)
    {
        if (address is null)
            return "unknown";
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
            return address.ToString();
        var bytes = address.GetAddressBytes();
        Array.Clear(bytes, 8, 8);
        return new IPAddress(bytes) + "/64";
    }
}
