using System.Buffers.Binary;

namespace Muse.SelfHostedMedia.Sctp;

/// <summary>What an SCTP packet must look like before the library sees it (RFC 9260 §3): a peer that has our keys is still a stranger, and what
/// browsers never send is not parsed by C.</summary>
internal static class SctpFraming
{
    /// <summary>Of both sides (RFC 8831 §6.1 leaves it to the SDP; all browsers say 5000).</summary>
    public const ushort Port = 5_000;

    public const int HeaderLength = 12;
    public const int ChunkHeaderLength = 4;

    /// <summary>The datagram less DTLS (RFC 9147 or 6347: at most 37 bytes with AES-GCM).</summary>
    public const int MaxPacket = 1_500;

    /// <summary>Chunks of one packet: browsers bundle a handful.</summary>
    private const int MaxChunks = 64;

    private const byte Data = 0;
    private const byte Initiation = 1;
    private const byte InitiationAcknowledged = 2;
    private const byte Acknowledgement = 3;
    private const byte Abort = 6;
    private const byte Error = 9;
    private const byte ShutdownComplete = 14;
    private const byte Reconfiguration = 0x82;
    private const byte Padding = 0x84;
    private const byte ForwardTsn = 0xC0;

    public static bool IsSound(ReadOnlySpan<byte> packet)
    {
        if (packet.Length is < HeaderLength + ChunkHeaderLength or > MaxPacket)
            return false;
        if (BinaryPrimitives.ReadUInt16BigEndian(packet) != Port || BinaryPrimitives.ReadUInt16BigEndian(packet[2..]) != Port)
            return false;
        var hasTag = BinaryPrimitives.ReadUInt32BigEndian(packet[4..]) != 0;
        var rest = packet[HeaderLength..];
        for (var chunks = 0; rest.Length > 0; chunks++)
        {
            if (chunks == MaxChunks || rest.Length < ChunkHeaderLength)
                return false;
            var type = rest[0];
            int length = BinaryPrimitives.ReadUInt16BigEndian(rest[2..]);
            if (length < ChunkHeaderLength || length > rest.Length || !IsSound(type, rest[..length]))
                return false;
            var padded = Math.Min((length + 3) & ~3, rest.Length);
            // These stand alone (RFC 9260 §4.3); only an INIT comes without a verification tag (§8.5.1).
            if (type is Initiation or InitiationAcknowledged or ShutdownComplete && (chunks > 0 || padded < rest.Length))
                return false;
            if (hasTag == (type == Initiation))
                return false;
            rest = rest[padded..];
        }

        return true;
    }

    /// <summary>RFC 9260 §3.3, RFC 6525 (RE-CONFIG), RFC 3758 (FORWARD TSN), RFC 4820 (PAD). Others are not for browsers.</summary>
    private static bool IsSound(byte type, ReadOnlySpan<byte> chunk) => type switch
    {
        Data => chunk.Length > 16,
        Initiation or InitiationAcknowledged => chunk.Length >= 20 && AreSound(chunk[20..], mayNameAddresses: false),
        Acknowledgement => chunk.Length >= 16
            && chunk.Length == 16 + (4 * (BinaryPrimitives.ReadUInt16BigEndian(chunk[12..]) + BinaryPrimitives.ReadUInt16BigEndian(chunk[14..]))),
        4 or 5 or Abort or Error or Reconfiguration => AreSound(chunk[ChunkHeaderLength..], mayNameAddresses: true),
        7 => chunk.Length == 8,
        8 or 11 or ShutdownComplete => chunk.Length == ChunkHeaderLength,
        10 or Padding => true,
        ForwardTsn => chunk.Length >= 8 && chunk.Length % 4 == 0,
        _ => false,
    };

    /// <summary>Parameters and causes of error: type and length before each. One of length 0 keeps libusrsctp 0.9.5 in a loop for ever (found by
    /// <c>./muse fuzz sctp</c>).</summary>
    /// <param name="mayNameAddresses">In an INIT they would be addresses to send to (§3.3.2.1): over DTLS there is only one.</param>
    private static bool AreSound(ReadOnlySpan<byte> parameters, bool mayNameAddresses)
    {
        for (var count = 0; parameters.Length > 0; count++)
        {
            if (count == MaxChunks || parameters.Length < ChunkHeaderLength)
                return false;
            int type = BinaryPrimitives.ReadUInt16BigEndian(parameters);
            int length = BinaryPrimitives.ReadUInt16BigEndian(parameters[2..]);
            if (length < ChunkHeaderLength || length > parameters.Length || (!mayNameAddresses && type is 5 or 6 or 11))
                return false;
            parameters = parameters[Math.Min((length + 3) & ~3, parameters.Length)..];
        }

        return true;
    }
}
