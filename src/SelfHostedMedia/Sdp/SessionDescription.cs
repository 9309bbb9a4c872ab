using Muse.SelfHostedMedia.Dtls;
using Muse.SelfHostedMedia.Rtp;
using Muse.SelfHostedMedia.Sctp;

namespace Muse.SelfHostedMedia.Sdp;

internal enum MediaDirection
{
    SendReceive,
    SendOnly,
    ReceiveOnly,
    Inactive,
}

/// <summary>An offer as far as Muse reads it (RFC 8866; RFC 8829 for what WebRTC puts in).</summary>
internal sealed class SessionDescription
{
    /// <summary>The number in <c>o=</c> that stays the same for the life of one RTCPeerConnection.</summary>
    public string SessionId { get; set; } = "";

    /// <summary>The mids of <c>a=group:BUNDLE</c>.</summary>
    public IReadOnlyList<string> Bundle { get; set; } = [];

    public List<MediaSection> Sections { get; } = [];

    /// <summary>One-byte and two-byte header extensions may come mixed (RFC 8285 §6). Without it in the answer Chromium sends none that needs
    /// the two-byte form.</summary>
    public bool MixesExtensionForms { get; set; }

    /// <summary>ICE, DTLS and the direction may stand once for all m-lines.</summary>
    public TransportAttributes Transport { get; } = new();

    public TransportAttributes TransportOf(MediaSection section) => new()
    {
        UserFragment = section.Transport.UserFragment ?? Transport.UserFragment,
        Password = section.Transport.Password ?? Transport.Password,
        Fingerprint = section.Transport.Fingerprint ?? Transport.Fingerprint,
        Setup = section.Transport.Setup ?? Transport.Setup,
    };
}

internal sealed class TransportAttributes
{
    public string? UserFragment { get; set; }

    public string? Password { get; set; }

    /// <summary>The SHA-256 one; other hashes are not read.</summary>
    public Fingerprint? Fingerprint { get; set; }

    public string? Setup { get; set; }
}

/// <summary>One m-line and its attributes.</summary>
internal sealed class MediaSection
{
    /// <summary><c>audio</c>, <c>video</c>, <c>application</c>.</summary>
    public required string Kind { get; init; }

    public required string Protocol { get; init; }

    public required int Port { get; init; }

    /// <summary>The formats as written in the m-line.</summary>
    public required IReadOnlyList<string> Formats { get; init; }

    public string Mid { get; set; } = "";

    public MediaDirection Direction { get; set; } = MediaDirection.SendReceive;

    public bool HasRtcpMux { get; set; }

    public TransportAttributes Transport { get; } = new();

    /// <summary>In the order of preference of the m-line.</summary>
    public List<Codec> Codecs { get; } = [];

    /// <summary>Number → URI of the header extensions.</summary>
    public Dictionary<byte, string> Extensions { get; } = [];

    /// <summary>SSRCs of <c>a=ssrc</c> lines, in order, repair streams included.</summary>
    public List<uint> Ssrcs { get; } = [];

    /// <summary>SSRC of a repair stream → SSRC it repairs, from <c>a=ssrc-group:FID</c> (RFC 5576 §4.2).</summary>
    public Dictionary<uint, uint> RepairSources { get; } = [];

    /// <summary>Port 0 means the bundle's port, not "no" (RFC 9143 §6).</summary>
    public bool IsBundleOnly { get; set; }

    public bool IsRejected => Port == 0 && !IsBundleOnly;

    /// <summary>The names of the simulcast layers it would send (RFC 8851, RFC 8853), in the order of <c>a=simulcast</c>; fewer than two mean
    /// none.</summary>
    public List<string> Layers { get; } = [];

    /// <summary>RFC 8841 §4: SCTP over DTLS over UDP for data channels, on the port that all browsers name.</summary>
    public bool IsDataChannel => Kind == "application" && Protocol == "UDP/DTLS/SCTP" && Formats is ["webrtc-datachannel"] && SctpPort == SctpFraming.Port;

    /// <summary>Of <c>a=sctp-port</c>; 0 without.</summary>
    public int SctpPort { get; set; }

    public bool IsMedia => Kind is "audio" or "video";

    /// <summary>Of transport-wide feedback; 0 when it is not offered, or not under a number of the one-byte form.</summary>
    public byte TransportSequenceId
    {
        get
        {
            var id = ExtensionId(HeaderExtensions.Uri(HeaderExtension.TransportSequence));
            return id < 15 && Codecs.Exists(codec => codec.Feedback.Contains("transport-cc")) ? id : (byte)0;
        }
    }

    public byte ExtensionId(string uri)
    {
        foreach (var (id, known) in Extensions)
        {
            if (known == uri)
                return id;
        }

        return 0;
    }
}

/// <summary>One payload type.</summary>
internal sealed class Codec(byte payloadType, string name, int clockRate, int channels)
{
    public byte PayloadType { get; } = payloadType;

    public string Name { get; } = name;

    public int ClockRate { get; } = clockRate;

    public int Channels { get; } = channels;

    public string Parameters { get; set; } = "";

    /// <summary>The values of <c>a=rtcp-fb</c>.</summary>
    public List<string> Feedback { get; } = [];

    /// <summary>One of the <c>a=fmtp</c> parameters, or null.</summary>
    public string? Parameter(string key)
    {
        foreach (var part in Parameters.Split(';', StringSplitOptions.TrimEntries))
        {
            if (part.Length > key.Length && part[key.Length] == '=' && part.StartsWith(key, StringComparison.OrdinalIgnoreCase))
                return part[(key.Length + 1)..];
        }

        return null;
    }

    public string RtpMap => Channels > 1 ? $"{Name}/{ClockRate}/{Channels}" : $"{Name}/{ClockRate}";
}
