namespace Muse.Imitations;

/// <summary>A meeting that an imitated provider holds now; one that was deleted is not held.</summary>
/// <param name="Reference">The provider's own id, as in Muse's events.</param>
/// <param name="LessonId">The lesson that Muse made it for, wherever the provider keeps that; null when it cannot be told.</param>
/// <param name="Start">Null where the provider knows no times.</param>
/// <param name="State"><c>waiting</c>, <c>started</c> or <c>ended</c>.</param>
/// <param name="Present">The names of those who are in it.</param>
/// <param name="Account">The address of the account that holds it; null where meetings belong to nobody.</param>
public sealed record HeldMeeting(
    string Reference, Guid? LessonId, string Title, DateTimeOffset? Start, int? Minutes, string State, IReadOnlyList<string> Present,
    string? Account = null);

/// <summary>What somebody makes happen at a provider, behind Muse's back or as a guest.</summary>
public enum Happening
{
    Start,
    /// <summary>Whoever owns the meeting there comes in, signed in with the account.</summary>
    JoinAsHost,
    /// <summary>A guest comes in, with a name that anybody can choose.</summary>
    Join,
    Leave,
    End,
    RecordingReady,
    /// <summary>Somebody deletes the meeting at the provider itself.</summary>
    Delete,
}
