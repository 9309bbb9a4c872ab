using System.Collections.Concurrent;
using Muse.Domain;
using Muse.Domain.Meetings;
using NodaTime;
using Npgsql;

namespace Muse.Api.Connections;

/// <summary>
/// The accounts that tutors connected themselves. The row in the database is the only copy of the tokens, so that a disconnected account is
/// disconnected in every process at once; reading and opening it costs less than a millisecond.
/// </summary>
/// <remarks>
/// Zoom gives a new refresh token with each refresh and no longer takes the old one, so two refreshes at once, or an answer that is lost,
/// may end the connection. Hence: callers of this process share one refresh, other processes wait for a turn in the row
/// (<see cref="ConnectionRows.TakeTurn"/>), nobody's cancelled request cuts a refresh off, a lost answer is followed by one more try at once,
/// and what came is saved before anybody uses it (docs/decisions/0018).
/// </remarks>
internal sealed partial class TutorAccounts(
    ConnectionRows rows, ConnectClients clients, TokenEndpoint endpoint, ConnectionSeals seals, ConnectionDesk desk, TimeProvider time,
    ILogger<TutorAccounts> log) : IProviderAccounts
{
    /// <summary>A token is refreshed this long before its end.</summary>
    private static readonly Duration Early = Duration.FromMinutes(5);

    /// <summary>What a token must still live to be handed out while the provider gives no other.</summary>
    private static readonly Duration Shortest = Duration.FromMinutes(1);

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);

    private readonly ConcurrentDictionary<(Guid Grant, long Generation), Lazy<Task<AccountAccess>>> _underWay = new();

    /// <summary>The tokens of a connection that has ended, for what is still to be taken away there. Of this flow of calls only.</summary>
    private readonly AsyncLocal<Lent?> _lent = new();

    private sealed record Lent(Guid TutorId, string Provider, string Token)
    {
        public bool IsFor(Guid tutorId, string provider) => TutorId == tutorId && Provider == provider;
    }

    private Instant Now => Instant.FromDateTimeOffset(time.GetUtcNow());

    public async Task<AccountAccess> Access(Guid tutorId, string provider, string? refused, CancellationToken ct)
    {
        if (_lent.Value is { } lent && lent.IsFor(tutorId, provider))
            return refused == lent.Token ? Ended : new AccountAccess(lent.Token, false);
        if (!CanBeUsed(provider) || await rows.Find(tutorId, provider, ct) is not { } row)
            return AccountAccess.None;
        if (row.DeadAt is not null)
            return Ended;
        if (provider == ProviderPolicy.Jitsi)
            return seals.OpenText("keys", provider, tutorId, row.Sealed!) is { } keys
                ? new AccountAccess(keys, false)
                : await Die(row, Connection.KeysLost);
        if (TokensOf(row) is not { } tokens)
            return await Die(row, Connection.KeysLost);
        var lives = row.ExpiresAt!.Value - Now;
        if (lives > Early && tokens.Access != refused)
            return new AccountAccess(tokens.Access, false);
        try
        {
            return await Refreshed(row).WaitAsync(ct);
        }
        catch (ProviderTrouble) when (lives > Shortest && tokens.Access != refused)
        {
            return new AccountAccess(tokens.Access, false);
        }
    }

    public async Task<bool> HasLive(Guid tutorId, string provider, CancellationToken ct) =>
        _lent.Value?.IsFor(tutorId, provider) is true || CanBeUsed(provider) && await rows.Find(tutorId, provider, ct) is { DeadAt: null };

    public Task NoteUse(Guid tutorId, string provider, CancellationToken ct) => rows.NoteUse(tutorId, provider, Now, ct);

    public async Task NoteRefusal(Guid tutorId, string provider, string keys, CancellationToken ct)
    {
        if (await rows.Find(tutorId, provider, ct) is { DeadAt: null, Sealed: { } box } row && seals.OpenText("keys", provider, tutorId, box) == keys)
            await Die(row, Connection.KeysRefused);
    }

    /// <summary>Runs <paramref name="work"/> as if the ended connection still stood; its access token is not renewed.</summary>
    public async Task<T> Lending<T>(Guid tutorId, string provider, KeptTokens tokens, Func<Task<T>> work)
    {
        _lent.Value = new Lent(tutorId, provider, tokens.Access);
        return await work();
    }

    /// <summary>Asks the provider now whether it still honours the consent; false when it does not.</summary>
    /// <exception cref="ProviderTrouble">The provider could not be asked.</exception>
    public async Task<bool> Check(ConnectionRow row, CancellationToken ct) => !(await Refreshed(row).WaitAsync(ct)).Dead;

    private static readonly AccountAccess Ended = new(null, true);

    /// <summary>Without its OAuth client a connection cannot be used; the school's account may be.</summary>
    private bool CanBeUsed(string provider) => provider == ProviderPolicy.Jitsi || clients.Find(provider) is not null;

    private KeptTokens? TokensOf(ConnectionRow row) => seals.Open<KeptTokens>("tokens", row.Provider, row.TutorId, row.Sealed!);

    private async Task<AccountAccess> Die(ConnectionRow row, string code)
    {
        await desk.Die(row, code, CancellationToken.None);
        return Ended;
    }

    /// <summary>One refresh of this generation in this process, whoever asks; it goes on when they stop waiting.</summary>
    private Task<AccountAccess> Refreshed(ConnectionRow row)
    {
        var key = (row.Grant, row.Generation);
        return _underWay.GetOrAdd(key, _ => new Lazy<Task<AccountAccess>>(async () =>
        {
            await Task.Yield();
            try
            {
                return await Refresh(row);
            }
            finally
            {
                _underWay.TryRemove(key, out var _);
            }
        })).Value;
    }

    private async Task<AccountAccess> Refresh(ConnectionRow seen)
    {
        var me = Guid.NewGuid();
        var until = time.GetTimestamp();
        while (true)
        {
            if (await rows.Find(seen.TutorId, seen.Provider, CancellationToken.None) is not { } row)
                return AccountAccess.None;
            if (row.DeadAt is not null)
                return Ended;
            if (TokensOf(row) is not { } tokens)
                return await Die(row, Connection.KeysLost);
            if (row.Grant != seen.Grant || row.Generation != seen.Generation)
                return new AccountAccess(tokens.Access, false);
            var (mine, lost) = await rows.TakeTurn(row, me, CancellationToken.None);
            if (mine)
                return await Ask(row, tokens, me, lost);
            // Another process refreshes; should it die, its turn ends by itself.
            if (time.GetElapsedTime(until) > ConnectionRows.Turn.ToTimeSpan() + TokenEndpoint.Patience)
                throw new ProviderTrouble("timed_out", $"{seen.Provider}'s token is being refreshed elsewhere.");
            await Task.Delay(Look, time);
        }
    }

    private async Task<AccountAccess> Ask(ConnectionRow row, KeptTokens tokens, Guid me, bool lost)
    {
        if (tokens.Refresh is not { } refresh || clients.Find(row.Provider) is not { } client)
            return await Die(row, Connection.ConsentWithdrawn);
        TokenAnswer answer;
        try
        {
            try
            {
                answer = await endpoint.Refresh(client, refresh, CancellationToken.None);
            }
            catch (ProviderTrouble first) when (first.Code is "timed_out" or "unreachable" or "unreadable_answer")
            {
                // If it took effect, the old refresh token may be honoured for a moment still, hardly later.
                LogAgain(log, row.Provider, first.Code);
                lost = true;
                answer = await endpoint.Refresh(client, refresh, CancellationToken.None);
            }
        }
        catch (ProviderTrouble trouble)
        {
            await rows.EndTurn(row, me, lost || trouble.Code is not "too_many_requests", CancellationToken.None);
            throw;
        }
        if (answer.Tokens is not { } fresh)
            return await Die(row, lost ? Connection.RefreshAnswerLost : Connection.ConsentWithdrawn);
        var kept = new KeptTokens(fresh.AccessToken, fresh.RefreshToken ?? refresh);
        if (!await Keep(row, kept, fresh.ExpiresAt))
        {
            // Disconnected while the provider answered: what it gave must not live on. A new consent would be ended with it, so that one is left.
            if (await rows.Find(row.TutorId, row.Provider, CancellationToken.None) is { } other)
                return other.DeadAt is null && TokensOf(other) is { } newer ? new AccountAccess(newer.Access, false) : Ended;
            await desk.Revoke(row.TutorId, row.Provider, row.Grant, row.Generation + 1, kept, CancellationToken.None);
            return AccountAccess.None;
        }
        return new AccountAccess(kept.Access, false);
    }

    /// <summary>The provider has forgotten the old token by now, so a database that is away for a moment is waited for.</summary>
    private async Task<bool> Keep(ConnectionRow row, KeptTokens tokens, Instant expiresAt)
    {
        var box = seals.Seal("tokens", row.Provider, row.TutorId, tokens);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await rows.KeepRefreshed(row, box, expiresAt, Now.Cut(), CancellationToken.None);
            }
            catch (NpgsqlException) when (attempt < 6)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100 << attempt), time);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The answer to a refresh at {Provider} is lost ({Code}); once more")]
    private static partial void LogAgain(ILogger log, string provider, string code);
}
