using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Muse.Api.Rooms;
using NodaTime;

namespace Muse.Api.Tests.Rooms;

public sealed class RoomsOfManyTests(TheRoomServer server) : IClassFixture<TheRoomServer>
{
    private async Task<(SignedIn Tutor, SignedIn Student, Guid Lesson)> Lesson()
    {
        var (tutor, student) = (await server.Tutor(), await server.Student());
        return (tutor, student, await server.Lesson(tutor, student, Duration.FromMinutes(5)));
    }

    private async Task<RoomSocket> Knock(SignedIn person, Guid lesson)
    {
        var socket = await server.Connect(lesson);
        await socket.Send($$"""{"type":"join","protocol":1,"ticket":"{{await server.Ticket(person, lesson)}}"}""");
        return socket;
    }

    private static async Task CloseTheDoor(RoomSocket tutor)
    {
        await tutor.Send("""{"type":"door","closed":true}""");
        Assert.True((await tutor.Hear("door")).GetProperty("closed").GetBoolean());
        Assert.Equal(0, (await tutor.Hear("waitingPeople")).GetProperty("people").GetArrayLength());
    }

    private static JsonElement TheOne(JsonElement waitingPeople) => Assert.Single(waitingPeople.GetProperty("people").EnumerateArray());

    [Fact]
    public async Task Before_a_closed_door_one_waits_until_the_tutor_lets_them_in()
    {
        var (tutor, student, lesson) = await Lesson();
        var (first, joined) = await server.Enter(tutor, lesson);
        Assert.False(joined.GetProperty("doorClosed").GetBoolean());
        Assert.Equal(server.Services.GetRequiredService<MediaHost>().Server.HasDataChannels, joined.GetProperty("timing").GetBoolean());
        await CloseTheDoor(first);

        using var second = await Knock(student, lesson);
        var waiting = await second.Hear("waiting");
        Assert.Equal("door_closed", waiting.GetProperty("reason").GetString());
        await second.Send("""{"type":"ping"}""");
        await second.Hear("pong");
        await second.Send("""{"type":"mute","kind":"audio","muted":true}""");
        Assert.Equal("not_in_yet", (await second.Hear("error")).GetProperty("code").GetString());
        Assert.Equal(["participant_joined"], await server.Happened(lesson, 1));
        var person = TheOne(await first.Hear("waitingPeople"));
        Assert.Equal(waiting.GetProperty("waitingId").GetGuid(), person.GetProperty("waitingId").GetGuid());
        Assert.Equal("student", person.GetProperty("role").GetString());

        await first.Send($$"""{"type":"admit","waitingId":"{{person.GetProperty("waitingId").GetGuid()}}"}""");

        var inside = await second.Hear("joined");
        Assert.Equal("student", inside.GetProperty("self").GetProperty("role").GetString());
        Assert.False(inside.TryGetProperty("doorClosed", out _));
        Assert.Equal(0, (await first.Hear("waitingPeople")).GetProperty("people").GetArrayLength());
        await second.Send("""{"type":"ping"}""");
        await second.Hear("pong");
        Assert.Equal(["participant_joined", "participant_joined", "lesson_started"], await server.Happened(lesson, 3));
    }

    [Fact]
    public async Task Who_is_not_let_in_is_told_so_and_no_event_is_written()
    {
        var (tutor, student, lesson) = await Lesson();
        var (first, _) = await server.Enter(tutor, lesson);
        await CloseTheDoor(first);
        using var second = await Knock(student, lesson);
        var person = TheOne(await first.Hear("waitingPeople"));

        await first.Send($$"""{"type":"refuse","waitingId":"{{person.GetProperty("waitingId").GetGuid()}}"}""");

        Assert.Equal(("not_admitted", 4406), await second.ClosedWithError());
        await first.Send($$"""{"type":"admit","waitingId":"{{person.GetProperty("waitingId").GetGuid()}}"}""");
        Assert.Equal("not_waiting", (await first.Hear("error")).GetProperty("code").GetString());
        Assert.Equal(["participant_joined"], await server.Happened(lesson, 1));
    }

    [Fact]
    public async Task Who_stops_waiting_is_no_longer_named()
    {
        var (tutor, student, lesson) = await Lesson();
        var (first, _) = await server.Enter(tutor, lesson);
        await CloseTheDoor(first);
        using var left = await Knock(student, lesson);
        TheOne(await first.Hear("waitingPeople"));
        await left.Send("""{"type":"leave"}""");
        Assert.Equal(1000, await left.Closed());
        Assert.Equal(0, (await first.Hear("waitingPeople")).GetProperty("people").GetArrayLength());

        using var lost = await Knock(student, lesson);
        TheOne(await first.Hear("waitingPeople"));
        lost.Abort();
        Assert.Equal(0, (await first.Hear("waitingPeople")).GetProperty("people").GetArrayLength());
    }

