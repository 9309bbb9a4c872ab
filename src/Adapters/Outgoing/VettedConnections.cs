using System.Net;
using System.Net.Sockets;

namespace Muse.Adapters.Outgoing;

/// <summary>
/// Connections to hosts that strangers name: a tutor's Jitsi, an integrator's webhooks. Their DNS is their own, and without this a name could
/// lead Muse to the devices beside it. The address that was looked at is the one that is connected to, so a second answer of DNS changes nothing.
/// </summary>
public sealed class VettedConnections
{
    private readonly OutgoingOptions _options;
    private readonly Func<string, CancellationToken, Task<IPAddress[]>> _find;

    public VettedConnections(OutgoingOptions options) : this(options, Dns.GetHostAddressesAsync)
    {
    }

    /// <param name="find">DNS, or what a test takes for it.</param>
    internal VettedConnections(OutgoingOptions options, Func<string, CancellationToken, Task<IPAddress[]>> find)
    {
        _options = options;
        _find = find;
    }

    /// <summary>A new handler for an <see cref="HttpClient"/>. It follows no redirects, because what they name is not looked at by whoever saved the address.</summary>
    public SocketsHttpHandler Handler() => new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        // Of a proxy only the proxy's own address would be seen.
        UseProxy = false,
        ConnectCallback = Connect,
        ConnectTimeout = TimeSpan.FromSeconds(10),
        MaxResponseHeadersLength = 16,
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        // Our trace ids are nobody else's business.
        ActivityHeadersPropagator = null,
    };

    internal bool MayReach(IPAddress address) => PublicAddresses.Has(address) || (_options.AllowLoopback && PublicAddresses.IsThisMachine(address));

    /// <exception cref="SocketException">There is no such name.</exception>
    internal async Task<IPAddress[]> Find(string host, CancellationToken ct) =>
        IPAddress.TryParse(host.Trim('[', ']'), out var literal) ? [literal] : await _find(host, ct);

    /// <exception cref="HttpRequestException">The name leads to no address that may be reached.</exception>
    private async ValueTask<Stream> Connect(SocketsHttpConnectionContext context, CancellationToken ct)
    {
        IPAddress[] addresses = [.. (await Find(context.DnsEndPoint.Host, ct)).Where(MayReach)];
        if (addresses.Length == 0) throw new HttpRequestException(HttpRequestError.ConnectionError, "The name leads to no public address.");
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
