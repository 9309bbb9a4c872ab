using Muse.Adapters.Postgres;
using Muse.Domain.Meetings;

namespace Muse.Adapters.GoogleMeet;

/// <summary>Whose calendar holds a lesson: the tutor's own account, or a user of the school's Workspace.</summary>
/// <param name="Host">The Workspace user; null for a tutor's own account.</param>
internal sealed record GoogleAccount(Guid TutorId, string? Host)
{
    public bool IsOwn => Host is null;

    /// <summary>Names the calendar, not the tutor: tutors who share the school's host share it.</summary>
    public string Calendar => IsOwn ? $"tutor:{TutorId}" : $"school:{Host}";
}

/// <summary>Finds the account of a tutor and the tokens of an account.</summary>
internal sealed class GoogleAccounts(GoogleMeetOptions options, ServiceAccount school, IProviderAccounts? own = null, TutorAddresses? addresses = null)
{
    public async Task<bool> Serves(Guid tutorId, CancellationToken ct)
    {
        if ((await Of(tutorId, null, ct)).Count > 0) return true;
        return addresses is not null && options.HasServiceAccount && options.Hosts.Keys.Any(key => key.Contains('@'))
            && options.HostOf(tutorId, await addresses.Of(tutorId, ct)) is not null;
    }

    /// <summary>The tutor's own account goes first.</summary>
    public async Task<IReadOnlyList<GoogleAccount>> Of(Guid tutorId, string? tutorEmail, CancellationToken ct)
    {
        var accounts = new List<GoogleAccount>();
        if (own is not null && await own.HasLive(tutorId, ProviderPolicy.GoogleMeet, ct))
            accounts.Add(new GoogleAccount(tutorId, null));
        if (options.HostOf(tutorId, tutorEmail) is { } host)
            accounts.Add(new GoogleAccount(tutorId, host));
        return accounts;
    }

    /// <summary>The account that made this event, or null when it is not configured any more.</summary>
    public GoogleAccount? Behind(string reference, Guid tutorId, string? tutorEmail)
    {
        if (LessonEvent.IsTutorsOwn(reference)) return new GoogleAccount(tutorId, null);
        return options.HostOf(tutorId, tutorEmail) is { } host ? new GoogleAccount(tutorId, host) : null;
    }

    /// <summary>The accounts that may have made this event, where the tutor's address is not known; the likeliest first.</summary>
    public IReadOnlyList<GoogleAccount> Holding(string reference, Guid tutorId)
    {
        if (LessonEvent.IsTutorsOwn(reference)) return [new GoogleAccount(tutorId, null)];
        if (!options.HasServiceAccount) return [];
        return [.. new[] { options.HostOf(tutorId, null) }.Concat(options.Hosts.Values).OfType<string>()
            .Distinct(StringComparer.OrdinalIgnoreCase).Select(host => new GoogleAccount(tutorId, host))];
    }

    /// <exception cref="ProviderTrouble">Google could not be asked.</exception>
    public async Task<GoogleToken> Token(GoogleAccount account, string scope, string? refused, CancellationToken ct)
    {
        if (account.Host is { } host) return await school.Token(host, scope, refused, ct);
        var access = own is null ? AccountAccess.None : await own.Access(account.TutorId, ProviderPolicy.GoogleMeet, refused, ct);
        return access.Token is { } token
            ? GoogleToken.Of(token)
            : GoogleToken.None(MeetingAnswer.DisconnectedCode, access.Dead ? "Google no longer honours the tutor's connection." : "The tutor has no Google account connected.");
    }
}
