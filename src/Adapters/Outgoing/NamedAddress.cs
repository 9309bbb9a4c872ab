using System.Net;
using System.Net.Sockets;
using Muse.Domain;

namespace Muse.Adapters.Outgoing;

/// <summary>
/// An address that a stranger wants Muse to call, looked at when it is saved. It spares the person a surprise; what keeps Muse from its
/// neighbours is <see cref="VettedConnections"/>, at each connection.
/// </summary>
public sealed class NamedAddress(VettedConnections connections, OutgoingOptions options, TimeProvider time)
{
    public const int Longest = 2_000;

    /// <summary>How long DNS may take.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <returns>
    /// <c>wrong_url</c>: not https, a user, a fragment, a port that is neither 443 nor at least 1024, or no URL at all; <c>url_not_found</c>: DNS
    /// does not know the host; <c>url_not_public</c>: it leads, also, into a private network or to this machine. Null when it will do.
    /// </returns>
    /// <param name="pointer">Of the request's member.</param>
    public async Task<Refusal?> WhyNot(string text, string pointer, CancellationToken ct)
    {
        if (Read(text) is not { } url)
        {
            return Refusal.Invalid("wrong_url",
                $"It is an https address of at most {Longest} characters without user or fragment, on port 443 or one from 1024.", pointer);
        }
        if (await Find(url, ct) is not { Length: > 0 } addresses)
            return Refusal.Invalid("url_not_found", $"DNS knows no {url.IdnHost}.", pointer);
        // A name that leads to both kinds would fail from time to time.
        var mayBeReached = Array.TrueForAll(addresses, connections.MayReach) && (url.Scheme == Uri.UriSchemeHttps || Array.TrueForAll(addresses, PublicAddresses.IsThisMachine));
        return mayBeReached ? null : Refusal.Invalid("url_not_public", $"{url.IdnHost} is not, or not only, on the public internet.", pointer);
    }

    /// <summary>Null when it is not of the right form. <see cref="Uri"/> takes blanks around it, backslashes and relative ones; nobody means those.</summary>
    private Uri? Read(string text)
    {
        var scheme = options.AllowLoopback && text.StartsWith("http://", StringComparison.OrdinalIgnoreCase) ? Uri.UriSchemeHttp : Uri.UriSchemeHttps;
        return text.Length <= Longest && text.StartsWith($"{scheme}://", StringComparison.OrdinalIgnoreCase)
            && !text.Any(c => char.IsWhiteSpace(c) || char.IsControl(c) || c == '\\')
            && Uri.TryCreate(text, UriKind.Absolute, out var url)
            && url is { UserInfo: "", Fragment: "", Host.Length: > 0, Port: 443 or >= 1024 and <= IPEndPoint.MaxPort } ? url : null;
    }

    private async Task<IPAddress[]> Find(Uri url, CancellationToken ct)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(ct, patience.Token);
        try
        {
            // As the client names it when it connects: canonical numbers, international names in ASCII.
            return await connections.Find(url.IdnHost, both.Token);
        }
        catch (SocketException)
        {
            return [];
        }
        catch (ArgumentException)
        {
            // Longer than a name of DNS can be.
            return [];
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return [];
        }
    }
}
