using Muse.SelfHostedMedia.Rooms.Timing;

namespace Muse.SelfHostedMedia.Tests.Rooms.Timing;

public class TimingMessageTests
{
    [Fact]
    public void A_pong_repeats_the_ping_and_says_when_it_came_and_went()
    {
        var ping = new byte[TimingMessage.PingLength];
        var pong = new byte[TimingMessage.PongLength];
        Assert.Equal(9, TimingMessage.WritePing(ping, 0x0102030405060708));
        Assert.Equal("010102030405060708", Convert.ToHexStringLower(ping));
        Assert.Equal(25, TimingMessage.WritePong(pong, ping, 16, 17));
        Assert.Equal("02" + "0102030405060708" + "0000000000000010" + "0000000000000011", Convert.ToHexStringLower(pong));
        Assert.True(TimingMessage.TryReadPong(pong, out var pinged, out var received, out var sent));
        Assert.Equal((0x0102030405060708, 16, 17), (pinged, received, sent));
        Assert.False(TimingMessage.TryReadPong(ping, out _, out _, out _));
        Assert.False(TimingMessage.TryReadPong(pong.AsSpan(0, 24), out _, out _, out _));
    }

    [Fact]
    public void A_message_is_stamped_between_its_kind_and_its_content()
    {
        var message = Convert.FromHexString("03" + "09" + "00000000000000ff" + "aabb");
        var stamped = new byte[TimingMessage.MaxStamped];
        var length = TimingMessage.WriteStamped(stamped, message, Guid.Parse("00112233-4455-6677-8899-aabbccddeeff"), 0x1234);
        Assert.Equal(
            "04" + "09" + "00112233445566778899aabbccddeeff" + "00000000000000ff" + "0000000000001234" + "aabb",
            Convert.ToHexStringLower(stamped.AsSpan(0, length)));
    }

    [Fact]
    public void Only_what_has_a_head_and_keeps_to_the_bound_is_a_message()
    {
        Assert.True(TimingMessage.IsMessage([3, .. new byte[9]]));
        Assert.True(TimingMessage.IsMessage([3, .. new byte[TimingMessage.MaxMessage - 1]]));
        Assert.False(TimingMessage.IsMessage([3, .. new byte[8]]));
        Assert.False(TimingMessage.IsMessage([4, .. new byte[9]]));
        Assert.False(TimingMessage.IsMessage([3, .. new byte[TimingMessage.MaxMessage]]));
        Assert.False(TimingMessage.IsMessage([]));
    }
}
