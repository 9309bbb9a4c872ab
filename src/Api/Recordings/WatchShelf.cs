using Muse.Adapters.Postgres;
using Muse.Adapters.Shelf;
using Muse.Domain.Recordings;
using Npgsql;

namespace Muse.Api.Recordings;

/// <summary>
/// Asks at the start and then each minute whether the bucket opens, for the health page: before a recording finds out. And it sends what was
/// recorded before there was one.
/// </summary>
public sealed partial class WatchShelf(BucketShelf bucket, EventStore store, NpgsqlDataSource database, TimeProvider time, ILogger<WatchShelf> log) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(1);

    private volatile string _state = "unknown";

    /// <summary><c>ok</c>; <c>unknown</c> before the first answer; else a code of <see cref="ShelfTrouble"/>.</summary>
    public string State => _state;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var clock = new PeriodicTimer(Every, time);
        do
        {
            await Look(stoppingToken);
            try
            {
                if (State == "ok") await SendEarlier(stoppingToken);
            }
            catch (Exception failed) when (failed is not OperationCanceledException)
            {
                LogUnsent(log, failed);
            }
        }
        while (await clock.WaitForNextTickAsync(stoppingToken));
    }

    internal async Task Look(CancellationToken ct)
    {
        var before = _state;
        try
        {
            await bucket.Check(ct);
            _state = "ok";
        }
        catch (ShelfTrouble trouble)
        {
            _state = trouble.Code;
            if (before != _state) LogTrouble(log, trouble.Code, trouble.Message);
        }
    }

    internal async Task SendEarlier(CancellationToken ct)
    {
        var ids = new List<Guid>();
        await using (var read = database.Command("""
            select id from room_recordings r where state = 'finalised' and size > 0 and not exists (select 1 from room_shelvings s where s.recording_id = r.id)
            order by id limit 100
            """))
        await using (var rows = await read.ExecuteReaderAsync(ct))
        {
            while (await rows.ReadAsync(ct)) ids.Add(rows.GetGuid(0));
        }
        if (ids.Count == 0) return;
        await using var session = store.OpenSession(Actor.Server("recordings"));
        // The same errand as its finalising brings, however often.
        foreach (var id in ids) session.Schedule(ShelveRoom.ErrandKind, new ShelveRoomErrand(id), causedBy: id);
        await session.SaveChangesAsync(ct);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "It could not be seen whether recordings are left to bring into the bucket, trying again")]
    private static partial void LogUnsent(ILogger log, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The bucket for recordings does not serve: {Code} ({Detail}); recordings wait on this machine's disk")]
    private static partial void LogTrouble(ILogger log, string code, string detail);
}
