using System.Globalization;
using System.Net;
using Muse.Adapters.Recordings;
using Muse.Domain.Meetings;
using Muse.Domain.Recordings;

namespace Muse.Adapters.Zoom;

/// <summary>Cloud recordings: opened with the token that came with the webhook, and when that no longer opens them with a fresh one.</summary>
public sealed class ZoomRecordings(ZoomOptions options, ZoomCalls calls, IProviderAccounts accounts, ZoomTraces traces, IHttpClientFactory http) : IRecordingSource
{
    /// <summary>Named client without redirects: a bearer token must not follow one to another host.</summary>
    public const string Wire = "zoom-recordings";

    /// <summary>Zoom sends a download from its address to that of a store, sometimes by way of another.</summary>
    private const int MostRedirects = 3;

    /// <summary>Of a fresh token, seconds: one leg of fetching.</summary>
    private const int TokenSeconds = 300;

    private const int NoRecording = 3301, NoMeeting = 3001;

    private readonly RecordingDownload _download = new(http, Wire, "Zoom's store", TimeSpan.FromSeconds(options.TimeoutSeconds));

    public string Provider => ProviderPolicy.Zoom;

    public async Task<OpenedRecording> Open(RecordingFile file, string? token, long from, CancellationToken ct)
    {
        if (token is not null && await Download(file.Url, token, from, ct) is { } opened)
            return opened;
        foreach (var host in await Hosts(file, ct))
        {
            var answer = await calls.Get(host, PathOf(file) + $"?include_fields=download_access_token&ttl={TokenSeconds.ToString(CultureInfo.InvariantCulture)}", ct);
            if (!answer.Succeeded && answer.Code is NoRecording or NoMeeting) continue;
            if (!answer.Succeeded)
                return OpenedRecording.Failed(MeetingAnswer.NotPermittedCode, $"Zoom refuses the recording ({answer.Code ?? answer.Status}).");
            return await OpenListed(file, answer, from, ct);
        }
        throw new ProviderTrouble(RecordingFile.NotReadyCode, "Zoom has no recording of this meeting yet.");
    }

    /// <summary>A uuid with a slash is escaped twice (contract: Zoom, REST).</summary>
    internal static string Escaped(string uuid) => uuid.Contains('/', StringComparison.Ordinal)
        ? Uri.EscapeDataString(Uri.EscapeDataString(uuid))
        : Uri.EscapeDataString(uuid);

    private static string PathOf(RecordingFile file) => $"meetings/{Escaped(file.Instance is { Length: > 0 } uuid ? uuid : file.Reference)}/recordings";

    /// <summary>Where the meeting was made; when that is not remembered, the tutor's own account and the school's.</summary>
    private async Task<IReadOnlyList<ZoomHost>> Hosts(RecordingFile file, CancellationToken ct)
    {
        var hosts = new List<ZoomHost>();
        if (await traces.Find(file.LessonId, ct) is { } trace && (trace.Host.IsOwn || options.HasAccount)) hosts.Add(trace.Host);
        if (await accounts.HasLive(file.TutorId, ProviderPolicy.Zoom, ct)) hosts.Add(ZoomHost.OwnOf(file.TutorId));
        if (options.HasAccount) hosts.Add(ZoomHost.Of(options.HostOf(file.TutorId, null) ?? "me"));
        return [.. hosts.Distinct()];
    }

    private async Task<OpenedRecording> OpenListed(RecordingFile file, ZoomAnswer answer, long from, CancellationToken ct)
    {
        foreach (var list in (string[])["recording_files", "participant_audio_files"])
        {
            if (answer.Body.Member(list) is not { ValueKind: System.Text.Json.JsonValueKind.Array } entries) continue;
            foreach (var entry in entries.EnumerateArray().Where(entry => entry.Text("id", 200) == file.FileId))
            {
                if (entry.Text("status", 40) is { Length: > 0 } status && status != "completed")
                    throw new ProviderTrouble(RecordingFile.NotReadyCode, "Zoom still works on the recording.");
                if (answer.Body.Text("download_access_token", 8_000) is not { Length: > 0 } token || entry.Text("download_url", 2_000) is not { Length: > 0 } url)
                    return OpenedRecording.Failed(MeetingAnswer.NotPermittedCode, "Zoom names no address or no token: the role lacks 'View the recording content'.");
                return await Download(url, token, from, ct)
                    ?? throw new ProviderTrouble("token_refused", "Zoom does not take the token that it just gave.");
            }
        }
        return OpenedRecording.Failed(RecordingFile.GoneCode, "Zoom no longer has this file.");
    }

    /// <summary>Null when the token does not open it: 401, 403, or a page for people with 200.</summary>
    private async Task<OpenedRecording?> Download(string address, string token, long from, CancellationToken ct)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out var url)) return null;
        var origin = url;
        for (var redirects = 0; redirects <= MostRedirects; redirects++)
        {
            if (!RecordingDownload.MayBeAsked(url, options.ApiUrl)) return OpenedRecording.Failed("address_refused", "The recording's address is none of https.");
            var answer = await _download.Ask(url, Uri.Compare(origin, url, UriComponents.SchemeAndServer, UriFormat.SafeUnescaped, StringComparison.OrdinalIgnoreCase) == 0 ? token : null, from, ct);
            if ((int)answer.StatusCode is >= 301 and <= 308 && answer.Headers.Location is { } location)
            {
                answer.Dispose();
                url = new Uri(url, location);
                continue;
            }
            return await Understand(answer, from, ct);
        }
        throw new ProviderTrouble("too_many_redirects", "The recording's address leads from one to the next.");
    }

    private async Task<OpenedRecording?> Understand(HttpResponseMessage answer, long from, CancellationToken ct)
    {
        try
        {
            var isPage = answer.IsSuccessStatusCode && answer.Content.Headers.ContentType?.MediaType is "text/html";
            if (!isPage && await RecordingDownload.Bytes(answer, from, ct) is { } opened) return opened;
            if (!isPage && answer.StatusCode is not (HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.NotFound or HttpStatusCode.Gone))
                throw _download.Unexpected(answer);
            answer.Dispose();
            return null;
        }
        catch
        {
            answer.Dispose();
            throw;
        }
    }
}
