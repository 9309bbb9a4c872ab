using System.Net.WebSockets;
using Muse.Api.Rooms;

namespace Muse.Api.Preflights;

/// <summary>The signalling socket of one test: <c>GET /v1/preflights/{id}/signal</c> (docs/protocol.md §10).</summary>
public sealed class PreflightSignalling(
    LivePreflights live, Tickets tickets, Signalling rooms, SignallingCounts counts, RoomsOptions options, TimeProvider time,
    IHostApplicationLifetime host)
{
    public async Task<IResult> Accept(Guid id, HttpContext http)
    {
        if (rooms.NotLetIn(http, out var visit) is { } refused)
            return refused;
        using (visit)
        {
            using var wire = await http.WebSockets.AcceptWebSocketAsync(Signalling.KeptAlive);
            await Serve(id, wire, visit!, http.RequestAborted);
        }
        return Results.Empty;
    }

    private async Task Serve(Guid id, WebSocket wire, Doorkeeper.Visit visit, CancellationToken aborted)
    {
        var socket = new SignalSocket(wire, time, counts);
        await using var stopping = host.ApplicationStopping.Register(() => socket.Close(CloseCode.GoingAway));
        var writing = socket.Write(aborted);
        var isIn = false;
        try
        {
            if (await LetIn(id, socket, aborted) is { } room)
            {
                isIn = true;
                visit.Joined();
                await using var over = room.Closing.Token.Register(() => socket.Close(CloseCode.RoomClosed));
                await Converse(room, socket, aborted);
            }
            else await socket.Drain(aborted);
        }
        finally
        {
            socket.Close(CloseCode.Done);
            if (isIn) await live.Close(id);
            await writing;
        }
    }

    private async Task<LivePreflight?> LetIn(Guid id, SignalSocket socket, CancellationToken ct)
    {
        await using var tooLate = time.CreateTimer(_ =>
        {
            counts.Count(Dropped.TooLate);
            socket.Close(CloseCode.TooLate, "too_late", "The first message is a join and comes within five seconds.");
        }, null, options.FirstMessageWithin, Timeout.InfiniteTimeSpan);
        if (await socket.Receive(ct) is not { } first) return null;
        await tooLate.DisposeAsync();
        if (ClientMessage.Read(first, out var fault) is not ClientMessage.Join join)
        {
            counts.Count(Dropped.Malformed);
            socket.Close(CloseCode.Faulty, fault ?? "malformed_message", "The first message is a join.");
            return null;
        }
        if (tickets.Redeem(join.Ticket, id) is not null && live.RoomOf(id) is { } room)
        {
            socket.Send(new ServerMessage.TestRoomOpen(room.ClosesAt.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture)));
            return room;
        }
        counts.Count(Dropped.Ticket);
        socket.Close(CloseCode.NotLetIn, "ticket_invalid", "Begin another test.");
        return null;
    }

    private static async Task Converse(LivePreflight room, SignalSocket socket, CancellationToken ct)
    {
        while (await socket.Receive(ct) is { } text)
        {
            switch (ClientMessage.Read(text, out var fault))
            {
                case ClientMessage.TryPath offer:
                    await Answer(room, socket, offer);
                    break;
                case ClientMessage.Leave:
                    return;
                default:
                    socket.Fault(fault ?? "malformed_message", "See docs/protocol.md §10.", Dropped.Malformed);
                    break;
            }
        }
    }

    private static async Task Answer(LivePreflight room, SignalSocket socket, ClientMessage.TryPath offer)
    {
        var way = await room.Over(offer.Path);
        if (way.Refusal is { } full)
        {
            socket.Fault(full.Code, full.Detail, Dropped.Malformed, offer.Id);
            return;
        }
        var outcome = offer.Connection == ConnectionKind.Publish
            ? await way.Value.Publish(offer.Sdp)
            : await way.Value.Subscribe(offer.Sdp, offer.Tracks ?? []);
        if (outcome.Refusal is { } refusal)
        {
            socket.Fault(refusal.Code, refusal.Detail, Dropped.Malformed, offer.Id);
            return;
        }
        if (offer.Connection == ConnectionKind.Publish)
        {
            foreach (var track in room.TracksOf(offer.Path)) socket.Send(new ServerMessage.TrackPublished(LiveRoom.ShapeOf(track)));
        }
        socket.Send(new ServerMessage.Answer(offer.Id, offer.Connection, outcome.Value));
    }
}
