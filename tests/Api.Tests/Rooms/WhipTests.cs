using System.Net;
using System.Text.RegularExpressions;
using Muse.SelfHostedMedia.Tests.Rooms;
using NodaTime;

namespace Muse.Api.Tests.Rooms;

/// <summary>The exchange of RFC 9725 as encoders use it, over HTTP and UDP.</summary>
public sealed class WhipTests(TheStreamServer server) : IClassFixture<TheStreamServer>
{
    private const string NewCredentials = "a=ice-ufrag:{0}\r\na=ice-pwd:anotherPassword2345678901\r\n";
    private const string Candidates =
        "a=group:BUNDLE 0 1\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=ice-ufrag:peer\r\na=ice-pwd:0123456789012345678901\r\n"
        + "a=candidate:1 1 udp 2122260223 192.0.2.1 61764 typ host\r\na=candidate:2 1 xyz 1 192.0.2.1 9 typ host\r\na=end-of-candidates\r\n";

    [Fact]
    public async Task An_offer_is_answered_with_201_an_unguessable_address_a_tag_and_one_link_for_each_ice_server()
    {
        var (tutor, _, lesson) = await server.OpenLesson();
        var token = await TheStreamServer.Key(tutor, lesson, "publish");

        var (peer, session, answer) = await server.Publish(token, lesson);
        using var _ = peer;

        Assert.Equal(TheStreamServer.Sdp, answer.Content.Headers.ContentType?.MediaType);
        Assert.Matches($"^/v1/rooms/{lesson}/whip/[A-Za-z0-9_-]{{43}}$", session);
        Assert.False(answer.Headers.ETag!.IsWeak);
        Assert.Contains("no-store", answer.Headers.CacheControl!.ToString());
        var sdp = await answer.Content.ReadAsStringAsync();
        Assert.DoesNotContain("a=sendonly", sdp);
        Assert.Contains("a=recvonly", sdp);
        Assert.Contains("a=setup:passive", sdp);
        Assert.Contains("a=end-of-candidates", sdp);
        var links = answer.Headers.NonValidated["Link"].ToArray();
        Assert.Equal(3, links.Length);
        Assert.Equal("<stun:turn.example.org:3478>; rel=\"ice-server\"", links[0]);
        // OBS: splits at commas, then at semicolons; the target begins with <stun: or <turn:.
        Assert.All(links, link => Assert.DoesNotContain(',', link));
        var turn = links[1].Split(';', StringSplitOptions.TrimEntries);
        Assert.Equal("<turn:turn.example.org:3478?transport=udp>", turn[0]);
        Assert.Matches("^username=\"[0-9]+:[0-9a-f]{32}\"$", turn[2]);
        Assert.Matches("^credential=\"[A-Za-z0-9+/=]+\"$", turn[3]);
        Assert.StartsWith("<turns:", links[2]);
        Assert.Equal(HttpStatusCode.OK, (await server.Delete(token, session)).StatusCode);
    }

    [Fact]
    public async Task A_session_ends_by_delete_once_and_only_for_the_bearer_that_began_it()
    {
        var (tutor, student, lesson) = await server.OpenLesson();
        var token = await TheStreamServer.Key(tutor, lesson, "publish");
        var (peer, session, _) = await server.Publish(token, lesson);
        using var _1 = peer;

        using (var nobody = server.Anyone())
            await (await nobody.DeleteAsync(session)).IsProblem(HttpStatusCode.Unauthorized, "stream_key_invalid");
        await (await server.Delete(await TheStreamServer.Key(student, lesson, "publish"), session)).IsProblem(HttpStatusCode.Unauthorized, "stream_key_invalid");
        Assert.Equal(HttpStatusCode.OK, (await server.Delete(token, session)).StatusCode);
        await (await server.Delete(token, session)).IsProblem(HttpStatusCode.NotFound, "not_found");
        await (await server.Patch(token, session, Candidates, "\"ice-1\"")).IsProblem(HttpStatusCode.NotFound, "not_found");
    }

