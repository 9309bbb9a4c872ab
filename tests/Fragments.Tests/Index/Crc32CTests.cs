using Muse.Fragments.Index;

namespace Muse.Fragments.Tests.Index;

/// <summary>Against RFC 3720 B.4 and the check value of the catalogue of CRCs.</summary>
public sealed class Crc32CTests
{
    [Fact]
    public void The_check_value_and_the_RFCs_examples_come_out()
    {
        Assert.Equal(0xE3069283u, Crc32C.Of("123456789"u8));
        Assert.Equal(0x8A9136AAu, Crc32C.Of(new byte[32]));
        Assert.Equal(0x62A8AB43u, Crc32C.Of(Enumerable.Repeat((byte)0xFF, 32).ToArray()));
        Assert.Equal(0x46DD794Eu, Crc32C.Of(Enumerable.Range(0, 32).Select(i => (byte)i).ToArray()));
    }

    [Fact]
    public void The_table_says_what_the_instruction_says_and_pieces_say_what_the_whole_says()
    {
        var random = new Random(1);
        for (var length = 0; length < 100; length++)
        {
            var bytes = new byte[length];
            random.NextBytes(bytes);
            Assert.Equal(Crc32C.Of(bytes), ~Crc32C.Portable(~0u, bytes));
            var middle = random.Next(length + 1);
            Assert.Equal(Crc32C.Of(bytes), Crc32C.Continue(Crc32C.Of(bytes.AsSpan(0, middle)), bytes.AsSpan(middle)));
        }
    }
}
