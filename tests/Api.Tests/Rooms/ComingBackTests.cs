using Microsoft.Extensions.DependencyInjection;
using Muse.Api.Rooms;
using Muse.Api.Tests.Bookings;
using Muse.Api.Tests.GuestLinks;
using NodaTime;

namespace Muse.Api.Tests.Rooms;

/// <summary>After a restart of the server, or a line that was gone for everybody.</summary>
public sealed class ComingBackTests
{
    [Fact]
    public async Task What_the_tutor_decided_about_people_holds_when_the_server_comes_back_and_no_longer_than_the_lesson()
    {
        await using var server = new TheRoomServer();
        await server.InitializeAsync();
        var (tutor, student) = (await server.Tutor(), await server.Student());
        var lesson = await server.Lesson(tutor, student, Duration.FromMinutes(5));
        var secret = Guests.SecretOf(await Guests.Link(tutor, lesson));
        var (first, _) = await server.Enter(tutor, lesson);
        var (_, joined) = await server.Enter(student, lesson);
        var (guest, visit) = await Visit(null);
        await guest.Hear("waiting");
        await first.Send("""{"type":"admit"}""");
        await guest.Hear("joined");
        await first.Send($$"""{"type":"silence","participantId":"{{joined.GetProperty("participantId").GetGuid()}}","kind":"audio","silenced":true}""");
        await first.Send("""{"type":"door","closed":true}""");
        await first.Hear("door");
        await Holds("select count(*) from room_states where cardinality(known) = 3 and cardinality(silenced_audio) = 1 and door_closed", 1);

        // All that a killed server takes with it.
        await server.Services.GetRequiredService<LiveRooms>().Find(lesson)!.Close(null);
        var (again, comesBack) = await server.Enter(tutor, lesson);
        Assert.True(comesBack.GetProperty("doorClosed").GetBoolean());
        var (_, silenced) = await server.Enter(student, lesson);
        Assert.True(silenced.GetProperty("self").GetProperty("audioSilenced").GetBoolean());
        Assert.False(silenced.GetProperty("self").GetProperty("videoSilenced").GetBoolean());
        (guest, _) = await Visit(visit);
        await guest.Hear("joined");
        var (stranger, _) = await Visit(null);
        await stranger.Hear("waiting");

        await again.Send("""{"type":"endLesson"}""");
        await again.Hear("roomClosed");
        await Holds("select count(*) from room_states", 0);

        async Task<(RoomSocket Socket, string Visit)> Visit(string? before)
        {
            var came = await (await Guests.Visit(server, secret, visit: before)).Json();
            var socket = await server.Connect(lesson);
            await socket.Send($$"""{"type":"join","protocol":1,"ticket":"{{came.GetProperty("door").Text("ticket")}}"}""");
            return (socket, came.Text("visit")!);
        }

        async Task Holds(string count, long expected)
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
            while (await server.Database.ScalarAsync<long>(count) != expected) await Task.Delay(20, patience.Token);
        }
    }

    [Fact]
    public async Task A_full_room_that_comes_again_all_at_once_finds_its_seats()
    {
        await using var server = new TheRoomServer();
        server.With("Rooms:MaxParticipants", "8").With("Rooms:ResumeWithin", "00:00:30");
        await server.InitializeAsync();
        var (tutor, student) = (await server.Tutor(), await server.Student());
        var lesson = await server.Lesson(tutor, student, Duration.FromMinutes(5));
        var secret = Guests.SecretOf(await Guests.Link(tutor, lesson));
        var (first, _) = await server.Enter(tutor, lesson);
        await server.Enter(student, lesson);
        var visits = new List<string>();
        for (var i = 0; i < 6; i++)
        {
            var came = await (await Guests.Visit(server, secret, $"G{i}")).Json();
            visits.Add(came.Text("visit")!);
            var socket = await server.Connect(lesson);
            await socket.Send($$"""{"type":"join","protocol":1,"ticket":"{{came.GetProperty("door").Text("ticket")}}"}""");
            await socket.Hear("waiting");
            await first.Send("""{"type":"admit"}""");
            await socket.Hear("joined");
        }

        for (var round = 0; round < 3; round++)
        {
            // Nobody has left: the seats of before are still held.
            var tickets = new List<string> { await server.Ticket(tutor, lesson), await server.Ticket(student, lesson) };
            foreach (var visit in visits)
                tickets.Add((await (await Guests.Visit(server, secret, "G", visit: visit)).Json()).GetProperty("door").Text("ticket")!);
            var sockets = await Task.WhenAll(tickets.Select(_ => server.Connect(lesson)));
            await Task.WhenAll(sockets.Select((socket, i) => socket.Send($$"""{"type":"join","protocol":1,"ticket":"{{tickets[i]}}"}""")));
            // Hear throws at the one who is sent away.
            await Task.WhenAll(sockets.Select(socket => socket.Hear("joined")));
        }
        Assert.Equal(8, server.Services.GetRequiredService<LiveRooms>().Find(lesson)!.Count);
    }
}
