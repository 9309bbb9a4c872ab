using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using Muse.Domain.Meetings;
using NodaTime;
using NodaTime.Text;

namespace Muse.Adapters.GoogleMeet;

internal sealed record MeetConferences(IReadOnlyList<MeetConference>? ConferenceRecords, string? NextPageToken);

internal sealed record MeetConference(string Name, string? StartTime, string? EndTime);

internal sealed record MeetParticipants(IReadOnlyList<MeetParticipant>? Participants, string? NextPageToken);

internal sealed record MeetParticipant(string Name, MeetUser? SignedinUser, MeetUser? AnonymousUser, MeetUser? PhoneUser);

internal sealed record MeetUser(string? User, string? DisplayName);

internal sealed record MeetSessions(IReadOnlyList<MeetSession>? ParticipantSessions, string? NextPageToken);

internal sealed record MeetSession(string Name, string? StartTime, string? EndTime);

internal sealed record MeetRecordings(IReadOnlyList<MeetRecording>? Recordings, string? NextPageToken);

internal sealed record MeetRecording(string Name, string? State, string? StartTime, string? EndTime, MeetDestination? DriveDestination);

internal sealed record MeetDestination(string? File);

/// <summary>
/// Who came and what was recorded, from Meet's conference records. Meet tells this only when asked (its events need Pub/Sub), so a report's
/// key is the name of the resource it comes from: the same at every poll.
/// </summary>
internal sealed partial class GoogleFacts(GoogleWire wire, GooglePeople people, GoogleMeetOptions options, ILogger<GoogleFacts> log)
{
    /// <summary>A lesson in which everybody comes and goes all the time ends somewhere: pages of one list.</summary>
    private const int MostPages = 4;

    private const int MostConferences = 10;
    private const int LongestKey = 128;

    private string Base => $"{options.MeetUrl.TrimEnd('/')}/v2";

    /// <exception cref="ProviderTrouble">What may pass; nothing was reported then.</exception>
    public async Task<IReadOnlyList<MeetingReport>> Of(GoogleAccount account, MeetingPlace place, CancellationToken ct)
    {
        if (MeetSpaces.CodeOf(place.JoinUrl) is not { } code) return [];
        var filter = Uri.EscapeDataString($"space.meeting_code=\"{code}\"");
        var conferences = await Pages<MeetConferences, MeetConference>(account, $"conferenceRecords?filter={filter}&pageSize=100",
            page => (page.ConferenceRecords, page.NextPageToken), ct);
        if (conferences is null or []) return [];
        // Before anybody is reported: who was noted as a guest stays one.
        var host = await people.Behind(account, ct);
        var reports = new List<MeetingReport>();
        foreach (var conference in conferences.Take(MostConferences)) await Add(reports, account, host, place.Reference, conference, ct);
        return reports;
    }

    private async Task Add(
        List<MeetingReport> reports, GoogleAccount account, GooglePerson? host, string reference, MeetConference conference, CancellationToken ct)
    {
        if (Read(conference.StartTime) is { } began)
            reports.Add(new MeetingBegan(ProviderPolicy.GoogleMeet, reference, Key("began", conference.Name), began));
        foreach (var participant in await Pages<MeetParticipants, MeetParticipant>(account, $"{conference.Name}/participants?pageSize=250",
            page => (page.Participants, page.NextPageToken), ct) ?? [])
        {
            foreach (var session in await Pages<MeetSessions, MeetSession>(account, $"{participant.Name}/participantSessions?pageSize=250",
                page => (page.ParticipantSessions, page.NextPageToken), ct) ?? [])
            {
                // By the account, never by the name: that is anybody's to choose.
                var isHost = host is not null && participant.SignedinUser?.User == host.NameAtMeet;
                var guest = new ReportedGuest(Key("stay", session.Name), isHost, PersonId: null, Email: null,
                    (participant.SignedinUser ?? participant.AnonymousUser ?? participant.PhoneUser)?.DisplayName);
                if (Read(session.StartTime) is { } came)
                    reports.Add(new GuestCame(ProviderPolicy.GoogleMeet, reference, Key("came", session.Name), came, guest));
                if (Read(session.EndTime) is { } went)
                    reports.Add(new GuestWent(ProviderPolicy.GoogleMeet, reference, Key("went", session.Name), went, guest));
            }
        }
        if (Read(conference.EndTime) is { } over)
            reports.Add(new MeetingOver(ProviderPolicy.GoogleMeet, reference, Key("over", conference.Name), over));
        foreach (var recording in await Pages<MeetRecordings, MeetRecording>(account, $"{conference.Name}/recordings?pageSize=100",
            page => (page.Recordings, page.NextPageToken), ct) ?? [])
        {
            // ENDED means that the file is still being made, for minutes.
            if (recording.State != "FILE_GENERATED" || recording.DriveDestination?.File is not { Length: > 0 } file
                || Read(recording.StartTime) is not { } from || Read(recording.EndTime) is not { } to)
                continue;
            reports.Add(new RecordingReady(ProviderPolicy.GoogleMeet, reference, Key("recording", recording.Name), to,
                [new RemoteRecording(file, "meeting", "video/mp4", Size: null, from, to, FileUrl(file), Token: null)]));
        }
    }

    private string FileUrl(string file) => $"{options.DriveUrl.TrimEnd('/')}/files/{Uri.EscapeDataString(file)}?alt=media";

    /// <summary>All items of a list; null when Google does not let us see it.</summary>
    private async Task<IReadOnlyList<TItem>?> Pages<TPage, TItem>(
        GoogleAccount account, string path, Func<TPage, (IReadOnlyList<TItem>? Items, string? Next)> read, CancellationToken ct)
    {
        var all = new List<TItem>();
        string? next = null;
        for (var page = 0; page < MostPages; page++)
        {
            var url = $"{Base}/{path}" + (next is null ? "" : $"&pageToken={Uri.EscapeDataString(next)}");
            var reply = await wire.Send(account, GoogleScopes.SpaceFacts, HttpMethod.Get, url, null, null, ct);
            // A conference record lives 30 days, and a list may name what is gone a moment later.
            if (reply.IsGone) return all;
            if (!reply.IsDone)
            {
                LogNotShown(log, account.IsOwn ? "the tutor's account" : "the school's account", reply.Ended().FailureDetail!);
                return null;
            }
            var (items, token) = read(reply.Read<TPage>());
            all.AddRange(items ?? []);
            if (string.IsNullOrEmpty(token)) break;
            next = token;
        }
        return all;
    }

    /// <summary>Meet's names have no fixed length; one that is too long is told by its hash.</summary>
    private static string Key(string what, string name) => what.Length + 1 + name.Length <= LongestKey
        ? $"{what}:{name}"
        : $"{what}:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)))}";

    private static Instant? Read(string? time) =>
        time is not null && OffsetDateTimePattern.Rfc3339.Parse(time) is { Success: true } parsed ? parsed.Value.ToInstant() : null;

    [LoggerMessage(Level = LogLevel.Warning, Message = "Meet does not show to {Account} who came: {Why}")]
    private static partial void LogNotShown(ILogger log, string account, string why);
}
