using Muse.Domain.Lessons;

namespace Muse.Domain.Recordings;

/// <summary>Why a recording stands still.</summary>
public enum PausedBecause
{
    /// <summary>There is nobody whom it would show.</summary>
    NobodyIsThere,

    /// <summary>Nobody has agreed to it for this person, or not any more.</summary>
    NotConsented,

    /// <summary>Guests have no account, so nobody can know whether they agree.</summary>
    Guest,
}

/// <param name="Who">Whom it is about; null when nobody is there.</param>
public sealed record Pause(PausedBecause Because, Who? Who);

/// <summary>
/// Whether a room may be recorded as it is now. Ask before the recording begins, when somebody comes (before a packet of theirs is written) and
/// when a consent is revoked; when somebody leaves a pause may be over.
/// </summary>
/// <param name="Pauses">Empty: record. Else every reason against it, each person once.</param>
public sealed record MayRecord(IReadOnlyList<Pause> Pauses)
{
    public bool IsAllowed => Pauses.Count == 0;

    /// <param name="present">
    /// Everybody whose sound or picture could be in it: people in the room and those who publish by an encoder, each as often as they are there.
    /// Who only listens is not recorded.
    /// </param>
    /// <param name="consented">Person ids for whom a consent to recording stands.</param>
    public static MayRecord Of(IReadOnlyCollection<Who> present, IReadOnlySet<Guid> consented)
    {
        if (present.Count == 0)
            return new([new(PausedBecause.NobodyIsThere, null)]);
        return new([.. present.Distinct().Select(who => Against(who, consented)).OfType<Pause>()]);
    }

    private static Pause? Against(Who who, IReadOnlySet<Guid> consented)
    {
        // A guest's id, where one is given, is of one lesson only and nobody's account.
        if (who.IsGuest() || who.PersonId is not { } person)
            return new(PausedBecause.Guest, who);
        return consented.Contains(person) ? null : new(PausedBecause.NotConsented, who);
    }
}
