using System.Net;
using System.Net.Sockets;
using System.Text;
using Muse.Adapters.Outgoing;
using Muse.Domain.Meetings;

namespace Muse.Adapters.Jitsi;

/// <param name="Text">The beginning, where it is long.</param>
internal sealed record JitsiReply(int Status, string Text);

/// <summary>One exchange with a Jitsi server: its time limit, its redirects, and every way it can break as <see cref="ProviderTrouble"/>.</summary>
public sealed class JitsiWire(IHttpClientFactory clients, JitsiOptions options, TimeProvider time)
{
    /// <summary>
    /// The HTTP clients: of the server that whoever runs Muse configured, and of those that tutors named (<see cref="VettedConnections"/>). No
    /// redirects and no cookies of their own, and nothing logged, since addresses carry tokens.
    /// </summary>
    public const string Schools = "jitsi", Tutors = "jitsi-of-tutors";

    private const int MostRedirects = 3;

    /// <summary>Bytes. A server's config.js has some tens of thousands.</summary>
    private const int LongestRead = 256 * 1024;

    /// <param name="body">XML; null with GET.</param>
    /// <exception cref="ProviderTrouble"><c>timed_out</c>, <c>unreachable</c>, <c>too_many_requests</c>, <c>provider_error</c>.</exception>
    internal async Task<JitsiReply> Exchange(bool tutors, HttpMethod method, Uri address, string? body, CancellationToken ct)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(options.TimeoutSeconds), time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(ct, patience.Token);
        var client = clients.CreateClient(tutors ? Tutors : Schools);
        try
        {
            var target = address;
            for (var redirects = 0; ; redirects++)
            {
                using var request = new HttpRequestMessage(method, target);
                if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "text/xml");
                using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, both.Token);
                if ((int)response.StatusCode is < 300 or >= 400)
                    return Read((int)response.StatusCode, await Text(response.Content, both.Token));
                target = redirects < MostRedirects && NextOf(response, request) is { } next ? next
                    : throw new ProviderTrouble("provider_error", "The Jitsi server redirects to somewhere else.");
            }
        }
        catch (OperationCanceledException late) when (!ct.IsCancellationRequested)
        {
            throw new ProviderTrouble("timed_out", $"The Jitsi server did not answer within {options.TimeoutSeconds} seconds.", late);
        }
        catch (Exception broken) when (broken is HttpRequestException or IOException or SocketException)
        {
            throw new ProviderTrouble("unreachable", "The Jitsi server cannot be reached.", broken);
        }
    }

    private static JitsiReply Read(int status, string text) => status switch
    {
        429 => throw new ProviderTrouble("too_many_requests", "The Jitsi server wants to be asked less often."),
        >= 500 => throw new ProviderTrouble("provider_error", $"The Jitsi server answers {status}."),
        _ => new JitsiReply(status, text),
    };

    /// <summary>Null when it leads to another server, to which a token is not carried, or changes the method.</summary>
    private static Uri? NextOf(HttpResponseMessage response, HttpRequestMessage request)
    {
        var keepsMethod = response.StatusCode is HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect || request.Method == HttpMethod.Get;
        return keepsMethod && response.Headers.Location is { } location && new Uri(request.RequestUri!, location) is var target
            && target.GetLeftPart(UriPartial.Authority) == request.RequestUri!.GetLeftPart(UriPartial.Authority) ? target : null;
    }

    private static async Task<string> Text(HttpContent content, CancellationToken ct)
    {
        await using var stream = await content.ReadAsStreamAsync(ct);
        using var text = new MemoryStream();
        var part = new byte[16 * 1024];
        while (text.Length < LongestRead && await stream.ReadAsync(part, ct) is var read and > 0) text.Write(part, 0, read);
        return Encoding.UTF8.GetString(text.GetBuffer(), 0, (int)text.Length);
    }
}
