using System.Buffers.Binary;
using Muse.SelfHostedMedia.Rooms;
using Muse.SelfHostedMedia.Rooms.Timing;
using Muse.SelfHostedMedia.Sctp;

namespace Muse.SelfHostedMedia.Tests.Rooms.Timing;

public class TimingChannelTests
{
    public TimingChannelTests() => Skip();

    [Fact]
    public async Task A_ping_is_answered_with_the_servers_clock()
    {
        await using var media = new MediaFixture();
        using var someone = await DataPeer.EnterAndOpen(media);
        var before = media.Server.Thread.Microseconds;
        var ping = new byte[TimingMessage.PingLength];
        TimingMessage.WritePing(ping, -42);
        someone.Send(ping);
        byte[]? pong = null;
        someone.Pump(() => (pong = someone.Messages.Find(message => message[0] == (byte)TimingMessageType.Pong)) is not null);
        Assert.True(TimingMessage.TryReadPong(pong!, out var pinged, out var received, out var sent));
        Assert.Equal(-42, pinged);
        Assert.InRange(received, before, sent);
        Assert.InRange(sent, received, media.Server.Thread.Microseconds);
    }

    [Fact]
    public async Task A_message_comes_to_the_others_of_the_room_with_its_sender_and_the_time_it_came()
    {
        await using var media = new MediaFixture();
        var elsewhere = media.Server.Rooms.Open(Guid.NewGuid(), RoomProfile.Lesson).Value;
        using var sender = await DataPeer.EnterAndOpen(media);
        using var other = await DataPeer.EnterAndOpen(media);
        using var listener = await DataPeer.EnterAndOpen(media, ParticipantRole.Listener);
        using var stranger = await DataPeer.EnterAndOpen(media, room: elsewhere);
        var before = media.Server.Thread.Microseconds;
        sender.Send(DataPeer.Message(5));
        sender.Pump(() => other.Stamped.Any() && listener.Stamped.Any(), other, listener, stranger);
        var message = Assert.Single(other.Stamped);
        Assert.Equal(38, message.Length);
        Assert.Equal(7, message[1]);
        Assert.Equal(sender.Participant.Id, new Guid(message.AsSpan(2, 16), bigEndian: true));
        Assert.Equal(123_456_789, BinaryPrimitives.ReadInt64BigEndian(message.AsSpan(18)));
        Assert.InRange(BinaryPrimitives.ReadInt64BigEndian(message.AsSpan(26)), before, media.Server.Thread.Microseconds);
        Assert.Equal(5, BinaryPrimitives.ReadInt32BigEndian(message.AsSpan(34)));
        Assert.Empty(sender.Stamped);
        Assert.Empty(stranger.Stamped);
        Assert.Equal((1, 2), (media.Server.Statistics.TimingMessages, media.Server.Statistics.ForwardedTimingMessages));
        // Pings, which come when they come, are among them.
        var counts = media.Server.Statistics;
        Assert.True(counts.ReceivedDataMessages >= 1 && counts.ReceivedDataBytes >= DataPeer.Message(5).Length && counts.SentDataMessages >= 2 && counts.SentDataBytes >= 2 * 38, counts.ToString());
        var looked = await media.Room.Look();
        var data = looked.Participants.ToDictionary(person => person.Id, person => person.Data!);
        Assert.True(data[sender.Participant.Id] is { IsOpen: true, Received: >= 1, Dropped: 0 }, data[sender.Participant.Id].ToString());
        Assert.True(data[other.Participant.Id] is { IsOpen: true, Sent: >= 1, SentBytes: >= 38 }, data[other.Participant.Id].ToString());
    }

    [Fact]
    public async Task A_listener_may_ask_for_the_time_and_say_nothing()
    {
        await using var media = new MediaFixture();
        using var listener = await DataPeer.EnterAndOpen(media, ParticipantRole.Listener);
        listener.Send(DataPeer.Message(1));
        listener.Pump(() => media.Server.Statistics.DroppedTimingMalformed == 1);
        Assert.Equal(0, media.Server.Statistics.TimingMessages);
    }

    [Fact]
    public async Task The_way_to_a_person_is_measured_by_the_channel_before_any_report_came()
    {
        await using var media = new MediaFixture();
        using var someone = await DataPeer.EnterAndOpen(media);
        Assert.Equal(-1, await media.Server.Thread.Run(() => someone.Participant.RoundTrip));
        byte[]? ping = null;
        someone.Pump(() => (ping = someone.Messages.Find(message => message[0] == (byte)TimingMessageType.Ping)) is not null);
        // Held for as long as it was away, as far as this person says.
        var pong = new byte[TimingMessage.PongLength];
        TimingMessage.WritePong(pong, ping, 1_000, 1_000);
        someone.Send(pong);
        someone.Pump(() => someone.Participant.RoundTrip >= 0);
        Assert.InRange(someone.Participant.RoundTrip, 0, 5_000);
    }

    [Fact]
    public async Task More_than_a_person_may_send_is_dropped_and_counted()
    {
        await using var media = new MediaFixture();
        using var sender = await DataPeer.EnterAndOpen(media);
        const int Sent = 400;
        for (var i = 0; i < Sent; i++)
            sender.Pump(() => sender.Send(DataPeer.Message(i)));
        sender.Pump(() => media.Server.Statistics is { } now && now.TimingMessages + now.DroppedTimingFlood == Sent);
        Assert.True(media.Server.Statistics.DroppedTimingFlood > 0, "Nothing was too much.");
        Assert.True(media.Server.Statistics.TimingMessages >= TimingChannel.SentAtOnce, "Too much was dropped.");
        var look = (await media.Room.Look()).Participants.Single(person => person.Id == sender.Participant.Id).Data!;
        Assert.True(look.Received >= Sent, look.ToString());
        Assert.Equal(media.Server.Statistics.DroppedTimingFlood, look.Dropped);
    }