    [Fact]
    public async Task An_opened_door_lets_in_and_who_was_in_comes_back_through_a_closed_one()
    {
        var (tutor, student, lesson) = await Lesson();
        var (first, _) = await server.Enter(tutor, lesson);
        await CloseTheDoor(first);
        using var second = await Knock(student, lesson);
        TheOne(await first.Hear("waitingPeople"));
        await first.Send("""{"type":"door","closed":false}""");
        await second.Hear("joined");

        await first.Send("""{"type":"door","closed":true}""");
        await second.Send("""{"type":"leave"}""");
        Assert.Equal(1000, await second.Closed());

        using var again = await Knock(student, lesson);
        await again.Hear("joined");
    }

    [Fact]
    public async Task Only_the_tutor_directs_the_room()
    {
        var (tutor, student, lesson) = await Lesson();
        var (first, joined) = await server.Enter(tutor, lesson);
        var (second, _) = await server.Enter(student, lesson);
        var whom = joined.GetProperty("participantId").GetGuid();
        string[] acts =
        [
            """{"type":"door","closed":true}""", """{"type":"admit"}""", $$"""{"type":"refuse","waitingId":"{{whom}}"}""",
            $$"""{"type":"silence","kind":"audio","silenced":true,"participantId":"{{whom}}"}""",
            $$"""{"type":"spotlight","participantId":"{{whom}}"}""",
        ];
        foreach (var act in acts)
        {
            await second.Send(act);
            Assert.Equal("not_allowed", (await second.Hear("error")).GetProperty("code").GetString());
        }
        // What the tutor is told next is the answer to the tutor's own act: nothing of the student's came before it.
        await first.Send($$"""{"type":"spotlight","participantId":"{{Guid.NewGuid()}}"}""");
        Assert.Equal("unknown_participant", (await first.Hear("error")).GetProperty("code").GetString());
        var (_, again) = await server.Enter(tutor, lesson);
        Assert.False(again.GetProperty("doorClosed").GetBoolean());
        Assert.False(again.TryGetProperty("spotlight", out _));
        Assert.False(again.GetProperty("self").GetProperty("audioSilenced").GetBoolean());
    }

    [Fact]
    public async Task Silencing_all_spares_the_tutor_is_told_to_everybody_and_outlives_a_reload()
    {
        var (tutor, student, lesson) = await Lesson();
        var (first, _) = await server.Enter(tutor, lesson);
        var (second, joined) = await server.Enter(student, lesson);

        await first.Send("""{"type":"silence","kind":"audio","silenced":true}""");

        foreach (var socket in new[] { first, second })
        {
            var silenced = await socket.Hear("silenced");
            Assert.Equal(joined.GetProperty("participantId").GetGuid(), silenced.GetProperty("participantId").GetGuid());
            Assert.True(silenced.GetProperty("silenced").GetBoolean());
            Assert.Equal("audio", silenced.GetProperty("kind").GetString());
        }
        var (third, again) = await server.Enter(student, lesson);
        Assert.True(again.GetProperty("self").GetProperty("audioSilenced").GetBoolean());
        Assert.False(again.GetProperty("self").GetProperty("videoSilenced").GetBoolean());
        Assert.False(Assert.Single(again.GetProperty("participants").EnumerateArray()).GetProperty("audioSilenced").GetBoolean());

        await first.Send($$"""{"type":"silence","kind":"audio","silenced":false,"participantId":"{{again.GetProperty("participantId").GetGuid()}}"}""");
        Assert.False((await third.Hear("silenced")).GetProperty("silenced").GetBoolean());
    }

    [Fact]
    public async Task The_spotlight_is_told_to_all_and_goes_out_with_its_person()
    {
        var (tutor, student, lesson) = await Lesson();
        var (first, _) = await server.Enter(tutor, lesson);
        var (second, joined) = await server.Enter(student, lesson);
        var whom = joined.GetProperty("participantId").GetGuid();

        await first.Send($$"""{"type":"spotlight","participantId":"{{whom}}"}""");

        Assert.Equal(whom, (await second.Hear("spotlight")).GetProperty("participantId").GetGuid());
        Assert.Equal(whom, (await first.Hear("spotlight")).GetProperty("participantId").GetGuid());
        await second.Send("""{"type":"leave"}""");
        Assert.False((await first.Hear("spotlight")).TryGetProperty("participantId", out _));
    }

    [Fact]
    public async Task A_protocol_that_is_not_spoken_is_refused_and_the_ticket_stays_good()
    {
        var (tutor, _, lesson) = await Lesson();
        var ticket = await server.Ticket(tutor, lesson);
        using var tomorrow = await server.Connect(lesson);
        await tomorrow.Send($$"""{"type":"join","protocol":2,"ticket":"{{ticket}}"}""");
        Assert.Equal(("protocol_unknown", 4426), await tomorrow.ClosedWithError());
        Assert.Empty(await server.Happened(lesson, 0));

        using var today = await server.Connect(lesson);
        await today.Send($$"""{"type":"join","ticket":"{{ticket}}"}""");
        Assert.Equal(1, (await today.Hear("joined")).GetProperty("protocol").GetInt32());
    }

    [Fact]
    public void A_room_takes_a_tutor_and_thirty_and_a_lost_seat_waits_for_half_a_minute()
    {
        var options = new RoomsOptions();
        Assert.Equal((31, TimeSpan.FromSeconds(30)), (options.MaxParticipants, options.ResumeWithin));
    }
}
