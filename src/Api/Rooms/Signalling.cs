using System.Net.WebSockets;
using Muse.Adapters.Postgres;
using Muse.Api.GuestLinks;
using Muse.Api.Http;
using Muse.Domain.Lessons;
using Muse.Domain.Meetings;
using Muse.Domain.Tutors;
using NodaTime;

namespace Muse.Api.Rooms;

/// <summary>The signalling socket of a lesson's room: <c>GET /v1/rooms/{room}/signal</c> (docs/protocol.md §2).</summary>
public sealed class Signalling(
    LiveRooms rooms, Tickets tickets, Doorkeeper door, SignallingCounts counts, EventStore store, GuestLinkRows guestLinks, RoomsOptions options, TimeProvider time,
    IHostApplicationLifetime host, IConfiguration configuration, ILogger<Signalling> log)
{
    public static WebSocketAcceptContext KeptAlive => new()
    {
        KeepAliveInterval = TimeSpan.FromSeconds(15),
        KeepAliveTimeout = TimeSpan.FromSeconds(20),
    };

    public async Task<IResult> Accept(Guid room, HttpContext http)
    {
        if (NotLetIn(http, out var visit) is { } refused) return refused;
        using (visit)
        {
            using var wire = await http.WebSockets.AcceptWebSocketAsync(KeptAlive);
            await Serve(room, wire, visit!, http.RequestAborted);
        }
        return Results.Empty;
    }

    /// <summary>Why this request gets no socket, or null and a visit to be disposed when the socket closes.</summary>
    public IResult? NotLetIn(HttpContext http, out Doorkeeper.Visit? visit)
    {
        visit = null;
        if (!http.WebSockets.IsWebSocketRequest)
            return Problems.Of(StatusCodes.Status400BadRequest, "not_a_websocket", "This address speaks WebSocket only.");
        if (!IsOurPage(http.Request))
        {
            counts.Count(Dropped.Origin);
            return Problems.Of(StatusCodes.Status403Forbidden, "origin_not_allowed", "Pages of this origin may not come in here.");
        }
        visit = door.Enter(http.Connection.RemoteIpAddress, out var reason);
        if (visit is not null) return null;
        counts.Count(reason);
        return reason == Dropped.Sockets
            ? Problems.Of(StatusCodes.Status503ServiceUnavailable, "unavailable", "No further sockets now.")
            : Problems.Of(StatusCodes.Status429TooManyRequests, "too_many_requests", "Too many sockets of this address.");
    }

    // A page of another site could open a socket from a visitor's browser; only browsers send Origin, and they never forge it.
    private bool IsOurPage(HttpRequest request)
    {
        var origins = request.Headers.Origin;
        if (origins.Count == 0) return true;
        if (origins.Count != 1 || origins[0] is not { } origin) return false;
        return string.Equals(origin, $"{request.Scheme}://{request.Host}", StringComparison.OrdinalIgnoreCase)
            || (configuration.GetSection("Cors:Origins").Get<string[]>() ?? []).Contains(origin, StringComparer.OrdinalIgnoreCase);
    }

    private async Task Serve(Guid roomId, WebSocket wire, Doorkeeper.Visit visit, CancellationToken aborted)
    {
        var socket = new SignalSocket(wire, time, counts);
        await using var stopping = host.ApplicationStopping.Register(() => socket.Close(CloseCode.GoingAway));
        var writing = socket.Write(aborted);
        Entrance? entrance = null;
        try
        {
            entrance = await LetIn(roomId, socket, visit, aborted);
            if (entrance is { } inside)
                await new Conversation(inside.Room, inside.Seat, socket, counts, log).Hold(inside.Receiving, aborted);
            else await socket.Drain(aborted);
        }
        finally
        {
            socket.Close(CloseCode.Done);
            await writing;
            if (entrance is { } inside) inside.Room.SocketLost(inside.Seat, socket);
        }
    }

    /// <param name="Receiving">The message that was awaited while waiting for the tutor; a socket is read once at a time.</param>
    private sealed record Entrance(LiveRoom Room, Seat Seat, Task<ReadOnlyMemory<byte>?>? Receiving = null);

    /// <summary>The first message: a ticket, or the secret of a seat.</summary>
    private async Task<Entrance?> LetIn(Guid roomId, SignalSocket socket, Doorkeeper.Visit visit, CancellationToken ct)
    {
        await using var tooLate = time.CreateTimer(_ =>
        {
            counts.Count(Dropped.TooLate);
            socket.Close(CloseCode.TooLate, "too_late", "The first message is a join or a resume and comes within five seconds.");
        }, null, options.FirstMessageWithin, Timeout.InfiniteTimeSpan);
        if (await socket.Receive(ct) is not { } first) return null;
        await tooLate.DisposeAsync();
        switch (ClientMessage.Read(first, out var fault))
        {
            case ClientMessage.Join { Protocol: not ClientMessage.SpokenProtocol }:
                socket.Close(CloseCode.OtherProtocol, "protocol_unknown", $"This server speaks protocol {ClientMessage.SpokenProtocol}.");
                return null;
            case ClientMessage.Join join:
                if (tickets.Redeem(join.Ticket, roomId) is not { } holder) return Refuse(socket, "ticket_invalid", "Ask for a new ticket.");
                if (await OpenRoom(roomId, holder, socket, ct) is not { } room) return null;
                visit.Joined();
                return await Enter(room, holder, socket, ct);
            case ClientMessage.Resume resume:
                if (rooms.Find(roomId) is not { } live || live.Resume(resume.Secret, socket) is not { } seat)
                    return Refuse(socket, "resume_invalid", "Join again.");
                visit.Joined();
                return new(live, seat);
            default:
                counts.Count(fault == "unknown_type" ? Dropped.UnknownType : Dropped.Malformed);
                socket.Close(CloseCode.Faulty, fault ?? "malformed_message", "The first message is a join or a resume.");
                return null;
        }
    }

    private static async Task<Entrance?> Enter(LiveRoom room, TicketHolder holder, SignalSocket socket, CancellationToken ct)
    {
        Task<ReadOnlyMemory<byte>?>? receiving = null;
        var waiter = room.Wait(holder, socket);
        if (waiter is not null)
        {
            try
            {
                receiving = await WaitFor(waiter, socket, ct);
            }
            finally
            {
                room.WaitingRoom.GiveUp(waiter);
            }
        }
        if (receiving is null || (waiter!.Decision.IsCompleted && await waiter.Decision))
        {
            if (await room.Enter(holder, socket) is { } seat) return new(room, seat, receiving);
        }
        // A socket is read once at a time: whoever drains it comes after.
        if (receiving is not null) await receiving;
        return null;
    }

    /// <summary>Until the tutor decides, or the socket closes, or the waiter leaves.</summary>
    private static async Task<Task<ReadOnlyMemory<byte>?>> WaitFor(Waiter waiter, SignalSocket socket, CancellationToken ct)
    {
        while (true)
        {
            var receiving = socket.Receive(ct);
            if (await Task.WhenAny(waiter.Decision, receiving) == waiter.Decision || await receiving is not { } text) return receiving;
            switch (ClientMessage.Read(text, out var fault))
            {
                case ClientMessage.Leave:
                    socket.Close(CloseCode.Done);
                    break;
                case ClientMessage.Ping:
                    socket.Send(new ServerMessage.Pong());
                    break;
                default:
                    socket.Fault(fault ?? "not_in_yet", "You wait to be let in.", Dropped.Malformed);
                    break;
            }
        }
    }

    private Entrance? Refuse(SignalSocket socket, string code, string detail)
    {
        counts.Count(Dropped.Ticket);
        socket.Close(CloseCode.NotLetIn, code, detail);
        return null;
    }

    // Between ticket and socket the lesson may have been cancelled, or the guest link revoked.
    private async Task<LiveRoom?> OpenRoom(Guid roomId, TicketHolder holder, SignalSocket socket, CancellationToken ct)
    {
        await using var session = store.OpenSession();
        var lesson = await session.AggregateStreamAsync<Lesson>(roomId, ct);
        var now = Instant.FromDateTimeOffset(time.GetUtcNow());
        if (lesson is null || lesson.MayNotJoin(Attendance.WhoIs(holder), now) is not null
            || (holder.GuestLink is { } link && await guestLinks.Find(roomId, link, ct) is null or { IsRevoked: true }))
        {
            Refuse(socket, "ticket_invalid", "Ask for a new ticket.");
            return null;
        }
        var tutor = await session.AggregateStreamAsync<Tutor>(lesson.TutorId, ct);
        var room = await rooms.Open(lesson, tutor?.Meetings ?? MeetingPreferences.Default, ct);
        if (room is null) socket.Close(CloseCode.GoingAway, "media_unavailable", "The media server takes no further room.");
        return room;
    }
}
