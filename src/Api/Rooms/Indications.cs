using Muse.SelfHostedMedia.Rooms;

namespace Muse.Api.Rooms;

/// <summary>What people are shown of the media that pass: who speaks or plays, how long sound is on its way, and what became of a
/// picture.</summary>
public sealed class Indications(RoomPeople people)
{
    private Guid? _speaker;
    private IReadOnlyList<DelayShape> _delays = [];

    /// <summary>The stay that was heard last; under the lock.</summary>
    public Guid? Speaker => _speaker is { } id && people.Find(id) is not null ? id : null;

    /// <summary>As last told; under the lock.</summary>
    public IReadOnlyList<DelayShape> Delays => _delays;

    public void Speaks(Guid? participantId)
    {
        lock (people.Gate)
        {
            if (_speaker == participantId) return;
            _speaker = participantId;
            people.TellAll(new ServerMessage.Speaker(participantId));
        }
    }

    /// <summary>For the viewer alone: others have other lines.</summary>
    public void Picture(PictureChanged changed)
    {
        lock (people.Gate)
        {
            people.Find(changed.ParticipantId)?.Socket?.Send(new ServerMessage.Picture(changed.TrackId, changed.State, changed.Height));
        }
    }

    /// <summary>Looks at the round trips and tells everybody if any is other than before. Half of a person's round trip is their way to the
    /// server; the way between two people is the sum of theirs. Both connections of a person go the same way, so the one that is measured
    /// stands for both.</summary>
    public void Measure()
    {
        lock (people.Gate)
        {
            IReadOnlyList<DelayShape> now = [.. people.All.Where(seat => seat.Media.RoundTrip >= 0)
                .Select(seat => new DelayShape(seat.Id, seat.Media.RoundTrip / 2.0))];
            if (now.SequenceEqual(_delays)) return;
            _delays = now;
            people.TellAll(new ServerMessage.Delays(now));
        }
    }
}
