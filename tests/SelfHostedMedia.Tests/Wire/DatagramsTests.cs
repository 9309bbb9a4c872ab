using Muse.SelfHostedMedia.Wire;

namespace Muse.SelfHostedMedia.Tests.Wire;

public class DatagramsTests
{
    [Theory]
    [InlineData(0, 1, DatagramKind.Stun)]
    [InlineData(3, 0, DatagramKind.Stun)]
    [InlineData(4, 0, DatagramKind.Unknown)]
    [InlineData(19, 0, DatagramKind.Unknown)]
    [InlineData(20, 0, DatagramKind.Dtls)]
    [InlineData(63, 0, DatagramKind.Dtls)]
    [InlineData(64, 0, DatagramKind.Unknown)]
    [InlineData(127, 0, DatagramKind.Unknown)]
    [InlineData(128, 96, DatagramKind.Rtp)]
    [InlineData(144, 0x80 | 111, DatagramKind.Rtp)]
    [InlineData(128, 191, DatagramKind.Rtp)]
    [InlineData(128, 192, DatagramKind.Rtcp)]
    [InlineData(129, 201, DatagramKind.Rtcp)]
    [InlineData(128, 223, DatagramKind.Rtcp)]
    [InlineData(128, 224, DatagramKind.Rtp)]
    [InlineData(192, 0, DatagramKind.Unknown)]
    public void The_first_two_bytes_tell_protocols_apart(byte first, byte second, object kind) =>
        Assert.Equal(kind, Datagrams.Classify([first, second, 0, 0]));

    [Fact]
    public void A_datagram_of_less_than_two_bytes_is_unknown()
    {
        Assert.Equal(DatagramKind.Unknown, Datagrams.Classify([]));
        Assert.Equal(DatagramKind.Unknown, Datagrams.Classify([128]));
    }
}
