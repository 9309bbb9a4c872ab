using System.Text;
using Muse.SelfHostedMedia.Bandwidth;
using Muse.SelfHostedMedia.Ice;
using Muse.SelfHostedMedia.Recording;
using Muse.SelfHostedMedia.Rtp;
using Muse.SelfHostedMedia.Sctp;
using Muse.SelfHostedMedia.Sdp;
using Muse.SelfHostedMedia.Tests.Sdp;
using Muse.SelfHostedMedia.Wire;

namespace Muse.SelfHostedMedia.Tests.Fuzz;

/// <summary>Everything that reads bytes of a stranger, each with good examples (the corpus: <see cref="Packets"/>, and the offers of
/// browsers) and what must hold whatever it is given, beside that it throws nothing.</summary>
internal static class Parsers
{
    private static readonly VideoCodec[] s_codecs = Enum.GetValues<VideoCodec>();

    /// <summary>Name → its examples, its share of the rounds, its reader.</summary>
    public static IReadOnlyDictionary<string, (byte[][] Examples, double Share, Action<byte[]> Read)> All { get; } =
        new Dictionary<string, (byte[][], double, Action<byte[]>)>(StringComparer.Ordinal)
        {
            ["demux"] = (Packets.All, 1, input => Datagrams.Classify(input)),
            ["stun"] = (Packets.Stun, 1, Stun),
            ["rtp"] = (Packets.Rtp, 1, Rtp),
            ["rtcp"] = (Packets.Rtcp, 1, Rtcp),
            ["red"] = (Packets.Redundancy, 1, Redundancy),
            ["rtx"] = (Packets.Repairs, 1, input => Retransmission.TryUnwrap(input, out _, out _)),
            ["descriptor"] = (Packets.Descriptors, 1, Descriptor),
            ["payload"] = (Packets.Payloads, 1, Payload),
            ["h264"] = (RecordedPayloads.H264, 0.5, input => RecordedPayloads.Read(input, sink => new H264Depacketizer(sink))),
            ["vp9"] = (RecordedPayloads.Vp9, 0.5, input => RecordedPayloads.Read(input, sink => new Vp9Depacketizer(sink))),
            ["av1"] = (RecordedPayloads.Av1, 0.5, input => RecordedPayloads.Read(input, sink => new Av1Depacketizer(sink))),
            ["sample"] = (StoredMedia.Pictures, 1, StoredMedia.Sample),
            ["boxes"] = (StoredMedia.Media, 1, StoredMedia.Boxes),
            ["index"] = (StoredMedia.Index, 0.1, StoredMedia.Lines),
            ["feedback"] = (Packets.TransportFeedback, 1, Feedback),
            ["tcp"] = (Packets.Frames, 0.5, Frames),
            ["sctp"] = (SctpPackets.Examples, 1, SctpPackets.Read),
            ["dcep"] = (Packets.ChannelOpens, 1, ChannelOpen),
            ["sdp"] = ([.. Offers.All.Select(Encoding.Latin1.GetBytes)], 0.2, Offer),
            ["fragment"] = ([.. Offers.All.Select(Encoding.Latin1.GetBytes), Encoding.Latin1.GetBytes(Fragment)], 0.2, IcePart),
        };

    private const string Fragment =
        "a=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\n"
        + "a=candidate:1 1 udp 2130706431 192.0.2.1 4711 typ host\r\na=end-of-candidates\r\n";

    private static void Stun(byte[] input)
    {
        if (StunMessage.TryParse(input, out var message))
            message.IsAuthentic("VOkJxbRl1RmTxUk/WvJxBt"u8);
    }

    private static void Rtp(byte[] input)
    {
        if (!RtpHeader.TryParse(input, out var header))
            return;
        Assert.InRange(header.Length, RtpHeader.FixedLength, input.Length);
        for (byte id = 0; id < 16; id++)
            HeaderExtensions.TryFind(input, header, id, out _);
        AudioLevel.TryRead(input, header, 1, out _);
        Assert.InRange(header.WithoutPadding(input.AsSpan(header.Length)), -1, input.Length);
    }

