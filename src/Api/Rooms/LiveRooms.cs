using Muse.Adapters.Postgres;
using Muse.Api.Recordings;
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

    private const int MostBugs = 100;

    private readonly HashSet<(string What, Type Bug)> _bugs = [];
    private readonly Lock _gate = new();
    private readonly Dictionary<Guid, LiveRoom> _rooms = [];
    private readonly MediaHost _media;
    private readonly EventStore _store;
    private readonly Attendance _attendance;
    private readonly RoomMemory _memory;
    private readonly WhipSessions _streams;
    private readonly RoomRecordings _recordings;
    private readonly RoomsOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<LiveRooms> _log;

    public LiveRooms(
        MediaHost media, EventStore store, Attendance attendance, RoomMemory memory, WhipSessions streams, RoomRecordings recordings,
        RoomsOptions options, TimeProvider time, ILogger<LiveRooms> log)
    {
        (_media, _store, _attendance, _memory, _streams, _recordings) = (media, store, attendance, memory, streams, recordings);
        (_options, _time, _log) = (options, time, log);
        attendance.Started += (lesson, at) => Find(lesson)?.LessonStarted(at);
    }

    public LiveRoom? Find(Guid id)
    {
        lock (_gate) return _rooms.GetValueOrDefault(id);
    }

    /// <summary>The lesson's room, opened when nobody is in yet (what the tutor then prefers holds); null when the media server takes no further
    /// room.</summary>
    public async Task<LiveRoom?> Open(Lesson lesson, Domain.Meetings.MeetingPreferences tutor, CancellationToken ct)
    {
        if (Find(lesson.Id) is { IsClosed: false } open) return open;
        var state = await _memory.Of(lesson.Id, ct);
        var bothAgree = await _recordings.AreAgreedTo(lesson, ct);
        lock (_gate)
        {
            if (_rooms.TryGetValue(lesson.Id, out var live) && !live.IsClosed) return live;
            var opened = _media.Server.Rooms.Open(lesson.Id, _options.ProfileFor(tutor));
            if (opened.IsRefused) return null;
            // Before anybody publishes: what cannot be recorded is the last choice then, also where the tutor may think of it in the middle.
            opened.Value.IsRecorded = (state.IsRecorded ?? tutor.Recording) || bothAgree;
            _attendance.Clear(lesson.Id);
            return _rooms[lesson.Id] = new LiveRoom(
                opened.Value, lesson, state, _attendance, _memory, _recordings, tutor.Recording, _options, _time);
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
        await foreach (var fact in _media.Server.Facts.ReadAllAsync(ct)) await Survive(fact.RoomId, "hears", () => Heed(fact));
    }

    private async Task Heed(RoomFact fact)
    {
        _streams.Heard(fact);
        if (Find(fact.RoomId) is not { } room) return;
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
            case RecordingBroke broke:
                await room.Recording.Broke(broke);
                break;
            case TrackNotRecorded { Why: WhyNotRecorded.Codec } track:
                await room.Recording.NotRecorded(track);
                break;
            case AuthenticationFailing failing:
                LogFailing(_log, failing.RoomId, failing.ParticipantId, failing.Kind, failing.Packets);
                break;
            case ConnectionChanged changed:
                LogConnection(_log, changed.RoomId, changed.ParticipantId, changed.Kind, changed.State, changed.Detail);
                break;
        }
    }

    /// <summary>A bug in what one room does must not end it for all rooms, nor fill the log: the first of its kind is written there.</summary>
    private async Task Survive(Guid room, string what, Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (Exception bug) when (bug is not OperationCanceledException)
        {
            bool isNew;
            lock (_bugs) isNew = _bugs.Count < MostBugs && _bugs.Add((what, bug.GetType()));
            if (isNew) LogBug(_log, bug, room, what);
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
            foreach (var room in Snapshot())
            {
                await Survive(room.Id, "measures", () =>
                {
                    room.Indications.Measure();
                    return Task.CompletedTask;
                });
            }
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
        room.Recording.Look();
        if (!lesson.RoomIsOpen(now))
        {
            await room.Close(lesson.IsCancelled() ? "cancelled" : now < lesson.JoinOpensAt() ? "moved" : "over");
            _attendance.End(room.Id);
            room.Report();
            _recordings.Forget(room.Id, room.Recording);
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

    [LoggerMessage(Level = LogLevel.Error, Message = "Room {Room} fails at what it {What}; this is said once, and all rooms go on")]
    private static partial void LogBug(ILogger log, Exception exception, Guid room, string what);
}
