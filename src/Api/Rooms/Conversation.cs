namespace Muse.Api.Rooms;

/// <summary>What one who is in a room says on the socket, and what is answered.</summary>
public sealed partial class Conversation(LiveRoom room, Seat seat, SignalSocket socket, SignallingCounts counts, ILogger log)
{
    private const int MostCandidates = 64;

    private readonly int[] _candidates = new int[2];

    /// <summary>Until the socket closes.</summary>
    /// <param name="first">A message that is being received already.</param>
    public async Task Hold(Task<ReadOnlyMemory<byte>?>? first, CancellationToken ct)
    {
        while (await (first ?? socket.Receive(ct)) is { } text)
        {
            first = null;
            var message = ClientMessage.Read(text, out var fault);
            if (message is null)
                socket.Fault(fault!, "See docs/protocol.md.", fault == "unknown_type" ? Dropped.UnknownType : Dropped.Malformed);
            else
                await Heed(message);
        }
    }

    private async Task Heed(ClientMessage message)
    {
        switch (message)
        {
            case ClientMessage.Offer offer:
                await Answer(offer);
                break;
            case ClientMessage.IceCandidate ice:
                if (++_candidates[(int)ice.Connection] > MostCandidates) counts.Count(Dropped.Candidate);
                break;
            case ClientMessage.Mute mute:
                room.Mute(seat, mute.Kind, mute.Muted);
                break;
            case ClientMessage.Measured measured:
                room.Quality.Heed(seat, measured);
                break;
            case ClientMessage.Timing timing:
                if (await room.Quality.Heed(seat, timing) is { } times) counts.Entered(times);
                break;
            case ClientMessage.View view:
                await seat.Media.View(view.TrackId, view.Height);
                break;
            case ClientMessage.Silence silence:
                Say(await room.Direction.Silence(seat, silence.ParticipantId, silence.Kind, silence.Silenced));
                break;
            case ClientMessage.Spotlight spotlight:
                Say(room.Direction.Spotlight(seat, spotlight.ParticipantId));
                break;
            case ClientMessage.Door door:
                Say(room.WaitingRoom.KeepDoor(seat, door.Closed));
                break;
            case ClientMessage.Admit admit:
                Say(room.WaitingRoom.Admit(seat, admit.WaitingId));
                break;
            case ClientMessage.Refuse refuse:
                Say(room.WaitingRoom.Refuse(seat, refuse.WaitingId));
                break;
            case ClientMessage.Record record:
                Say(room.Recording.Want(seat, record.On));
                break;
            case ClientMessage.Ping:
                socket.Send(new ServerMessage.Pong());
                break;
            case ClientMessage.EndLesson:
                Say(await room.Finish(seat));
                break;
            case ClientMessage.Leave:
                await room.Leave(seat);
                socket.Close(CloseCode.Done);
                break;
            case ClientMessage.Join or ClientMessage.Resume:
                socket.Fault("already_joined", "This socket has joined.", Dropped.Malformed);
                break;
            default:
                socket.Fault("malformed_message", "See docs/protocol.md.", Dropped.Malformed);
                break;
        }
    }

    private void Say(string? refusal)
    {
        if (refusal is null) return;
        socket.Send(new ServerMessage.Error(refusal, refusal switch
        {
            "not_allowed" => "Only the tutor may.",
            "lesson_not_started" => "Tutor and student have not met yet.",
            "unknown_participant" => "Nobody of that id is in.",
            "not_waiting" => "Nobody of that id is waiting.",
            _ => "",
        }));
    }

    private async Task Answer(ClientMessage.Offer offer)
    {
        var outcome = offer.Connection == ConnectionKind.Publish
            ? await seat.Media.Publish(offer.Sdp)
            : await seat.Media.Subscribe(offer.Sdp, offer.Tracks ?? []);
        if (outcome.Refusal is { } refusal)
        {
            LogOffer(log, room.Id, offer.Connection, refusal.Code, refusal.Detail);
            socket.Fault(refusal.Code, refusal.Detail, Dropped.Malformed, offer.Id);
        }
        else socket.Send(new ServerMessage.Answer(offer.Id, offer.Connection, outcome.Value));
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Room {Room}: an offer of {Connection} is refused, {Code}: {Detail}")]
    private static partial void LogOffer(ILogger log, Guid room, ConnectionKind connection, string code, string detail);
}
