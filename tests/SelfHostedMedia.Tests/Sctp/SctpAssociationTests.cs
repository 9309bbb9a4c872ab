using System.Buffers.Binary;
using System.Net;
using Muse.Imitations.Network;
using Muse.SelfHostedMedia.Sctp;

namespace Muse.SelfHostedMedia.Tests.Sctp;

/// <summary>With the library at both ends, over sockets and over a path that loses and reorders.</summary>
public sealed class SctpAssociationTests : IDisposable
{
    public SctpAssociationTests() =>
        Assert.SkipUnless(SctpStack.TryAcquire(Usrsctp.Library), "libusrsctp2 is not installed.");

    [Fact]
    public void Both_ends_come_up_and_messages_go_both_ways()
    {
        using var two = new Two();
        two.One.Association.Send(0, DataPayload.Binary, [1, 2, 3], isUnordered: true, retransmissions: 0);
        two.Other.Association.Send(4, DataPayload.Text, "x"u8, isUnordered: false, retransmissions: null);
        two.Pump(() => two.One.Messages.Count + two.Other.Messages.Count == 2);
        Assert.Equal((0, DataPayload.Binary), (two.Other.Messages[0].Stream, two.Other.Messages[0].Protocol));
        Assert.Equal([1, 2, 3], two.Other.Messages[0].Content);
        Assert.Equal((4, DataPayload.Text), (two.One.Messages[0].Stream, two.One.Messages[0].Protocol));
    }

    [Fact]
    public void A_reliable_channel_delivers_everything_in_order_through_loss_and_reordering()
    {
        using var two = new Two(Bad);
        for (var i = 0; i < 200; i++)
            two.SendNumber(i, retransmissions: null);
        two.Pump(() => two.Other.Messages.Count == 200);
        Assert.Equal(Enumerable.Range(0, 200), two.Numbers);
        Assert.True(two.Relay.Counts.ToServerOut < two.Relay.Counts.ToServerIn, "Nothing was lost.");
    }

    [Fact]
    public void A_timing_channel_repeats_nothing_and_waits_for_nothing()
    {
        using var two = new Two(Bad);
        for (var i = 0; i < 400; i++)
        {
            two.SendNumber(i, retransmissions: 0);
            if (i % 4 == 0)
                two.Pump(() => true);
        }

        // What comes last of all shows that the line is free of what was lost before.
        for (var last = 1_000; two.Numbers.All(number => number < 1_000); last++)
        {
            two.SendNumber(last, retransmissions: 0);
            two.Pump(() => true);
        }

        var early = two.Numbers.Where(number => number < 1_000).ToList();
        Assert.Equal(early.Distinct().Count(), early.Count);
        Assert.InRange(early.Count, 250, 399);
        Assert.NotEqual(early.Order(), early);
    }

    [Fact]
    public void A_message_that_is_too_long_is_swallowed_and_counted_and_the_next_one_comes()
    {
        using var two = new Two();
        var sent = 0;
        two.Pump(() => two.One.Association.Send(0, DataPayload.Binary, new byte[8_000], isUnordered: false, retransmissions: null) && ++sent == 5);
        two.Pump(() => two.One.Association.Send(0, DataPayload.Binary, [7], isUnordered: false, retransmissions: null));
        two.Pump(() => two.Other.Messages.Count > 0);
        Assert.Equal([7], Assert.Single(two.Other.Messages).Content);
        Assert.Equal(5, two.Other.Association.TooLong);
    }

    [Fact]
    public void A_peer_that_acknowledges_nothing_holds_no_more_than_the_buffer()
    {
        using var two = new Two();
        two.Relay.Set(new() { IsDown = true });
        var taken = 0;
        while (two.One.Association.Send(0, DataPayload.Binary, new byte[1_000], isUnordered: true, retransmissions: 0))
            Assert.True(++taken < 1_000, "There is no end to it.");
        Assert.InRange(taken, 1, SctpAssociation.MaxHeld / 1_000);
        // The rest goes its way and the association lives on.
        two.Relay.Set(PathConditions.Perfect);
        two.Pump(() => two.One.Association.Send(0, DataPayload.Binary, [9], isUnordered: true, retransmissions: 0));
        two.Pump(() => two.Other.Messages.Exists(message => message.Content.Length == 1));
    }

    [Fact]
    public void Closing_a_channel_is_told_to_the_other_side()
    {
        using var two = new Two();
        two.One.Association.Send(2, DataPayload.Binary, [1], isUnordered: false, retransmissions: null);
        two.Pump(() => two.Other.Messages.Count == 1);
        two.One.Association.Reset(2);
        two.Pump(() => two.Other.Resets.Count > 0);
        Assert.Equal([2], two.Other.Resets);
    }

    [Fact]
    public void An_end_that_is_disposed_is_lost_to_the_other_at_once()
    {
        using var two = new Two();
        two.One.Association.Dispose();
        two.Pump(() => two.Other.IsLost);
        Assert.False(two.Other.Association.Send(0, DataPayload.Binary, [1], isUnordered: true, retransmissions: 0));
    }

    [Fact]
    public void What_no_browser_sends_does_not_reach_the_library()
    {
        using var two = new Two();
        two.One.Association.Receive(new byte[40]);
        two.One.Association.Receive([]);
        Assert.Equal(2, two.One.Association.Malformed);
    }

    public void Dispose()
    {
        SctpStack.Release();
        Assert.Null(SctpAssociation.LastFault);
    }

    private static PathConditions Bad => new() { Loss = 0.1, DelayMilliseconds = 10, Reorder = 0.1, ReorderMilliseconds = 15 };

    private sealed class Two : IDisposable
    {
        public Two(PathConditions? path = null)
        {
            Other = new();
            Relay = new(Other.Address);
            One = new(new(IPAddress.Loopback, Relay.Port));
            SctpPeer.Pump(One, Other, () => One.Association.IsUp && Other.Association.IsUp);
            if (path is not null)
                Relay.Set(path);
        }

        public SctpPeer One { get; }

        public SctpPeer Other { get; }

        public UdpRelay Relay { get; }

        public IEnumerable<int> Numbers => Other.Messages.Select(message => BinaryPrimitives.ReadInt32BigEndian(message.Content));

        public void Pump(Func<bool> until) => SctpPeer.Pump(One, Other, until);

        public void SendNumber(int number, uint? retransmissions)
        {
            var message = new byte[100];
            BinaryPrimitives.WriteInt32BigEndian(message, number);
            Pump(() => One.Association.Send(0, DataPayload.Binary, message, isUnordered: retransmissions is not null, retransmissions));
        }

        public void Dispose()
        {
            One.Dispose();
            Other.Dispose();
            Relay.Dispose();
        }
    }
}
