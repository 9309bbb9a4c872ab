using System.Net;
using System.Net.Http.Headers;
using Microsoft.Extensions.DependencyInjection;
using Muse.Adapters.Shelf;
using Muse.Api.Recordings;
using Muse.Api.Tests.Bookings;

namespace Muse.Api.Tests.Recordings;

/// <summary>A provider's files where the shelf is a bucket.</summary>
public sealed class BucketTests(TheBucketServer server) : IClassFixture<TheBucketServer>
{
    private static readonly byte[] Bytes = [.. Enumerable.Range(0, 300_000).Select(i => (byte)(i * 31))];

    [Fact]
    public async Task A_file_is_shown_from_the_bucket_in_ranges_and_its_deletion_leaves_nothing_there()
    {
        var (tutor, student) = (await server.A_tutor_with_hours(), await server.Student());
        var lesson = (await server.A_confirmed_lesson(tutor, student)).GetProperty("lessonId").GetGuid();
        var id = await server.A_shelved_recording(lesson, Bytes);
        Assert.Equal(Bytes, server.Bucket.Objects[KeyOf(id)]);

        var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/lessons/{lesson}/recordings/{id}");
        request.Headers.Range = new RangeHeaderValue(123_456, 234_567);
        var answer = await student.Http.SendAsync(request);
        Assert.Equal((HttpStatusCode.PartialContent, "bytes 123456-234567/300000"), (answer.StatusCode, answer.Content.Headers.ContentRange?.ToString()));
        Assert.Equal(Bytes[123_456..234_568], await answer.Content.ReadAsByteArrayAsync());
        var stranger = await server.Student();
        await (await stranger.Http.GetAsync($"/v1/lessons/{lesson}/recordings/{id}")).IsProblem(HttpStatusCode.NotFound, "not_found");
        // The store's address and keys are nobody's business.
        Assert.DoesNotContain(server.Bucket.Address, await (await tutor.Http.GetAsync($"/v1/lessons/{lesson}/recordings")).Content.ReadAsStringAsync(), StringComparison.Ordinal);

        Assert.Equal(HttpStatusCode.NoContent, (await tutor.Http.DeleteAsync($"/v1/lessons/{lesson}/recordings/{id}")).StatusCode);
        Assert.DoesNotContain(KeyOf(id), server.Bucket.Objects.Keys);
    }

    [Fact]
    public async Task What_came_before_there_was_a_bucket_can_still_be_seen_and_deleted()
    {
        var (tutor, student) = (await server.A_tutor_with_hours(), await server.Student());
        var lesson = (await server.A_confirmed_lesson(tutor, student)).GetProperty("lessonId").GetGuid();
        var id = await server.A_shelved_recording(lesson, Bytes, "file-earlier");
        await server.Services.GetRequiredService<BucketShelf>().Delete(id, CancellationToken.None);
        var folder = new FolderShelf(server.Services.GetRequiredService<RecordingsOptions>().FolderIn(server.Services.GetRequiredService<Api.Operations.DataFolder>()));
        await folder.Append(id, 0, new MemoryStream(Bytes), Bytes.Length, CancellationToken.None);
        await folder.Finish(id, Bytes.Length, CancellationToken.None);

        Assert.Equal(Bytes, await tutor.Http.GetByteArrayAsync($"/v1/lessons/{lesson}/recordings/{id}"));
        Assert.Equal(HttpStatusCode.NoContent, (await tutor.Http.DeleteAsync($"/v1/lessons/{lesson}/recordings/{id}")).StatusCode);
        Assert.Null(await folder.Open(id, CancellationToken.None));
    }

    [Fact]
    public async Task The_health_page_says_whether_the_bucket_opens_and_lessons_go_on_without_it()
    {
        var watch = server.Services.GetRequiredService<WatchShelf>();
        await watch.Look(CancellationToken.None);
        Assert.Equal("ok", await Shelf(HttpStatusCode.OK));
        server.Bucket.Faults.Next(Imitations.Fault.Unauthorized, "GET");
        await watch.Look(CancellationToken.None);
        Assert.Equal("shelf_refused", await Shelf(HttpStatusCode.OK));
        await watch.Look(CancellationToken.None);
        Assert.Equal("ok", await Shelf(HttpStatusCode.OK));

        async Task<string?> Shelf(HttpStatusCode status)
        {
            var answer = await server.Anyone().GetAsync("/v1/health");
            Assert.Equal(status, answer.StatusCode);
            return (await answer.Json()).Text("shelf");
        }
    }

    private static string KeyOf(Guid id) => $"{id.ToString("n")[^2..]}/{id:n}.media";
}