    [Fact]
    public async Task What_is_no_offer_of_an_encoder_is_refused_with_a_code_and_nobody_joins()
    {
        var (tutor, _, lesson) = await server.OpenLesson();
        var token = await TheStreamServer.Key(tutor, lesson, "publish");
        using var peer = new TestPeer();
        var path = $"/v1/rooms/{lesson}/whip";

        await (await server.Post(token, path, peer.Offer("sendonly", "audio"), "application/json")).IsProblem(HttpStatusCode.UnsupportedMediaType, "unsupported_media_type");
        await (await server.Post(token, path, "")).IsProblem(HttpStatusCode.BadRequest, "invalid_offer");
        await (await server.Post(token, path, "v=0\r\nm=audio")).IsProblem(HttpStatusCode.BadRequest, "invalid_offer");
        await (await server.Post(token, path, peer.Offer("recvonly", "audio"))).IsProblem(HttpStatusCode.UnprocessableEntity, "unsupported_offer");
        await (await server.Post(token, path, peer.Offer("inactive", "audio"))).IsProblem(HttpStatusCode.UnprocessableEntity, "unsupported_offer");
        await (await server.Post(token, path, peer.Offer("sendonly", "video", "video"))).IsProblem(HttpStatusCode.UnprocessableEntity, "unsupported_offer");
        await (await server.Post(token, path, peer.Offer("sendonly", "audio", "audio"))).IsProblem(HttpStatusCode.UnprocessableEntity, "unsupported_offer");
        await (await server.Post(token, path, peer.Offer("sendonly", "video").Replace("VP8/90000", "VP7/90000"))).IsProblem(HttpStatusCode.UnprocessableEntity, "unsupported_offer");
        await (await server.Post(token, path, new string('x', 70_000))).IsProblem(HttpStatusCode.RequestEntityTooLarge, "body_too_large");

        Assert.Empty(await server.Happened(lesson, 0));
    }

    [Fact]
    public async Task Only_a_live_key_to_publish_in_this_room_while_it_is_open_lets_in()
    {
        var (tutor, student, lesson) = await server.OpenLesson();
        var (_, _, other) = await server.OpenLesson();
        var later = await server.Lesson(tutor, student, Duration.FromHours(2));
        var unmade = await server.Lesson(tutor, student, Duration.FromMinutes(5), meeting: null);
        var token = await TheStreamServer.Key(tutor, lesson, "publish");
        using var peer = new TestPeer();
        var offer = peer.Offer("sendonly", "audio");

        await (await server.Post(tutor.Http.DefaultRequestHeaders.Authorization!.Parameter![..100], $"/v1/rooms/{lesson}/whip", offer)).IsProblem(HttpStatusCode.Unauthorized, "stream_key_invalid");
        using (var nobody = server.Anyone())
        {
            var answer = await nobody.PostAsync($"/v1/rooms/{lesson}/whip", null);
            await answer.IsProblem(HttpStatusCode.Unauthorized, "stream_key_invalid");
            Assert.Equal("Bearer", answer.Headers.WwwAuthenticate.Single().Scheme);
        }
        await (await server.Post(token, $"/v1/rooms/{other}/whip", offer)).IsProblem(HttpStatusCode.NotFound, "not_found");
        await (await server.Post(token, "/v1/rooms/no-room/whip", offer)).IsProblem(HttpStatusCode.NotFound, "not_found");
        await (await server.Post(await TheStreamServer.Key(tutor, lesson, "watch"), $"/v1/rooms/{lesson}/whip", offer)).IsProblem(HttpStatusCode.Forbidden, "not_allowed");
        var early = await server.Post(await TheStreamServer.Key(tutor, later, "publish"), $"/v1/rooms/{later}/whip", offer);
        await early.IsProblem(HttpStatusCode.Conflict, "room_not_open");
        Assert.NotNull(early.Headers.RetryAfter);
        await (await server.Post(await TheStreamServer.Key(tutor, unmade, "publish"), $"/v1/rooms/{unmade}/whip", offer)).IsProblem(HttpStatusCode.Conflict, "meeting_not_ready");
    }

