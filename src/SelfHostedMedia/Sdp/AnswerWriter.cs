using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Muse.SelfHostedMedia.Dtls;
using Muse.SelfHostedMedia.Ice;

namespace Muse.SelfHostedMedia.Sdp;

/// <summary>What the server answers to one m-line.</summary>
/// <param name="Codec">Null leaves the m-line inactive.</param>
/// <param name="Parameters">The <c>a=fmtp</c> value; empty writes none.</param>
/// <param name="Extensions">Numbers of the offer that stay.</param>
internal sealed record AnswerSection(
    MediaSection Offer,
    MediaDirection Direction,
    Codec? Codec,
    string Parameters,
    IReadOnlyList<string> Feedback,
    IReadOnlyList<byte> Extensions,
    AnsweredSource? Source = null)
{
    /// <summary>The simulcast layers that shall come; empty for a single one.</summary>
    public IReadOnlyList<string> Layers { get; init; } = [];

    /// <summary>A data channel's m-line with the length of the longest message that is taken, bytes; 0 for any other.</summary>
    public int MaxMessage { get; init; }

    public bool IsAnswered => (Offer.IsMedia || MaxMessage > 0) && !Offer.IsRejected;

    /// <summary>The codec's RTX: written behind it.</summary>
    public Codec? Repair { get; init; }

    /// <summary>The codec's RED: written before it, which is what makes a browser send it.</summary>
    public Codec? Redundancy { get; init; }
}

/// <summary>The stream that a subscriber gets on an m-line: without these lines several m-lines of one kind could not be told apart.</summary>
/// <param name="RepairSsrc">Of its RTX; 0 without.</param>
internal sealed record AnsweredSource(uint Ssrc, string CanonicalName, string StreamId, string TrackId, uint RepairSsrc = 0);

/// <summary>What all m-lines share: one bundle, one transport.</summary>
internal sealed record AnswerTransport(
    string SessionId, int Version, IceCredentials Credentials, Fingerprint Fingerprint, IReadOnlyList<IPAddress> Addresses, int Port,
    int? TcpPort = null);

/// <summary>Writes an answer (RFC 8829 §5.3.1) of an ICE-lite server with all its candidates, DTLS passive, everything bundled.</summary>
internal static class AnswerWriter
{
    /// <summary>Type preference 126 of host candidates, local preference falling with the order, component 1 (RFC 8445 §5.1.2.1).</summary>
    private const uint TopPriority = (126u << 24) | (65_535u << 8) | 255u;

    /// <summary>Type preference 90, below every UDP candidate; direction preference 4 is passive (RFC 6544 §4.2).</summary>
    private const uint TopTcpPriority = (90u << 24) | (((4u << 13) | 8_191u) << 8) | 255u;

    /// <param name="mixesExtensionForms">Header extensions that need the two-byte form may come.</param>
    public static string Write(AnswerTransport transport, IReadOnlyList<AnswerSection> sections, bool mixesExtensionForms = false)
    {
        var sdp = new StringBuilder(1_024 + (sections.Count * 768));
        Line(sdp, "v=0");
        Line(sdp, $"o=- {transport.SessionId} {transport.Version} IN IP4 127.0.0.1");
        Line(sdp, "s=-");
        Line(sdp, "t=0 0");
        Line(sdp, "a=ice-lite");
        var bundled = sections.Where(section => section.IsAnswered).ToList();
        if (bundled.Count > 0)
            Line(sdp, $"a=group:BUNDLE {string.Join(' ', bundled.Select(section => section.Offer.Mid))}");
        Line(sdp, "a=msid-semantic: WMS *");
        if (mixesExtensionForms)
            Line(sdp, "a=extmap-allow-mixed");
        foreach (var section in sections)
        {
            if (section.MaxMessage > 0 && bundled.Contains(section))
                WriteData(sdp, transport, section, withCandidates: section == bundled[0]);
            else if (bundled.Contains(section))
                WriteSection(sdp, transport, section, withCandidates: section == bundled[0]);
            else
                WriteRejected(sdp, section);
        }

        return sdp.ToString();
    }

    private static void WriteSection(StringBuilder sdp, AnswerTransport transport, AnswerSection section, bool withCandidates)
    {
        // An inactive m-line still names a format, so that it may come to life in a later offer.
        var codec = section.Codec ?? section.Offer.Codecs.FirstOrDefault();
        var format = codec is null ? section.Offer.Formats.FirstOrDefault() ?? "0" : Number(codec.PayloadType);
        if (section.Redundancy is { } leading)
            format = $"{Number(leading.PayloadType)} {format}";
        if (section.Repair is { } following)
            format = $"{format} {Number(following.PayloadType)}";
        Line(sdp, $"m={section.Offer.Kind} 9 {section.Offer.Protocol} {format}");
        Line(sdp, "c=IN IP4 0.0.0.0");
        Line(sdp, "a=rtcp:9 IN IP4 0.0.0.0");
        Line(sdp, $"a=mid:{section.Offer.Mid}");
        Line(sdp, $"a=ice-ufrag:{transport.Credentials.UserFragment}");
        Line(sdp, $"a=ice-pwd:{transport.Credentials.Password}");
        Line(sdp, $"a=fingerprint:sha-256 {transport.Fingerprint}");
        Line(sdp, "a=setup:passive");
        Line(sdp, section.Codec is null ? "a=inactive" : Direction(section.Direction));
        Line(sdp, "a=rtcp-mux");
        Line(sdp, "a=rtcp-rsize");
        foreach (var id in section.Extensions)
            Line(sdp, $"a=extmap:{id} {section.Offer.Extensions[id]}");
        if (codec is not null)
        {
            Line(sdp, $"a=rtpmap:{codec.PayloadType} {codec.RtpMap}");
            foreach (var feedback in section.Feedback)
                Line(sdp, $"a=rtcp-fb:{codec.PayloadType} {feedback}");
            if (section.Parameters.Length > 0)
                Line(sdp, $"a=fmtp:{codec.PayloadType} {section.Parameters}");
            WriteCompanions(sdp, section, codec);
        }

        foreach (var layer in section.Layers)
            Line(sdp, $"a=rid:{layer} recv");
        if (section.Layers.Count > 0)
            Line(sdp, $"a=simulcast:recv {string.Join(';', section.Layers)}");
        if (section.Source is { } source)
            WriteSource(sdp, source);

        if (withCandidates)
            WriteCandidates(sdp, transport);
    }

