using System.Net;
using System.Net.Http.Headers;
using Microsoft.Extensions.DependencyInjection;
using Muse.Adapters.Postgres;
using Muse.Api.Recordings;
using Muse.Api.Tests.Bookings;
using Muse.Domain.Recordings;
using Muse.SelfHostedMedia;
using Muse.SelfHostedMedia.Rehearsal;
using Muse.SelfHostedMedia.Rooms;

namespace Muse.Api.Tests.Recordings;

/// <summary>From the disk into the bucket, whatever breaks on the way; from there to a player; and nothing left behind.</summary>
public sealed class ShelveRoomTests(TheBucketServer server) : IClassFixture<TheBucketServer>
{
    [Fact]
    public async Task What_a_room_recorded_goes_into_the_bucket_and_is_seen_from_there_when_the_disk_has_it_no_longer()
    {
        var (tutor, student, lesson) = await A_lesson();
        var id = await Recorded(lesson);
        await server.Services.GetServices<IErrandHandler>().Single(handler => handler.Kind == FinaliseRecording.ErrandKind).Run(
            An_errand(FinaliseRecording.ErrandKind, new FinaliseRecordingErrand(id)), CancellationToken.None);
        // The server's own worker brings it.
        var waited = System.Diagnostics.Stopwatch.StartNew();
        while (!(await server.EventsOf(id)).Contains("room_recording_shelved"))
        {
            Assert.True(waited.Elapsed < TimeSpan.FromSeconds(30), "It was not brought.");
            await server.EventsAsync();
        }
        var files = Files.OnDisk(id);
        Assert.Equal(["recording.index", "track-1.index", "track-1.media"], files.Select(file => file.Name));
        foreach (var file in files) Assert.Equal(await File.ReadAllBytesAsync(file.FullName), server.Bucket.Objects[KeyOf(id, file.Name)]);
        Assert.Equal(files.Sum(file => file.Length), await server.Database.ScalarAsync<decimal>("select sum(sent) from room_shelvings where recording_id = $1", id));

        // It goes when its year is over.
        Assert.Equal(365, await server.Database.ScalarAsync<double>("select round(extract(epoch from due_at - now()) / 86400)::float8 from errands where kind = 'delete_recording' and body ->> 'recordingId' = $1", id.ToString()));
        var fromDisk = await Seen(student, lesson, id);
        Assert.Equal("student", await server.Database.ScalarAsync<string>("select part from recording_views where recording_id = $1 and person_id = $2", id, student.PersonId));
        var leave = server.Services.GetServices<IErrandHandler>().Single(handler => handler.Kind == LeaveDisk.ErrandKind);
        await leave.Run(An_errand(LeaveDisk.ErrandKind, new LeaveDiskErrand(id)), CancellationToken.None);
        Assert.Equal(["recording.index", "track-1.index"], Files.OnDisk(id).Select(file => file.Name));
        Assert.Equal(fromDisk, await Seen(student, lesson, id));
        Assert.Equal(fromDisk.Whole, (await tutor.Http.GetByteArrayAsync($"/v1/lessons/{lesson}/recordings/{id}")).Length);

        // The disk is lost: what is small comes back by itself.
        var index = await File.ReadAllBytesAsync(Path.Combine(Folders.Of(id), "track-1.index"));
        Folders.Delete(id);
        await Files.BringIndexes((await server.Services.GetRequiredService<RoomRecordingRows>().Find(id, CancellationToken.None))!, CancellationToken.None);
        Assert.Equal(index, await File.ReadAllBytesAsync(Path.Combine(Folders.Of(id), "track-1.index")));
        var stranger = await server.Student();
        await (await stranger.Http.PostAsync($"/v1/lessons/{lesson}/recordings/{id}/viewings", null)).IsProblem(HttpStatusCode.NotFound, "not_found");

        Assert.Equal(HttpStatusCode.NoContent, (await tutor.Http.DeleteAsync($"/v1/lessons/{lesson}/recordings/{id}")).StatusCode);
        Assert.DoesNotContain(server.Bucket.Objects.Keys, key => files.Any(file => key == KeyOf(id, file.Name)));
        Assert.False(Directory.Exists(Folders.Of(id)));
    }

    [Fact]
    public async Task When_its_time_is_over_it_goes_from_the_disk_and_the_bucket_and_the_word_for_it_says_why()
    {
        var (tutor, _, lesson) = await A_lesson();
        var id = await Recorded(lesson);
        await server.Services.GetServices<IErrandHandler>().Single(handler => handler.Kind == FinaliseRecording.ErrandKind).Run(
            An_errand(FinaliseRecording.ErrandKind, new FinaliseRecordingErrand(id)), CancellationToken.None);
        await server.EventsAsync();
        var keys = Files.OnDisk(id).Select(file => KeyOf(id, file.Name)).ToArray();
        Assert.Equal(keys.Order(), server.Bucket.Objects.Keys.Where(keys.Contains).Order());

        await server.Hurry(DeleteRecording.ErrandKind, id);

        Assert.Equal(DeletedBecause.Expired, Assert.Single((await server.DataOf(id)).OfType<RoomRecordingDeleted>()).Because);
        Assert.False(Directory.Exists(Folders.Of(id)));
        Assert.DoesNotContain(server.Bucket.Objects.Keys, keys.Contains);
        Assert.Empty((await (await tutor.Http.GetAsync($"/v1/lessons/{lesson}/recordings")).Json()).GetProperty("items").EnumerateArray());
    }

