using Muse.Domain.Lessons;
using NodaTime;

namespace Muse.Domain.Recordings;

/// <summary>
/// A provider holds a file of this lesson. Where it lies and what opens it stand in no event: both are worthless after a while, and one is a secret.
/// </summary>
/// <param name="FileId">The provider's id of the file.</param>
/// <param name="Kind">The provider's word for what it shows, such as <c>shared_screen_with_speaker_view</c>.</param>
/// <param name="MediaType">RFC 6838.</param>
/// <param name="Size">Bytes, as the provider says; null when it does not.</param>
public sealed record RecordingFound(
    Guid RecordingId, Guid LessonId, string Provider, string FileId, string Kind, string MediaType, long? Size, Instant From, Instant To, Instant At);

/// <summary>All of it lies on the shelf. <paramref name="Sha256"/>: of the file's bytes, 64 lower-case hex digits.</summary>
public sealed record RecordingShelved(Guid RecordingId, Guid LessonId, long Size, string Sha256, Instant At);

/// <summary>It could not be fetched; an administrator can let it be tried again.</summary>
public sealed record RecordingFetchFailed(Guid RecordingId, Guid LessonId, string Code, string Detail, Instant At);

/// <summary>Not a byte of it is kept any longer, nor will be: of what the provider itself keeps this says nothing.</summary>
/// <param name="By">Who asked; the clock otherwise.</param>
public sealed record RecordingDeleted(Guid RecordingId, Guid LessonId, DeletedBecause Because, Who By, Instant At);

public enum RecordingState
{
    Found,
    Shelved,
    FetchFailed,
    Deleted,
}

/// <summary>One file of what was recorded of a lesson; a stream of its own.</summary>
public sealed record Recording(
    Guid Id, Guid LessonId, string Provider, string FileId, string Kind, string MediaType, long? Size, Instant From, Instant To, RecordingState State)
{
    /// <summary>Files that one lesson may have; more is somebody's mistake or mischief. Zoom makes up to one per person, and a handful beside.</summary>
    public const int MostOfALesson = 64;

    public static Recording Create(RecordingFound e) =>
        new(e.RecordingId, e.LessonId, e.Provider, e.FileId, e.Kind, e.MediaType, e.Size, e.From, e.To, RecordingState.Found);

    public Recording Apply(RecordingShelved e) => this with { State = RecordingState.Shelved, Size = e.Size };

    public Recording Apply(RecordingFetchFailed e) => this with { State = RecordingState.FetchFailed };

    public Recording Apply(RecordingDeleted e) => this with { State = RecordingState.Deleted };

    public bool IsShelved() => State is RecordingState.Shelved;

    /// <summary>Nothing when it was found before, also if it has been deleted since: a provider tells of it again and again.</summary>
    public static Decision Find(
        Recording? existing, Guid id, Guid lessonId, string provider, string fileId, string kind, string mediaType, long? size, Instant from, Instant to,
        Instant now)
    {
        if (existing is not null)
            return existing.LessonId == lessonId
                ? Decision.Nothing
                : new Refusal("recording_exists", "There is already another recording of this id.");
        return to < from
            ? Refusal.Invalid("invalid_recording", "It ends before it begins.")
            : Decision.Of(new RecordingFound(id, lessonId, provider, fileId, kind, mediaType, size, from.Cut(), to.Cut(), now.Cut()));
    }

    public Decision Shelve(long size, string sha256, Instant now) =>
        IsShelved() || State is RecordingState.Deleted ? Decision.Nothing : Decision.Of(new RecordingShelved(Id, LessonId, size, sha256, now.Cut()));

    public Decision FailToFetch(string code, string detail, Instant now) =>
        State is RecordingState.Found ? Decision.Of(new RecordingFetchFailed(Id, LessonId, code, detail, now.Cut())) : Decision.Nothing;

    /// <summary>Repeatable. What is still being fetched is not fetched any further.</summary>
    public Decision Delete(DeletedBecause because, Who by, Instant now) =>
        State is RecordingState.Deleted ? Decision.Nothing : Decision.Of(new RecordingDeleted(Id, LessonId, because, by, now.Cut()));
}
