using Muse.Adapters.Postgres;
using NodaTime;
using Npgsql;

namespace Muse.Adapters.Zoom;

/// <summary>What this server remembers of a lesson's meeting: where to look first. The truth is at Zoom.</summary>
/// <param name="MeetingId">Null until Zoom has answered.</param>
/// <param name="UnsureSince">Since when a meeting may be there that nobody has seen: a creation was sent and its end is not known.</param>
public sealed record ZoomTrace(Guid LessonId, ZoomHost Host, long? MeetingId, Instant? UnsureSince);

/// <summary>The table <c>zoom_meetings</c>.</summary>
public sealed class ZoomTraces(NpgsqlDataSource database, TimeProvider time)
{
    /// <summary>A creation whose answer was lost has either happened by then or never will.</summary>
    private static readonly Duration LongestFlight = Duration.FromMinutes(2);

    public async Task<ZoomTrace?> Find(Guid lessonId, CancellationToken ct)
    {
        await using var command = database.Command("select tutor_id, host, meeting_id, unsure_since from zoom_meetings where lesson_id = $1", lessonId);
        await using var rows = await command.ExecuteReaderAsync(ct);
        if (!await rows.ReadAsync(ct)) return null;
        return new ZoomTrace(lessonId, new ZoomHost(rows.IsDBNull(0) ? null : rows.GetGuid(0), rows.GetString(1)),
            rows.IsDBNull(2) ? null : rows.GetInt64(2), rows.IsDBNull(3) ? null : rows.Instant(3));
    }

    /// <summary>Before a creation is sent: whoever comes after a crash knows that it may have happened.</summary>
    public async Task Sending(Guid lessonId, ZoomHost host, CancellationToken ct)
    {
        await using var command = database.Command("""
            insert into zoom_meetings (lesson_id, tutor_id, host, meeting_id, unsure_since) values ($1, $2, $3, null, $4)
            on conflict (lesson_id) do update set tutor_id = excluded.tutor_id, host = excluded.host, meeting_id = null, unsure_since = excluded.unsure_since
            """, lessonId, host.TutorId, host.UserId, Now);
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <param name="unsureSince">Of an earlier creation; forgotten once it is too old to come.</param>
    public async Task Holds(Guid lessonId, ZoomHost host, long? meetingId, Instant? unsureSince, CancellationToken ct)
    {
        await using var command = database.Command("""
            insert into zoom_meetings (lesson_id, tutor_id, host, meeting_id, unsure_since) values ($1, $2, $3, $4, $5)
            on conflict (lesson_id) do update set tutor_id = excluded.tutor_id, host = excluded.host, meeting_id = excluded.meeting_id, unsure_since = excluded.unsure_since
            """, lessonId, host.TutorId, host.UserId, meetingId, StillUnsure(unsureSince) ? unsureSince : null);
        await command.ExecuteNonQueryAsync(ct);
    }

    public async Task Forget(Guid lessonId, CancellationToken ct)
    {
        await using var command = database.Command("delete from zoom_meetings where lesson_id = $1", lessonId);
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>May a creation of then still take effect?</summary>
    public bool StillUnsure(Instant? since) => since is { } at && Now - at < LongestFlight;

    private Instant Now => Instant.FromDateTimeOffset(time.GetUtcNow());
}
