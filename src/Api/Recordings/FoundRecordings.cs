using System.Text;
using Microsoft.AspNetCore.DataProtection;
using Muse.Adapters.Postgres;
using Muse.Api.Consents;
using Muse.Domain.Consents;
using Muse.Domain.Lessons;
using Muse.Domain.Meetings;
using Muse.Domain.Recordings;
using NodaTime;

namespace Muse.Api.Recordings;

/// <summary>A provider told that files of a lesson are there: each becomes a stream of its own with an errand that fetches it.</summary>
public sealed class FoundRecordings(IDataProtectionProvider protection, ConsentRows consents, RecordingsOptions options, TimeProvider time)
{
    private const string Purpose = "recordings.token";

    /// <summary>Files of one report that are looked at; a report with more is somebody's mistake or mischief.</summary>
    private const int MostOfAReport = Recording.MostOfALesson;

    /// <summary>The recording of one provider's file.</summary>
    public static Guid StreamOf(Guid lessonId, string provider, string fileId) => NameBasedId.From(lessonId, $"recording:{provider}:{fileId}");

    /// <summary>
    /// Adds to the session what the report tells of files that were not known; call it before the save. Tolerates repeats; when another process
    /// finds the same file meanwhile the save throws <see cref="StreamExists"/> and is to be decided again.
    /// </summary>
    public async Task Take(EventSession session, Lesson lesson, RecordingReady report, CancellationToken ct)
    {
        var now = Instant.FromDateTimeOffset(time.GetUtcNow());
        var revoked = await consents.WhoRevoked(ConsentPurpose.Recording, lesson.TutorId, lesson.StudentId, [], ct);
        foreach (var file in report.Files.DistinctBy(f => f.FileId).Take(MostOfAReport))
        {
            var id = StreamOf(lesson.Id, report.Provider, file.FileId);
            var stream = await session.FetchForWriting<Recording>(id, ct);
            var decision = Recording.Find(stream.Aggregate, id, lesson.Id, report.Provider, UserText.Clean(file.FileId), UserText.Clean(file.Kind),
                UserText.Clean(file.MediaType), file.Size, file.From, file.To, now);
            if (decision.Events.Count == 0) continue;
            stream.AppendMany(decision.Events);
            session.Schedule(FetchRecording.ErrandKind, new FetchRecordingErrand(
                id, lesson.Id, lesson.TutorId, report.Reference, file.Instance, file.FileId, file.MediaType, file.Size, file.Url, Seal(file.Token)),
                causedBy: id);
            // Recorded by the provider although somebody had taken it back: not fetched meanwhile, and gone unless it is given again.
            foreach (var person in revoked)
                session.Schedule(DeleteRevoked.ErrandKind, new DeleteRevokedErrand(person, now), NameBasedId.From(id, $"revoked by {person}"), now + options.KeptRevoked);
        }
    }

    /// <summary>Null when the key that sealed it is gone: then a fresh token is asked for.</summary>
    public string? Unseal(string? sealedToken)
    {
        if (sealedToken is null) return null;
        try
        {
            return Encoding.UTF8.GetString(protection.CreateProtector(Purpose).Unprotect(Convert.FromBase64String(sealedToken)));
        }
        catch (Exception e) when (e is System.Security.Cryptography.CryptographicException or FormatException)
        {
            return null;
        }
    }

    private string? Seal(string? token) =>
        token is null ? null : Convert.ToBase64String(protection.CreateProtector(Purpose).Protect(Encoding.UTF8.GetBytes(token)));
}
