using Muse.SelfHostedMedia.Rtp;

namespace Muse.SelfHostedMedia.Tests.Fuzz;

/// <summary>Good packets of every kind, from the RFCs, from browsers and from our own writers. What once broke a parser is added here.</summary>
internal static class Packets
{
    /// <summary>RFC 5769 §2.1–2.3.</summary>
    public static byte[][] Stun { get; } =
    [
        Hex("000100582112a442b7e7a701bc34d686fa87dfae802200105354554e207465737420636c69656e74002400046e0001ff80290008932ff9b151263b36"
            + "000600096576746a3a68367659202020" + "000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a280280004e57a3bcf"),
        Hex("0101003c2112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220002000080001a147e112a643"
            + "000800142b91f599fd9e90c38c7489f92af9ba53f06be7d780280004c07d4c96"),
        Hex("010100482112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d9"
            + "00080014a382954e4be67bf11784c97c8292c275bfe3ed4180280004c8fb0b4c"),
    ];

    /// <summary>With extensions of both forms, padding, contributing sources.</summary>
    public static byte[][] Rtp { get; } =
    [
        Hex("906f000100000000deadbeef" + "bede0002" + "10853031" + "22001234" + "0102030405"),
        Hex("906f000100000000deadbeef" + "10000002" + "04000005" + "03aabbcc" + "01020304"),
        Hex("b2e0fffe00000bb8deadbeef" + "0000000100000002" + "bede0001" + "4030310f" + "9080850701000003"),
        Hex("8060000100000000deadbeef" + "010203"),
    ];

    public static byte[][] Rtcp { get; } = WriteRtcp();

    /// <summary>RFC 2198: one older block, two older blocks, none.</summary>
    public static byte[][] Redundancy { get; } =
    [
        Hex("ef0f0003" + "6f" + "aabbcc" + "01020304"),
        Hex("ef1e0002ef0f0003" + "6f" + "1122" + "aabbcc" + "01020304"),
        Hex("6f01020304"),
    ];

    public static byte[][] Repairs { get; } = [Hex("abcd90800102030405"), Hex("abcd"), Hex("0000000000")];

    /// <summary>A structure with sizes, three rates as Chromium sends them, and packets after it in short and long form.</summary>
    public static byte[][] Descriptors { get; } =
    [
        Hex("c0000180021402a0e2050e10a2a8c4084420"),
        Hex("80000180042a81c3c6cb3c86f9c4c6c6d6027f0167"),
        Hex("420012"),
        Hex("8300014180"),
    ];

    /// <summary>Beginnings of VP8 with and without picture numbers, H.264 (parameter sets, aggregate, fragments), VP9 and AV1.</summary>
    public static byte[][] Payloads { get; } =
    [
        Hex("90e085070140" + "10020000" + "9d012a8002" + "6801"),
        Hex("90800a10020000" + "9d012a40014000"),
        Hex("6742c01fd900a0047fe6e0220000030002000003007908"),
        Hex("7800024188000465880000"),
        Hex("780018" + "6742c01fd900a0047fe6e02200000300020000030079" + "0800" + "0468ce3c80"),
        Hex("7c85ffff"),
        Hex("8a0001" + "18" + "02800168014000b4"),
        Hex("ae80011002"),
        Hex("180a0b0000002d4cffb3cc0af2"),
    ];

    /// <summary>draft-holmer-rmcat-transport-wide-cc-extensions-01 §3.1: runs, vectors of one and two bits, small and large deltas.</summary>
    public static byte[][] TransportFeedback { get; } =
    [
        Hex("8fcd0005" + "00000001" + "00000002" + "00050003" + "00000501" + "2003" + "010101" + "000000"),
        Hex("8fcd0006" + "00000001" + "00000002" + "ffff000e" + "00000602" + "bfff" + "0102030405060708090a0b0c0d"),
        Hex("8fcd0006" + "00000001" + "00000002" + "00080008" + "00000703" + "d555" + "2001" + "01020304050607ff"),
    ];

    /// <summary>RFC 8832 §5.1: without order and repeats, reliable with a protocol, and an acknowledgement.</summary>
    public static byte[][] ChannelOpens { get; } =
    [
        Hex("03810100" + "00000000" + "000b0000" + "6d7573652e74696d696e67"),
        Hex("03000100" + "00000000" + "00010004" + "7a" + "6a736f6e"),
        Hex("02"),
    ];

    /// <summary>RFC 4571: two bytes of length before each packet.</summary>
    public static byte[][] Frames { get; } =
    [
        [.. Framed(Stun[0]), .. Framed(Rtp[0]), .. Framed(Rtp[3])],
        [.. Framed([]), .. Framed(Stun[1]), .. Framed(Rtcp[0])],
    ];

    public static byte[][] All { get; } = [.. Stun, .. Rtp, .. Rtcp, Hex("16feff0000000000000000000401000000"), .. Frames];

    private static byte[][] WriteRtcp()
    {
        var compound = new byte[400];
        var length = new SenderReport(1, 2, 3, 4, 5).Write(compound);
        length += SourceDescription.Write(compound.AsSpan(length), 1, "name"u8);
        length += GenericNack.Write(compound.AsSpan(length), 1, 2, [1, 2, 300]);
        length += PictureLossIndication.Write(compound.AsSpan(length), 1, 2);
        length += ReceiverBitrateLimit.Write(compound.AsSpan(length), 1, 1_000_000, [5, 6]);
        return
        [
            compound[..length],
            // A receiver report with one block; FIR; goodbye with a reason.
            Hex("81c90007" + "00000001" + "0000000900ffffff00010002000000030000000400000005"),
            Hex("84ce0004" + "00000001" + "00000000" + "00000009" + "01000000"),
            Hex("81cb0002" + "00000001" + "03627965"),
        ];
    }

    private static byte[] Framed(byte[] packet) => [(byte)(packet.Length >> 8), (byte)packet.Length, .. packet];

    private static byte[] Hex(string text) => Convert.FromHexString(text);
}
