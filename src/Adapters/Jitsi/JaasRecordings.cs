using System.Net;
using System.Net.Http.Headers;
using Muse.Domain.Meetings;
using Muse.Domain.Recordings;

namespace Muse.Adapters.Jitsi;

/// <summary>
/// Recordings of JaaS: each has a link that opens it by itself for 24 hours and came with the webhook. 8x8 lists them nowhere, so what is not
/// fetched in that time is gone. A self-hosted server tells nothing of recordings.
/// </summary>
public sealed class JaasRecordings(JitsiOptions options, IHttpClientFactory http) : IRecordingSource
{
    /// <summary>Named client without redirects: the link is signed, where it might lead is not.</summary>
    public const string Wire = "jaas-recordings";

    public string Provider => ProviderPolicy.Jitsi;

    public async Task<OpenedRecording> Open(RecordingFile file, string? token, long from, CancellationToken ct)
    {
        if (token is null || !Uri.TryCreate(token, UriKind.Absolute, out var link))
            return OpenedRecording.Failed(RecordingFile.GoneCode, "There is no link to this recording.");
        if (!MayBeAsked(link)) return OpenedRecording.Failed("address_refused", "The recording's address is none of https.");
        var answer = await Ask(link, from, ct);
        try
        {
            var content = answer.Content.Headers;
            switch (answer.StatusCode)
            {
                case HttpStatusCode.OK:
                    return new OpenedRecording(new RecordingBytes(await answer.Content.ReadAsStreamAsync(ct), 0, content.ContentLength, answer), null, null);
                case HttpStatusCode.PartialContent when content.ContentRange?.From == from:
                    return new OpenedRecording(new RecordingBytes(await answer.Content.ReadAsStreamAsync(ct), from, content.ContentRange.Length, answer), null, null);
                case HttpStatusCode.RequestedRangeNotSatisfiable when content.ContentRange?.Length == from:
                    answer.Dispose();
                    return new OpenedRecording(new RecordingBytes(Stream.Null, from, from), null, null);
                case HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.NotFound or HttpStatusCode.Gone:
                    answer.Dispose();
                    return OpenedRecording.Failed(RecordingFile.GoneCode, "The link no longer opens the recording: JaaS keeps it for 24 hours.");
                default:
                    throw new ProviderTrouble("provider_error", $"The store of JaaS answers {(int)answer.StatusCode}.");
            }
        }
        catch
        {
            answer.Dispose();
            throw;
        }
    }

    private async Task<HttpResponseMessage> Ask(Uri link, long from, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, link);
        if (from > 0) request.Headers.Range = new RangeHeaderValue(from, null);
        // The time is for the answer's head alone; the body may take its own.
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
        patience.CancelAfter(TimeSpan.FromSeconds(options.TimeoutSeconds));
        try
        {
            return await http.CreateClient(Wire).SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience.Token);
        }
        catch (HttpRequestException broken)
        {
            throw new ProviderTrouble("unreachable", "The store of JaaS cannot be reached.", broken);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw new ProviderTrouble("timed_out", "The store of JaaS did not answer in time.");
        }
    }

    /// <summary>https, or this machine itself where the server is on this machine too (an imitation).</summary>
    private bool MayBeAsked(Uri link) => link.Scheme == Uri.UriSchemeHttps
        || (link.Scheme == Uri.UriSchemeHttp && link.IsLoopback && options.BaseUrl is { } own && Uri.TryCreate(own, UriKind.Absolute, out var server) && server.IsLoopback);
}
