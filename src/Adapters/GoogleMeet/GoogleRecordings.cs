using System.Net;
using System.Net.Http.Headers;
using Muse.Domain.Meetings;
using Muse.Domain.Recordings;

namespace Muse.Adapters.GoogleMeet;

/// <summary>
/// Recordings that Meet put into the organiser's Drive. Nothing that opens them travels with the news: the account that held the meeting gets
/// a fresh token for each leg of fetching.
/// </summary>
internal sealed class GoogleRecordings(GoogleAccounts accounts, GoogleMeetOptions options, IHttpClientFactory http) : IRecordingSource
{
    /// <summary>Named client without a limit of size or time: the file's bytes take theirs.</summary>
    public const string ClientName = "google-recordings";

    private const int LongestError = 64 * 1024;

    public string Provider => ProviderPolicy.GoogleMeet;

    public async Task<OpenedRecording> Open(RecordingFile file, string? token, long from, CancellationToken ct)
    {
        var failure = OpenedRecording.Failed(MeetingAnswer.DisconnectedCode, "There is no Google account any more that held the meeting.");
        foreach (var account in accounts.Holding(file.Reference, file.TutorId))
        {
            var opened = await Open(account, file, from, ct);
            if (opened.Bytes is not null) return opened;
            failure = opened;
        }
        return failure;
    }

    private async Task<OpenedRecording> Open(GoogleAccount account, RecordingFile file, long from, CancellationToken ct)
    {
        string? refused = null;
        while (true)
        {
            var token = await accounts.Token(account, GoogleScopes.Recordings, refused, ct);
            if (token.Bearer is not { } bearer) return OpenedRecording.Failed(token.Failure!.FailureCode!, token.Failure.FailureDetail!);
            var answer = await Ask(UrlOf(file), bearer, from, ct);
            if (answer.StatusCode is HttpStatusCode.Unauthorized && refused is null)
            {
                answer.Dispose();
                refused = bearer;
                continue;
            }
            return await Understand(answer, from, ct);
        }
    }

    /// <summary>By the file's id and our own setting: an address that travelled is not given a token.</summary>
    private string UrlOf(RecordingFile file) => $"{options.DriveUrl.TrimEnd('/')}/files/{Uri.EscapeDataString(file.FileId)}?alt=media";

    private static async Task<OpenedRecording> Understand(HttpResponseMessage answer, long from, CancellationToken ct)
    {
        try
        {
            var range = answer.Content.Headers.ContentRange;
            switch (answer.StatusCode)
            {
                case HttpStatusCode.OK:
                    return new OpenedRecording(new RecordingBytes(await answer.Content.ReadAsStreamAsync(ct), 0, answer.Content.Headers.ContentLength, answer), null, null);
                case HttpStatusCode.PartialContent when range?.From == from:
                    return new OpenedRecording(new RecordingBytes(await answer.Content.ReadAsStreamAsync(ct), from, range.Length, answer), null, null);
                case HttpStatusCode.RequestedRangeNotSatisfiable when range?.Length == from:
                    answer.Dispose();
                    return new OpenedRecording(new RecordingBytes(Stream.Null, from, from), null, null);
            }
            var status = (int)answer.StatusCode;
            var reason = GoogleVerdicts.ReasonIn(await Error(answer, ct));
            answer.Dispose();
            return GoogleVerdicts.Of(status, reason) switch
            {
                GoogleVerdict.SlowDown => throw new ProviderTrouble("too_many_requests", $"Google Drive answers {status} {reason}."),
                GoogleVerdict.NotFound or GoogleVerdict.Deleted =>
                    OpenedRecording.Failed(RecordingFile.GoneCode, "Google Drive no longer has this file, or does not show it to the meeting's host."),
                GoogleVerdict.Trouble or GoogleVerdict.Done => throw new ProviderTrouble("provider_error", $"Google Drive answers {status}."),
                var verdict when GoogleVerdicts.Failed(verdict, reason) is { } failed => OpenedRecording.Failed(failed.FailureCode!, failed.FailureDetail!),
                _ => throw new ProviderTrouble("provider_error", $"Google Drive answers {status}."),
            };
        }
        catch
        {
            answer.Dispose();
            throw;
        }
    }

    private static async Task<byte[]> Error(HttpResponseMessage answer, CancellationToken ct)
    {
        await using var body = await answer.Content.ReadAsStreamAsync(ct);
        var kept = new byte[LongestError];
        return kept[..await body.ReadAtLeastAsync(kept, kept.Length, throwOnEndOfStream: false, ct)];
    }

    private async Task<HttpResponseMessage> Ask(string url, string bearer, long from, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", bearer);
        if (from > 0) request.Headers.Range = new RangeHeaderValue(from, null);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
        patience.CancelAfter(TimeSpan.FromSeconds(options.TimeoutSeconds));
        try
        {
            return await http.CreateClient(ClientName).SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience.Token);
        }
        catch (HttpRequestException broken)
        {
            throw new ProviderTrouble("unreachable", "Google Drive cannot be reached.", broken);
        }
        catch (OperationCanceledException late) when (!ct.IsCancellationRequested)
        {
            throw new ProviderTrouble("timed_out", "Google Drive does not answer in time.", late);
        }
    }
}
