using System.Net;

namespace Muse.SelfHostedMedia;

/// <summary>How the media server is set up. Every bound is what a stranger can make grow at most.</summary>
public sealed record MediaOptions
{
    /// <summary>The one UDP port of all peers; 0 takes a free one. Chromium refuses candidates on its restricted ports (5060, 5061, 6000,
    /// 6566, 6665–6669, 6697, 10080 among them).</summary>
    public int Port { get; init; } = 5081;

    /// <summary>The local address to bind; null binds all, IPv6 too where the kernel has it.</summary>
    public IPAddress? BindAddress { get; init; }

    /// <summary>The addresses written into answers as host candidates, best first, at most 8. Behind a NAT: the public one.</summary>
    public IReadOnlyList<IPAddress> AdvertisedAddresses { get; init; } = [IPAddress.Loopback];

    /// <summary>The port written into answers when it is not <see cref="Port"/> (a port forwarded by a router, or a test's relay).</summary>
    public int? AdvertisedPort { get; init; }

    /// <summary>Reads and writes UDP by .NET's sockets alone, as on systems other than Linux: a system call a packet.</summary>
    public bool UsesPortableSockets { get; init; }

    /// <summary>The TCP port for networks without UDP (RFC 6544); null is the number of <see cref="Port"/>, 0 is none.</summary>
    public int? TcpPort { get; init; }

    /// <summary>The TCP port written into answers when it is not <see cref="TcpPort"/>.</summary>
    public int? AdvertisedTcpPort { get; init; }

    /// <summary>TCP connections in all.</summary>
    public int MaxTcpConnections { get; init; } = 512;

    /// <summary>TCP connections of one IPv4 address or one IPv6 /64; a school is behind one address.</summary>
    public int MaxTcpConnectionsPerAddress { get; init; } = 64;

    public int MaxRooms { get; init; } = 1_000;

    /// <summary>Participants of one room who may publish: all but listeners.</summary>
    public int MaxParticipants { get; init; } = 32;

    /// <summary>Participants of one room who only hear and see (<see cref="Rooms.ParticipantRole.Listener"/>).</summary>
    public int MaxListeners { get; init; } = 1_000;

    /// <summary>Tracks one participant may publish (camera, microphone, screen and its sound).</summary>
    public int MaxTracksPerParticipant { get; init; } = 4;

    /// <summary>m-lines of one offer.</summary>
    public int MaxMediaSections { get; init; } = 72;

    /// <summary>Characters of one offer.</summary>
    public int MaxOfferLength { get; init; } = 512 * 1024;

    /// <summary>Connections with a data channel in all; further ones go without.</summary>
    public int MaxDataAssociations { get; init; } = 4_096;

    /// <summary>The file of libusrsctp (Debian: libusrsctp2). Where it is not installed there are no data channels.</summary>
    public string DataChannelLibrary { get; init; } = Sctp.Usrsctp.Library;

    /// <summary>Facts waiting for the reader of <see cref="MediaServer.Facts"/>; further ones are dropped and counted.</summary>
    public int MaxWaitingFacts { get; init; } = 65_536;

    /// <summary>Where recordings are written.</summary>
    internal Recording.IRecordingDisk RecordingDisk { get; init; } = new Recording.RecordingDisk();

    /// <summary>How long a connection may take from its answer to its keys.</summary>
    public TimeSpan SetupTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a connection lives without one authentic packet of its peer (RFC 7675 asks for 30 s at most).</summary>
    public TimeSpan SilenceTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How long new connections are shown one DTLS certificate; those that have it keep it.</summary>
    public TimeSpan CertificateLifetime { get; init; } = TimeSpan.FromDays(1);

    /// <summary>Offered to the browser in this order; the first that it knows is taken.</summary>
    public IReadOnlyList<SrtpProfile> SrtpProfiles { get; init; } = [SrtpProfile.AeadAes128Gcm, SrtpProfile.Aes128CmSha1];

    /// <summary>The first of these that a publisher offers is taken: every subscriber must be able to decode it.</summary>
    public IReadOnlyList<string> VideoCodecs { get; init; } = ["VP8", "H264", "VP9", "AV1"];
}

/// <summary>SRTP protection profiles with their IANA numbers (RFC 5764 §4.1.2, RFC 7714 §14.2).</summary>
public enum SrtpProfile
{
    Aes128CmSha1 = 0x0001,
    AeadAes128Gcm = 0x0007,
}
