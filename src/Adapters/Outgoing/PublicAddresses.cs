using System.Net;
using System.Net.Sockets;

namespace Muse.Adapters.Outgoing;

/// <summary>Which addresses are somebody else's server on the internet, and not a device beside Muse.</summary>
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

    /// <summary>All that is given out of IPv6. NAT64 (64:ff9b::/96), unique local, link-local and multicast are outside.</summary>
    private static readonly IPNetwork Unicast = IPNetwork.Parse("2000::/3");

    public static bool Has(IPAddress address)
    {
        var ip = Plain(address);
        return (ip.AddressFamily is AddressFamily.InterNetwork || Unicast.Contains(ip)) && !Array.Exists(Special, network => network.Contains(ip));
    }

    public static bool IsThisMachine(IPAddress address) => IPAddress.IsLoopback(Plain(address));

    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}
