using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Muse.Domain.Meetings;

namespace Muse.Adapters.Zoom;

/// <summary>What came over the wire, whatever it says.</summary>
/// <param name="LimitType"><c>X-RateLimit-Type</c>, or null.</param>
/// <param name="RetryAfter">As it stands there: Zoom writes an ISO date.</param>
public sealed record ZoomReply(int Status, string Text, string? LimitType, string? RetryAfter);

/// <summary>One exchange with Zoom: its time limit, its redirects, and every way it can break as <see cref="ProviderTrouble"/>.</summary>
public sealed class ZoomWire(IHttpClientFactory clients, ZoomOptions options, TimeProvider time)
{
    /// <summary>Of the HTTP client: no redirects and no cookies of its own, and nothing logged, since headers and addresses carry secrets.</summary>
    public const string ClientName = "zoom";

    private const int MostRedirects = 3;
    private const int LongestAnswer = 4 * 1024 * 1024;

    /// <param name="make">Makes the request anew for each redirect, to this address.</param>
    /// <exception cref="ProviderTrouble"><c>timed_out</c>, <c>unreachable</c>, <c>provider_error</c>: whether it took effect is unknown.</exception>
    public async Task<ZoomReply> Exchange(Uri address, Func<Uri, HttpRequestMessage> make, CancellationToken ct)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(options.TimeoutSeconds), time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(ct, patience.Token);
        var client = clients.CreateClient(ClientName);
        try
        {
            var target = address;
            for (var redirects = 0; ; redirects++)
            {
                using var request = make(target);
                using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, both.Token);
                if (!IsRedirect(response.StatusCode))
                    return new ZoomReply((int)response.StatusCode, await ReadText(response.Content, both.Token),
                        Header(response.Headers, "X-RateLimit-Type"), Header(response.Headers, "Retry-After"));
                target = redirects < MostRedirects ? NextOf(response, request, address) : throw new ProviderTrouble("provider_error", "Zoom redirects in a circle.");
            }
        }
        catch (OperationCanceledException e) when (!ct.IsCancellationRequested)
        {
            throw new ProviderTrouble("timed_out", $"Zoom did not answer within {options.TimeoutSeconds} seconds.", e);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw new ProviderTrouble("unreachable", "The connection to Zoom broke.", e);
        }
    }

    /// <summary>
    /// .NET drops <c>Authorization</c> on every redirect and Zoom redirects within its own hosts, so redirects are followed here: only to
    /// Zoom itself, since the request carries the token, and only where the method stays.
    /// </summary>
    private static Uri NextOf(HttpResponseMessage response, HttpRequestMessage request, Uri first)
    {
        var keepsMethod = response.StatusCode is HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect || request.Method == HttpMethod.Get;
        if (!keepsMethod || response.Headers.Location is not { } location)
            throw new ProviderTrouble("provider_error", $"Zoom answered a {request.Method} with {(int)response.StatusCode}.");
        var target = location.IsAbsoluteUri ? location : new Uri(request.RequestUri!, location);
        return IsFamily(first, target) ? target : throw new ProviderTrouble("provider_error", "Zoom redirects to a host that is not Zoom's.");
    }

    /// <summary>The same origin, or, when the configured one is Zoom's, any other of Zoom's own.</summary>
    internal static bool IsFamily(Uri configured, Uri target) =>
        target.Scheme == configured.Scheme && string.IsNullOrEmpty(target.UserInfo)
        && ((target.Host == configured.Host && target.Port == configured.Port)
            || (IsZooms(configured) && IsZooms(target) && target.Scheme == Uri.UriSchemeHttps && target.IsDefaultPort));

    private static bool IsZooms(Uri url) => url.Host == "zoom.us" || url.Host.EndsWith(".zoom.us", StringComparison.Ordinal);

    private static bool IsRedirect(HttpStatusCode status) => status is HttpStatusCode.MovedPermanently or HttpStatusCode.Found
        or HttpStatusCode.SeeOther or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect;

    private static async Task<string> ReadText(HttpContent content, CancellationToken ct)
    {
        await using var stream = await content.ReadAsStreamAsync(ct);
        using var text = new MemoryStream();
        var part = new byte[16 * 1024];
        while (await stream.ReadAsync(part, ct) is var read and > 0)
        {
            if (text.Length + read > LongestAnswer) throw new ProviderTrouble("unreadable_answer", "Zoom's answer has no end.");
            text.Write(part, 0, read);
        }
        return Encoding.UTF8.GetString(text.GetBuffer(), 0, (int)text.Length);
    }

    // Not the typed header: Retry-After is an ISO date here, which the type does not read.
    private static string? Header(HttpResponseHeaders headers, string name) =>
        headers.NonValidated.TryGetValues(name, out var values) ? values.ToString() : null;
}