    private static void Rtcp(byte[] input)
    {
        var reader = new RtcpReader(input);
        var read = 0;
        while (reader.MoveNext())
        {
            read += reader.Packet.Length;
            SenderReport.TryRead(reader.Packet, out _);
            PictureLossIndication.TryRead(reader.Count, reader.Packet, out _);
            ReceiverBitrateLimit.TryRead(reader.Count, reader.Packet, out _);
            for (var i = 0; i < reader.Count && 8 + ((i + 1) * ReceptionReport.Length) <= reader.Packet.Length; i++)
                ReceptionReport.TryRead(reader.Packet[(8 + (i * ReceptionReport.Length))..], out _);
            for (var i = 0; i < GenericNack.EntryCount(reader.Packet); i++)
                GenericNack.Entry(reader.Packet, i);
            if (GenericNack.EntryCount(reader.Packet) > 0)
                GenericNack.Media(reader.Packet);
        }

        Assert.InRange(read, 0, input.Length);
    }

    private static void Redundancy(byte[] input)
    {
        Span<AudioBlock> blocks = stackalloc AudioBlock[RedundantAudio.MaxBlocks];
        var count = RedundantAudio.Read(input, blocks);
        Assert.InRange(count, 0, RedundantAudio.MaxBlocks);
        foreach (var block in blocks[..count])
            Assert.InRange(block.At + block.Length, block.At, input.Length);
    }

    /// <summary>A structure, then a packet that leans on it: what a mutated key frame leaves behind must not hurt the next one.</summary>
    private static void Descriptor(byte[] input)
    {
        var structure = new DependencyStructure();
        var scratch = new DependencyStructure();
        foreach (var descriptor in Packets.Descriptors)
        {
            DependencyDescriptor.TryParse(input, structure, scratch, out _);
            DependencyDescriptor.TryParse(descriptor, structure, scratch, out _);
        }
    }

    private static void Payload(byte[] input)
    {
        foreach (var codec in s_codecs)
        {
            KeyFrames.Begins(codec, input);
            KeyFrames.Height(codec, input);
            var packet = default(CachedPacket);
            new LayerReader(codec).Read(input, default, ref packet);
        }

        KeyFrames.HasParameterSet(input);
        if (Vp8Descriptor.TryParse(input, out _))
            Vp8Descriptor.Renumber(input.ToArray(), 0x7FFF, 255, 31);
    }

    private static void Feedback(byte[] input)
    {
        if (input.Length < 4 || !TransportFeedbackReader.TryRead(TransportFeedbackReader.Format, input, 5, out var reader))
            return;
        var statuses = 0;
        while (reader.MoveNext())
            statuses++;
        Assert.InRange(statuses, 1, TransportFeedbackReader.MaxStatuses);
    }

    /// <summary>In pieces of every length, as TCP delivers them.</summary>
    private static void Frames(byte[] input)
    {
        var assembly = new FrameAssembly();
        for (var at = 0; at < input.Length && !assembly.IsBroken;)
        {
            var length = Math.Min(input.Length - at, 1 + (input[at] % 17));
            ReadOnlySpan<byte> piece = input.AsSpan(at, length);
            while (assembly.TryTake(ref piece, out var frame))
                Assert.InRange(frame.Length, 0, 65_535);
            at += length;
        }
    }

    private static void ChannelOpen(byte[] input)
    {
        DataChannelOpen.IsAcknowledgement(input);
        if (!DataChannelOpen.TryRead(input, out var open))
            return;
        Assert.InRange(open.Label.Length + open.Protocol.Length, 0, DataChannelOpen.MaxNames);
    }

    private static void Offer(byte[] input)
    {
        var parsed = OfferParser.Parse(Encoding.Latin1.GetString(input), 100_000, 16);
        if (parsed.IsRefused || OfferChecks.BundleTransport(parsed.Value).IsRefused)
            return;
        var sections = parsed.Value.Sections;
        foreach (var section in sections)
        {
            if (CodecChoice.ForPublisher(section, ["VP8", "H264", "VP9", "AV1"], sections) is not { } codec)
                continue;
            CodecChoice.ForSubscriber(section, codec);
            CodecChoice.RepairOf(section, codec);
            CodecChoice.RedundancyOf(section, codec);
        }
    }

    private static void IcePart(byte[] input) => IceFragment.Parse(Encoding.Latin1.GetString(input));
}
