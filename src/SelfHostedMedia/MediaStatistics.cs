namespace Muse.SelfHostedMedia;

/// <summary>Counters since the start, all of them monotonic. Everything that is dropped is counted once, under its reason.</summary>
public sealed record MediaStatistics
{
    public long ReceivedPackets { get; init; }

    public long ReceivedBytes { get; init; }

    public long SentPackets { get; init; }

    /// <summary>What the kernel was given: packets to one peer that follow each other and are of one length are one message.</summary>
    public long SentMessages { get; init; }

    public long SentBytes { get; init; }

    /// <summary>Media packets that went to subscribers (one for each subscriber).</summary>
    public long ForwardedPackets { get; init; }

    /// <summary>Packets sent again to a subscriber because of its NACK.</summary>
    public long ResentPackets { get; init; }

    public long KeyFrameRequests { get; init; }

    /// <summary>Publishers' packets that came by RTX after having been lost.</summary>
    public long RepairedPackets { get; init; }

    /// <summary>Publishers' lost sound packets that a later one carried again.</summary>
    public long FilledFromRedundancy { get; init; }

    /// <summary>Sound packets that went to a subscriber with older ones in them.</summary>
    public long SentWithRedundancy { get; init; }

    /// <summary>RTX packets of publishers that repaired nothing: probes of padding, and of what had come already.</summary>
    public long Probes { get; init; }

    /// <summary>Sent to find out what subscribers' lines carry; 291 bytes each.</summary>
    public long PaddingPackets { get; init; }

    public long DroppedUnknownAddress { get; init; }

    public long DroppedMalformed { get; init; }

    public long DroppedOversized { get; init; }

    /// <summary>STUN for a user fragment that nobody has, or with a wrong MESSAGE-INTEGRITY.</summary>
    public long DroppedStun { get; init; }

    public long DroppedUnauthentic { get; init; }

    public long DroppedReplayed { get; init; }

    /// <summary>Authentic RTP that no m-line of its sender explains, and padding-only probes.</summary>
    public long DroppedUnroutable { get; init; }

    /// <summary>Handshakes that failed, fingerprint mismatches among them.</summary>
    public long FailedHandshakes { get; init; }

    /// <summary>Datagrams of handshakes that waited for too many others of their connection.</summary>
    public long DroppedHandshakes { get; init; }

    /// <summary>TCP connections of peers at present.</summary>
    public int TcpConnections { get; init; }

    /// <summary>TCP connections refused because there were too many, in all or of one address.</summary>
    public long RefusedTcpConnections { get; init; }

    /// <summary>Connections found again by an authentic packet from an address that no check had proved.</summary>
    public long LatchedAddresses { get; init; }

    /// <summary>Times that a connection's packets did not open in numbers (<see cref="Rooms.AuthenticationFailing"/>).</summary>
    public long AuthenticationAlarms { get; init; }

    /// <summary>Packets the kernel would not take.</summary>
    public long FailedSends { get; init; }

    public long DroppedFacts { get; init; }

    /// <summary>Bugs that surfaced on the media thread; 0 in a healthy server.</summary>
    public long Faults { get; init; }

    /// <summary>Managed bytes that packets and ticks have cost: joining costs some, forwarding none.</summary>
    public long AllocatedBytes { get; init; }

    /// <summary>SCTP associations at present.</summary>
    public int DataAssociations { get; init; }

    /// <summary>Open channels for timing at present.</summary>
    public int DataChannels { get; init; }

    /// <summary>Timing messages that came for the others of a room.</summary>
    public long TimingMessages { get; init; }

    /// <summary>Those that went to somebody (one for each).</summary>
    public long ForwardedTimingMessages { get; init; }

    /// <summary>Whole messages that came by data channels, pings and what was dropped among them.</summary>
    public long ReceivedDataMessages { get; init; }

    public long ReceivedDataBytes { get; init; }

    /// <summary>Messages that SCTP took to send, pings among them.</summary>
    public long SentDataMessages { get; init; }

    public long SentDataBytes { get; init; }

    /// <summary>DATA chunks of SCTP sent again, of all media servers of this process: timing messages never are, so these are of opening
    /// channels.</summary>
    public long DataRetransmissions { get; init; }

    /// <summary>Timing messages and pings beyond what one person may send in a second.</summary>
    public long DroppedTimingFlood { get; init; }

    /// <summary>Data channel messages longer than the SDP allows.</summary>
    public long DroppedTimingOversized { get; init; }

    /// <summary>SCTP packets and messages that are not what the protocol says.</summary>
    public long DroppedTimingMalformed { get; init; }

    /// <summary>Timing messages for somebody who did not acknowledge the former ones, or got too many.</summary>
    public long DroppedTimingBacklog { get; init; }

    /// <summary>Data channels that are not for timing, and associations beyond <see cref="MediaOptions.MaxDataAssociations"/>.</summary>
    public long RefusedDataChannels { get; init; }

    public int Rooms { get; init; }

    public int Participants { get; init; }

    public int Connections { get; init; }
}
