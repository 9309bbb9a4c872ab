using System.Collections.Immutable;
using Muse.Domain.Lessons;
using NodaTime;

namespace Muse.Domain.StreamKeys;

/// <summary>What a stream key lets an encoder or a player do.</summary>
public enum StreamUse
{
    /// <summary>Publish as the person who made it (WHIP).</summary>
    Publish,

    /// <summary>Hear and see (WHEP).</summary>
    Watch,
}

/// <param name="KeysId">The stream: all keys of one person in one lesson.</param>
/// <param name="Listeners">How many may watch by it at a time; 1 is the person themself, more is an audience.</param>
/// <param name="TokenHash">SHA-256 in hexadecimal of a token of 256 random bits, which nobody keeps: it opens nothing.</param>
public sealed record StreamKeyMade(
    Guid KeysId, Guid KeyId, Guid LessonId, Who By, StreamUse Use, int Listeners, string TokenHash, Instant ExpiresAt, Instant At);

/// <param name="By">Its maker, or the tutor, or a guardian of the student.</param>
public sealed record StreamKeyRevoked(Guid KeysId, Guid KeyId, Who By, Instant At);

/// <summary>One key that is not revoked.</summary>
public sealed record StreamKey(Guid Id, Who By, StreamUse Use, int Listeners, Instant ExpiresAt);

/// <summary>The stream keys of one person in one lesson: secrets for programs that know one address and one token, such as OBS.</summary>
public sealed record StreamKeyRing(Guid Id, Guid LessonId, ImmutableDictionary<Guid, StreamKey> Keys)
{
    /// <summary>Live keys of one person in one lesson.</summary>
    public const int Most = 10;

    /// <summary>Of one key that is for an audience.</summary>
    public const int MostListeners = 1_000;

    /// <summary>A key is good for a while after the planned end, because lessons move.</summary>
    public static readonly Duration LongestAfterTheLesson = Duration.FromDays(30);

    public static StreamKeyRing None(Guid id, Guid lessonId) => new(id, lessonId, ImmutableDictionary<Guid, StreamKey>.Empty);

    public static StreamKeyRing Create(StreamKeyMade e) => None(e.KeysId, e.LessonId).Apply(e);

    public StreamKeyRing Apply(StreamKeyMade e) => this with { Keys = Keys.SetItem(e.KeyId, new(e.KeyId, e.By, e.Use, e.Listeners, e.ExpiresAt)) };

    public StreamKeyRing Apply(StreamKeyRevoked e) => this with { Keys = Keys.Remove(e.KeyId) };

    public int Live(Instant now) => Keys.Values.Count(key => key.ExpiresAt > now);

    /// <param name="by">Somebody of the lesson.</param>
    /// <param name="studentIsChild">Then an audience is the guardian's to let in.</param>
    /// <param name="expiresAt">Null: as long as it may be.</param>
    public Decision Make(
        Guid keyId, Lesson lesson, Who by, bool studentIsChild, StreamUse use, int listeners, string tokenHash, Instant? expiresAt, Instant now)
    {
        if (!by.IsOfTheLesson())
            return Refusal.NotFound();
        if (lesson.IsClosed())
            return new Refusal("lesson_over", "The lesson is over or cancelled.");
        var latest = lesson.Time.End() + LongestAfterTheLesson;
        var until = expiresAt ?? latest;
        if (until <= now || until > latest)
            return Refusal.Invalid("out_of_range", "A key ends in the future and at most 30 days after the lesson.", "/expiresAt");
        if (listeners is < 1 or > MostListeners)
            return Refusal.Invalid("out_of_range", $"1 to {MostListeners} listeners.", "/listeners");
        if (listeners > 1 && use is StreamUse.Publish)
            return Refusal.Invalid("listeners_of_watch_keys_only", "A key to publish is for one encoder.", "/listeners");
        if (listeners > 1 && studentIsChild && by.Part is not Part.Guardian)
            return new Refusal("guardian_needed", "Only a guardian lets an audience in to a child's lesson.") { Kind = RefusalKind.Forbidden };
        if (listeners > 1 && by.Part is Part.Student)
            return Refusal.Forbidden("The tutor lets an audience in.");
        return Live(now) >= Most
            ? new Refusal("too_many_stream_keys", $"At most {Most} keys of one person in one lesson; revoke one first.")
            : Decision.Of(new StreamKeyMade(Id, keyId, LessonId, by, use, listeners, tokenHash, until.Cut(), now.Cut()));
    }

    /// <summary>Its maker's, and the tutor's and the guardians' of the lesson. Repeating it changes nothing.</summary>
    public static bool MayRevoke(Who who, Guid? maker) => who.PersonId == maker || who.Part is Part.Tutor or Part.Guardian;

    public Decision Revoke(Guid keyId, Who by, Instant now) =>
        Keys.ContainsKey(keyId) ? Decision.Of(new StreamKeyRevoked(Id, keyId, by, now.Cut())) : Decision.Nothing;
}
