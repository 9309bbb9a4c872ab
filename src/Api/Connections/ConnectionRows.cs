using Muse.Adapters.Postgres;
using NodaTime;
using Npgsql;

namespace Muse.Api.Connections;

/// <summary>A tutor's own account at a provider, as it is kept.</summary>
/// <param name="Sealed">Null when it is dead.</param>
/// <param name="Generation">One higher with each refresh.</param>
/// <param name="ExpiresAt">Of the access token; null when nothing expires.</param>
/// <param name="FirstUsedAt">When somebody was first sent to a lesson with it; of Jitsi only.</param>
/// <param name="KeysTakenAt">When the server was shown the keys and took them; of Jitsi only, and null of one that lets nobody try.</param>
internal sealed record ConnectionRow(
    Guid TutorId, string Provider, Guid Grant, byte[]? Sealed, long Generation, Instant? ExpiresAt, string? AccountLabel, Instant ConnectedAt,
    Instant CheckedAt, Instant? DeadAt, string? DeadCode, Instant? FirstUsedAt, Instant? KeysTakenAt);

/// <summary>A consent under way.</summary>
internal sealed record Attempt(Guid TutorId, Guid PersonId, string Provider, byte[] Verifier, string RedirectUri);

/// <summary>The tables of connections. The turn to refresh is counted by the database's clock, which all processes share.</summary>
internal sealed class ConnectionRows(NpgsqlDataSource database)
{
    /// <summary>How long nobody else refreshes an account: longer than two requests that get no answer.</summary>
    public static readonly Duration Turn = Duration.FromSeconds(30);

    /// <summary>Consents under way that are kept of a tutor and provider: who presses "Connect" again and again forgets the first ones.</summary>
    public const int MostAttempts = 5;

    private const string Select = """
        select tutor_id, provider, grant_id, sealed, generation, expires_at, account_label, connected_at, checked_at, dead_at, dead_code, first_used_at,
               keys_taken_at
        from provider_connections 
        """;

    public async Task<ConnectionRow?> Find(Guid tutorId, string provider, CancellationToken ct)
    {
        await using var command = database.Command(Select + "where tutor_id = $1 and provider = $2", tutorId, provider);
        return await Read(command, ct) is [var row] ? row : null;
    }

    public async Task<IReadOnlyList<ConnectionRow>> Of(Guid tutorId, CancellationToken ct)
    {
        await using var command = database.Command(Select + "where tutor_id = $1", tutorId);
        return await Read(command, ct);
    }

    /// <summary>Live ones of which the provider has not been asked since: the given time with a lesson soon, else the other one.</summary>
    public async Task<IReadOnlyList<ConnectionRow>> ToCheck(
        Instant now, Instant lessonsUntil, Instant askedBeforeLesson, Instant askedAtAll, int most, CancellationToken ct)
    {
        await using var command = database.Command(Select + """
            c where dead_at is null and expires_at is not null and (checked_at < $4 or (checked_at < $3 and exists (
                select from lessons l where l.tutor_id = c.tutor_id and l.state = 'scheduled' and l.start_at between $1 and $2)))
            order by checked_at limit $5
            """, now, lessonsUntil, askedBeforeLesson, askedAtAll, most);
        return await Read(command, ct);
    }

    /// <summary>
    /// True: the caller alone refreshes this generation for the length of a <see cref="Turn"/>; <c>lost</c> says that an earlier turn ended
    /// without an answer.
    /// </summary>
    public async Task<(bool Mine, bool Lost)> TakeTurn(ConnectionRow row, Guid me, CancellationToken ct)
    {
        await using var command = database.Command("""
            with old as (
                select unsettled from provider_connections
                 where tutor_id = $1 and provider = $2 and grant_id = $3 and generation = $4 and dead_at is null
                   and (refresh_until is null or refresh_until < clock_timestamp())
                   for update)
            update provider_connections set refresh_by = $5, refresh_until = clock_timestamp() + make_interval(secs => $6), unsettled = true
              from old where tutor_id = $1 and provider = $2
            returning old.unsettled
            """, row.TutorId, row.Provider, row.Grant, row.Generation, me, Turn.TotalSeconds);
        return await command.ExecuteScalarAsync(ct) is bool lost ? (true, lost) : (false, false);
    }

