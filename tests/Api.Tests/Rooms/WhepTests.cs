using System.Net;
using System.Net.Http.Json;
using Muse.SelfHostedMedia.Tests.Rooms;
using NodaTime;

namespace Muse.Api.Tests.Rooms;

/// <summary>Players, one and many.</summary>
public sealed class WhepTests(TheStreamServer server) : IClassFixture<TheStreamServer>
{
    [Fact]
    public async Task A_player_is_asked_to_come_again_until_somebody_publishes_and_then_gets_the_very_sound()
    {
        var (tutor, student, lesson) = await server.OpenLesson();
        var watch = await TheStreamServer.Key(student, lesson, "watch");
        using var early = new TestPeer();
        var refused = await server.Post(watch, $"/v1/rooms/{lesson}/whep", early.Offer("recvonly", "audio", "video"));
        await refused.IsProblem(HttpStatusCode.Conflict, "not_live");
        Assert.Equal(TimeSpan.FromSeconds(2), refused.Headers.RetryAfter!.Delta);

        var (encoder, _, _) = await server.Publish(await TheStreamServer.Key(tutor, lesson, "publish"), lesson);
        using var _1 = encoder;
        var (player, session) = await server.Watch(watch, lesson);
        using var _2 = player;
        encoder.SendRtp(0x1111, 7, 111, 960, "a tone"u8, mid: "0");

        Assert.Equal("a tone"u8.ToArray(), player.ReceiveRtp(sequence => sequence).Payload);
        Assert.Equal(HttpStatusCode.OK, (await server.Delete(watch, session)).StatusCode);
    }

    [Fact]
    public async Task A_player_may_ask_for_one_publisher_by_role_person_or_stay_and_never_gets_itself()
    {
        var (tutor, student, lesson) = await server.OpenLesson();
        var (encoder, _, _) = await server.Publish(await TheStreamServer.Key(tutor, lesson, "publish"), lesson);
        using var _1 = encoder;
        var watch = await TheStreamServer.Key(student, lesson, "watch");

        foreach (var query in new[] { "?publisher=tutor", $"?publisher={tutor.PersonId}" })
        {
            var (player, _) = await server.Watch(watch, lesson, query);
            player.Dispose();
        }
        using var peer = new TestPeer();
        var offer = peer.Offer("recvonly", "audio");
        await (await server.Post(watch, $"/v1/rooms/{lesson}/whep?publisher=student", offer)).IsProblem(HttpStatusCode.Conflict, "not_live");
        await (await server.Post(watch, $"/v1/rooms/{lesson}/whep?publisher={Guid.NewGuid()}", offer)).IsProblem(HttpStatusCode.Conflict, "not_live");
        await (await server.Post(await TheStreamServer.Key(tutor, lesson, "watch"), $"/v1/rooms/{lesson}/whep", offer)).IsProblem(HttpStatusCode.Conflict, "not_live");
        await (await server.Post(watch, $"/v1/rooms/{lesson}/whep", peer.Offer("sendonly", "audio"))).IsProblem(HttpStatusCode.UnprocessableEntity, "unsupported_offer");
    }

    [Fact]
    public async Task An_audience_is_bounded_by_its_key_and_named_to_nobody()
    {
        var (tutor, student, lesson) = await server.OpenLesson();
        var (socket, _) = await server.Enter(student, lesson);
        using var _1 = socket;
        var (encoder, _, _) = await server.Publish(await TheStreamServer.Key(tutor, lesson, "publish"), lesson);
        using var _2 = encoder;
        var token = await TheStreamServer.Key(tutor, lesson, "watch", listeners: 2);
        var (first, session) = await server.Watch(token, lesson);
        var (second, _) = await server.Watch(token, lesson);
        using var _3 = first;
        using var _4 = second;
        using var third = new TestPeer();
        var offer = third.Offer("recvonly", "audio", "video");

        var full = await server.Post(token, $"/v1/rooms/{lesson}/whep", offer);
        await full.IsProblem(HttpStatusCode.ServiceUnavailable, "room_full");
        Assert.NotNull(full.Headers.RetryAfter);
        Assert.Equal(HttpStatusCode.OK, (await server.Delete(token, session)).StatusCode);
        Assert.Equal(HttpStatusCode.Created, (await server.Post(token, $"/v1/rooms/{lesson}/whep", offer)).StatusCode);
        Assert.Equal(2, (await server.Happened(lesson, 2)).Count(name => name == "participant_joined"));
    }

