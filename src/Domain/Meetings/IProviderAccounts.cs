namespace Muse.Domain.Meetings;

/// <summary>The accounts at providers that tutors connected themselves. A tutor without one is served by the school's, where there is one.</summary>
public interface IProviderAccounts
{
    /// <summary>
    /// A token that lives at least another minute. One refresh at a time runs for an account, however many ask; <paramref name="refused"/> is a
    /// token that the provider just answered with 401, so that ten such answers cause one refresh.
    /// </summary>
    /// <exception cref="ProviderTrouble">The provider could not be asked.</exception>
    Task<AccountAccess> Access(Guid tutorId, string provider, string? refused, CancellationToken ct);

    /// <summary>Without asking the provider: has this tutor connected one, and is it not known to be dead?</summary>
    Task<bool> HasLive(Guid tutorId, string provider, CancellationToken ct);

    /// <summary>
    /// Somebody is sent to a lesson with this account: for providers that cannot be asked whether they take it. Only the first time counts.
    /// </summary>
    Task NoteUse(Guid tutorId, string provider, CancellationToken ct) => Task.CompletedTask;

    /// <summary>
    /// The provider just said that it does not take these keys: the connection has ended, as one whose consent was withdrawn. Nothing happens when
    /// the tutor gave others meanwhile.
    /// </summary>
    Task NoteRefusal(Guid tutorId, string provider, string keys, CancellationToken ct) => Task.CompletedTask;
}

/// <summary>What there is of a tutor's own account.</summary>
/// <param name="Token">
/// The bearer token, or for Jitsi the keys as JSON: <c>{"domain":"meet.example.org","appId":"muse","secret":"…"}</c>; null when there is none.
/// </param>
/// <param name="Dead">It was connected, and the provider no longer honours it: the tutor has been told to connect it again.</param>
public sealed record AccountAccess(string? Token, bool Dead)
{
    public static readonly AccountAccess None = new(null, false);
}
