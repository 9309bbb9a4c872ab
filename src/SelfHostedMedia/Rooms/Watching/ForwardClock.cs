namespace Muse.SelfHostedMedia.Rooms.Watching;

/// <summary>Takes the time that bursts need: each burst is noted with the arrival of its first packet, and all of a batch are counted when the
/// batch has been sent, by one look at the clock.</summary>
internal sealed class ForwardClock
{
    private const int Capacity = 256;

    private readonly (ForwardDelays Room, long Arrived)[] _bursts = new (ForwardDelays, long)[Capacity];

    public int Count { get; private set; }

    /// <summary>Of all rooms, the closed ones too.</summary>
    public ForwardDelays All { get; } = new();

    /// <summary>More than a batch can hold are not measured.</summary>
    /// <param name="arrived">Nanoseconds of the clock that <see cref="Sent"/> goes by.</param>
    public void Note(ForwardDelays room, long arrived)
    {
        if (Count < Capacity)
            _bursts[Count++] = (room, arrived);
    }

    public void Sent(long now)
    {
        for (var i = 0; i < Count; i++)
        {
            var taken = now - _bursts[i].Arrived;
            _bursts[i].Room.Count(taken);
            All.Count(taken);
        }

        Count = 0;
    }
}
