using System.Net;
using Muse.Adapters.Recordings;
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

    private readonly RecordingDownload _download = new(http, Wire, "The store of JaaS", TimeSpan.FromSeconds(options.TimeoutSeconds));

    public string Provider => ProviderPolicy.Jitsi;

    public async Task<OpenedRecording> Open(RecordingFile file, string? token, long from, CancellationToken ct)
    {
        if (token is null || !Uri.TryCreate(token, UriKind.Absolute, out var link))
            return OpenedRecording.Failed(RecordingFile.GoneCode, "There is no link to this recording.");
        if (!RecordingDownload.MayBeAsked(link, options.BaseUrl)) return OpenedRecording.Failed("address_refused", "The recording's address is none of https.");
        var answer = await _download.Ask(link, null, from, ct);
        try
        {
            if (await RecordingDownload.Bytes(answer, from, ct) is { } opened) return opened;
            if (answer.StatusCode is not (HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.NotFound or HttpStatusCode.Gone))
                throw _download.Unexpected(answer);
            answer.Dispose();
            return OpenedRecording.Failed(RecordingFile.GoneCode, "The link no longer opens the recording: JaaS keeps it for 24 hours.");
        }
        catch
        {
            answer.Dispose();
            throw;
        }
    }
}
