using Microsoft.Extensions.DependencyInjection;
using Muse.Adapters.Postgres;
using Muse.Api.Recordings;
using Muse.Domain.Recordings;
using NodaTime;

namespace Muse.Api.Tests.Recordings;

/// <summary>Named states of recordings.</summary>
public static class Recorded
{
    /// <summary>A file of the lesson that stands on the shelf, fetched by nobody.</summary>
    public static async Task<Guid> A_shelved_recording(this TheServer server, Guid lesson, byte[]? bytes = null, string fileId = "file-1", string mediaType = "video/mp4")
    {
        bytes ??= "a recording of nothing"u8.ToArray();
        var id = await server.A_found_recording(lesson, fileId, mediaType);
        var shelf = server.Services.GetRequiredService<IRecordingShelf>();
        await shelf.Append(id, 0, new MemoryStream(bytes), bytes.Length, CancellationToken.None);
        var file = await shelf.Finish(id, bytes.Length, CancellationToken.None);
        await using var session = server.Services.GetRequiredService<EventStore>().OpenSession();
        var stream = await session.FetchForWriting<Recording>(id);
        stream.AppendMany(stream.Aggregate!.Shelve(file.Size, file.Sha256, server.Now()).Events);
        await session.SaveChangesAsync();
        return id;
    }

    /// <summary>A file that is known and stands nowhere yet.</summary>
    public static async Task<Guid> A_found_recording(this TheServer server, Guid lesson, string fileId = "file-1", string mediaType = "video/mp4")
    {
        var id = FoundRecordings.StreamOf(lesson, "zoom", fileId);
        await using var session = server.Services.GetRequiredService<EventStore>().OpenSession();
        var stream = await session.FetchForWriting<Recording>(id);
        stream.AppendMany(Recording.Find(
            null, id, lesson, "zoom", fileId, "active_speaker", mediaType, null, server.Now() - Duration.FromHours(1), server.Now(), server.Now()).Events);
        await session.SaveChangesAsync();
        return id;
    }

    /// <summary>A recording of the built-in room in which nobody was heard or seen; there is no file of it.</summary>
    public static async Task<Guid> A_recording_of_the_room(this TheServer server, Guid lesson, params IReadOnlyList<RecordedTrack> tracks)
    {
        var id = Guid.CreateVersion7();
        await using var session = server.Services.GetRequiredService<EventStore>().OpenSession();
        var now = server.Now();
        session.StartStream<RoomRecording>(id,
            new RoomRecordingStarted(id, lesson, now - Duration.FromHours(1)),
            new RoomRecordingStopped(id, lesson, StoppedBecause.RoomClosed, now),
            new RoomRecordingFinalised(id, lesson, now - Duration.FromHours(1), Duration.FromMinutes(55), 0, "", tracks, Duration.Zero, 0, now));
        await session.SaveChangesAsync();
        return id;
    }

    /// <summary>An errand of this recording that was to wait is due now, and is done by the server's own worker.</summary>
    public static async Task Hurry(this TheServer server, string kind, Guid recording)
    {
        Assert.Equal(1, await server.Database.ExecuteAsync(
            "update errands set due_at = clock_timestamp() where kind = $1 and body ->> 'recordingId' = $2 and done_at is null and due_at > clock_timestamp()", kind, recording.ToString()));
        await server.EventsAsync();
    }

    public static async Task<IReadOnlyList<object>> DataOf(this TheServer server, Guid stream)
    {
        await using var session = server.Services.GetRequiredService<EventStore>().OpenSession();
        return [.. (await session.FetchStreamAsync(stream)).Select(e => e.Data)];
    }

    public static Instant Now(this TheServer server) => Instant.FromDateTimeOffset(server.Time.GetUtcNow());
}
