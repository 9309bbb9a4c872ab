using Muse.Api.Consents;
using Muse.Api.Http;
using Muse.Api.Identity;
using Muse.Api.Lessons;
using Muse.Domain.Consents;
using Muse.Domain.Lessons;
using NodaTime;

namespace Muse.Api.Recordings;

/// <summary>The caller, as one who may see a lesson's recordings.</summary>
/// <param name="MayDelete">The tutor, a guardian, and a student of age; not a child.</param>
public sealed record RecordingViewer(LessonView Lesson, Part Part, bool MayDelete);

/// <summary>
/// Who may see what was recorded of a lesson: its tutor, the student's guardians, the student; a child as long as the consent to recording
/// stands. While one of the lesson's two people, or anybody who is in it, has taken it back, nobody does.
/// </summary>
public sealed class RecordingViewers(LessonReader lessons, People people, ConsentRows consents, RecordingsOptions options, TimeProvider time)
{
    public const string NotYours = "recording_not_yours", Withdrawn = "recording_withdrawn";

    /// <param name="recording">Which one; null asks about the lesson's as such.</param>
    /// <param name="alsoWithdrawn">Who may delete it may do so while nobody sees it.</param>
    public async Task<(RecordingViewer? Viewer, IResult? Refused)> Find(
        Guid lessonId, RoomRecordingRow? recording, Caller caller, CancellationToken ct, bool alsoWithdrawn = false)
    {
        if (await lessons.Find(lessonId, ct) is not { } lesson)
            return (null, Problems.NotFound());
        var known = await people.ByRole([lesson.TutorId, lesson.StudentId], ct);
        var student = known.GetValueOrDefault(lesson.StudentId);
        var isOfAge = student?.IsOfAge(Instant.FromDateTimeOffset(time.GetUtcNow())) ?? false;
        RecordingViewer? viewer = caller.TutorId == lesson.TutorId ? new(lesson, Part.Tutor, true)
            : caller.Children.Contains(lesson.StudentId) ? new(lesson, Part.Guardian, true)
            : caller.StudentId == lesson.StudentId ? new(lesson, Part.Student, isOfAge && !caller.IsChildsDevice)
            : null;
        if (viewer is null)
            return (null, Problems.NotFound());
        if (viewer is { Part: Part.Student, MayDelete: false }
            && (student is null || (await consents.WhoAgreed(ConsentPurpose.Recording, [student.PersonId], ct)).Count == 0))
        {
            return (null, Problems.Of(StatusCodes.Status403Forbidden, NotYours, "Without a guardian's consent a child's recordings are shown to the tutor and the guardians."));
        }
        return !alsoWithdrawn && await AreWithdrawn(lesson, recording, ct)
            ? (null, IsWithdrawn())
            : (viewer, null);
    }

    /// <summary>Whether a recording may be shown to nobody, whatever ticket they have.</summary>
    /// <param name="recording">Null of a provider's file.</param>
    public async Task<bool> IsWithdrawn(Guid lessonId, RoomRecordingRow? recording, CancellationToken ct) =>
        await lessons.Find(lessonId, ct) is not { } lesson || await AreWithdrawn(lesson, recording, ct);

    public static IResult IsWithdrawn(IDictionary<string, object?>? members = null) =>
        Problems.Of(StatusCodes.Status403Forbidden, Withdrawn, "The consent to recording was taken back: nobody sees it until it is given again.", members);

    /// <summary>When the first of those who took the consent back has it deleted; null when all agree (again).</summary>
    public async Task<Instant?> DeletedAt(LessonView lesson, CancellationToken ct)
    {
        Instant? first = null;
        foreach (var person in await consents.WhoRevoked(ConsentPurpose.Recording, lesson.TutorId, lesson.StudentId, [], ct))
        {
            if (await consents.RevokedAt(ConsentPurpose.Recording, person, ct) is { } at && !(first <= at + options.KeptRevoked))
                first = at + options.KeptRevoked;
        }
        return first;
    }

    private Task<bool> AreWithdrawn(LessonView lesson, RoomRecordingRow? recording, CancellationToken ct) => consents.HasAnyRevoked(
        ConsentPurpose.Recording, lesson.TutorId, lesson.StudentId,
        [.. recording?.Tracks.Select(track => track.Who.PersonId).OfType<Guid>().Distinct() ?? []], ct);
}
