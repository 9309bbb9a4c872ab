using Muse.Adapters.Postgres;
using Muse.Domain.Recordings;
using Npgsql;

namespace Muse.Api.Recordings;

/// <summary>The table <c>recordings</c>, inline.</summary>
public sealed class RecordingRows : IProjection
{
    public string Name => "recordings";

    public int Version => 1;

    public ProjectionLifecycle Lifecycle => ProjectionLifecycle.Inline;

    public IReadOnlyCollection<string> EventTypes { get; } = ["recording_found", "recording_shelved", "recording_fetch_failed", "recording_deleted"];

    public IReadOnlyList<string> Tables { get; } = ["recordings"];

    public void Apply(IEvent e, NpgsqlBatch batch)
    {
        switch (e.Data)
        {
            case RecordingFound f:
                batch.Write("""
                    insert into recordings (id, lesson_id, provider, kind, media_type, size, from_at, to_at, state, found_at)
                    values ($1, $2, $3, $4, $5, $6::bigint, $7, $8, 'found', $9)
                    """, f.RecordingId, f.LessonId, f.Provider, f.Kind, f.MediaType, f.Size, f.From, f.To, f.At);
                break;
            case RecordingShelved s:
                batch.Write("update recordings set state = 'shelved', size = $2, sha256 = $3 where id = $1", s.RecordingId, s.Size, s.Sha256);
                break;
            case RecordingFetchFailed f:
                batch.Write("update recordings set state = 'fetch_failed' where id = $1", f.RecordingId);
                break;
            case RecordingDeleted d:
                batch.Write("update recordings set state = 'deleted', size = null, sha256 = null where id = $1", d.RecordingId);
                break;
            default:
                throw new InvalidOperationException($"{e.EventTypeName} is not applied to recordings.");
        }
    }
}
