using Muse.Adapters.Postgres;
using Muse.Api.Rooms.Quality;
using Muse.Domain.Lessons;
using Muse.SelfHostedMedia.Rooms;
using NodaTime;

namespace Muse.Api.Rooms;

/// <summary>
/// The rooms with people in them. Reads what the media server says happened, and looks every few seconds whether a lesson was moved,
/// cancelled or is over while its room is open.
/// </summary>
public sealed partial class LiveRooms : BackgroundService
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan MeasureEvery = TimeSpan.FromSeconds(3);

    private readonly Lock _gate = new();
    private readonly Dictionary<Guid, LiveRoom> _rooms = [];
    private readonly MediaHost _media;
    private readonly EventStore _store;
    private readonly Attendance _attendance;
    private readonly WhipSessions _streams;
    private readonly RoomsOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<LiveRooms> _log;

    public LiveRooms(
        MediaHost media, EventStore store, Attendance attendance, WhipSessions streams, RoomsOptions options, TimeProvider time,
        ILogger<LiveRooms> log)
    {
        (_media, _store, _attendance, _streams, _options, _time, _log) = (media, store, attendance, streams, options, time, log);
        attendance.Started += (lesson, at) => Find(lesson)?.LessonStarted(at);
    }

    public LiveRoom? Find(Guid id)
    {
        lock (_gate) return _rooms.GetValueOrDefault(id);
    }

    /// <summary>The lesson's room, opened when nobody is in yet (its profile then holds); null when the media server takes no further
    /// room.</summary>
    public LiveRoom? Open(Lesson lesson, RoomProfile profile)
    {
        lock (_gate)
        {
            if (_rooms.TryGetValue(lesson.Id, out var live) && !live.IsClosed) return live;
            var opened = _media.Server.Rooms.Open(lesson.Id, profile);
            if (opened.IsRefused) return null;
            _attendance.Clear(lesson.Id);
            return _rooms[lesson.Id] = new LiveRoom(opened.Value, lesson, _attendance, _options, _time);
        }
    }

    /// <summary>The rooms as they are now, for those who watch them.</summary>
    public IReadOnlyList<RoomNow> Now => [.. Snapshot().Where(room => !room.IsClosed).Select(room => room.Quality.Now).OfType<RoomNow>()];

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        foreach (var room in Snapshot()) await room.Close(null);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(ReadFacts(stoppingToken), LookAfterThem(stoppingToken), Measure(stoppingToken), Watch(stoppingToken));

    private async Task ReadFacts(CancellationToken ct)
    {
        await foreach (var fact in _media.Server.Facts.ReadAllAsync(ct))
        {
            _streams.Heard(fact);
            if (Find(fact.RoomId) is not { } room) continue;
            switch (fact)
            {
                case TrackPublished published:
                    room.Published(published.Track);
                    break;
                case TrackUnpublished unpublished:
                    room.Unpublished(unpublished.Track);
                    break;
                case PictureChanged changed:
                    room.Indications.Picture(changed);
                    break;
                case SpeakerChanged changed:
                    room.Indications.Speaks(changed.ParticipantId);
                    break;
                case SelfHostedMedia.Rooms.ParticipantLeft { Reason: LeaveReason.TimedOut } left:
                    await room.MediaLost(left.ParticipantId);
                    break;
                case AuthenticationFailing failing:
                    LogFailing(_log, failing.RoomId, failing.ParticipantId, failing.Kind, failing.Packets);
                    break;
                case ConnectionChanged changed:
                    LogConnection(_log, changed.RoomId, changed.ParticipantId, changed.Kind, changed.State, changed.Detail);
                    break;
            }
        }
    }

    private async Task LookAfterThem(CancellationToken ct)
    {
        using var clock = new PeriodicTimer(LookEvery, _time);
        while (await clock.WaitForNextTickAsync(ct))
        {
            foreach (var room in Snapshot())
            {
                try
                {
                    await LookAfter(room, ct);
                }
                catch (Exception failed) when (failed is not OperationCanceledException)
                {
                    LogUnseen(_log, failed, room.Id);
                }
            }
        }
    }

    private async Task Measure(CancellationToken ct)
    {
        using var clock = new PeriodicTimer(MeasureEvery, _time);
        while (await clock.WaitForNextTickAsync(ct))
        {
            foreach (var room in Snapshot()) room.Indications.Measure();
        }
    }

    private async Task Watch(CancellationToken ct)
    {
        using var clock = new PeriodicTimer(_options.LookEvery, _time);
        while (await clock.WaitForNextTickAsync(ct))
        {
            foreach (var room in Snapshot())
            {
                try
                {
                    await room.Quality.Look();
                }
                catch (Exception failed) when (failed is not OperationCanceledException)
                {
                    LogUnseen(_log, failed, room.Id);
                }
            }
        }
    }

    private async Task LookAfter(LiveRoom room, CancellationToken ct)
    {
        await using var session = _store.OpenSession();
        if (await session.AggregateStreamAsync<Lesson>(room.Id, ct) is not { } lesson) return;
        var now = Instant.FromDateTimeOffset(_time.GetUtcNow());
        room.Now(lesson);
        if (!lesson.RoomIsOpen(now))
        {
            await room.Close(lesson.IsCancelled() ? "cancelled" : now < lesson.JoinOpensAt() ? "moved" : "over");
            _attendance.End(room.Id);
            room.Report();
            lock (_gate) _rooms.Remove(room.Id);
        }
        else if (lesson.Time.IsOver(now) && room.Count == 0)
        {
            _attendance.End(room.Id);
            room.Report();
        }
    }

    private LiveRoom[] Snapshot()
    {
        lock (_gate) return [.. _rooms.Values];
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Room {Room}, participant {Participant}: {Packets} packets of {Kind} in a second are not authentic")]
    private static partial void LogFailing(ILogger log, Guid room, Guid participant, SelfHostedMedia.Rooms.ConnectionKind kind, int packets);

    [LoggerMessage(Level = LogLevel.Information, Message = "Room {Room}, participant {Participant}: {Kind} is {State} ({Detail})")]
    private static partial void LogConnection(
        ILogger log, Guid room, Guid participant, SelfHostedMedia.Rooms.ConnectionKind kind, ConnectionState state, string detail);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Room {Room} could not be looked after, trying again")]
    private static partial void LogUnseen(ILogger log, Exception exception, Guid room);
}
