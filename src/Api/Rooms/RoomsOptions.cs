using Muse.Domain.Meetings;
using Muse.SelfHostedMedia;
using Muse.SelfHostedMedia.Rooms;

namespace Muse.Api.Rooms;

/// <summary>Configuration section <c>Rooms</c>.</summary>
public sealed class RoomsOptions
{
    /// <summary>Signalling sockets in all.</summary>
    public int MaxSockets { get; set; } = 4_096;

    /// <summary>Signalling sockets of one IPv4 address or one IPv6 /64; a school is behind one address.</summary>
    public int MaxSocketsPerAddress { get; set; } = 64;

    /// <summary>People in one lesson's room: a tutor and thirty more.</summary>
    public int MaxParticipants { get; set; } = 31;

    /// <summary>People before one room's closed door.</summary>
    public int MaxWaiting { get; set; } = 64;

    /// <summary>How long a seat waits for a lost socket to resume.</summary>
    public TimeSpan ResumeWithin { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How often a browser is asked to say what it has measured of itself.</summary>
    public TimeSpan MeasureEvery { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How often the server looks at each room.</summary>
    public TimeSpan LookEvery { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How long a socket may take to show its ticket.</summary>
    public TimeSpan FirstMessageWithin { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Addresses that the answer names as candidates; empty: those of this machine.</summary>
    public string[] AdvertisedAddresses { get; set; } = [];

    /// <summary>The profile of rooms whose tutor wants music: <c>lesson</c> (128 kbit/s) or <c>performance</c> (256 kbit/s).</summary>
    public string MusicProfile { get; set; } = RoomProfile.Lesson.Name;

    /// <summary>Who only hear and see, in one room (WHEP).</summary>
    public int MaxListeners { get; set; } = 1_000;

    /// <summary>WHIP and WHEP sessions in all.</summary>
    public int MaxStreams { get; set; } = 4_096;

    /// <summary>The TCP port of media, for networks that let no UDP through; null is the number of the UDP port, 0 is none.</summary>
    public int? TcpPort { get; set; }

    /// <inheritdoc cref="MediaOptions.UsesPortableSockets"/>
    public bool PortableSockets { get; set; }

    public TurnOptions Turn { get; set; } = new();

    public BenchOptions Bench { get; set; } = new();

    /// <summary>What a tutor's room is for, by how the tutor likes to meet.</summary>
    /// <exception cref="InvalidOperationException"><see cref="MusicProfile"/> names no profile.</exception>
    public RoomProfile ProfileFor(MeetingPreferences tutor) => tutor.MusicMode
        ? RoomProfile.Named(MusicProfile) ?? throw new InvalidOperationException($"Rooms:MusicProfile: there is no profile '{MusicProfile}'.")
        : RoomProfile.Talk;
}
