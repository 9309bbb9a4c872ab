namespace Muse.SelfHostedMedia.Rooms;

/// <summary>Under which numbers of its own a subscriber gets a track. Others mean another subscription with another SSRC.</summary>
/// <param name="AudioLevelId">Of the header extension; 0 leaves it out.</param>
/// <param name="TransportId">Of the transport-wide sequence number; 0 leaves it out.</param>
/// <param name="RepairPayloadType">Of RTX; 0 when the subscriber takes none.</param>
/// <param name="RedundancyPayloadType">Of RED; 0 when the subscriber takes none.</param>
internal readonly record struct SubscribedNumbers(
    byte PayloadType, byte AudioLevelId, byte TransportId, byte RepairPayloadType, byte RedundancyPayloadType);