    [Fact]
    public async Task A_message_that_is_too_long_is_dropped_and_counted_and_the_channel_goes_on()
    {
        await using var media = new MediaFixture();
        using var sender = await DataPeer.EnterAndOpen(media);
        using var other = await DataPeer.EnterAndOpen(media);
        sender.Pump(() => sender.Send(DataPeer.Message(1, 12_000)), other);
        sender.Pump(() => sender.Send(DataPeer.Message(2, TimingMessage.MaxMessage + 1)), other);
        sender.Pump(() => sender.Send(DataPeer.Message(3, TimingMessage.MaxMessage)), other);
        sender.Pump(() => other.Stamped.Any(), other);
        Assert.Equal(TimingMessage.MaxStamped, Assert.Single(other.Stamped).Length);
        Assert.Equal(2, media.Server.Statistics.DroppedTimingOversized);
    }

    [Fact]
    public async Task Who_acknowledges_nothing_holds_only_the_buffer_and_the_others_get_everything()
    {
        await using var media = new MediaFixture();
        using var sender = await DataPeer.EnterAndOpen(media);
        using var deaf = await DataPeer.EnterAndOpen(media);
        using var other = await DataPeer.EnterAndOpen(media);
        const int Sent = 60;
        // One after the other, so that whoever listens never has two on the way, however busy the machine is.
        for (var i = 1; i <= Sent; i++)
        {
            sender.Pump(() => sender.Send(DataPeer.Message(i, 1_000)), other);
            sender.Pump(() => other.Stamped.Count() == i, other);
        }

        var dropped = media.Server.Statistics.DroppedTimingBacklog;
        // What was given up on the way makes room for some more.
        Assert.InRange(dropped, Sent / 3, Sent);
        Assert.Equal((2 * Sent) - dropped, media.Server.Statistics.ForwardedTimingMessages);
        Assert.Empty(deaf.Stamped);
    }

    [Theory]
    [InlineData("chat", true, 1, 0)]
    [InlineData(TimingChannel.Label, false, 1, 0)]
    [InlineData(TimingChannel.Label, true, 0, 0)]
    [InlineData(TimingChannel.Label, true, 1, 3)]
    public async Task Any_other_channel_is_closed_again(string label, bool isUnordered, byte reliability, uint limit)
    {
        await using var media = new MediaFixture();
        using var someone = await DataPeer.Enter(media);
        someone.Open(new(isUnordered, (DataReliability)reliability, limit, 256, label, ""), stream: 2);
        someone.Pump(() => someone.Resets.Contains(2));
        Assert.Equal(1, media.Server.Statistics.RefusedDataChannels);
        Assert.Empty(someone.Controls);
        // And the right one may still be opened.
        someone.Open(new(true, DataReliability.LimitedRetransmissions, 0, 256, TimingChannel.Label, ""));
        someone.Pump(() => someone.Controls.Count == 1);
        Assert.Equal(1, media.Server.Statistics.DataChannels);
    }

    [Fact]
    public async Task A_closed_channel_may_be_opened_again()
    {
        await using var media = new MediaFixture();
        using var someone = await DataPeer.EnterAndOpen(media);
        someone.Association.Reset(0);
        someone.Pump(() => someone.Resets.Contains(0));
        Assert.Equal(0, media.Server.Statistics.DataChannels);
        someone.Open(new(true, DataReliability.LimitedRetransmissions, 0, 256, TimingChannel.Label, ""), stream: 2);
        someone.Pump(() => someone.Controls.Count == 2);
        Assert.Equal(1, media.Server.Statistics.DataChannels);
    }

    [Fact]
    public async Task Leaving_ends_the_association()
    {
        await using var media = new MediaFixture();
        using var someone = await DataPeer.EnterAndOpen(media);
        Assert.Equal((1, 1), (media.Server.Statistics.DataAssociations, media.Server.Statistics.DataChannels));
        await someone.Participant.Leave();
        Assert.Equal((0, 0), (media.Server.Statistics.DataAssociations, media.Server.Statistics.DataChannels));
        someone.Pump(() => someone.IsLost);
    }

    [Fact]
    public async Task Beyond_the_bound_connections_go_without_a_channel()
    {
        await using var media = new MediaFixture(new() { MaxDataAssociations = 1 });
        using var first = await DataPeer.EnterAndOpen(media);
        var participant = await media.Join();
        var peer = media.Peer();
        peer.Connect((await participant.Subscribe(peer.Offer("recvonly", "data"), new Dictionary<string, Guid>())).Value);
        await media.HasKeys(participant, ConnectionKind.Subscribe);
        Assert.Equal((1, 1), (media.Server.Statistics.DataAssociations, media.Server.Statistics.RefusedDataChannels));
    }

    internal static void Skip()
    {
        Assert.SkipUnless(SctpStack.TryAcquire(Usrsctp.Library), "libusrsctp2 is not installed.");
        SctpStack.Release();
    }
}
