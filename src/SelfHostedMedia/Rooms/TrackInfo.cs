namespace Muse.SelfHostedMedia.Rooms;

public enum TrackKind
{
    Audio,
    Video,
}

/// <summary>What the sound or picture is of.</summary>
public enum TrackSource
{
    Microphone,
    Camera,
    Screen,
    ScreenAudio,
}

/// <summary>A published track as the others may subscribe to it.</summary>
/// <param name="Id">Made by the server when the track's m-line is first answered.</param>
/// <param name="Codec">As in SDP: <c>opus</c>, <c>VP8</c>, <c>H264</c>, <c>VP9</c>, <c>AV1</c>.</param>
public sealed record TrackInfo(Guid Id, Guid ParticipantId, TrackKind Kind, TrackSource Source, string Codec);
