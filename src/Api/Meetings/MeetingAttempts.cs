using Muse.Adapters.Postgres;
using Npgsql;

namespace Muse.Api.Meetings;

/// <summary>
/// The table <c>meeting_attempts</c>: at which providers a meeting of this lesson may have been left by an attempt whose end nobody knows (an
/// answer that never came, a process that died). Read and written under the <see cref="MeetingLock"/>.
/// </summary>
public sealed class MeetingAttempts(NpgsqlDataSource database)
{
    /// <summary>Before the provider is asked. True when an earlier attempt there had no known end.</summary>
    public async Task<bool> Begin(Guid lessonId, string provider, CancellationToken ct)
    {
        await using var note = database.Command(
            "insert into meeting_attempts (lesson_id, provider) values ($1, $2) on conflict do nothing", lessonId, provider);
        return await note.ExecuteNonQueryAsync(ct) == 0;
    }

    public async Task<IReadOnlyList<string>> Open(Guid lessonId, CancellationToken ct)
    {
        await using var read = database.Command("select provider from meeting_attempts where lesson_id = $1 order by provider", lessonId);
        await using var rows = await read.ExecuteReaderAsync(ct);
        var open = new List<string>();
        while (await rows.ReadAsync(ct))
            open.Add(rows.GetString(0));
        return open;
    }

    /// <summary>Their end is known, or an errand will see to it: with the session's save.</summary>
    public static void Close(EventSession session, Guid lessonId, IReadOnlyCollection<string> providers)
    {
        if (providers.Count == 0)
            return;
        session.After(async (connection, ct) =>
        {
            await using var forget = connection.Command(
                "delete from meeting_attempts where lesson_id = $1 and provider = any($2)", lessonId, providers.ToArray());
            await forget.ExecuteNonQueryAsync(ct);
        });
    }
}
