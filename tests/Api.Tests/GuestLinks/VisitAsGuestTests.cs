using System.Net;
using System.Text.Json;
using Muse.Api.Tests.Bookings;
using Muse.Api.Tests.Rooms;
using NodaTime;

namespace Muse.Api.Tests.GuestLinks;

public sealed class VisitAsGuestTests(TheRoomServer server) : IClassFixture<TheRoomServer>
{
    private async Task<(SignedIn Tutor, SignedIn Student, Guid Lesson, JsonElement Link)> Invited(int startsIn = 5)
    {
        var (tutor, student) = (await server.Tutor(), await server.Student());
        var lesson = await server.Lesson(tutor, student, Duration.FromMinutes(startsIn));
        return (tutor, student, lesson, await Guests.Link(tutor, lesson));
    }

    private async Task<(RoomSocket Socket, JsonElement Visit)> Knock(JsonElement link, string name = "Salma", string? visit = null)
    {
        using var answer = await Guests.Visit(server, Guests.SecretOf(link), name, visit: visit);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        Assert.Equal("no-store", answer.Headers.CacheControl?.ToString());
        var came = await answer.Json();
        var door = came.GetProperty("door");
        var socket = await server.Connect(door.GetProperty("room").GetGuid());
        await socket.Send($$"""{"type":"join","protocol":1,"ticket":"{{door.Text("ticket")}}"}""");
        return (socket, came);
    }

    private static JsonElement TheOne(JsonElement waitingPeople) => Assert.Single(waitingPeople.GetProperty("people").EnumerateArray());

    private static async Task LetInAll(RoomSocket tutor)
    {
        TheOne(await tutor.Hear("waitingPeople"));
        await tutor.Send("""{"type":"admit"}""");
    }

    [Fact]
    public async Task A_guest_is_told_whose_lesson_and_when_and_nothing_of_the_student()
    {
        var (_, _, lesson, link) = await Invited();
        using var answer = await Guests.Visit(server, Guests.SecretOf(link), "  Salma ");
        var came = await answer.Json();
        Assert.Equal(["door", "end", "start", "tutorName", "visit"], came.EnumerateObject().Select(member => member.Name).Order(StringComparer.Ordinal));
        Assert.Equal(lesson, came.GetProperty("door").GetProperty("room").GetGuid());
        Assert.EndsWith($"/v1/rooms/{lesson}/signal", came.GetProperty("door").Text("signalUrl"), StringComparison.Ordinal);
        Assert.Equal("built-in", came.GetProperty("door").Text("provider"));
    }

    [Fact]
    public async Task A_guest_waits_before_an_open_door_is_let_in_and_comes_back_without_waiting()
    {
        var (tutor, _, lesson, link) = await Invited();
        var (first, _) = await server.Enter(tutor, lesson);
        var (guest, came) = await Knock(link, "  Salma ");
        Assert.Equal("guest", (await guest.Hear("waiting")).Text("reason"));
        var waiting = TheOne(await first.Hear("waitingPeople"));
        Assert.Equal(("Salma", "guest"), (waiting.Text("displayName"), waiting.Text("role")));

        // Opening the door again is for the people of the lesson; guests are let in by name.
        await first.Send("""{"type":"door","closed":false}""");
        Assert.Equal("Salma", TheOne(await first.Hear("waitingPeople")).Text("displayName"));
        await first.Send($$"""{"type":"admit","waitingId":"{{waiting.GetProperty("waitingId").GetGuid()}}"}""");

        var joined = await guest.Hear("joined");
        Assert.Equal("guest", joined.GetProperty("self").Text("role"));
        Assert.False(joined.TryGetProperty("doorClosed", out _));
        Assert.Equal("guest", (await first.Hear("participantJoined")).GetProperty("participant").Text("role"));
        Assert.Equal(["participant_joined", "participant_joined", "lesson_started"], await server.Happened(lesson, 3));

        await guest.Send("""{"type":"leave"}""");
        Assert.Equal(1000, await guest.Closed());
        var (again, _) = await Knock(link, visit: came.Text("visit"));
        await again.Hear("joined");
        await server.Happened(lesson, 5);
        var listed = await (await tutor.Http.GetAsync($"/v1/lessons/{lesson}/guest-links")).Json();
        Assert.Equal(1, Assert.Single(listed.GetProperty("items").EnumerateArray()).GetProperty("guests").GetInt32());

        // Somebody else with the same link is somebody else.
        var (other, _) = await Knock(link, "Basil");
        await other.Hear("waiting");
    }

    [Fact]
    public async Task A_guest_directs_nothing()
    {
        var (tutor, _, lesson, link) = await Invited();
        var (first, _) = await server.Enter(tutor, lesson);
        var (guest, _) = await Knock(link);
        await LetInAll(first);
        await guest.Hear("joined");
        foreach (var act in new[] { """{"type":"admit"}""", """{"type":"door","closed":true}""", """{"type":"silence","kind":"audio","silenced":true}""", """{"type":"endLesson"}""", """{"type":"spotlight"}""" })
        {
            await guest.Send(act);
            Assert.Equal("not_allowed", (await guest.Hear("error")).Text("code"));
        }
    }

