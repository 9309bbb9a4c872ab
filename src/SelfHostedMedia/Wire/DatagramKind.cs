namespace Muse.SelfHostedMedia.Wire;

/// <summary>What shares the port, told apart by the first byte (RFC 7983 §7) and RTCP by the second (RFC 5761 §4).</summary>
internal enum DatagramKind
{
    Unknown,
    Stun,
    Dtls,
    Rtp,
    Rtcp,
}

internal static class Datagrams
{
    public static DatagramKind Classify(ReadOnlySpan<byte> datagram)
    {
        if (datagram.Length < 2)
            return DatagramKind.Unknown;
        return datagram[0] switch
        {
            <= 3 => DatagramKind.Stun,
            >= 20 and <= 63 => DatagramKind.Dtls,
            >= 128 and <= 191 => datagram[1] is >= 192 and <= 223 ? DatagramKind.Rtcp : DatagramKind.Rtp,
            _ => DatagramKind.Unknown,
        };
    }
}
