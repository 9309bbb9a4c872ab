using System.Net;
using System.Net.Sockets;

namespace Muse.Adapters.Jitsi;

/// <summary>
/// Connects to public addresses only. A tutor names the host that Muse asks, and its DNS is the tutor's own: without this a name could lead Muse
/// to the devices beside it. The address that was looked at is the one that is connected to, so a second answer of DNS changes nothing.
/// </summary>
internal static class PublicAddresses
{
    /// <summary>IANA's special-purpose registries (RFC 6890): nothing of them is somebody else's server on the internet.</summary>
    private static readonly IPNetwork[] Special =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
            "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
            "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
        }.Select(IPNetwork.Parse),
    ];

    private static readonly IPNetwork Unicast = IPNetwork.Parse("2000::/3");

    public static bool Has(IPAddress address)
    {
        var ip = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return (ip.AddressFamily is AddressFamily.InterNetwork || Unicast.Contains(ip)) && !Array.Exists(Special, network => network.Contains(ip));
    }

    /// <exception cref="HttpRequestException">The name leads to none.</exception>
    public static async ValueTask<Stream> Connect(SocketsHttpConnectionContext context, CancellationToken ct)
    {
        IPAddress[] addresses = [.. (await Dns.GetHostAddressesAsync(context.DnsEndPoint.Host, ct)).Where(Has)];
        if (addresses.Length == 0) throw new HttpRequestException("The name leads to no public address.");
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, context.DnsEndPoint.Port, ct);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