    [Fact]
    public async Task A_revoked_link_sends_away_who_waits_keeps_who_is_in_and_its_tickets_open_nothing()
    {
        var (tutor, _, lesson, link) = await Invited();
        var (first, _) = await server.Enter(tutor, lesson);
        var (inside, _) = await Knock(link, "Inside");
        await LetInAll(first);
        await inside.Hear("joined");
        var (waiting, _) = await Knock(link, "Waiting");
        await waiting.Hear("waiting");
        var unused = (await (await Guests.Visit(server, Guests.SecretOf(link), "Late")).Json()).GetProperty("door").Text("ticket");

        Assert.Equal(HttpStatusCode.NoContent, (await tutor.Http.DeleteAsync($"/v1/lessons/{lesson}/guest-links/{link.Id()}")).StatusCode);

        Assert.Equal(("guest_link_over", 4401), await waiting.ClosedWithError());
        using var late = await server.Connect(lesson);
        await late.Send($$"""{"type":"join","ticket":"{{unused}}"}""");
        Assert.Equal(("ticket_invalid", 4401), await late.ClosedWithError());
        await inside.Send("""{"type":"ping"}""");
        await inside.Hear("pong");
        await (await Guests.Visit(server, Guests.SecretOf(link))).IsProblem(HttpStatusCode.Gone, "guest_link_over");
    }

    [Fact]
    public async Task Every_refusal_has_its_code_and_writes_no_event()
    {
        var (_, _, _, link) = await Invited();
        var (_, _, _, early) = await Invited(startsIn: 60);
        var events = await server.EventsAsync();
        var secret = Guests.SecretOf(link);

        await (await Guests.Visit(server, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")).IsProblem(HttpStatusCode.NotFound, "guest_link_unknown");
        await (await Guests.Visit(server, "")).IsProblem(HttpStatusCode.NotFound, "guest_link_unknown");
        await (await Guests.Visit(server, new string('A', 65))).IsProblem(HttpStatusCode.UnprocessableEntity, "too_long");
        await (await Guests.Visit(server, secret, " ")).IsProblem(HttpStatusCode.UnprocessableEntity, "missing_value");
        await (await Guests.Visit(server, secret, new string('x', 101))).IsProblem(HttpStatusCode.UnprocessableEntity, "too_long");
        await (await Guests.Visit(server, secret, country: "XX")).IsProblem(HttpStatusCode.UnprocessableEntity, "unknown_country");
        await (await Guests.Visit(server, secret, visit: "mine")).IsProblem(HttpStatusCode.UnprocessableEntity, "wrong_length");
        await (await Guests.Visit(server, secret, country: "AE")).IsProblem(HttpStatusCode.Forbidden, "not_allowed_in_country");
        await (await Guests.Visit(server, Guests.SecretOf(early), country: "AE")).IsProblem(HttpStatusCode.Forbidden, "not_allowed_in_country");
        var opens = await (await Guests.Visit(server, Guests.SecretOf(early))).IsProblem(HttpStatusCode.Conflict, "room_not_open");
        Assert.True(opens.TryGetProperty("opensAt", out _));

        Assert.Equal(events, await server.EventsAsync());
    }
}

/// <summary>A room with four seats, of which guests may have two.</summary>
public sealed class TheSmallRoomServer : TheRoomServer
{
    public TheSmallRoomServer() => With("Rooms:MaxParticipants", "4").With("Limits:GuestVisits:Burst", "6").With("Limits:GuestVisits:Seconds", "3600");
}

public sealed class FullForGuestsTests(TheSmallRoomServer server) : IClassFixture<TheSmallRoomServer>
{
    [Fact]
    public async Task Guests_never_take_the_last_seats_and_an_address_knocks_only_so_often()
    {
        var (tutor, student) = (await server.Tutor(), await server.Student());
        var lesson = await server.Lesson(tutor, student, Duration.FromMinutes(5));
        var link = Guests.SecretOf(await Guests.Link(tutor, lesson));
        var (first, _) = await server.Enter(tutor, lesson);
        var visits = new List<string>();
        for (var i = 0; i < 2; i++)
        {
            var came = await (await Guests.Visit(server, link, $"Guest {i}")).Json();
            visits.Add(came.Text("visit")!);
            var socket = await server.Connect(lesson);
            await socket.Send($$"""{"type":"join","ticket":"{{came.GetProperty("door").Text("ticket")}}"}""");
            await first.Hear("waitingPeople");
            await first.Send("""{"type":"admit"}""");
            await socket.Hear("joined");
            await first.Hear("waitingPeople");
        }
        await (await Guests.Visit(server, link, "Third")).IsProblem(HttpStatusCode.Conflict, "room_full");
        Assert.Equal(HttpStatusCode.OK, (await Guests.Visit(server, link, "Guest 0", visit: visits[0])).StatusCode);
        await server.Enter(student, lesson);

        HttpResponseMessage last;
        var tries = 0;
        do last = await Guests.Visit(server, link);
        while (last.StatusCode != HttpStatusCode.TooManyRequests && ++tries < 10);
        await last.IsProblem(HttpStatusCode.TooManyRequests, "too_many_requests");
    }
}
