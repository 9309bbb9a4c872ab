using Muse.SelfHostedMedia.Sctp;

namespace Muse.SelfHostedMedia.Tests.Sctp;

public class SctpFramingTests
{
    private const string Head = "13881388" + "00000001" + "00000000";

    [Theory]
    [InlineData(Head + "0b000004")]
    [InlineData(Head + "0003001100000001000000020000003341000000" + "0b000004")]
    [InlineData(Head + "0003001100000001000000020000003341")]
    [InlineData("13881388" + "00000000" + "00000000" + "01000014" + "00000001000200000001000100000001")]
    [InlineData(Head + "c0000008" + "00000005")]
    [InlineData(Head + "82000008" + "00100004")]
    [InlineData("13881388" + "00000000" + "00000000" + "0100001f" + "00000001000200000001000100000001" + "c0000004" + "80080007c0c282")]
    [InlineData(Head + "03000018" + "00000001" + "00004000" + "0001000100020003" + "00000001")]
    public void Packets_as_browsers_send_them_go_to_the_library(string packet) =>
        Assert.True(SctpFraming.IsSound(Convert.FromHexString(packet)));

    [Theory]
    [InlineData("", "nothing")]
    [InlineData(Head, "no chunk")]
    [InlineData("13891388" + "00000001" + "00000000" + "0b000004", "another port")]
    [InlineData(Head + "0b000003", "a chunk shorter than its header")]
    [InlineData(Head + "0b000005", "a chunk longer than the packet")]
    [InlineData(Head + "0b0000040b", "half a header behind the last chunk")]
    [InlineData("13881388" + "00000000" + "00000000" + "01000018" + "00000001000200000001000100000001" + "c0000000", "a parameter of no length")]
    [InlineData("13881388" + "00000000" + "00000000" + "0100001c" + "00000001000200000001000100000001" + "000500087f000001", "an INIT with an address")]
    [InlineData("13881388" + "00000000" + "00000000" + "01000018" + "00000001000200000001000100000001" + "c0000005", "a parameter longer than its chunk")]
    [InlineData(Head + "82000008" + "00100000", "a reset of no length")]
    [InlineData(Head + "03000014" + "00000001" + "00004000" + "00010001" + "00020003", "an acknowledgement shorter than it says")]
    [InlineData(Head + "00030010000000010000000200000033", "a DATA of nothing")]
    [InlineData(Head + "0f000008" + "00000000", "authentication")]
    [InlineData(Head + "c1000008" + "00000000", "a change of addresses")]
    [InlineData(Head + "81000008" + "00000000", "a dropped packet")]
    [InlineData(Head + "01000014" + "00000001000200000001000100000001", "an INIT with a tag")]
    [InlineData("13881388" + "00000000" + "00000000" + "0b000004", "no tag")]
    [InlineData("13881388" + "00000000" + "00000000" + "01000014" + "00000001000200000001000100000001" + "0b000004", "an INIT in company")]
    public void Anything_else_does_not(string packet, string why) =>
        Assert.False(SctpFraming.IsSound(Convert.FromHexString(packet)), why);

    [Fact]
    public void A_packet_of_very_many_chunks_does_not_either()
    {
        var many = Convert.FromHexString(Head + string.Concat(Enumerable.Repeat("0b000004", 65)));
        Assert.False(SctpFraming.IsSound(many));
        Assert.True(SctpFraming.IsSound(many.AsSpan(0, many.Length - 4)));
    }
}
