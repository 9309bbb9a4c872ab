using System.Collections.Concurrent;
using Muse.Adapters.Postgres;
using Npgsql;

namespace Muse.Api.Tokens;

/// <summary>
/// Sessions that ended less than an access token's life ago, so that signing out and revoking a tablet's link count at once and not only
/// at the next refresh. Small: an entry goes when the last token of its session has died.
/// </summary>
internal sealed class EndedSessions(TimeProvider time)
{
    private static readonly TimeSpan Kept = AccessTokens.Life + AccessTokens.ClockSkew;

    private readonly ConcurrentDictionary<Guid, DateTimeOffset> _ended = [];

    public bool Has(Guid session) => _ended.ContainsKey(session);

    public void Add(Guid session) => _ended[session] = time.GetUtcNow() + Kept;

    /// <summary>After a restart: what ended shortly before.</summary>
    public async Task Read(NpgsqlDataSource database, CancellationToken ct)
    {
        await using var command = database.Command(
            "select family_id from refresh_families where revoked_at > $1", time.GetUtcNow() - Kept);
        await using var rows = await command.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct))
            Add(rows.GetGuid(0));
    }

    public void Forget()
    {
        var now = time.GetUtcNow();
        foreach (var (session, until) in _ended)
        {
            if (until <= now)
                _ended.TryRemove(session, out _);
        }
    }
}
