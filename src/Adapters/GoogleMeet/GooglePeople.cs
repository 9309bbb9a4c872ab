using System.Collections.Concurrent;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Logging;
using NodaTime;

namespace Muse.Adapters.GoogleMeet;

/// <summary>Who an account is to Google.</summary>
/// <param name="Id">OpenID Connect's <c>sub</c>: the number that never changes.</param>
/// <param name="Email">Null when Google does not say it.</param>
internal sealed record GooglePerson(string Id, string? Email)
{
    /// <summary>
    /// How Meet names this person among a conference's participants: <c>SignedinUser.user</c> is "interoperable with Admin SDK API and People
    /// API" (Meet v2), whose ids are the account's <c>sub</c>.
    /// </summary>
    public string NameAtMeet => $"users/{Id}";
}

/// <summary>
/// Asks Google whose an account is, once per token: a tutor who disconnects and connects another account has another token. Where the right to
/// ask is missing, the host cannot be told from other signed-in guests; the log says so once for each calendar.
/// </summary>
internal sealed partial class GooglePeople(GoogleWire wire, GoogleAccounts accounts, GoogleMeetOptions options, TimeProvider time, ILogger<GooglePeople> log)
{
    /// <summary>A right that is granted later is noticed without a restart.</summary>
    private static readonly Duration RefusalHolds = Duration.FromMinutes(10);

    /// <summary>One entry per calendar that held lessons since the start.</summary>
    private readonly ConcurrentDictionary<string, Known> _known = new();

    private readonly ConcurrentDictionary<string, bool> _told = new();

    /// <returns>Null when Google does not let us know.</returns>
    /// <exception cref="Muse.Domain.Meetings.ProviderTrouble">What may pass.</exception>
    public async Task<GooglePerson?> Behind(GoogleAccount account, CancellationToken ct)
    {
        if (_known.TryGetValue(account.Calendar, out var known) && known.Person is null && Now < known.Until) return null;
        var bearer = (await accounts.Token(account, GoogleScopes.Person, null, ct)).Bearer;
        if (bearer is not null && known is { Person: { } person } && known.Bearer == bearer) return person;
        var reply = await wire.Send(account, GoogleScopes.Person, HttpMethod.Get, options.UserInfoUrl, null, null, ct);
        var found = reply.IsDone && reply.Read<UserInfo>() is { Id: { Length: > 0 } id } info ? new GooglePerson(id, info.Email) : null;
        _known[account.Calendar] = new Known(found, bearer, Now + RefusalHolds);
        if (found is null && _told.TryAdd(account.Calendar, true))
            LogUnknown(log, account.IsOwn ? "a tutor's account" : "the school's account", reply.IsDone ? "It names no id." : reply.Ended().FailureDetail!);
        return found;
    }

    private Instant Now => Instant.FromDateTimeOffset(time.GetUtcNow());

    private sealed record Known(GooglePerson? Person, string? Bearer, Instant Until);

    /// <summary>OpenID Connect Core §5.3.2.</summary>
    private sealed record UserInfo([property: JsonPropertyName("sub")] string? Id, string? Email);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Google does not say who {Account} is, so in its Meet lessons the tutor counts as a guest and the lesson does not start by itself (scope " + GoogleScopes.Person + "): {Why}")]
    private static partial void LogUnknown(ILogger log, string account, string why);
}
