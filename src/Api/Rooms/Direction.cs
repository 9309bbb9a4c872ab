using Muse.SelfHostedMedia.Rooms;

namespace Muse.Api.Rooms;

/// <summary>What a tutor directs in a room: who is heard and seen, and who is large. Null means done; otherwise the refusal's code.</summary>
public sealed class Direction(RoomPeople people, RoomState state)
{
    // By person, so that a reload gives nobody their voice back.
    private readonly HashSet<(Guid Person, MediaKind Kind)> _silenced =
    [
        .. state.SilencedAudio.Select(person => (person, MediaKind.Audio)),
        .. state.SilencedVideo.Select(person => (person, MediaKind.Video)),
    ];

    /// <summary>The stay that is shown large to everybody; under the lock.</summary>
    public Guid? Spotlit { get; private set; }

    /// <summary>Whose sound or picture is not passed on; under the lock.</summary>
    public IReadOnlyCollection<Guid> Silenced(MediaKind kind) => [.. _silenced.Where(each => each.Kind == kind).Select(each => each.Person)];

    /// <summary>What is silenced is not passed on by the media server, whatever its owner's client does.</summary>
    /// <param name="whom">Null: everybody who may not silence others.</param>
    public async Task<string?> Silence(Seat by, Guid? whom, MediaKind kind, bool silenced)
    {
        if (by.Holder.Role.Refuses(RoomAct.Silence) is { } refusal) return refusal;
        Seat[] chosen;
        lock (people.Gate)
        {
            chosen = [.. people.All.Where(seat => whom is { } id ? seat.Id == id : seat.Holder.Role.Refuses(RoomAct.Silence) is not null)];
            if (chosen.Length == 0 && whom is not null) return "unknown_participant";
            foreach (var seat in chosen)
            {
                if (silenced) _silenced.Add((seat.Holder.PersonId, kind));
                else _silenced.Remove((seat.Holder.PersonId, kind));
                if (kind == MediaKind.Audio) seat.AudioSilenced = silenced;
                else seat.VideoSilenced = silenced;
                people.TellAll(new ServerMessage.Silenced(seat.Id, kind, silenced));
            }
            people.Changed?.Invoke();
        }
        foreach (var seat in chosen) await Enforce(seat);
        return null;
    }

    /// <param name="whom">Null: nobody is large.</param>
    public string? Spotlight(Seat by, Guid? whom)
    {
        if (by.Holder.Role.Refuses(RoomAct.Spotlight) is { } refusal) return refusal;
        lock (people.Gate)
        {
            if (whom is { } id && people.Find(id) is null) return "unknown_participant";
            Spotlit = whom;
            people.TellAll(new ServerMessage.Spotlight(whom));
            return null;
        }
    }

    /// <summary>A person comes in (again). Under the lock.</summary>
    public void Recognise(Seat seat)
    {
        seat.AudioSilenced = _silenced.Contains((seat.Holder.PersonId, MediaKind.Audio));
        seat.VideoSilenced = _silenced.Contains((seat.Holder.PersonId, MediaKind.Video));
    }

    /// <summary>Makes the media server do what the seat says, before the seat can publish anything.</summary>
    public async Task Entered(Seat seat)
    {
        if (seat.AudioSilenced || seat.VideoSilenced) await Enforce(seat);
    }

    /// <summary>Under the lock, before the others hear that the seat is given up.</summary>
    public void Left(Seat seat)
    {
        if (Spotlit != seat.Id) return;
        Spotlit = null;
        people.TellOthers(seat.Id, new ServerMessage.Spotlight(null));
    }

    private static async Task Enforce(Seat seat)
    {
        await seat.Media.Silence(TrackKind.Audio, seat.AudioSilenced);
        await seat.Media.Silence(TrackKind.Video, seat.VideoSilenced);
    }
}
