using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Diagnostics;
using Muse.SelfHostedMedia.Rooms;
using Muse.SelfHostedMedia.Rooms.Timing;
using Muse.SelfHostedMedia.Sctp;

namespace Muse.SelfHostedMedia.Tests.Rooms.Timing;

/// <summary>A person with a data channel: a <see cref="TestPeer"/> with libusrsctp on its DTLS.</summary>
internal sealed class DataPeer : ISctpUser, IDisposable
{
    private readonly ConcurrentQueue<byte[]> _outgoing = new();
    private readonly TestPeer _peer;

    private DataPeer(TestPeer peer, Participant participant)
    {
        (_peer, Participant) = (peer, participant);
        // The stack is one for the whole process: the server's thread may be the one that makes this end's packets.
        Association = new(this, packet => _outgoing.Enqueue(packet.ToArray()), 4_096);
        peer.Data = Association.Receive;
    }

    public Participant Participant { get; }

    public SctpAssociation Association { get; }

    public List<byte[]> Messages { get; } = [];

    public List<byte[]> Controls { get; } = [];

    public List<ushort> Resets { get; } = [];

    public bool IsLost { get; private set; }

    /// <summary>What came in messages of others.</summary>
    public IEnumerable<byte[]> Stamped => Messages.Where(message => message[0] == (byte)TimingMessageType.Stamped);

    /// <summary>In the room, with the association up; the channel is not open yet.</summary>
    public static async Task<DataPeer> Enter(MediaFixture media, ParticipantRole role = ParticipantRole.Tutor, Room? room = null)
    {
        var participant = (await (room ?? media.Room).Join(Guid.NewGuid(), "someone", role)).Value;
        var peer = media.Peer();
        peer.Connect((await participant.Subscribe(peer.Offer("recvonly", "data"), new Dictionary<string, Guid>())).Value);
        await media.HasKeys(participant, ConnectionKind.Subscribe);
        var entered = new DataPeer(peer, participant);
        entered.Pump(() => entered.Association.IsUp);
        return entered;
    }

    /// <summary>With the channel open.</summary>
    public static async Task<DataPeer> EnterAndOpen(MediaFixture media, ParticipantRole role = ParticipantRole.Tutor, Room? room = null)
    {
        var entered = await Enter(media, role, room);
        entered.Open(new(true, DataReliability.LimitedRetransmissions, 0, 256, TimingChannel.Label, ""));
        entered.Pump(() => entered.Controls.Count > 0);
        return entered;
    }

    public void Open(DataChannelOpen open, ushort stream = 0)
    {
        var bytes = new byte[DataChannelOpen.HeaderLength + DataChannelOpen.MaxNames];
        Assert.True(Association.Send(stream, DataPayload.Control, bytes.AsSpan(0, open.Write(bytes)), isUnordered: false, retransmissions: null));
    }

    /// <summary>Reliably, though the channel is not: what a test counts must arrive.</summary>
    public bool Send(params byte[] message) =>
        Association.Send(0, DataPayload.Binary, message, isUnordered: false, retransmissions: null);

    public static byte[] Message(int content, int length = 14)
    {
        var message = new byte[length];
        message[0] = (byte)TimingMessageType.Message;
        message[1] = 7;
        BinaryPrimitives.WriteInt64BigEndian(message.AsSpan(2), 123_456_789);
        BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(10), content);
        return message;
    }

    public void Pump(Func<bool> until, params DataPeer[] others)
    {
        var clock = Stopwatch.StartNew();
        while (!until())
        {
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(15), "It does not come to pass.");
            Exchange();
            foreach (var other in others)
                other.Exchange();
        }
    }

    public void Up()
    {
    }

    public void Lost() => IsLost = true;

    public void Message(ushort stream, uint payloadProtocol, ReadOnlySpan<byte> message) =>
        (payloadProtocol == DataPayload.Control ? Controls : Messages).Add(message.ToArray());

    public void StreamWasReset(ushort stream) => Resets.Add(stream);

    public void Dispose() => Association.Dispose();

    private void Exchange()
    {
        Flush();
        _peer.TakeData(2);
        Association.Poll();
        Flush();
    }

    private void Flush()
    {
        while (_outgoing.TryDequeue(out var packet))
            _peer.SendData(packet);
    }
}
