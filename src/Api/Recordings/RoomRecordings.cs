using System.Collections.Concurrent;
using Muse.Adapters.Postgres;
using Muse.Api.Consents;
using Muse.Api.Rooms;
using Muse.Domain.Consents;
using Muse.Domain.Lessons;
using Muse.Domain.Recordings;
using Muse.SelfHostedMedia.Rooms;
using NodaTime;

namespace Muse.Api.Recordings;

/// <summary>
/// The rooms that may be recorded, for those who have something to say about it. And once a minute it looks for recordings that nobody brings to
/// their end: their server died, or could not write down that they stopped.
/// </summary>
public sealed partial class RoomRecordings(
    EventStore store, ConsentRows consents, People people, RoomRecordingRows rows, RecordingFolders folders, TimeProvider time, ILoggerFactory logs)
    : BackgroundService
{
    private static readonly TimeSpan SweepEvery = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<Guid, RecordedRoom> _rooms = new();
    private readonly ILogger _log = logs.CreateLogger<RoomRecordings>();

    /// <param name="said">What the tutor said in this room, before its server died.</param>
    /// <param name="isPreferred">By the tutor.</param>
    public RecordedRoom Of(Room media, RoomPeople people, bool? said, bool isPreferred, bool hasStarted) =>
        _rooms[media.Id] = new RecordedRoom(media, people, said, isPreferred, hasStarted, store, consents, folders, time, logs.CreateLogger<RecordedRoom>());

    /// <summary>Whether tutor and student have agreed beforehand, so that a recording may come at any moment.</summary>
    public async Task<bool> AreAgreedTo(Lesson lesson, CancellationToken ct)
    {
        var both = await people.ByRole([lesson.TutorId, lesson.StudentId], ct);
        return (await consents.WhoAgreed(ConsentPurpose.Recording, [.. both.Values.Select(person => person.PersonId)], ct)).Count == 2;
    }

    public void Forget(Guid id, RecordedRoom room) => _rooms.TryRemove(KeyValuePair.Create(id, room));

    /// <summary>Somebody agreed, whoever it was.</summary>
    public void Given()
    {
        foreach (var room in _rooms.Values) room.Look();
    }

    /// <summary>Returns when nothing of this person is being recorded any more.</summary>
    public Task Revoked(Guid personId) => Task.WhenAll(_rooms.Values.Select(room => room.Revoked(personId)));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var clock = new PeriodicTimer(SweepEvery, time);
        do
        {
            try
            {
                await Sweep(stoppingToken);
            }
            catch (Exception failed) when (failed is not OperationCanceledException)
            {
                LogUnswept(_log, failed);
            }
        }
        while (await clock.WaitForNextTickAsync(stoppingToken));
    }

    /// <summary>Brings to their end those recordings that no room of this server has under way.</summary>
    internal async Task Sweep(CancellationToken ct)
    {
        foreach (var row in await rows.Unfinished(ct))
        {
            if (row.State == "stopped" || _rooms.Values.Any(room => room.RecordingId == row.Id)) continue;
            await using var session = store.OpenSession(Actor.Server("recordings"));
            var stream = await session.FetchForWriting<RoomRecording>(row.Id, ct);
            if (stream.Aggregate is not { } recording) continue;
            // Asked again: it may have begun between the two questions.
            if (_rooms.Values.Any(room => room.RecordingId == row.Id)) continue;
            var stopped = recording.Stop(StoppedBecause.ServerLost, Instant.FromDateTimeOffset(time.GetUtcNow()));
            if (stopped.Events.Count == 0) continue;
            stream.AppendMany(stopped.Events);
            session.Schedule(FinaliseRecording.ErrandKind, new FinaliseRecordingErrand(row.Id));
            await session.SaveChangesAsync(ct);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "It could not be seen whether recordings are left to finish, trying again")]
    private static partial void LogUnswept(ILogger log, Exception exception);
}
