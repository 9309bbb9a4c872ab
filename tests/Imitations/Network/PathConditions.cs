namespace Muse.Imitations.Network;

/// <summary>What one direction of an imitated path does to its datagrams. The default lets everything through at once.</summary>
public sealed record PathConditions
{
    public static PathConditions Perfect { get; } = new();

    /// <summary>Share that is lost, 0 to 1, on the average also in bursts.</summary>
    public double Loss { get; init; }

    /// <summary>Mean number of datagrams lost in a row (Gilbert's model); at most 1 is uniform loss.</summary>
    public double BurstLength { get; init; } = 1;

    public double DelayMilliseconds { get; init; }

    /// <summary>Up to so much on top, evenly spread; the order stays.</summary>
    public double JitterMilliseconds { get; init; }

    /// <summary>Share that is held back by <see cref="ReorderMilliseconds"/> and overtaken by what follows.</summary>
    public double Reorder { get; init; }

    public double ReorderMilliseconds { get; init; } = 10;

    /// <summary>Share that arrives twice, the second right behind the first.</summary>
    public double Duplicate { get; init; }

    /// <summary>The bottleneck's rate, headers of IP and UDP (28 bytes) counted in; 0 is no bottleneck.</summary>
    public double BitsPerSecond { get; init; }

    /// <summary>How much the bottleneck holds, in time; what would wait longer is lost.</summary>
    public double QueueMilliseconds { get; init; } = 200;

    /// <summary>Nothing passes.</summary>
    public bool IsDown { get; init; }
}
