using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Muse.Api.Rooms;
using Muse.SelfHostedMedia.Tests.Rooms;

namespace Muse.Api.Tests.Rooms;

/// <summary>Calls by one key that meet: each sees the world as it was before the other.</summary>
public sealed class WhipAtOnceTests(TheStreamServer server) : IClassFixture<TheStreamServer>
{
    private const int Many = 8;

    private WhipSessions Sessions => server.Services.GetRequiredService<WhipSessions>();

    [Fact]
    public async Task Of_many_encoders_at_once_by_one_key_one_stays()
    {
        var (tutor, _, lesson) = await server.OpenLesson();
        var token = await TheStreamServer.Key(tutor, lesson, "publish");
        var peers = Enumerable.Range(0, Many).Select(_ => new TestPeer()).ToList();
        var before = Sessions.Count;

        var answers = await Task.WhenAll(peers.Select(peer => server.Post(token, $"/v1/rooms/{lesson}/whip", peer.Offer("sendonly", "audio"))));

        // The last one in stays whatever the others were told; some may have been ended before they were answered.
        Assert.Contains(answers, answer => answer.StatusCode == HttpStatusCode.Created);
        Assert.Equal(before + 1, Sessions.Count);
        var ends = await Task.WhenAll(answers.Where(answer => answer.Headers.Location is not null).Select(answer => server.Delete(token, answer.Headers.Location!.OriginalString)));
        Assert.Single(ends, end => end.StatusCode == HttpStatusCode.OK);
        peers.ForEach(peer => peer.Dispose());
    }

    [Fact]
    public async Task Of_many_listeners_at_once_by_one_key_no_more_come_in_than_the_key_is_for()
    {
        var (tutor, _, lesson) = await server.OpenLesson();
        var (encoder, _, _) = await server.Publish(await TheStreamServer.Key(tutor, lesson, "publish"), lesson);
        using var _1 = encoder;
        var token = await TheStreamServer.Key(tutor, lesson, "watch", listeners: 3);
        var peers = Enumerable.Range(0, Many).Select(_ => new TestPeer()).ToList();

        var answers = await Task.WhenAll(peers.Select(peer => server.Post(token, $"/v1/rooms/{lesson}/whep", peer.Offer("recvonly", "audio"))));

        Assert.Equal(3, answers.Count(answer => answer.StatusCode == HttpStatusCode.Created));
        foreach (var full in answers.Where(answer => answer.StatusCode != HttpStatusCode.Created))
        {
            await full.IsProblem(HttpStatusCode.ServiceUnavailable, "room_full");
            Assert.NotNull(full.Headers.RetryAfter);
        }
        peers.ForEach(peer => peer.Dispose());
    }

    [Fact]
    public async Task A_key_revoked_while_a_session_begins_by_it_leaves_no_session()
    {
        var (tutor, _, lesson) = await server.OpenLesson();
        var before = Sessions.Count;
        for (var round = 0; round < Many; round++)
        {
            var token = await TheStreamServer.Key(tutor, lesson, "publish");
            var keys = await (await tutor.Http.GetAsync($"/v1/lessons/{lesson}/stream-keys")).Json();
            var id = keys.GetProperty("items")[0].GetProperty("id").GetGuid();
            using var peer = new TestPeer();

            var post = server.Post(token, $"/v1/rooms/{lesson}/whip", peer.Offer("sendonly", "audio"));
            var revoked = tutor.Http.DeleteAsync($"/v1/lessons/{lesson}/stream-keys/{id}");

            Assert.Equal(HttpStatusCode.NoContent, (await revoked).StatusCode);
            Assert.True((await post).StatusCode is HttpStatusCode.Created or HttpStatusCode.Unauthorized);
            Assert.Equal(before, Sessions.Count);
        }
    }
}
