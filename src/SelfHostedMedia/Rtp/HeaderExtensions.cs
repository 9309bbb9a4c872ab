namespace Muse.SelfHostedMedia.Rtp;

/// <summary>The header extensions that Muse understands.</summary>
internal enum HeaderExtension
{
    /// <summary>Which m-line a packet belongs to (RFC 8843 §15). Sent on a sender's first packets only.</summary>
    Mid,

    /// <summary>How loud an audio packet is (RFC 6464).</summary>
    AudioLevel,

    /// <summary>When a packet was sent: REMB is only obeyed where it is negotiated.</summary>
    AbsoluteSendTime,

    /// <summary>One counter for all packets of a connection, which bandwidth is estimated by.</summary>
    TransportSequence,

    /// <summary>Which simulcast layer a packet belongs to (RFC 8852 §3.1). Sent on a layer's first packets only.</summary>
    StreamId,

    /// <summary>Which simulcast layer a retransmission repairs (RFC 8852 §3.2).</summary>
    RepairedStreamId,

    /// <summary>Which layer of a scalable stream a packet belongs to, for any codec.</summary>
    DependencyDescriptor,
}

internal static class HeaderExtensions
{
    private const ushort OneByteProfile = 0xBEDE;

    public static string Uri(HeaderExtension extension) => extension switch
    {
        HeaderExtension.Mid => "urn:ietf:params:rtp-hdrext:sdes:mid",
        HeaderExtension.AudioLevel => "urn:ietf:params:rtp-hdrext:ssrc-audio-level",
        HeaderExtension.AbsoluteSendTime => "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
        HeaderExtension.TransportSequence => "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
        HeaderExtension.StreamId => "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id",
        HeaderExtension.RepairedStreamId => "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id",
        HeaderExtension.DependencyDescriptor => "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension",
        _ => throw new ArgumentOutOfRangeException(nameof(extension), extension, null),
    };

    /// <summary>Finds one element, in the one-byte or the two-byte form (RFC 8285 §4.2, §4.3).</summary>
    /// <param name="id">As negotiated; 0 finds nothing.</param>
    public static bool TryFind(ReadOnlySpan<byte> packet, in RtpHeader header, byte id, out ReadOnlySpan<byte> value)
    {
        value = default;
        if (id == 0 || header.ExtensionLength == 0)
            return false;
        var elements = packet.Slice(header.ExtensionAt, header.ExtensionLength);
        if (header.ExtensionProfile == OneByteProfile)
            return TryFindOneByte(elements, id, out value);
        return (header.ExtensionProfile & 0xFFF0) == 0x1000 && TryFindTwoByte(elements, id, out value);
    }

    private static bool TryFindOneByte(ReadOnlySpan<byte> elements, byte id, out ReadOnlySpan<byte> value)
    {
        value = default;
        for (var at = 0; at < elements.Length;)
        {
            var current = elements[at] >> 4;
            if (current == 0)
            {
                at++;
                continue;
            }

            // 15 ends the list, whatever its length says.
            if (current == 15)
                return false;
            var length = (elements[at] & 0x0F) + 1;
            if (at + 1 + length > elements.Length)
                return false;
            if (current == id)
            {
                value = elements.Slice(at + 1, length);
                return true;
            }

            at += 1 + length;
        }

        return false;
    }

    private static bool TryFindTwoByte(ReadOnlySpan<byte> elements, byte id, out ReadOnlySpan<byte> value)
    {
        value = default;
        for (var at = 0; at < elements.Length;)
        {
            if (elements[at] == 0)
            {
                at++;
                continue;
            }

            if (at + 2 > elements.Length)
                return false;
            int length = elements[at + 1];
            if (at + 2 + length > elements.Length)
                return false;
            if (elements[at] == id)
            {
                value = elements.Slice(at + 2, length);
                return true;
            }

            at += 2 + length;
        }

        return false;
    }
}