    [Fact]
    public async Task A_revoked_key_lets_nobody_in_and_ends_what_runs_by_it()
    {
        var (tutor, _, lesson) = await server.OpenLesson();
        var token = await TheStreamServer.Key(tutor, lesson, "publish");
        Assert.Equal(System.Text.Json.JsonValueKind.Null, (await TheKey()).GetProperty("usedAt").ValueKind);
        var (peer, session, _) = await server.Publish(token, lesson);
        using var _1 = peer;
        var key = await TheKey();
        Assert.Equal(1, key.GetProperty("sessions").GetInt32());
        Assert.EndsWith($"/v1/rooms/{lesson}/whip", key.GetProperty("url").GetString());
        Assert.InRange(key.GetProperty("usedAt").GetDateTimeOffset(), key.GetProperty("madeAt").GetDateTimeOffset(), server.Time.GetUtcNow().AddSeconds(1));

        Assert.Equal(HttpStatusCode.NoContent, (await tutor.Http.DeleteAsync($"/v1/lessons/{lesson}/stream-keys/{key.GetProperty("id").GetGuid()}")).StatusCode);

        await (await server.Delete(token, session)).IsProblem(HttpStatusCode.NotFound, "not_found");
        await (await server.Post(token, $"/v1/rooms/{lesson}/whip", peer.Offer("sendonly", "audio"))).IsProblem(HttpStatusCode.Unauthorized, "stream_key_invalid");
        Assert.Empty((await (await tutor.Http.GetAsync($"/v1/lessons/{lesson}/stream-keys")).Json()).GetProperty("items").EnumerateArray());
        await using var read = server.Store.OpenSession();
        Assert.DoesNotContain(token, System.Text.Json.JsonSerializer.Serialize(await read.FetchStreamAsync(Muse.Api.StreamKeys.StreamKeyRoutes.StreamOf(lesson, tutor.PersonId))));

        async Task<System.Text.Json.JsonElement> TheKey() =>
            (await (await tutor.Http.GetAsync($"/v1/lessons/{lesson}/stream-keys")).Json()).GetProperty("items").EnumerateArray().Single();
    }

    [Fact]
    public async Task Late_candidates_are_taken_with_the_tag_and_new_credentials_restart_ice_under_a_new_one()
    {
        var (tutor, _, lesson) = await server.OpenLesson();
        var token = await TheStreamServer.Key(tutor, lesson, "publish");
        var (peer, session, answer) = await server.Publish(token, lesson);
        using var _ = peer;
        var tag = answer.Headers.ETag!.Tag;

        await (await server.Patch(token, session, Candidates, null)).IsProblem(HttpStatusCode.PreconditionRequired, "precondition_required");
        await (await server.Patch(token, session, Candidates, "\"other\"")).IsProblem(HttpStatusCode.PreconditionFailed, "version_mismatch");
        await (await server.Patch(token, session, Candidates, tag, "application/sdp")).IsProblem(HttpStatusCode.UnsupportedMediaType, "unsupported_media_type");
        await (await server.Patch(token, session, "nonsense", tag)).IsProblem(HttpStatusCode.BadRequest, "invalid_fragment");
        await (await server.Patch(token, session, "a=ice-ufrag:only\r\n", tag)).IsProblem(HttpStatusCode.BadRequest, "invalid_fragment");
        var trickled = await server.Patch(token, session, Candidates, tag);
        Assert.Equal(HttpStatusCode.NoContent, trickled.StatusCode);
        Assert.Null(trickled.Headers.ETag);

        var restarted = await server.Patch(token, session, string.Format(null, NewCredentials, "newone"), "\"*\"");

        Assert.Equal(HttpStatusCode.OK, restarted.StatusCode);
        Assert.Equal(TheStreamServer.Fragment, restarted.Content.Headers.ContentType?.MediaType);
        var fresh = restarted.Headers.ETag!.Tag;
        Assert.NotEqual(tag, fresh);
        var fragment = await restarted.Content.ReadAsStringAsync();
        Assert.Matches(new Regex("a=group:BUNDLE 0 1\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=ice-ufrag:.{8}\r\na=ice-pwd:.{24}\r\na=candidate:"), fragment);
        Assert.DoesNotContain(peer.ServerUserFragment, fragment);
        // What was under way before the restart comes late.
        await (await server.Patch(token, session, Candidates, tag)).IsProblem(HttpStatusCode.PreconditionFailed, "version_mismatch");
        // New credentials are a restart whatever the header says.
        var third = await server.Patch(token, session, string.Format(null, NewCredentials, "third1"), fresh);
        Assert.Equal(HttpStatusCode.OK, third.StatusCode);
        // The same connection answers to the new credentials.
        peer.UserFragment = "third1";
        peer.Take(await third.Content.ReadAsStringAsync());
        peer.Check();
    }