    [Fact]
    public async Task What_was_killed_in_the_middle_goes_on_with_what_is_missing()
    {
        var (_, _, lesson) = await A_lesson();
        var id = await On_disk(lesson);
        server.Bucket.PartTaken = _ => server.Bucket.Faults.Next(Imitations.Fault.Unauthorized, "PUT", times: 1);
        await Assert.ThrowsAsync<InvalidOperationException>(() => Shelve(id));
        server.Bucket.PartTaken = null;
        Assert.Equal(["room_recording_started", "room_recording_stopped", "room_recording_finalised"], await server.EventsOf(id));
        var first = server.Bucket.Seen.Count(request => request.Method == "PUT");

        await Shelve(id);

        // Three files of one part each, of which the first had arrived.
        Assert.Equal(2, server.Bucket.Seen.Count(request => request.Method == "PUT") - first);
        Assert.Equal("room_recording_shelved", (await server.EventsOf(id))[^1]);
        await Shelve(id);
        Assert.Equal(4, (await server.EventsOf(id)).Length);
    }

    [Fact]
    public async Task What_is_deleted_while_it_is_being_brought_is_not_in_the_bucket_in_the_end()
    {
        var (tutor, _, lesson) = await A_lesson();
        var id = await On_disk(lesson);
        var deleted = 0;
        server.Bucket.PartTaken = _ =>
        {
            if (Interlocked.Exchange(ref deleted, 1) == 0)
                Assert.Equal(HttpStatusCode.NoContent, Task.Run(() => tutor.Http.DeleteAsync($"/v1/lessons/{lesson}/recordings/{id}")).GetAwaiter().GetResult().StatusCode);
        };
        await Assert.ThrowsAnyAsync<Exception>(() => Shelve(id));
        server.Bucket.PartTaken = null;
        Assert.Equal("room_recording_deleted", (await server.EventsOf(id))[^1]);

        await Shelve(id);

        Assert.DoesNotContain(server.Bucket.Objects.Keys, key => s_names.Any(name => key == KeyOf(id, name)));
        Assert.Equal(0, server.Bucket.UnfinishedUploads);
        Assert.Equal(0, await server.Database.ScalarAsync<long>("select count(*) from room_shelvings where recording_id = $1", id));
        Assert.Equal("room_recording_deleted", (await server.EventsOf(id))[^1]);
    }

    [Fact]
    public async Task Nothing_leaves_the_disk_that_the_bucket_does_not_have()
    {
        var (_, _, lesson) = await A_lesson();
        var id = await On_disk(lesson);
        await Shelve(id);
        await server.Services.GetRequiredService<IRecordingShelf>().Delete(RoomFiles.IdOf(id, "track-1.media"), CancellationToken.None);
        var leave = server.Services.GetServices<IErrandHandler>().Single(handler => handler.Kind == LeaveDisk.ErrandKind);
        await Assert.ThrowsAsync<ErrandLater>(() => leave.Run(An_errand(LeaveDisk.ErrandKind, new LeaveDiskErrand(id)), CancellationToken.None));
        Assert.Equal(s_names, Files.OnDisk(id).Select(file => file.Name));
    }

    [Fact]
    public async Task A_store_that_is_away_is_said_to_whoever_deletes_and_no_event_is_written()
    {
        var (tutor, _, lesson) = await A_lesson();
        var id = await On_disk(lesson);
        await Shelve(id);
        server.Bucket.Faults.Next(Imitations.Fault.Unauthorized, times: 1);
        await (await tutor.Http.DeleteAsync($"/v1/lessons/{lesson}/recordings/{id}")).IsProblem(HttpStatusCode.ServiceUnavailable, "shelf_refused");
        Assert.Equal("room_recording_shelved", (await server.EventsOf(id))[^1]);
        Assert.Equal(HttpStatusCode.NoContent, (await tutor.Http.DeleteAsync($"/v1/lessons/{lesson}/recordings/{id}")).StatusCode);
    }

    private static readonly string[] s_names = ["recording.index", "track-1.index", "track-1.media"];

    private RecordingFolders Folders => server.Services.GetRequiredService<RecordingFolders>();

    private RoomFiles Files => server.Services.GetRequiredService<RoomFiles>();

