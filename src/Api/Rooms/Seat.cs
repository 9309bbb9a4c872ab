using Muse.SelfHostedMedia.Rooms;

namespace Muse.Api.Rooms;

/// <summary>Why a seat was given up, as the others are told.</summary>
public enum SeatLeft
{
    Left,
    Lost,
    Replaced,
    Closed,
}

/// <summary>One stay of one person in a lesson's room. Everything that changes is guarded by the room's lock.</summary>
public sealed class Seat(TicketHolder holder, Participant media, SignalSocket? socket)
{
    public TicketHolder Holder => holder;

    /// <summary>Names this stay; a person who comes again gets another.</summary>
    public Guid Id => media.Id;

    public Participant Media => media;

    /// <summary>An encoder's or a player's (WHIP, WHEP): it never has a socket, and stands beside the seat of the same person's browser.</summary>
    public bool IsStream { get; } = socket is null;

    /// <summary>Null while a lost socket may still be resumed.</summary>
    internal SignalSocket? Socket { get; set; } = socket;

    /// <summary>Hash of the secret that resumes this seat; changes with every <c>joined</c>.</summary>
    internal string ResumeKey { get; set; } = "";

    /// <summary>The one before, good until the newer was used: the <c>joined</c> that brought it may have been lost with its socket.</summary>
    internal string? FormerResumeKey { get; set; }

    /// <summary>Counts how often the socket was lost, so that an old timer does not clear a seat that was resumed.</summary>
    internal int Losses { get; set; }

    internal bool AudioMuted { get; set; }

    internal bool VideoMuted { get; set; }

    /// <summary>The tutor's doing: the media server does not pass it on.</summary>
    internal bool AudioSilenced { get; set; }

    internal bool VideoSilenced { get; set; }

    internal bool IsGone { get; set; }

    internal ParticipantShape Shape => new(Id, holder.DisplayName, holder.Role, AudioMuted, VideoMuted, AudioSilenced, VideoSilenced);
}
