using Muse.Adapters.Postgres;
using Muse.Domain.Lessons;
using Muse.Domain.Recordings;
using Muse.SelfHostedMedia.Recording;
using NodaTime;

namespace Muse.Api.Recordings;

public sealed record FinaliseRecordingErrand(Guid RecordingId);

/// <summary>
/// Looks through what was recorded, cuts off what a dead server left half written, and writes down what there is. No media is rewritten, so it
/// can be killed and run again at any moment.
/// </summary>
public sealed class FinaliseRecording(EventStore store, RecordingFolders folders, RecordingsOptions options, TimeProvider time) : IErrandHandler
{
    public const string ErrandKind = "finalise_recording";

    public string Kind => ErrandKind;

    public async Task Run(Errand errand, CancellationToken ct)
    {
        var id = errand.BodyAs<FinaliseRecordingErrand>().RecordingId;
        await using var session = store.OpenSession(Actor.Server("recordings"));
        var stream = await session.FetchForWriting<RoomRecording>(id, ct);
        var recording = stream.Aggregate ?? throw new ErrandIsHopeless("not_found: there is no such recording.");
        if (recording.State is not RoomRecordingState.Stopped) return;

        // Reads every byte of it: not on a thread that others wait for.
        var finished = await Task.Run(() => Finish(folders.Of(id), id), ct);
        var whose = await People(session, recording.LessonId, ct);
        Domain.Recordings.RecordedTrack[] tracks = [.. finished.Tracks.Select(track => new Domain.Recordings.RecordedTrack(
            track.Number, track.ParticipantId, whose.GetValueOrDefault(track.ParticipantId, Who.Guest), EventJson.Word(track.Kind), EventJson.Word(track.Source), track.Codec,
            Duration.FromTimeSpan(track.From), Duration.FromTimeSpan(track.Length), track.Bytes, Duration.FromTimeSpan(track.Missing), track.Gaps))];
        var decision = recording.Finalise(
            tracks.Length == 0 ? null : Instant.FromDateTimeOffset(finished.Began), Duration.FromTimeSpan(finished.Length), finished.Bytes, finished.Sha256, tracks,
            tracks.Aggregate(Duration.Zero, (sum, track) => sum + track.Missing), finished.CutBytes, Now);
        if (decision.Refusal is { } refusal) throw new ErrandIsHopeless($"{refusal.Code}: {refusal.Detail}");
        if (decision.Events.Count == 0) return;
        stream.AppendMany(decision.Events);
        if (options.Kept is { } kept)
            session.Schedule(DeleteRecording.ErrandKind, new DeleteRecordingErrand(id, DeletedBecause.Expired), dueAt: Now + kept);
        if (options.Shelf.IsConfigured && tracks.Length > 0)
            session.Schedule(ShelveRoom.ErrandKind, new ShelveRoomErrand(id), causedBy: id);
        await session.SaveChangesAsync(ct);
    }

    /// <exception cref="ErrandIsHopeless">There is media, and nothing that says what it is.</exception>
    private static FinishedRecording Finish(string folder, Guid id)
    {
        try
        {
            // Nothing is there where the server died between the word for it and its first line.
            return RecordedFolder.IsEmpty(folder) ? new FinishedRecording(id, default, default, 0, "", [], 0, false) : RecordedFolder.Finish(folder);
        }
        catch (InvalidDataException unreadable)
        {
            throw new ErrandIsHopeless($"not_readable: {unreadable.Message}");
        }
    }

    /// <summary>By the stays of the room: after a crash nobody else knows any more who they were.</summary>
    private static async Task<Dictionary<Guid, Who>> People(EventSession session, Guid lessonId, CancellationToken ct)
    {
        var people = new Dictionary<Guid, Who>();
        foreach (var e in await session.FetchStreamAsync(lessonId, ct))
        {
            if (e.Data is ParticipantJoined joined) people[joined.ParticipantId] = joined.Who;
        }
        return people;
    }

    private Instant Now => Instant.FromDateTimeOffset(time.GetUtcNow());
}
