using Muse.SelfHostedMedia.Rtp;

namespace Muse.SelfHostedMedia.Tests.Rtp;

public class RtpHeaderTests
{
    // Marker, payload type 111, sequence 0x1234, one contributing source, one-byte extensions: mid (4) "0", level (1), padding byte.
    internal static readonly byte[] Example = Convert.FromHexString(
        "91ef1234" + "00000960" + "deadbeef" + "0badcafe" + "bede0002" + "4030" + "10a5" + "00000000" + "01020304");

    [Fact]
    public void Every_field_is_read()
    {
        Assert.True(RtpHeader.TryParse(Example, out var header));
        Assert.Equal(111, header.PayloadType);
        Assert.True(header.Marker);
        Assert.False(header.HasPadding);
        Assert.Equal(0x1234, header.Sequence);
        Assert.Equal(0x960u, header.Timestamp);
        Assert.Equal(0xDEAD_BEEF, header.Ssrc);
        Assert.Equal(28, header.Length);
        Assert.Equal(0xBEDE, header.ExtensionProfile);
    }

    [Fact]
    public void A_header_that_does_not_fit_its_packet_is_refused()
    {
        for (var length = 0; length < 28; length++)
            Assert.False(RtpHeader.TryParse(Example.AsSpan(0, length), out _), $"{length} bytes");
        Assert.False(RtpHeader.TryParse(Convert.FromHexString("51ef123400000960deadbeef0badcafe"), out _));
    }

    [Fact]
    public void One_byte_elements_are_found_by_number()
    {
        Assert.True(RtpHeader.TryParse(Example, out var header));
        Assert.True(HeaderExtensions.TryFind(Example, header, 4, out var mid));
        Assert.Equal("0"u8.ToArray(), mid.ToArray());
        Assert.True(AudioLevel.TryRead(Example, header, 1, out var level));
        Assert.True(level.HasVoice);
        Assert.Equal(37, level.MinusDecibels);
        Assert.False(HeaderExtensions.TryFind(Example, header, 2, out _));
        Assert.False(HeaderExtensions.TryFind(Example, header, 0, out _));
    }

    [Fact]
    public void Two_byte_elements_are_found_by_number()
    {
        var packet = Convert.FromHexString("906f000100000000deadbeef" + "10000002" + "0400" + "00" + "0503aabbcc");
        Assert.True(RtpHeader.TryParse(packet, out var header));
        Assert.True(HeaderExtensions.TryFind(packet, header, 4, out var empty));
        Assert.True(empty.IsEmpty);
        Assert.True(HeaderExtensions.TryFind(packet, header, 5, out var value));
        Assert.Equal("AABBCC", Convert.ToHexString(value));
    }

    [Fact]
    public void An_element_that_claims_more_than_there_is_is_not_found()
    {
        var packet = Convert.FromHexString("906f000100000000deadbeef" + "bede0001" + "4f000000");
        Assert.True(RtpHeader.TryParse(packet, out var header));
        Assert.False(HeaderExtensions.TryFind(packet, header, 4, out _));
    }

    [Theory]
    [InlineData("b06f", "01020304", 0)]
    [InlineData("b06f", "01020303", 1)]
    [InlineData("b06f", "01020300", -1)]
    [InlineData("b06f", "01020305", -1)]
    [InlineData("b06f", "", -1)]
    [InlineData("906f", "01020305", 4)]
    public void Padding_is_taken_off_by_its_own_count(string start, string payload, int length)
    {
        var packet = Convert.FromHexString(start + "000100000000deadbeefbede0000");
        Assert.True(RtpHeader.TryParse(packet, out var header));
        Assert.Equal(length, header.WithoutPadding(Convert.FromHexString(payload)));
    }

    [Fact]
    public void No_input_makes_the_parser_throw()
    {
        var twoByte = Convert.FromHexString("906f000100000000deadbeef10000002040000" + "0503aabbcc");
        foreach (var input in Fuzzing.Inputs(Example, twoByte))
        {
            if (!RtpHeader.TryParse(input, out var header))
                continue;
            Assert.InRange(header.Length, 12, input.Length);
            for (byte id = 0; id < 16; id++)
                HeaderExtensions.TryFind(input, header, id, out _);
            Assert.InRange(header.WithoutPadding(input.AsSpan(header.Length)), -1, input.Length);
        }
    }
}
