using Muse.Adapters.Postgres;
using Muse.Api.Consents;
using Muse.Api.Rooms;
using Muse.Domain;
using Muse.Domain.Consents;
using Muse.Domain.Lessons;
using Muse.Domain.Recordings;
using Muse.SelfHostedMedia.Recording;
using Muse.SelfHostedMedia.Rooms;
using NodaTime;

namespace Muse.Api.Recordings;

/// <summary>
/// Records one lesson's room while the tutor wants it, the lesson has begun and everybody who is there has agreed. The media server is paused
/// before anything is written down, and goes on only after: the log never says less than was recorded. What it decides, it decides one after
/// the other; who comes in is never kept waiting for the database.
/// </summary>
public sealed partial class RecordedRoom(
    Room media, RoomPeople people, bool? said, bool isPreferred, bool hasStarted, EventStore store, ConsentRows consents, RecordingFolders folders, TimeProvider time,
    ILogger<RecordedRoom> log)
{
    private const int MostTries = 10;

    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _one = new(1);

    /// <summary>Everybody who was there while this recording ran.</summary>
    private readonly HashSet<Guid> _seen = [];

    /// <summary>Tracks that are not in it.</summary>
    private readonly HashSet<Guid> _notRecorded = [];
    private IReadOnlySet<Guid> _agreed = new HashSet<Guid>();
    private RoomRecorder? _recorder;
    private RoomRecording? _recording;
    private RecordingShape _shape = RecordingShape.Off;
    private IReadOnlyList<Pause> _why = [];
    private bool? _said = said;
    private bool _isWanted = said ?? isPreferred;
    private bool _hasStarted = hasStarted;
    private bool _isBroken;
    private bool _isClosed;
    private long _arrivals;
    private int _isDirty;

    /// <summary>As everybody in the room is told it.</summary>
    public RecordingShape Shape
    {
        get
        {
            lock (_gate) return _shape;
        }
    }

    /// <summary>What the tutor said in the room; null while nothing.</summary>
    public bool? Said
    {
        get
        {
            lock (_gate) return _said;
        }
    }

    /// <summary>The recording that runs or stands paused; null when there is none.</summary>
    public Guid? RecordingId
    {
        get
        {
            lock (_gate) return _recording?.Id;
        }
    }

    /// <summary>Somebody has a seat and has published nothing yet. Of whom it is not known that they agreed, nothing is written from now on.</summary>
    public async Task Entered(TicketHolder holder)
    {
        Task pausing;
        lock (_gate)
        {
            _arrivals++;
            pausing = _recorder is { } recorder && !(Attendance.WhoIs(holder).PersonId is { } person && _agreed.Contains(person))
                ? recorder.Pause()
                : Task.CompletedTask;
        }
        await pausing;
        Look();
    }

    public void LessonStarted()
    {
        lock (_gate) _hasStarted = true;
        Look();
    }

    /// <summary>The tutor wants the lesson recorded, or not any more. Null is done.</summary>
    public string? Want(Seat by, bool isWanted)
    {
        if (by.Holder.Role.Refuses(RoomAct.Record) is { } refusal) return refusal;
        media.IsRecorded = isWanted;
        lock (people.Gate)
        {
            lock (_gate) (_said, _isWanted, _isBroken) = (isWanted, isWanted, false);
            people.Changed?.Invoke();
        }
        Look();
        return null;
    }

    /// <summary>What this person, or a guardian, agreed to holds no longer: at once nothing is written, and what runs comes to its end.</summary>
    public async Task Revoked(Guid personId)
    {
        Task pausing;
        lock (people.Gate)
        {
            var isThere = people.All.Any(seat => Attendance.WhoIs(seat.Holder).PersonId == personId);
            lock (_gate)
            {
                if (!isThere && !_seen.Contains(personId)) return;
                _agreed = _agreed.Where(person => person != personId).ToHashSet();
                // A look that has asked already must not let anything begin or go on.
                _arrivals++;
                pausing = _recorder?.Pause() ?? Task.CompletedTask;
            }
        }
        await pausing;
        await InTurn(() => _seen.Contains(personId) ? End(StoppedBecause.ConsentRevoked) : LookNow());
        Look();
    }

    /// <summary>The recorder has stopped by itself; the lesson goes on without it.</summary>
    public Task Broke(RecordingBroke broke) => InTurn(async () =>
    {
        if (_recording?.Id != broke.RecordingId) return;
        LogBroke(log, media.Id, broke.Why, broke.Detail);
        lock (_gate) _isBroken = true;
        await End(broke.Why == RecordingFault.DiskFull ? StoppedBecause.DiskFull : StoppedBecause.Failed);
    });

    /// <summary>A picture of a codec that cannot be recorded; the sound beside it is.</summary>
    public Task NotRecorded(TrackNotRecorded track) => InTurn(() =>
    {
        lock (_gate) _notRecorded.Add(track.TrackId);
        return Task.CompletedTask;
    });

    /// <summary>The room closes. Repeatable.</summary>
    public Task Close(StoppedBecause because)
    {
        lock (_gate) _isClosed = true;
        return InTurn(() => End(because));
    }

    /// <summary>Something may have changed: who is there, who agreed, what is wanted.</summary>
    public void Look()
    {
        if (Interlocked.Exchange(ref _isDirty, 1) == 0)
            _ = Task.Run(() => InTurn(LookNow));
    }

    private async Task InTurn(Func<Task> work)
    {
        await _one.WaitAsync();
        try
        {
            await work();
        }
        catch (Exception failed)
        {
            // Looked at again within seconds; until then the media server is in the more careful state.
            LogFailed(log, failed, media.Id);
        }
        finally
        {
            _one.Release();
        }
        Tell();
    }

    private async Task LookNow()
    {
        Interlocked.Exchange(ref _isDirty, 0);
        Who[] present;
        long arrivals;
        bool wanted, mayRun;
        lock (people.Gate)
        {
            present = [.. people.All.Select(seat => Attendance.WhoIs(seat.Holder))];
            // One that broke or whose room closes is brought to its end by who knows why.
            lock (_gate) (arrivals, wanted, mayRun) = (_arrivals, _isWanted, _hasStarted && !_isBroken && !_isClosed);
        }
        if (!mayRun) return;
        if (!wanted)
        {
            await End(StoppedBecause.Tutor);
            return;
        }
        var agreed = await consents.WhoAgreed(ConsentPurpose.Recording, [.. present.Select(who => who.PersonId).OfType<Guid>().Distinct()], CancellationToken.None);
        var may = MayRecord.Of(present, agreed);
        lock (_gate) (_agreed, _why) = (agreed, may.Pauses);
        if (_recorder is null && may.IsAllowed) await Begin(may);
        if (_recorder is not { } recorder || _recording is not { } recording) return;
        if (!may.IsAllowed) await recorder.Pause();
        await Write(recording.Id, recorded => recorded.Look(may, Now));
        if (!may.IsAllowed) return;
        Task resuming;
        lock (_gate)
        {
            // Who came meanwhile has not been asked about.
            resuming = arrivals == _arrivals ? recorder.Resume() : Task.CompletedTask;
            foreach (var who in present) _seen.Add(who.PersonId!.Value);
        }
        await resuming;
    }

    private async Task Begin(MayRecord may)
    {
        var id = Guid.CreateVersion7(time.GetUtcNow());
        await using (var session = store.OpenSession(Actor.Server("recordings")))
        {
            var started = RoomRecording.Start(id, media.Id, may, Now);
            session.StartStream<RoomRecording>(id, [.. started.Events]);
            await session.SaveChangesAsync();
        }
        var begun = await media.Record(id, folders.Of(id));
        if (begun.Refusal is { } refusal)
        {
            LogRefused(log, media.Id, refusal.Code, refusal.Detail);
            lock (_gate) _isBroken = true;
            await Write(id, recorded => recorded.Stop(StoppedBecause.Failed, Now));
            return;
        }
        lock (_gate) (_recorder, _recording) = (begun.Value, new RoomRecording(id, media.Id, RoomRecordingState.Recording, []));
    }

    private async Task End(StoppedBecause because)
    {
        if (_recorder is not { } recorder || _recording is not { } recording) return;
        await recorder.Stop();
        lock (_gate)
        {
            (_recorder, _recording) = (null, null);
            _seen.Clear();
            _notRecorded.Clear();
        }
        await Write(recording.Id, recorded => recorded.Stop(because, Now));
    }

    private async Task Write(Guid id, Func<RoomRecording, Decision> decide)
    {
        for (var tries = 1; ; tries++)
        {
            await using var session = store.OpenSession(Actor.Server("recordings"));
            var stream = await session.FetchForWriting<RoomRecording>(id);
            if (stream.Aggregate is not { } recording) return;
            var decision = decide(recording);
            if (decision.Events.Count == 0) return;
            stream.AppendMany(decision.Events);
            if (decision.Events.OfType<RoomRecordingStopped>().Any())
                session.Schedule(FinaliseRecording.ErrandKind, new FinaliseRecordingErrand(id));
            try
            {
                await session.SaveChangesAsync();
                return;
            }
            catch (StaleVersion) when (tries < MostTries)
            {
            }
        }
    }

    private void Tell()
    {
        lock (people.Gate)
        {
            RecordingShape shape;
            lock (_gate)
            {
                shape = ShapeNow();
                if (shape.Equals(_shape)) return;
                _shape = shape;
            }
            people.TellAll(new ServerMessage.Recording(shape));
        }
    }

    // Under both locks.
    private RecordingShape ShapeNow()
    {
        if (_isBroken) return RecordingShape.Failed;
        if (!_isWanted || !_hasStarted || _isClosed) return RecordingShape.Off;
        if (_recorder is not null && _why.Count == 0)
        {
            var alone = media.Tracks.Where(track => _notRecorded.Contains(track.Id)).Select(track => track.ParticipantId).ToHashSet();
            return new RecordingShape(RecordingLight.On, [], Names(seat => alone.Contains(seat.Id)));
        }
        return new RecordingShape(_recorder is null ? RecordingLight.Waiting : RecordingLight.Paused,
            Names(seat => _why.Any(pause => Attendance.WhoIs(seat.Holder) == pause.Who)), []);
    }

    private IReadOnlyList<string> Names(Func<Seat, bool> of) =>
        [.. people.All.Where(of).Select(seat => seat.Holder.DisplayName).Distinct().Order(StringComparer.Ordinal)];

    private Instant Now => Instant.FromDateTimeOffset(time.GetUtcNow());

    [LoggerMessage(Level = LogLevel.Warning, Message = "Recording of room {Room} has stopped: {Why} ({Detail}); the lesson goes on")]
    private static partial void LogBroke(ILogger log, Guid room, RecordingFault why, string detail);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Room {Room} cannot be recorded: {Code} ({Detail})")]
    private static partial void LogRefused(ILogger log, Guid room, string code, string detail);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Recording of room {Room} could not be looked after, trying again")]
    private static partial void LogFailed(ILogger log, Exception exception, Guid room);
}
