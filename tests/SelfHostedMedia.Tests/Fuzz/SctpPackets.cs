using System.Buffers.Binary;
using System.Numerics;
using Muse.SelfHostedMedia.Sctp;

namespace Muse.SelfHostedMedia.Tests.Fuzz;

/// <summary>Mutated packets for the framing check, and what it lets through for libusrsctp itself, under the right tag and checksum: a fault in
/// the C library ends the whole process, which no test survives.</summary>
internal static class SctpPackets
{
    /// <summary>A new association now and then: what a packet breaks in one must not hide what the next would do.</summary>
    private const int PacketsPerAssociation = 500;

    private static readonly Random s_random = new(1);
    private static Ends? s_ends;
    private static bool s_hasStack;
    private static int s_fed;

    /// <summary>Chunks of every kind that goes through: INIT, DATA whole and in part, SACK with gaps, HEARTBEAT, ERROR, COOKIE ECHO, RE-CONFIG
    /// (reset, more streams), FORWARD TSN, SHUTDOWN, PAD.</summary>
    public static byte[][] Examples { get; } =
    [
        Packet("00000000", "01000028" + "aabbccdd" + "00020000" + "00100010" + "00000001" + "c0000004" + "80080009c0c282" + "00" + "8002000402040000"),
        Packet("00000001", "00030014" + "00000001" + "00000000" + "00000032" + "03810100"),
        Packet("00000001", "00020014" + "00000002" + "00000000" + "00000035" + "aabbccdd" + "00010014" + "00000003" + "00000000" + "00000035" + "aabbccdd"),
        Packet("00000001", "03000018" + "00000001" + "00004000" + "00010001" + "00020003" + "00000001"),
        Packet("00000001", "0400000c" + "00010008" + "01020304" + "0900000c" + "00010008" + "00000000"),
        Packet("00000001", "0a000014" + "0102030405060708090a0b0c0d0e0f10" + "0b000004"),
        Packet("00000001", "82000018" + "000d0012" + "00000001" + "00000001" + "00000001" + "0000" + "0000"),
        Packet("00000001", "82000010" + "0011000c" + "00000002" + "00040000"),
        Packet("00000001", "c000000c" + "00000004" + "00000000" + "84000008" + "00000000"),
        Packet("00000001", "07000008" + "00000001" + "08000004"),
        Packet("00000001", "06000004"),
    ];

    public static void Read(byte[] input)
    {
        if (!SctpFraming.IsSound(input) || !(s_hasStack = s_hasStack || SctpStack.TryAcquire(Usrsctp.Library)))
            return;
        if (s_ends is null || s_ends.IsOver || ++s_fed % PacketsPerAssociation == 0)
        {
            s_ends?.Dispose();
            s_ends = new();
        }

        s_ends.Feed(input, s_random.Next(16));
    }

    /// <summary>Leaves nothing open for who comes next.</summary>
    public static void End()
    {
        s_ends?.Dispose();
        s_ends = null;
        if (s_hasStack)
            Assert.True(SctpStack.Release());
        s_hasStack = false;
    }

    private static byte[] Packet(string tag, string chunks) => Convert.FromHexString("13881388" + tag + "00000000" + chunks);

    /// <summary>Two associations that hand each other their packets; the fuzzed one answers its peer between two bad packets.</summary>
    private sealed class Ends : ISctpUser, IDisposable
    {
        private readonly Queue<(bool ToFuzzed, byte[] Packet)> _under = new();
        private readonly SctpAssociation _fuzzed;
        private readonly SctpAssociation _peer;
        private uint _tag;
        private uint _next;

        public Ends()
        {
            _fuzzed = new(this, packet => _under.Enqueue((false, packet.ToArray())), 1_200);
            _peer = new(this, packet => _under.Enqueue((true, packet.ToArray())), 1_200);
            Exchange();
            Assert.True(_fuzzed.IsUp);
        }

        public bool IsOver { get; private set; }

        public void Up()
        {
        }

        public void Lost() => IsOver = true;

        public void Message(ushort stream, uint payloadProtocol, ReadOnlySpan<byte> message) => Assert.InRange(message.Length, 0, 1_200);

        public void StreamWasReset(ushort stream)
        {
        }

        public void Feed(byte[] packet, int luck)
        {
            packet = [.. packet];
            if (packet[SctpFraming.HeaderLength] != 1)
                BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(4), _tag);
            // Most numbers are wrong by far, which is soon dropped; some are the next one.
            if (packet.Length >= 20 && luck < 8)
                BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(SctpFraming.HeaderLength + 4), _next + (uint)(luck / 4));
            packet.AsSpan(8, 4).Clear();
            var crc = uint.MaxValue;
            foreach (var each in packet)
                crc = BitOperations.Crc32C(crc, each);
            BinaryPrimitives.WriteUInt32LittleEndian(packet.AsSpan(8), ~crc);
            _fuzzed.Receive(packet);
            if (luck == 0)
                _peer.Send(0, DataPayload.Binary, packet, isUnordered: false, retransmissions: null);
            SctpStack.Tick();
            Exchange();
        }

        public void Dispose()
        {
            _fuzzed.Dispose();
            _peer.Dispose();
        }

        private void Exchange()
        {
            for (var i = 0; i < 100 && _under.TryDequeue(out var packet); i++)
            {
                if (packet.ToFuzzed && packet.Packet.Length >= 20)
                {
                    _tag = BinaryPrimitives.ReadUInt32BigEndian(packet.Packet.AsSpan(4));
                    if (packet.Packet[SctpFraming.HeaderLength] == 0)
                        _next = BinaryPrimitives.ReadUInt32BigEndian(packet.Packet.AsSpan(SctpFraming.HeaderLength + 4)) + 1;
                }

                (packet.ToFuzzed ? _fuzzed : _peer).Receive(packet.Packet);
            }
        }
    }
}
