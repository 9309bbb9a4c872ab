using Muse.Adapters.Postgres;
using Muse.Domain.Recordings;
using NodaTime;
using Npgsql;

namespace Muse.Api.Recordings;

/// <summary>A line of the table <c>room_recordings</c>.</summary>
/// <param name="Because">Why it ended, <see cref="StoppedBecause"/> as a word; null while it goes on.</param>
/// <param name="From">When its first track begins; null until it is finalised.</param>
public sealed record RoomRecordingRow(
    Guid Id, Guid LessonId, string State, Instant StartedAt, Instant? StoppedAt, string? Because, Instant? From, Duration? Length, long? Size, string? Sha256,
    IReadOnlyList<RecordedTrack> Tracks)
{
    public bool IsFinalised => State == "finalised";
}

/// <summary>The table <c>room_recordings</c>, inline.</summary>
public sealed class RoomRecordingRows(NpgsqlDataSource database) : IProjection
{
    private const string Columns = "id, lesson_id, state, started_at, stopped_at, because, from_at, length_ms, size, sha256, tracks::text";

    public string Name => "room_recordings";

    public int Version => 2;

    public ProjectionLifecycle Lifecycle => ProjectionLifecycle.Inline;

    public IReadOnlyCollection<string> EventTypes { get; } =
    [
        "room_recording_started", "room_recording_paused", "room_recording_resumed", "room_recording_stopped", "room_recording_finalised",
        "room_recording_deleted",
    ];

    public IReadOnlyList<string> Tables { get; } = ["room_recordings"];

    public void Apply(IEvent e, NpgsqlBatch batch)
    {
        switch (e.Data)
        {
            case RoomRecordingStarted s:
                batch.Write("insert into room_recordings (id, lesson_id, state, started_at) values ($1, $2, 'recording', $3)", s.RecordingId, s.LessonId, s.At);
                break;
            case RoomRecordingPaused p:
                batch.Write("update room_recordings set state = 'paused' where id = $1", p.RecordingId);
                break;
            case RoomRecordingResumed r:
                batch.Write("update room_recordings set state = 'recording' where id = $1", r.RecordingId);
                break;
            case RoomRecordingStopped s:
                batch.Write("update room_recordings set state = 'stopped', stopped_at = $2, because = $3 where id = $1", s.RecordingId, s.At, EventJson.Word(s.Because));
                break;
            case RoomRecordingFinalised f:
                batch.Write("""
                    update room_recordings set state = 'finalised', from_at = $2::timestamptz, length_ms = $3, size = $4, sha256 = $5, tracks = $6::jsonb where id = $1
                    """, f.RecordingId, f.From, (long)f.Length.TotalMilliseconds, f.Size, f.Sha256, EventJson.Write(f.Tracks));
                break;
            case RoomRecordingDeleted d:
                batch.Write("update room_recordings set state = 'deleted', size = null, sha256 = null, tracks = '[]' where id = $1", d.RecordingId);
                break;
            default:
                throw new InvalidOperationException($"{e.EventTypeName} is not applied to room recordings.");
        }
    }

    /// <summary>A lesson's, earliest first; without those that are deleted.</summary>
    public async Task<IReadOnlyList<RoomRecordingRow>> OfLesson(Guid lessonId, CancellationToken ct)
    {
        await using var read = database.Command(
            $"select {Columns} from room_recordings where lesson_id = $1 and state <> 'deleted' order by started_at, id limit 200", lessonId);
        return await Rows(read, ct);
    }

    /// <summary>Null when there is none, or none any more.</summary>
    public async Task<RoomRecordingRow?> Find(Guid id, CancellationToken ct)
    {
        await using var read = database.Command($"select {Columns} from room_recordings where id = $1 and state <> 'deleted'", id);
        return (await Rows(read, ct)).FirstOrDefault();
    }

    /// <summary>Those that began and did not come to their end.</summary>
    public async Task<IReadOnlyList<RoomRecordingRow>> Unfinished(CancellationToken ct)
    {
        await using var read = database.Command($"select {Columns} from room_recordings where state in ('recording', 'paused', 'stopped') order by id");
        return await Rows(read, ct);
    }

    private static async Task<List<RoomRecordingRow>> Rows(NpgsqlCommand read, CancellationToken ct)
    {
        var found = new List<RoomRecordingRow>();
        await using var rows = await read.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct))
            found.Add(new RoomRecordingRow(
                rows.GetGuid(0), rows.GetGuid(1), rows.GetString(2), rows.Instant(3), rows.IsDBNull(4) ? null : rows.Instant(4),
                rows.IsDBNull(5) ? null : rows.GetString(5), rows.IsDBNull(6) ? null : rows.Instant(6),
                rows.IsDBNull(7) ? null : Duration.FromMilliseconds(rows.GetInt64(7)), rows.IsDBNull(8) ? null : rows.GetInt64(8),
                rows.IsDBNull(9) ? null : rows.GetString(9), EventJson.Read<List<RecordedTrack>>(rows.GetString(10))));
        return found;
    }
}
