using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Muse.Api.Recordings;
using Muse.Api.Renditions;
using Muse.Api.Tests.Bookings;
using Muse.Api.Tests.Recordings;
using Muse.Domain.Lessons;
using Muse.Fragments.Tests;
using NodaTime;

namespace Muse.Api.Tests.Renditions;

/// <summary>The disk was lost, and the database is the one of a backup.</summary>
public sealed class LostRenditionTests(TheBucketServer server) : IClassFixture<TheBucketServer>
{
    [Fact]
    public async Task What_was_lost_with_the_disk_is_made_again_of_what_lies_in_the_bucket()
    {
        FFmpeg.IsNeeded();
        var (tutor, student) = (await server.Tutor(), await server.Student());
        var lesson = await server.Lesson(tutor, student, Duration.FromMinutes(5));
        var id = await server.A_played_recording(lesson, 4,
            new Played.Stay(tutor.PersonId, Part.Tutor, 0) { Pictures = [(320, 240, 3)], Sound = 3 }, new Played.Stay(student.PersonId, Part.Student, 1) { Sound = 3 });
        var address = await Played.Address(tutor, lesson, id);
        await server.Made(address, DrawWaveform.Name);
        await server.Made(address, EncodeForApple.Name);
        var (waveform, aac) = (await server.Anyone().GetByteArrayAsync(address + "waveform.json"), await server.Anyone().GetByteArrayAsync(address + "aac/2.mp4"));
        // It was recorded before there was a bucket.
        await server.Services.GetRequiredService<WatchShelf>().SendEarlier(CancellationToken.None);
        while (!(await server.EventsOf(id)).Contains("room_recording_shelved")) await server.EventsAsync();
        var folders = server.Services.GetRequiredService<RecordingFolders>();
        Assert.True(Directory.Exists(folders.Of(id)));

        folders.Delete(id);
        using var next = ActivatorUtilities.CreateInstance<MakeRenditions>(server.Services);
        await next.StartAsync(CancellationToken.None);

        Assert.Equal(waveform, await Again(address + "waveform.json"));
        Assert.Equal(aac, await Again(address + "aac/2.mp4"));
        await tutor.Http.PostAsync($"/v1/lessons/{lesson}/recordings/{id}/merged", null);
        var merged = await server.Made(address, MergeSides.Name);
        Assert.Equal(merged.GetProperty("size").GetInt64(), (await server.Anyone().GetByteArrayAsync(address + merged.Text("file"))).Length);
        // Nothing of what lies in the bucket has come back to stay.
        Assert.DoesNotContain(server.Services.GetRequiredService<RoomFiles>().OnDisk(id), file => file.Extension == ".media");
        await next.StopAsync(CancellationToken.None);
    }

    private async Task<byte[]> Again(string address)
    {
        using var enough = new CancellationTokenSource(TimeSpan.FromMinutes(8));
        while (true)
        {
            var answer = await server.Anyone().GetAsync(address);
            if (answer.StatusCode is HttpStatusCode.OK) return await answer.Content.ReadAsByteArrayAsync();
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
            Assert.False(enough.IsCancellationRequested, $"{address} did not come back.");
            await Task.Delay(250, CancellationToken.None);
        }
    }
}
