using System.Net;
using System.Net.Http.Headers;
using Muse.Domain.Meetings;
using Muse.Domain.Recordings;

namespace Muse.Adapters.Recordings;

/// <summary>Asks a provider's store for a file from an offset on (RFC 9110 §14.2); what a refusal means is for the provider to say.</summary>
/// <param name="wire">Name of the HTTP client: without redirects, and without an end to its time, because bytes take theirs.</param>
/// <param name="store">The store's name in messages.</param>
/// <param name="patience">For the answer's head.</param>
internal sealed class RecordingDownload(IHttpClientFactory http, string wire, string store, TimeSpan patience)
{
    public string Store => store;

    /// <param name="bearer">Null where the address opens the file by itself.</param>
    /// <exception cref="ProviderTrouble"><c>unreachable</c>, <c>timed_out</c>.</exception>
    public async Task<HttpResponseMessage> Ask(Uri address, string? bearer, long from, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        if (bearer is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", bearer);
        if (from > 0) request.Headers.Range = new RangeHeaderValue(from, null);
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(ct);
        enough.CancelAfter(patience);
        try
        {
            return await http.CreateClient(wire).SendAsync(request, HttpCompletionOption.ResponseHeadersRead, enough.Token);
        }
        catch (HttpRequestException broken)
        {
            throw new ProviderTrouble("unreachable", $"{store} cannot be reached.", broken);
        }
        catch (OperationCanceledException late) when (!ct.IsCancellationRequested)
        {
            throw new ProviderTrouble("timed_out", $"{store} did not answer in time.", late);
        }
    }

    /// <summary>
    /// The file's bytes, when the answer brings them: all of them (200), those from the offset on (206), or none because the offset is its end
    /// (416). Null for every other answer, which stays the caller's to understand and to dispose of.
    /// </summary>
    public static async Task<OpenedRecording?> Bytes(HttpResponseMessage answer, long from, CancellationToken ct)
    {
        var (length, range) = (answer.Content.Headers.ContentLength, answer.Content.Headers.ContentRange);
        switch (answer.StatusCode)
        {
            case HttpStatusCode.OK:
                return new OpenedRecording(new RecordingBytes(await answer.Content.ReadAsStreamAsync(ct), 0, length, answer), null, null);
            case HttpStatusCode.PartialContent when range?.From == from:
                return new OpenedRecording(new RecordingBytes(await answer.Content.ReadAsStreamAsync(ct), from, range.Length, answer), null, null);
            case HttpStatusCode.RequestedRangeNotSatisfiable when range?.Length == from:
                return new OpenedRecording(new RecordingBytes(Stream.Null, from, from, answer), null, null);
            default:
                return null;
        }
    }

    /// <summary>What no provider has a meaning for, such as a 500 or a range that was not asked for.</summary>
    public ProviderTrouble Unexpected(HttpResponseMessage answer) => new("provider_error", $"{store} answers {(int)answer.StatusCode}.");

    /// <summary>https, or this machine itself where the provider is on this machine, too (an imitation).</summary>
    public static bool MayBeAsked(Uri address, string? providersOwn) => address.Scheme == Uri.UriSchemeHttps
        || (address.Scheme == Uri.UriSchemeHttp && address.IsLoopback && Uri.TryCreate(providersOwn, UriKind.Absolute, out var own) && own.IsLoopback);
}
