using NodaTime;

namespace Muse.Domain.Meetings;

/// <summary>
/// A tutor let Muse use an account of theirs. Whose it is at the provider, and its tokens, are in a mutable row: nothing personal is here.
/// </summary>
/// <param name="Grant">Names this consent: a tutor who connects again gives another one.</param>
public sealed record ProviderConnected(Guid ConnectionId, Guid TutorId, string Provider, Guid Grant, Instant At);

/// <param name="By">The role of who did it: <c>tutor</c> or <c>admin</c>.</param>
public sealed record ProviderDisconnected(Guid ConnectionId, Guid TutorId, string Provider, string By, Instant At);

/// <summary>The provider no longer honours the consent; only the tutor can give a new one.</summary>
/// <param name="Code">
/// <c>consent_withdrawn</c>; <c>refresh_answer_lost</c> when an answer with the next refresh token never arrived; <c>keys_lost</c> when the
/// tokens do not open because the keys of the data folder are others; <c>keys_refused</c> when a Jitsi server no longer takes what it took.
/// </param>
public sealed record ProviderConnectionDied(Guid ConnectionId, Guid TutorId, string Provider, Guid Grant, string Code, Instant At);

public enum ConnectionState
{
    None,
    Live,
    Dead,
}

/// <summary>A tutor's own account at one provider; a stream per tutor and provider, which goes on when they connect again.</summary>
public sealed record Connection(Guid Id, Guid TutorId, string Provider, ConnectionState State, Guid Grant)
{
    public const string ConsentWithdrawn = "consent_withdrawn";
    public const string RefreshAnswerLost = "refresh_answer_lost";
    public const string KeysLost = "keys_lost";
    public const string KeysRefused = "keys_refused";

    public static Connection Create(ProviderConnected e) => None(e.ConnectionId, e.TutorId, e.Provider).Apply(e);

    /// <summary>Before its first event.</summary>
    public static Connection None(Guid id, Guid tutorId, string provider) => new(id, tutorId, provider, ConnectionState.None, Guid.Empty);

    public Connection Apply(ProviderConnected e) => this with { State = ConnectionState.Live, Grant = e.Grant };

    public Connection Apply(ProviderDisconnected e) => this with { State = ConnectionState.None, Grant = Guid.Empty };

    public Connection Apply(ProviderConnectionDied e) => this with { State = ConnectionState.Dead };

    public bool IsLive() => State is ConnectionState.Live;

    /// <summary>
    /// A live one is disconnected first, which takes its meetings of coming lessons along; another account over it would leave them out of reach.
    /// </summary>
    /// <param name="keepsMeetings">What is connected now holds the same meetings: the new keys of the same Jitsi server.</param>
    public Decision Connect(Guid grant, Instant now, bool keepsMeetings = false) =>
        Grant == grant ? Decision.Nothing
        : IsLive() && !keepsMeetings ? AlreadyConnected
        : Decision.Of(new ProviderConnected(Id, TutorId, Provider, grant, now.Cut()));

    public static readonly Refusal AlreadyConnected =
        new("already_connected", "An account is connected here and works. Disconnect it first; meetings of coming lessons are then taken out of it.");

    public Decision Disconnect(string by, Instant now) =>
        State is ConnectionState.None ? Decision.Nothing : Decision.Of(new ProviderDisconnected(Id, TutorId, Provider, by, now.Cut()));

    /// <summary>The end of an older consent says nothing about the one that followed it.</summary>
    public Decision Die(Guid grant, string code, Instant now) =>
        IsLive() && Grant == grant ? Decision.Of(new ProviderConnectionDied(Id, TutorId, Provider, grant, code, now.Cut())) : Decision.Nothing;
}
