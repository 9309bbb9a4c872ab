using Muse.SelfHostedMedia.Rtp;

namespace Muse.SelfHostedMedia.Rooms;

/// <summary>One SSRC of a publisher: its rollovers, what was seen of it, and the encoding it carries (null: none of ours).</summary>
internal sealed class ReceivedSource(uint ssrc)
{
    public uint Ssrc { get; } = ssrc;

    public Encoding? Encoding { get; set; }

    /// <summary>It carries the encoding's lost packets again (RFC 4588) under numbers of its own.</summary>
    public bool IsRepair { get; set; }

    /// <summary>When a packet of it last came that belonged to no track yet, in the media thread's milliseconds.</summary>
    public long HeardAt { get; set; }

    public IndexWindow Seen { get; } = new();
}
