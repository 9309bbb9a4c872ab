using Muse.Fragments.Boxes;
using Muse.Fragments.Tests.Tracks;

namespace Muse.Fragments.Tests.Boxes;

public sealed class BoxReaderTests
{
    [Fact]
    public void Boxes_are_walked_with_lengths_of_32_and_64_bits_and_to_the_end()
    {
        var boxes = new BoxReader(Hex.Bytes("0000000A 66726565 AABB  00000001 6D646174 0000000000000011 CC  00000000 736B6970 DDEE"));
        Assert.True(boxes.Next());
        Assert.Equal((BoxReader.Code("free"u8), 0, "AABB"), (boxes.Type, boxes.Offset, Convert.ToHexString(boxes.Body)));
        Assert.True(boxes.Next());
        Assert.Equal((BoxReader.Code("mdat"u8), 10, "CC"), (boxes.Type, boxes.Offset, Convert.ToHexString(boxes.Body)));
        Assert.True(boxes.Next());
        Assert.Equal((BoxReader.Code("skip"u8), 27, "DDEE"), (boxes.Type, boxes.Offset, Convert.ToHexString(boxes.Body)));
        Assert.False(boxes.Next());
        Assert.False(boxes.IsBroken);
    }

    [Theory]
    [InlineData("00000009 66726565")]                           // longer than what is there
    [InlineData("00000007 66726565")]                           // shorter than its own header
    [InlineData("00000001 66726565 000000000000000F")]          // shorter than its own long header
    [InlineData("00000001 66726565 8000000000000010")]          // negative
    [InlineData("00000001 66726565 7FFFFFFFFFFFFFFF")]
    [InlineData("00000001 66726565 00000000")]
    [InlineData("00000008 6672")]
    public void A_length_that_cannot_be_ends_the_walk(string bytes)
    {
        var boxes = new BoxReader(Hex.Bytes(bytes));
        Assert.False(boxes.Next());
        Assert.True(boxes.IsBroken);
        Assert.False(boxes.Next());
    }
}