    [Fact]
    public async Task An_audience_of_a_childs_lesson_is_the_guardians_to_let_in()
    {
        var tutor = await server.Tutor();
        var guardian = await server.Guardian();
        var child = await TheServer.Child(guardian);
        var lesson = await server.Lesson(tutor, guardian, Duration.FromMinutes(5), studentId: child);
        var events = await server.EventsAsync();

        await (await tutor.Http.PostAsJsonAsync($"/v1/lessons/{lesson}/stream-keys", new { use = "watch", listeners = 50 })).IsProblem(HttpStatusCode.Forbidden, "guardian_needed");
        Assert.Equal(events, await server.EventsAsync());
        await TheStreamServer.Key(guardian, lesson, "watch", listeners: 50);
    }

    [Fact]
    public async Task Three_hundred_listeners_fit_beside_the_people_of_a_room_and_each_gets_the_packet()
    {
        const int Many = 300;
        var (tutor, _, lesson) = await server.OpenLesson();
        var (encoder, _, _) = await server.Publish(await TheStreamServer.Key(tutor, lesson, "publish"), lesson);
        using var _1 = encoder;
        var token = await TheStreamServer.Key(tutor, lesson, "watch", listeners: Many);
        var players = new List<TestPeer>();
        try
        {
            for (var i = 0; i < Many; i++) players.Add((await server.Watch(token, lesson)).Peer);
            encoder.SendRtp(0x1111, 7, 111, 960, "a tone"u8, mid: "0");
            Assert.All(players, player => Assert.Equal("a tone"u8.ToArray(), player.ReceiveRtp(sequence => sequence).Payload));
        }
        finally
        {
            players.ForEach(player => player.Dispose());
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    public async Task A_player_goes_on_by_itself_when_the_encoder_comes_anew(int listeners)
    {
        var (tutor, student, lesson) = await server.OpenLesson();
        var publish = await TheStreamServer.Key(tutor, lesson, "publish");
        var (one, _, _) = await server.Publish(publish, lesson);
        using var _1 = one;
        var watch = await TheStreamServer.Key(listeners > 1 ? tutor : student, lesson, "watch", listeners);
        var (player, session) = await server.Watch(watch, lesson, "?publisher=tutor");
        using var _2 = player;
        one.SendRtp(0x1111, 7, 111, 960, "before"u8, mid: "0");
        var before = player.ReceiveRtp(sequence => sequence);

        var (two, _, _) = await server.Publish(publish, lesson);
        using var _3 = two;
        Received? after = null;
        // Whoever hears of the new track and the new encoder's first packets are not in step.
        for (var i = 0; after is null && i < 100; i++)
        {
            two.SendRtp(0x2222, 7 + i, 111, (uint)(960 * (i + 1)), "after"u8, mid: "0");
            after = player.TryReceiveRtp(100);
        }

        Assert.Equal("after"u8.ToArray(), after?.Payload);
        Assert.Equal(before.Header.Ssrc, after!.Header.Ssrc);
        Assert.Equal(HttpStatusCode.OK, (await server.Delete(watch, session)).StatusCode);
    }

    [Fact]
    public async Task A_player_that_cannot_decode_what_the_encoder_sends_now_is_ended_and_posts_anew()
    {
        var (tutor, _, lesson) = await server.OpenLesson();
        var publish = await TheStreamServer.Key(tutor, lesson, "publish");
        var (one, _, _) = await server.Publish(publish, lesson);
        using var _1 = one;
        var watch = await TheStreamServer.Key(tutor, lesson, "watch", listeners: 2);
        var (player, session) = await server.Watch(watch, lesson);
        using var _2 = player;

        using var two = new TestPeer { VideoMap = "AV1/90000" };
        Assert.Equal(HttpStatusCode.Created, (await server.Post(publish, $"/v1/rooms/{lesson}/whip", two.Offer("sendonly", "audio", "video"))).StatusCode);

        player.HearTheEnd();
        Assert.Equal(HttpStatusCode.NotFound, (await server.Patch(watch, session, "a=end-of-candidates\r\n", "\"ice-1\"")).StatusCode);
        using var again = new TestPeer { VideoMap = "AV1/90000" };
        Assert.Equal(HttpStatusCode.Created, (await server.Post(watch, $"/v1/rooms/{lesson}/whep", again.Offer("recvonly", "audio", "video"))).StatusCode);
    }

    [Fact]
    public async Task An_offer_may_have_m_lines_for_everybody_in_a_full_room_and_not_much_more()
    {
        var (tutor, student, lesson) = await server.OpenLesson();
        var (encoder, _, _) = await server.Publish(await TheStreamServer.Key(tutor, lesson, "publish"), lesson);
        using var _1 = encoder;
        var watch = await TheStreamServer.Key(student, lesson, "watch");
        using var player = new TestPeer();
        var kinds = Enumerable.Repeat(new[] { "audio", "video" }, 31).SelectMany(both => both).ToArray();
        // As large as a browser's: of each m-line's 3 KB the peer here writes a tenth.
        var offer = player.Offer("recvonly", kinds).Replace("a=rtcp-mux\r\n", $"a=rtcp-mux\r\na=x-as-large-as-a-browsers:{new string('x', 3_200)}\r\n", StringComparison.Ordinal);
        Assert.InRange(offer.Length, 200_000, 300_000);

        Assert.Equal(HttpStatusCode.Created, (await server.Post(watch, $"/v1/rooms/{lesson}/whep", offer)).StatusCode);
        await (await server.Post(watch, $"/v1/rooms/{lesson}/whep", offer + offer)).IsProblem(HttpStatusCode.RequestEntityTooLarge, "body_too_large");
        await (await server.Post(await TheStreamServer.Key(tutor, lesson, "publish"), $"/v1/rooms/{lesson}/whip", offer)).IsProblem(HttpStatusCode.RequestEntityTooLarge, "body_too_large");
    }

    [Fact]
    public async Task Rooms_for_load_tests_open_by_the_operators_key_only()
    {
        using var peer = new TestPeer();
        using var viewer = new TestPeer();
        await (await server.Post("not the key", "/v1/rooms/bench-1/whip?as=3", peer.Offer("sendonly", "audio"))).IsProblem(HttpStatusCode.Unauthorized, "stream_key_invalid");
        Assert.Equal(HttpStatusCode.Created, (await server.Post(TheStreamServer.BenchKey, "/v1/rooms/bench-1/whip?as=3", peer.Offer("sendonly", "audio"))).StatusCode);
        Assert.Equal(HttpStatusCode.Conflict, (await server.Post(TheStreamServer.BenchKey, "/v1/rooms/bench-1/whep?publisher=4", viewer.Offer("recvonly", "audio"))).StatusCode);
        Assert.Equal(HttpStatusCode.Conflict, (await server.Post(TheStreamServer.BenchKey, "/v1/rooms/bench-1/whep?as=3", viewer.Offer("recvonly", "audio"))).StatusCode);
        Assert.Equal(HttpStatusCode.Created, (await server.Post(TheStreamServer.BenchKey, "/v1/rooms/bench-1/whep?publisher=3", viewer.Offer("recvonly", "audio"))).StatusCode);
    }
}
