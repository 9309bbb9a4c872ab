using System.Threading.Channels;
using Muse.Adapters.Postgres;
using NodaTime;
using Npgsql;

namespace Muse.Api.Rooms;

/// <summary>
/// Keeps each room's <see cref="RoomState"/> in the table <c>room_states</c>. Nobody in a room waits for it: a change is written a moment
/// later, and of many changes only the last.
/// </summary>
public sealed partial class RoomMemory(NpgsqlDataSource database, TimeProvider time, ILogger<RoomMemory> log) : BackgroundService
{
    /// <summary>No lesson is so long: what is older was left behind by a server that did not see the lesson's end.</summary>
    private static readonly Duration Longest = Duration.FromDays(2);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private sealed record Change(RoomState? State);

    private readonly Lock _gate = new();
    private readonly Dictionary<Guid, Change> _unwritten = [];
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { SingleReader = true, FullMode = BoundedChannelFullMode.DropWrite });

    public void Remember(Guid lesson, RoomState state) => Note(lesson, new Change(state));

    /// <summary>The lesson is over, or goes on elsewhere.</summary>
    public void Forget(Guid lesson) => Note(lesson, new Change(null));

    public async Task<RoomState> Of(Guid lesson, CancellationToken ct)
    {
        lock (_gate)
        {
            if (_unwritten.TryGetValue(lesson, out var change)) return change.State ?? RoomState.New;
        }
        await using var command = database.Command(
            "select known, silenced_audio, silenced_video, door_closed, recorded from room_states where lesson_id = $1", lesson);
        await using var rows = await command.ExecuteReaderAsync(ct);
        return await rows.ReadAsync(ct)
            ? new RoomState(rows.GetFieldValue<Guid[]>(0), rows.GetFieldValue<Guid[]>(1), rows.GetFieldValue<Guid[]>(2), rows.GetBoolean(3), rows.IsDBNull(4) ? null : rows.GetBoolean(4))
            : RoomState.New;
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        _wake.Writer.TryComplete();
        if (ExecuteTask is { } writing) await Task.WhenAny(writing, Task.Delay(TimeSpan.FromSeconds(5), time, cancellationToken));
        await base.StopAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (await _wake.Reader.WaitToReadAsync(stoppingToken))
        {
            _wake.Reader.TryRead(out _);
            await WriteAll(stoppingToken);
        }
        // A change noted while the last were written.
        await WriteAll(stoppingToken);
    }

    private void Note(Guid lesson, Change change)
    {
        lock (_gate) _unwritten[lesson] = change;
        _wake.Writer.TryWrite(true);
    }

    private async Task WriteAll(CancellationToken ct)
    {
        KeyValuePair<Guid, Change>[] changes;
        lock (_gate) changes = [.. _unwritten];
        foreach (var (lesson, change) in changes)
        {
            try
            {
                await Write(lesson, change, ct);
                lock (_gate)
                {
                    if (_unwritten.GetValueOrDefault(lesson) == change) _unwritten.Remove(lesson);
                }
            }
            catch (NpgsqlException failed)
            {
                LogAgain(log, failed, lesson);
                await Task.Delay(Pause, time, ct);
                _wake.Writer.TryWrite(true);
            }
        }
    }

    private async Task Write(Guid lesson, Change change, CancellationToken ct)
    {
        var now = Instant.FromDateTimeOffset(time.GetUtcNow());
        await using var command = change.State is { } state
            ? database.Command("""
                insert into room_states (lesson_id, known, silenced_audio, silenced_video, door_closed, recorded, changed_at) values ($1, $2, $3, $4, $5, $6, $7)
                on conflict (lesson_id) do update set known = excluded.known, silenced_audio = excluded.silenced_audio,
                    silenced_video = excluded.silenced_video, door_closed = excluded.door_closed, recorded = excluded.recorded, changed_at = excluded.changed_at
                """, lesson, state.Known.ToArray(), state.SilencedAudio.ToArray(), state.SilencedVideo.ToArray(), state.DoorIsClosed, state.IsRecorded, now)
            : database.Command("delete from room_states where lesson_id = $1 or changed_at < $2", lesson, now - Longest);
        await command.ExecuteNonQueryAsync(ct);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "What room {Lesson} must remember could not be written, trying again")]
    private static partial void LogAgain(ILogger log, Exception exception, Guid lesson);
}
