using System.Net;
using Muse.Adapters.Recordings;
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

    private readonly RecordingDownload _download = new(http, ClientName, "Google Drive", TimeSpan.FromSeconds(options.TimeoutSeconds));

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
            var answer = await _download.Ask(UrlOf(file), bearer, from, ct);
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
    private Uri UrlOf(RecordingFile file) => new($"{options.DriveUrl.TrimEnd('/')}/files/{Uri.EscapeDataString(file.FileId)}?alt=media");

    private async Task<OpenedRecording> Understand(HttpResponseMessage answer, long from, CancellationToken ct)
    {
        try
        {
            if (await RecordingDownload.Bytes(answer, from, ct) is { } opened) return opened;
            var status = (int)answer.StatusCode;
            var reason = GoogleVerdicts.ReasonIn(await Error(answer, ct));
            answer.Dispose();
            return GoogleVerdicts.Of(status, reason) switch
            {
                GoogleVerdict.SlowDown => throw new ProviderTrouble("too_many_requests", $"Google Drive answers {status} {reason}."),
                GoogleVerdict.NotFound or GoogleVerdict.Deleted =>
                    OpenedRecording.Failed(RecordingFile.GoneCode, "Google Drive no longer has this file, or does not show it to the meeting's host."),
                GoogleVerdict.Trouble or GoogleVerdict.Done => throw _download.Unexpected(answer),
                var verdict when GoogleVerdicts.Failed(verdict, reason) is { } failed => OpenedRecording.Failed(failed.FailureCode!, failed.FailureDetail!),
                _ => throw _download.Unexpected(answer),
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
}