    /// <param name="unsettled">The request may have taken effect.</param>
    public async Task EndTurn(ConnectionRow row, Guid me, bool unsettled, CancellationToken ct)
    {
        await using var command = database.Command("""
            update provider_connections set refresh_by = null, refresh_until = null, unsettled = $4
             where tutor_id = $1 and provider = $2 and refresh_by = $3
            """, row.TutorId, row.Provider, me, unsettled);
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>False when the connection was ended or made anew meanwhile.</summary>
    public async Task<bool> KeepRefreshed(ConnectionRow row, byte[] box, Instant expiresAt, Instant now, CancellationToken ct)
    {
        await using var command = database.Command("""
            update provider_connections set sealed = $5, expires_at = $6, checked_at = $7, generation = generation + 1,
                   refresh_by = null, refresh_until = null, unsettled = false
             where tutor_id = $1 and provider = $2 and grant_id = $3 and generation = $4 and dead_at is null
            """, row.TutorId, row.Provider, row.Grant, row.Generation, box, expiresAt, now);
        return await command.ExecuteNonQueryAsync(ct) == 1;
    }

    public static async Task Keep(
        NpgsqlConnection connection, Guid tutorId, string provider, Guid grant, byte[] box, Instant? expiresAt, string scopes, string? label,
        bool keysTaken, Instant now, CancellationToken ct)
    {
        await using var command = connection.Command("""
            insert into provider_connections (tutor_id, provider, grant_id, sealed, expires_at, scopes, account_label, connected_at, checked_at, keys_taken_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $8, case when $9 then $8 end)
            on conflict (tutor_id, provider) do update set grant_id = excluded.grant_id, sealed = excluded.sealed, generation = 0,
                expires_at = excluded.expires_at, scopes = excluded.scopes, account_label = excluded.account_label,
                connected_at = excluded.connected_at, checked_at = excluded.checked_at, dead_at = null, dead_code = null,
                refresh_by = null, refresh_until = null, unsettled = false, first_used_at = null, keys_taken_at = excluded.keys_taken_at
            """, tutorId, provider, grant, box, expiresAt, scopes, label, now, keysTaken);
        await command.ExecuteNonQueryAsync(ct);
    }

    public async Task NoteUse(Guid tutorId, string provider, Instant now, CancellationToken ct)
    {
        await using var command = database.Command("""
            update provider_connections set first_used_at = $3 where tutor_id = $1 and provider = $2 and first_used_at is null
            """, tutorId, provider, now);
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Its tokens are worthless, so they go.</summary>
    public static async Task KeepDead(NpgsqlConnection connection, ConnectionRow row, string code, Instant now, CancellationToken ct)
    {
        await using var command = connection.Command("""
            update provider_connections set dead_at = $4, dead_code = $5, sealed = null, refresh_by = null, refresh_until = null, unsettled = false
             where tutor_id = $1 and provider = $2 and grant_id = $3
            """, row.TutorId, row.Provider, row.Grant, now, code);
        await command.ExecuteNonQueryAsync(ct);
    }

    public static async Task Forget(NpgsqlConnection connection, Guid tutorId, string provider, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.Write("delete from provider_connections where tutor_id = $1 and provider = $2", tutorId, provider);
        batch.Write("delete from connection_attempts where tutor_id = $1 and provider = $2", tutorId, provider);
        await batch.ExecuteNonQueryAsync(ct);
    }

    public async Task Begin(byte[] state, byte[] cookie, Attempt attempt, Instant now, Instant expiresAt, CancellationToken ct)
    {
        await using var batch = database.CreateBatch();
        batch.Write("delete from connection_attempts where expires_at <= $1", now);
        batch.Write("""
            delete from connection_attempts where tutor_id = $1 and provider = $2 and state_hash not in (
                select state_hash from connection_attempts where tutor_id = $1 and provider = $2 order by made_at desc limit $3)
            """, attempt.TutorId, attempt.Provider, MostAttempts - 1);
        batch.Write("""
            insert into connection_attempts (state_hash, cookie_hash, tutor_id, person_id, provider, verifier, redirect_uri, made_at, expires_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            """, state, cookie, attempt.TutorId, attempt.PersonId, attempt.Provider, attempt.Verifier, attempt.RedirectUri, now, expiresAt);
        await batch.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Once only, and only for the browser that began it; null otherwise, and then nothing is changed.</summary>
    public async Task<Attempt?> Take(byte[] state, IReadOnlyList<byte[]> cookies, Instant now, CancellationToken ct)
    {
        foreach (var cookie in cookies)
        {
            await using var command = database.Command("""
                delete from connection_attempts where state_hash = $1 and cookie_hash = $2 and expires_at > $3
                returning tutor_id, person_id, provider, verifier, redirect_uri
                """, state, cookie, now);
            await using var rows = await command.ExecuteReaderAsync(ct);
            if (await rows.ReadAsync(ct))
                return new Attempt(rows.GetGuid(0), rows.GetGuid(1), rows.GetString(2), rows.GetFieldValue<byte[]>(3), rows.GetString(4));
        }
        return null;
    }

    /// <summary>Lessons to come for which no provider could be found so far; soonest first.</summary>
    public async Task<IReadOnlyList<Guid>> LessonsWithoutMeeting(Guid tutorId, Instant now, CancellationToken ct)
    {
        await using var command = database.Command("""
            select id from lessons join meetings on lesson_id = id
             where tutor_id = $1 and lessons.state = 'scheduled' and start_at > $2 and meetings.state in ('failed', 'no_provider_allowed')
             order by start_at limit 500
            """, tutorId, now);
        await using var rows = await command.ExecuteReaderAsync(ct);
        List<Guid> lessons = [];
        while (await rows.ReadAsync(ct))
            lessons.Add(rows.GetGuid(0));
        return lessons;
    }

    private static async Task<IReadOnlyList<ConnectionRow>> Read(NpgsqlCommand command, CancellationToken ct)
    {
        await using var rows = await command.ExecuteReaderAsync(ct);
        List<ConnectionRow> found = [];
        while (await rows.ReadAsync(ct))
            found.Add(new ConnectionRow(
                rows.GetGuid(0), rows.GetString(1), rows.GetGuid(2), await rows.IsDBNullAsync(3, ct) ? null : rows.GetFieldValue<byte[]>(3),
                rows.GetInt64(4), At(5), await rows.IsDBNullAsync(6, ct) ? null : rows.GetString(6), rows.Instant(7), rows.Instant(8), At(9),
                await rows.IsDBNullAsync(10, ct) ? null : rows.GetString(10), At(11), At(12)));
        return found;

        Instant? At(int column) => rows.IsDBNull(column) ? null : rows.Instant(column);
    }
}
