using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Muse.Api.Rooms;
using Muse.SelfHostedMedia.Tests.Rooms;

namespace Muse.Api.Tests.Rooms;

/// <summary>
/// Encoders and players that vanish without a word: RFC 9725 §4.2 has the session end with the consent of RFC 7675. The clock of this server is
/// set forward past it, so no other test shares the server.
/// </summary>
public sealed class LostStreamTests(TheStreamServer server) : IClassFixture<TheStreamServer>
{
    private static readonly TimeSpan Half = TimeSpan.FromSeconds(11);

    [Fact]
    public async Task An_encoder_and_a_player_that_vanish_lose_their_sessions_the_room_is_told_and_nothing_stays_of_them()
    {
        var (tutor, student, lesson) = await server.OpenLesson();
        var (other, _, otherLesson) = await server.OpenLesson();
        var sessions = server.Services.GetRequiredService<WhipSessions>();
        var media = server.Services.GetRequiredService<MediaHost>().Server;
        var (socket, _) = await server.Enter(student, lesson);
        using var _1 = socket;
        var (publish, watch, audience, living) = (await TheStreamServer.Key(tutor, lesson, "publish"), await TheStreamServer.Key(student, lesson, "watch"),
            await TheStreamServer.Key(tutor, lesson, "watch", listeners: 2), await TheStreamServer.Key(other, otherLesson, "publish"));
        var (encoder, encoding, _) = await server.Publish(publish, lesson);
        var encoderId = (await socket.Hear("participantJoined")).GetProperty("participant").GetProperty("participantId").GetGuid();
        var (player, playing) = await server.Watch(watch, lesson);
        var playerId = (await socket.Hear("participantJoined")).GetProperty("participant").GetProperty("participantId").GetGuid();
        var (listener, listening) = await server.Watch(audience, lesson);
        var (alive, going, _) = await server.Publish(living, otherLesson);
        using var _2 = alive;
        Assert.Equal((4, 4), (sessions.Count, media.Statistics.Connections));

        // No DELETE, no close_notify: as when the power fails.
        foreach (var gone in new[] { encoder, player, listener }) gone.Dispose();
        server.Time.Pass(Half);
        alive.Check();
        server.Time.Pass(Half);

        var left = new Dictionary<Guid, string>();
        for (var i = 0; i < 2; i++)
        {
            var message = await socket.Hear("participantLeft");
            left[message.GetProperty("participantId").GetGuid()] = message.GetProperty("reason").GetString()!;
        }
        Assert.Equal([(encoderId, "lost"), (playerId, "lost")], left.Select(each => (each.Key, each.Value)).OrderBy(each => each.Key));
        foreach (var (token, session) in new[] { (publish, encoding), (watch, playing), (audience, listening) })
        {
            await Gone(token, session);
            await (await server.Delete(token, session)).IsProblem(HttpStatusCode.NotFound, "not_found");
        }
        Assert.Equal((1, 1), (sessions.Count, media.Statistics.Connections));
        await server.Happened(lesson, 6);
        Assert.Equal(2, (await server.Happened(lesson, 6)).Count(name => name == "participant_left"));
        Assert.Equal(HttpStatusCode.OK, (await server.Delete(living, going)).StatusCode);

        // The room is as if they had never been there: the next player is told that nobody publishes, and the encoder comes back.
        using var next = new TestPeer();
        await (await server.Post(watch, $"/v1/rooms/{lesson}/whep", next.Offer("recvonly", "audio"))).IsProblem(HttpStatusCode.Conflict, "not_live");
        var (again, fresh, _) = await server.Publish(publish, lesson);
        using var _3 = again;
        Assert.NotEqual(encoding, fresh);
    }

    private async Task Gone(string token, string session)
    {
        for (var tries = 0; (await server.Patch(token, session, "a=end-of-candidates\r\n", "\"ice-1\"")).StatusCode != HttpStatusCode.NotFound; tries++)
            Assert.True(tries < 400, "The session of a client that vanished stays.");
    }
}