    /// <summary>RFC 8841 §10: the same transport as all others.</summary>
    private static void WriteData(StringBuilder sdp, AnswerTransport transport, AnswerSection section, bool withCandidates)
    {
        Line(sdp, $"m={section.Offer.Kind} 9 {section.Offer.Protocol} webrtc-datachannel");
        Line(sdp, "c=IN IP4 0.0.0.0");
        Line(sdp, $"a=mid:{section.Offer.Mid}");
        Line(sdp, $"a=ice-ufrag:{transport.Credentials.UserFragment}");
        Line(sdp, $"a=ice-pwd:{transport.Credentials.Password}");
        Line(sdp, $"a=fingerprint:sha-256 {transport.Fingerprint}");
        Line(sdp, "a=setup:passive");
        Line(sdp, $"a=sctp-port:{section.Offer.SctpPort}");
        Line(sdp, $"a=max-message-size:{section.MaxMessage}");
        if (withCandidates)
            WriteCandidates(sdp, transport);
    }

    /// <summary>What a restart of ICE changes, as a fragment for the whole bundle (RFC 8840 §4.4; RFC 9725 §4.3.3).</summary>
    /// <param name="taggedLine">The m-line under which it stands.</param>
    public static string WriteFragment(AnswerTransport transport, IEnumerable<string> mids, string taggedLine, string taggedMid)
    {
        var sdp = new StringBuilder(512);
        Line(sdp, "a=ice-lite");
        Line(sdp, $"a=group:BUNDLE {string.Join(' ', mids)}");
        Line(sdp, taggedLine);
        Line(sdp, $"a=mid:{taggedMid}");
        Line(sdp, $"a=ice-ufrag:{transport.Credentials.UserFragment}");
        Line(sdp, $"a=ice-pwd:{transport.Credentials.Password}");
        WriteCandidates(sdp, transport);
        return sdp.ToString();
    }

    private static void WriteCandidates(StringBuilder sdp, AnswerTransport transport)
    {
        for (var i = 0; i < transport.Addresses.Count; i++)
        {
            var address = transport.Addresses[i];
            var family = address.AddressFamily == AddressFamily.InterNetworkV6 ? 1 : 0;
            Line(sdp, $"a=candidate:{i + 1} 1 udp {Number(TopPriority - (uint)(((i * 2) + family) << 8))} {address} {transport.Port} typ host");
        }

        if (transport.TcpPort is { } tcp)
        {
            for (var i = 0; i < transport.Addresses.Count; i++)
            {
                var priority = Number(TopTcpPriority - (uint)(i << 8));
                Line(sdp, $"a=candidate:{transport.Addresses.Count + i + 1} 1 tcp {priority} {transport.Addresses[i]} {tcp} typ host tcptype passive");
            }
        }

        Line(sdp, "a=end-of-candidates");
    }

    private static void WriteCompanions(StringBuilder sdp, AnswerSection section, Codec codec)
    {
        if (section.Redundancy is { } redundancy)
        {
            Line(sdp, $"a=rtpmap:{redundancy.PayloadType} {redundancy.RtpMap}");
            Line(sdp, $"a=fmtp:{redundancy.PayloadType} {codec.PayloadType}/{codec.PayloadType}");
        }

        if (section.Repair is { } repair)
        {
            Line(sdp, $"a=rtpmap:{repair.PayloadType} {repair.RtpMap}");
            Line(sdp, $"a=fmtp:{repair.PayloadType} apt={codec.PayloadType}");
        }
    }

    private static void WriteSource(StringBuilder sdp, AnsweredSource source)
    {
        Line(sdp, $"a=msid:{source.StreamId} {source.TrackId}");
        if (source.RepairSsrc != 0)
            Line(sdp, $"a=ssrc-group:FID {Number(source.Ssrc)} {Number(source.RepairSsrc)}");
        Line(sdp, $"a=ssrc:{Number(source.Ssrc)} cname:{source.CanonicalName}");
        if (source.RepairSsrc != 0)
            Line(sdp, $"a=ssrc:{Number(source.RepairSsrc)} cname:{source.CanonicalName}");
    }

    private static void WriteRejected(StringBuilder sdp, AnswerSection section)
    {
        Line(sdp, $"m={section.Offer.Kind} 0 {section.Offer.Protocol} {section.Offer.Formats.FirstOrDefault() ?? "0"}");
        Line(sdp, "c=IN IP4 0.0.0.0");
        if (section.Offer.Mid.Length > 0)
            Line(sdp, $"a=mid:{section.Offer.Mid}");
        Line(sdp, "a=inactive");
    }

    private static string Direction(MediaDirection direction) => direction switch
    {
        MediaDirection.SendOnly => "a=sendonly",
        MediaDirection.ReceiveOnly => "a=recvonly",
        _ => "a=inactive",
    };

    private static string Number(uint number) => number.ToString(CultureInfo.InvariantCulture);

    private static void Line(StringBuilder sdp, string line) => sdp.Append(line).Append("\r\n");
}
