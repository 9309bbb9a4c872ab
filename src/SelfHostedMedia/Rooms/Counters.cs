using Muse.SelfHostedMedia.Wire;

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
    public long DataReceived;
    public long DataReceivedBytes;
    public long DataSent;
    public long DataSentBytes;
    public long DataRetransmissions;
    public long TimingFlood;
    public long TimingOversized;
    public long TimingMalformed;
    public long TimingBacklog;
    public long RefusedChannels;
    public int DataAssociations;
    public int DataChannels;
    public int Connections;
    public int Participants;

    /// <summary>As they stand now, from any thread: each is right, together they may be a packet apart.</summary>
    public MediaStatistics Read(SendBatch sent, TcpPort? tcp, int rooms) => new()
    {
        ReceivedPackets = ReceivedPackets,
        ReceivedBytes = ReceivedBytes,
        SentPackets = sent.SentPackets,
        SentMessages = sent.SentMessages,
        SentBytes = sent.SentBytes,
        ForwardedPackets = ForwardedPackets,
        ResentPackets = ResentPackets,
        KeyFrameRequests = KeyFrameRequests,
        RepairedPackets = Repaired,
        FilledFromRedundancy = FilledFromRedundancy,
        SentWithRedundancy = SentWithRedundancy,
        Probes = Probes,
        PaddingPackets = PaddingPackets,
        DroppedUnknownAddress = UnknownAddress,
        DroppedMalformed = Malformed,
        DroppedOversized = Oversized,
        DroppedStun = Stun,
        DroppedUnauthentic = Unauthentic,
        DroppedReplayed = Replayed,
        DroppedUnroutable = Unroutable,
        FailedHandshakes = FailedHandshakes,
        DroppedHandshakes = DroppedHandshakes,
        TcpConnections = tcp?.Count ?? 0,
        RefusedTcpConnections = tcp?.Refused ?? 0,
        LatchedAddresses = Latched,
        AuthenticationAlarms = AuthenticationAlarms,
        FailedSends = sent.FailedSends,
        DroppedFacts = DroppedFacts,
        Faults = Faults,
        AllocatedBytes = AllocatedBytes,
        DataAssociations = DataAssociations,
        DataChannels = DataChannels,
        TimingMessages = TimingMessages,
        ForwardedTimingMessages = ForwardedTimingMessages,
        ReceivedDataMessages = DataReceived,
        ReceivedDataBytes = DataReceivedBytes,
        SentDataMessages = DataSent,
        SentDataBytes = DataSentBytes,
        DataRetransmissions = DataRetransmissions,
        DroppedTimingFlood = TimingFlood,
        DroppedTimingOversized = TimingOversized,
        DroppedTimingMalformed = TimingMalformed,
        DroppedTimingBacklog = TimingBacklog,
        RefusedDataChannels = RefusedChannels,
        Rooms = rooms,
        Participants = Participants,
        Connections = Connections,
    };
}