    [Fact]
    public async Task Clients_that_ask_before_they_begin_are_told_what_to_post_and_browsers_may_read_the_headers()
    {
        using var http = server.Anyone();
        foreach (var path in new[] { $"/v1/rooms/{Guid.NewGuid()}/whip", $"/v1/rooms/{Guid.NewGuid()}/whep", $"/v1/rooms/{Guid.NewGuid()}/whip/x" })
        {
            var options = await http.SendAsync(new HttpRequestMessage(HttpMethod.Options, path));
            Assert.Equal(HttpStatusCode.OK, options.StatusCode);
            Assert.Equal(TheStreamServer.Sdp, options.Headers.GetValues("Accept-Post").Single());
            var read = await http.GetAsync(path);
            Assert.Equal(HttpStatusCode.NoContent, read.StatusCode);
        }
    }

    [Fact]
    public async Task A_new_post_of_the_same_key_replaces_the_session_before()
    {
        var (tutor, _, lesson) = await server.OpenLesson();
        var token = await TheStreamServer.Key(tutor, lesson, "publish");
        var (first, session, _) = await server.Publish(token, lesson);
        var (second, again, _) = await server.Publish(token, lesson);
        using var _1 = first;
        using var _2 = second;

        await (await server.Delete(token, session)).IsProblem(HttpStatusCode.NotFound, "not_found");
        Assert.Equal(HttpStatusCode.OK, (await server.Delete(token, again)).StatusCode);
    }

    [Fact]
    public async Task An_encoder_that_hangs_up_frees_its_session()
    {
        var (tutor, _, lesson) = await server.OpenLesson();
        var token = await TheStreamServer.Key(tutor, lesson, "publish");
        var (peer, session, _) = await server.Publish(token, lesson);
        using var _1 = peer;

        peer.Close();

        for (var tries = 0; (await server.Patch(token, session, Candidates, "\"ice-1\"")).StatusCode != HttpStatusCode.NotFound; tries++)
            Assert.True(tries < 400, "The session of a closed connection stays.");
    }

    [Fact]
    public async Task Whoever_is_in_the_room_hears_that_the_encoder_came_what_it_publishes_and_that_it_went()
    {
        var (tutor, student, lesson) = await server.OpenLesson();
        var (socket, _) = await server.Enter(student, lesson);
        using var _1 = socket;
        var token = await TheStreamServer.Key(tutor, lesson, "publish");

        var (peer, session, _) = await server.Publish(token, lesson);
        using var _2 = peer;

        var joined = (await socket.Hear("participantJoined")).GetProperty("participant");
        Assert.Equal("tutor", joined.GetProperty("role").GetString());
        var track = (await socket.Hear("trackPublished")).GetProperty("track");
        Assert.Equal(joined.GetProperty("participantId").GetGuid(), track.GetProperty("participantId").GetGuid());
        Assert.Contains("lesson_started", await server.Happened(lesson, 3));
        await server.Delete(token, session);
        Assert.Equal(joined.GetProperty("participantId").GetGuid(), (await socket.Hear("participantLeft")).GetProperty("participantId").GetGuid());
    }
}
