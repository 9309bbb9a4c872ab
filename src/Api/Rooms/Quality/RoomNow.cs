using System.Text.Json.Serialization;
using Muse.SelfHostedMedia.Rooms;

namespace Muse.Api.Rooms.Quality;

/// <summary>A room as an operator sees it: no names and no persons' ids, only what they are to the lesson. Rates are those of the last seconds.</summary>
/// <param name="Since">When the room opened, in Unix milliseconds.</param>
/// <param name="ForwardDelayMedian">ms from a packet's arrival until it was sent on; null while nothing was. The end of a histogram's
/// bucket.</param>
/// <param name="ForwardDelayWorst">The same for the slowest hundredth.</param>
/// <param name="Audience">Some of the listeners, for the worst values in the metrics; nobody in particular.</param>
public sealed record RoomNow(
    Guid RoomId, long Since, string Profile, int Listeners, double? ForwardDelayMedian, double? ForwardDelayWorst, IReadOnlyList<PersonNow> People,
    [property: JsonIgnore] IReadOnlyList<ListenerNow> Audience);

/// <summary>One of the audience.</summary>
/// <param name="RoundTrip">As of a <see cref="PersonNow"/>.</param>
public sealed record ListenerNow(int? RoundTrip, IReadOnlyList<GottenNow> Gets);

/// <param name="ParticipantId">Of this stay.</param>
/// <param name="IsStream">An encoder's or a player's (WHIP, WHEP).</param>
/// <param name="RoundTrip">To the person and back, ms.</param>
/// <param name="Path">As <see cref="ClientMessage.Measured.AllPaths"/>; null before there is one.</param>
/// <param name="Data">Null when there is none.</param>
/// <param name="Processing">What the person's browser does to the microphone's sound although it may be unwanted; null when it has not said.</param>
public sealed record PersonNow(
    Guid ParticipantId, RoomRole Role, bool IsStream, bool IsConnected, int? RoundTrip, string? Path, int IceRestarts, ClientMessage.MicrophoneProcessing? Processing,
    JoinTimes? Join, IReadOnlyList<SentNow> Sends, IReadOnlyList<GottenNow> Gets, DataNow? Data);

/// <summary>The person's data channel, for what must come in time or not at all.</summary>
/// <param name="Received">Messages a second from the person.</param>
/// <param name="Sent">Messages a second to the person.</param>
/// <param name="Bitrate">bit/s, both ways together.</param>
/// <param name="Dropped">Messages from and for the person, all so far.</param>
public sealed record DataNow(bool IsOpen, double Received, double Sent, long Bitrate, long Dropped);

/// <summary>ms that coming in took, by step; null where it is not known (docs/media.md).</summary>
/// <param name="Ticket">Asking for the ticket.</param>
/// <param name="Socket">From there until the room answered.</param>
/// <param name="Offer">The browser made its offer to receive.</param>
/// <param name="Signalling">Until the answer was there.</param>
/// <param name="Ice">From the offer until the first datagram of the handshake, at the server.</param>
/// <param name="Dtls">From there to the keys.</param>
/// <param name="KeyFrame">From the keys until the first packet of a picture was sent to the person.</param>
/// <param name="Show">The rest until the picture was to be seen.</param>
/// <param name="Total">From asking for the ticket to the picture; somebody who waits alone has none.</param>
public sealed record JoinTimes(
    int? Ticket, int? Socket, int? Offer, int? Signalling, int? Ice, int? Dtls, int? KeyFrame, int? Show, int? Total);

/// <summary>A track on its publisher's line.</summary>
/// <param name="Bitrate">bit/s.</param>
/// <param name="Loss">0…1 of what was sent, before repairs; null when nothing was expected.</param>
/// <param name="Jitter">ms.</param>
/// <param name="Nacks">Packets a second that the publisher is asked for again.</param>
/// <param name="KeyFrameRequests">PLIs a second to the publisher.</param>
/// <param name="Viewers">Who get it, all of the audience among them.</param>
public sealed record SentNow(
    Guid TrackId, TrackKind Kind, TrackSource Source, string Codec, bool IsSilenced, long Bitrate, double? Loss, double Jitter, double Nacks,
    double KeyFrameRequests, IReadOnlyList<LayerNow> Layers, int Viewers);

/// <param name="Rid">Empty for a track of one encoding.</param>
/// <param name="Height">Lines; 0 when not known.</param>
public sealed record LayerNow(string Rid, int Height, long Bitrate);

/// <summary>A track on its way to one who gets it.</summary>
/// <param name="Rid">The layer in force; null before the first packet.</param>
/// <param name="Height">Its lines; 0 when not known.</param>
/// <param name="SpatialLayer">Of a scalable stream, the highest that goes through; null is all.</param>
/// <param name="TemporalLayer">The same for its rates.</param>
/// <param name="Nacks">Packets a second that the person asks for again.</param>
/// <param name="KeyFrameRequests">PLIs a second of the person.</param>
/// <param name="Concealed">0…1 of the sound that the browser made up, silence not counted; null when it has not said.</param>
/// <param name="Freezes">Of the picture, all so far; null when the browser has not said.</param>
/// <param name="JitterBuffer">ms that the browser holds it back.</param>
public sealed record GottenNow(
    Guid TrackId, TrackKind Kind, PictureState? Picture, string? Rid, int Height, int? SpatialLayer, int? TemporalLayer, long Bitrate, double? Loss,
    double Jitter, double Nacks, double KeyFrameRequests, double? Concealed, long? Freezes, int? JitterBuffer);
