namespace Muse.SelfHostedMedia.Rooms.Watching;

/// <summary>A room at one moment: who sends and gets what, and how well. All counts are since the beginning of what they stand at.</summary>
/// <param name="At">Milliseconds of the media thread: for differences between two looks.</param>
/// <param name="Listeners">All of them; at most a bounded number is among the participants.</param>
public sealed record RoomLook(
    Guid RoomId, long At, string Profile, IReadOnlyList<ParticipantLook> Participants, int Listeners, DelayCounts Delays);

/// <param name="RoundTrip">To the person and back, ms; null while unknown.</param>
/// <param name="Publish">Null while there is none.</param>
/// <param name="Data">Null when none was negotiated.</param>
public sealed record ParticipantLook(
    Guid Id, long Session, ParticipantRole Role, int? RoundTrip, ConnectionLook? Publish, ConnectionLook? Subscribe,
    IReadOnlyList<TrackLook> Tracks, IReadOnlyList<SubscriptionLook> Subscriptions, DataLook? Data = null);

/// <summary>The data channel of a person, both ways, since its connection began.</summary>
/// <param name="Received">Messages; those that were dropped are among them.</param>
/// <param name="Dropped">From this person, or for them.</param>
public sealed record DataLook(bool IsOpen, long Received, long ReceivedBytes, long Sent, long SentBytes, long Dropped);

/// <param name="IsTcp">The path in use; null while there is none.</param>
/// <param name="ToCheck">ms from its first offer until the first authentic connectivity check; null before.</param>
/// <param name="ToHandshake">The same until the first DTLS datagram.</param>
/// <param name="ToKeys">The same until it had its keys.</param>
public sealed record ConnectionLook(
    ConnectionState State, bool? IsTcp, int IceRestarts, int? ToCheck, int? ToHandshake, int? ToKeys);

/// <param name="IsSilenced">By the tutor: nobody gets it.</param>
/// <param name="Viewers">Who get it, all of the audience among them.</param>
public sealed record TrackLook(
    Guid Id, TrackKind Kind, TrackSource Source, string Codec, bool IsSilenced, IReadOnlyList<EncodingLook> Encodings, int Viewers);

/// <param name="Rid">The layer's name; empty for a single encoding.</param>
/// <param name="Height">Lines; 0 when not known.</param>
/// <param name="Lost">On the publisher's line, those among it that a repair brought later.</param>
/// <param name="Recovered">By RTX or from redundancy.</param>
public sealed record EncodingLook(
    string Rid, int Height, long Packets, long Bytes, long Lost, long Recovered, double JitterMilliseconds, long Nacks, long KeyFrameRequests);

/// <param name="Rid">The layer in force; empty for a single encoding, null before the first packet.</param>
/// <param name="Height">Lines of the layer in force; 0 when not known.</param>
/// <param name="SpatialLimit">Of a scalable stream, the highest that goes through; 255 is all.</param>
/// <param name="TemporalLimit">The same for its rates.</param>
/// <param name="Lost">As the subscriber reports it; null before it has.</param>
/// <param name="ToFirst">ms from the keys (or, if it was made later, from its making) until the first packet went out; null before.</param>
public sealed record SubscriptionLook(
    Guid TrackId, TrackKind Kind, PictureState Picture, string? Rid, int Height, byte SpatialLimit, byte TemporalLimit, long Packets, long Bytes,
    long? Lost, double JitterMilliseconds, long Nacks, long Resent, long KeyFrameRequests, int Switches, int? ToFirst);
