namespace Muse.SelfHostedMedia.Rooms;

/// <summary>What the media thread counts. Written by it alone; read from elsewhere for <see cref="MediaStatistics"/>.</summary>
internal sealed class Counters
{
    public long ReceivedPackets;
    public long ReceivedBytes;
    public long ForwardedPackets;
    public long ResentPackets;
    public long KeyFrameRequests;
    public long Repaired;
    public long FilledFromRedundancy;
    public long SentWithRedundancy;
    public long Probes;
    public long PaddingPackets;
    public long UnknownAddress;
    public long Malformed;
    public long Oversized;
    public long Stun;
    public long Unauthentic;
    public long Replayed;
    public long Unroutable;
    public long FailedHandshakes;
    public long DroppedHandshakes;
    public long Latched;
    public long AuthenticationAlarms;
    public long DroppedFacts;
    public long Faults;
    public long AllocatedBytes;
    public long TimingMessages;
    public long ForwardedTimingMessages;
    public long TimingFlood;
    public long TimingOversized;
    public long TimingMalformed;
    public long TimingBacklog;
    public long RefusedChannels;
    public int DataAssociations;
    public int DataChannels;
    public int Connections;
    public int Participants;
}