    private Task Shelve(Guid id) => server.Services.GetServices<IErrandHandler>().Single(handler => handler.Kind == ShelveRoom.ErrandKind)
        .Run(An_errand(ShelveRoom.ErrandKind, new ShelveRoomErrand(id)), CancellationToken.None);

    private Errand An_errand(string kind, object body) => new(Guid.CreateVersion7(), kind, EventJson.Write(body, body.GetType()), Guid.CreateVersion7(), 1, server.Now());

    private async Task<(SignedIn Tutor, SignedIn Student, Guid Lesson)> A_lesson()
    {
        var (tutor, student) = (await server.A_tutor_with_hours(), await server.Student());
        return (tutor, student, (await server.A_confirmed_lesson(tutor, student)).GetProperty("lessonId").GetGuid());
    }

    /// <summary>Files that nobody could play, of a recording that was looked through.</summary>
    private async Task<Guid> On_disk(Guid lesson)
    {
        var id = await server.A_recording_of_the_room(lesson);
        Directory.CreateDirectory(Folders.Of(id));
        foreach (var name in s_names) await File.WriteAllTextAsync(Path.Combine(Folders.Of(id), name), $"{name} of {id}");
        return id;
    }

    /// <summary>Three seconds of sound, really recorded.</summary>
    private async Task<Guid> Recorded(Guid lesson)
    {
        var id = Guid.CreateVersion7();
        await using (var media = new MediaServer(new() { Port = 0, TcpPort = 0 }))
        {
            media.Start();
            var room = media.Rooms.Open(Guid.CreateVersion7(), RoomProfile.Lesson).Value;
            Directory.CreateDirectory(Path.GetDirectoryName(Folders.Of(id))!);
            var recorder = (await room.Record(id, Folders.Of(id))).Value;
            await recorder.Resume();
            var tutor = (await room.Join(Guid.CreateVersion7(), "", ParticipantRole.Tutor)).Value;
            using var peer = new RehearsingPeer(new(IPAddress.Loopback, media.Port), SrtpProfile.AeadAes128Gcm);
            peer.Connect((await tutor.Publish(peer.Offer("sendonly"))).Value);
            var waited = System.Diagnostics.Stopwatch.StartNew();
            // The first ones may arrive before the server has its keys.
            for (var sent = 0; recorder.Counts.Packets < 150; sent++)
            {
                peer.Send(1, sent, 111, [0xFC, (byte)sent, 1, 2, 3], '0');
                if (sent % 10 == 0) await Task.Yield();
                Assert.True(waited.Elapsed < TimeSpan.FromSeconds(20), "Nothing is recorded.");
            }
            await recorder.Stop();
        }
        await using var session = server.Services.GetRequiredService<EventStore>().OpenSession();
        session.StartStream<RoomRecording>(id, new RoomRecordingStarted(id, lesson, server.Now()), new RoomRecordingStopped(id, lesson, StoppedBecause.RoomClosed, server.Now()));
        await session.SaveChangesAsync();
        return id;
    }

    /// <summary>What a player gets: the playlist, a range of the media, and how long the whole file is.</summary>
    private static async Task<(string Playlist, string Range, int Length, int Whole)> Seen(SignedIn who, Guid lesson, Guid id)
    {
        var address = (await (await who.Http.PostAsync($"/v1/lessons/{lesson}/recordings/{id}/viewings", null)).Json()).Text("address")!;
        var request = new HttpRequestMessage(HttpMethod.Get, address + "tracks/1.mp4");
        request.Headers.Range = new RangeHeaderValue(100, 900);
        var range = await who.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.PartialContent, range.StatusCode);
        var media = await who.Http.GetByteArrayAsync(address + "tracks/1.mp4");
        Assert.Equal(media[100..901], await range.Content.ReadAsByteArrayAsync());
        var whole = await who.Http.GetByteArrayAsync(address + "lesson.mp4");
        var rest = new HttpRequestMessage(HttpMethod.Get, address + "lesson.mp4");
        rest.Headers.Range = new RangeHeaderValue(whole.Length / 2, null);
        Assert.Equal(whole[(whole.Length / 2)..], await (await who.Http.SendAsync(rest)).Content.ReadAsByteArrayAsync());
        foreach (var path in (string[])["sides/1.m3u8", "tracks/1.m3u8", "tracks/1.mp4", "lesson.mp4", "renditions", "waveform.json", "poster.png", "merged.mp4", "aac/1.m3u8", "aac/1.mp4"])
            Assert.Equal("no-store, private", (await who.Http.GetAsync(address + path, HttpCompletionOption.ResponseHeadersRead)).Headers.CacheControl!.ToString());
        return (await who.Http.GetStringAsync(address + "tracks/1.m3u8"), Convert.ToHexString(media), media.Length, whole.Length);
    }

    private static string KeyOf(Guid id, string name)
    {
        var file = RoomFiles.IdOf(id, name).ToString("n");
        return $"{file[^2..]}/{file}.media";
    }
}
