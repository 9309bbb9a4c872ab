namespace Muse.SelfHostedMedia.Rooms.Watching;

/// <summary>What an encoding counts as it arrives. Written by the media thread alone.</summary>
internal sealed class EncodingTally
{
    public long Packets;
    public long Bytes;

    /// <summary>Came again by RTX after having been lost.</summary>
    public long Repaired;

    /// <summary>Packets that the publisher was asked for again, each time it was.</summary>
    public long Nacks;
    public long KeyFrameRequests;
}

/// <summary>What a subscription counts on its way out. Written by the media thread alone.</summary>
internal sealed class SubscriptionTally
{
    /// <summary>Packets that the subscriber asked for again, each time it did.</summary>
    public long Nacks;
    public long Resent;

    /// <summary>PLIs of the subscriber.</summary>
    public long KeyFrameRequests;

    /// <summary>As its newest receiver report has it.</summary>
    public int Lost;

    /// <summary>In timestamp units, from the same.</summary>
    public uint Jitter;

    /// <summary>It has reported.</summary>
    public bool IsReported;

    /// <summary>When the first packet went out, in the media thread's milliseconds; −1 before.</summary>
    public long FirstAt = -1;
}
