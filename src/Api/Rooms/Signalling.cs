using System.Net.WebSockets;
using Muse.Adapters.Postgres;
using Muse.Api.Http;
using Muse.Domain.Lessons;
using Muse.Domain.Meetings;
using Muse.Domain.Tutors;
using NodaTime;

namespace Muse.Api.Rooms;

/// <summary>The signalling socket of a lesson's room: <c>GET /v1/rooms/{room}/signal</c> (docs/signalling.md §2).</summary>
public sealed partial class Signalling(
    LiveRooms rooms, Tickets tickets, Doorkeeper door, SignallingCounts counts, EventStore store, RoomsOptions options, TimeProvider time,
    IHostApplicationLifetime host, IConfiguration configuration, ILogger<Signalling> log)
{
    private const int MostCandidates = 64;

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
        LiveRoom? room = null;
        Seat? seat = null;
        try
        {
            (room, seat) = await LetIn(roomId, socket, aborted);
            if (room is not null && seat is not null)
            {
                visit.Joined();
                await Converse(room, seat, socket, aborted);
            }
            else await socket.Drain(aborted);
        }
        finally
        {
            socket.Close(CloseCode.Done);
            await writing;
            if (room is not null && seat is not null) room.SocketLost(seat, socket);
        }
    }

    /// <summary>The first message: a ticket, or the secret of a seat.</summary>
    private async Task<(LiveRoom?, Seat?)> LetIn(Guid roomId, SignalSocket socket, CancellationToken ct)
    {
        await using var tooLate = time.CreateTimer(_ =>
        {
            counts.Count(Dropped.TooLate);
            socket.Close(CloseCode.TooLate, "too_late", "The first message is a join or a resume and comes within five seconds.");
        }, null, options.FirstMessageWithin, Timeout.InfiniteTimeSpan);
        if (await socket.Receive(ct) is not { } first) return default;
        await tooLate.DisposeAsync();
        switch (ClientMessage.Read(first, out var fault))
        {
            case ClientMessage.Join join:
                if (tickets.Redeem(join.Ticket, roomId) is not { } holder) return Refuse(socket, "ticket_invalid", "Ask for a new ticket.");
                if (await OpenRoom(roomId, holder, socket, ct) is not { } room) return default;
                return (room, await room.Enter(holder, socket));
            case ClientMessage.Resume resume:
                var live = rooms.Find(roomId);
                if (live?.Resume(resume.Secret, socket) is not { } seat) return Refuse(socket, "resume_invalid", "Join again.");
                return (live, seat);
            default:
                counts.Count(fault == "unknown_type" ? Dropped.UnknownType : Dropped.Malformed);
                socket.Close(CloseCode.Faulty, fault ?? "malformed_message", "The first message is a join or a resume.");
                return default;
        }
    }

    private (LiveRoom?, Seat?) Refuse(SignalSocket socket, string code, string detail)
    {
        counts.Count(Dropped.Ticket);
        socket.Close(CloseCode.NotLetIn, code, detail);
        return default;
    }

    // Between ticket and socket the lesson may have been cancelled.
    private async Task<LiveRoom?> OpenRoom(Guid roomId, TicketHolder holder, SignalSocket socket, CancellationToken ct)
    {
        await using var session = store.OpenSession();
        var lesson = await session.AggregateStreamAsync<Lesson>(roomId, ct);
        var now = Instant.FromDateTimeOffset(time.GetUtcNow());
        if (lesson is null || lesson.MayNotJoin(Attendance.WhoIs(holder), now) is not null)
        {
            Refuse(socket, "ticket_invalid", "Ask for a new ticket.");
            return null;
        }
        var tutor = await session.AggregateStreamAsync<Tutor>(lesson.TutorId, ct);
        var room = rooms.Open(lesson, options.ProfileFor(tutor?.Meetings ?? MeetingPreferences.Default));
        if (room is null) socket.Close(CloseCode.GoingAway, "media_unavailable", "The media server takes no further room.");
        return room;
    }

    private async Task Converse(LiveRoom room, Seat seat, SignalSocket socket, CancellationToken ct)
    {
        var candidates = new int[2];
        while (await socket.Receive(ct) is { } text)
        {
            switch (ClientMessage.Read(text, out var fault))
            {
                case ClientMessage.Offer offer:
                    await Answer(seat, socket, offer);
                    break;
                case ClientMessage.IceCandidate ice:
                    if (++candidates[(int)ice.Connection] > MostCandidates) counts.Count(Dropped.Candidate);
                    break;
                case ClientMessage.Mute mute:
                    room.Mute(seat, mute.Kind, mute.Muted);
                    break;
                case ClientMessage.EndLesson:
                    if (await room.Finish(seat) is { } refused)
                        socket.Send(new ServerMessage.Error(refused, "The tutor ends the lesson, once it has started."));
                    break;
                case ClientMessage.Leave:
                    await room.Leave(seat);
                    socket.Close(CloseCode.Done);
                    break;
                case ClientMessage.Join or ClientMessage.Resume:
                    socket.Fault("already_joined", "This socket has joined.", Dropped.Malformed);
                    break;
                default:
                    socket.Fault(fault ?? "malformed_message", "See docs/signalling.md.",
                        fault == "unknown_type" ? Dropped.UnknownType : Dropped.Malformed);
                    break;
            }
        }
    }

    private async Task Answer(Seat seat, SignalSocket socket, ClientMessage.Offer offer)
    {
        var outcome = offer.Connection == ConnectionKind.Publish
            ? await seat.Media.Publish(offer.Sdp)
            : await seat.Media.Subscribe(offer.Sdp, offer.Tracks ?? []);
        if (outcome.Refusal is { } refusal)
        {
            LogOffer(log, seat.Media.Room.Id, offer.Connection, refusal.Code, refusal.Detail);
            socket.Fault(refusal.Code, refusal.Detail, Dropped.Malformed, offer.Id);
        }
        else socket.Send(new ServerMessage.Answer(offer.Id, offer.Connection, outcome.Value));
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Room {Room}: an offer of {Connection} is refused, {Code}: {Detail}")]
    private static partial void LogOffer(ILogger log, Guid room, ConnectionKind connection, string code, string detail);
}
