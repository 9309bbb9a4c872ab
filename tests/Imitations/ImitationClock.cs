namespace Muse.Imitations;

/// <summary>The real clock, moved by whoever drives the imitation.</summary>
public sealed class ImitationClock : TimeProvider
{
    private long _shift;

    /// <summary>May be negative: a provider whose clock is behind.</summary>
    public void Advance(TimeSpan by) => Interlocked.Add(ref _shift, by.Ticks);

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + TimeSpan.FromTicks(Interlocked.Read(ref _shift));
}
