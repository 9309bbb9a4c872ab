using System.Text;
using Muse.Fragments.Index;

namespace Muse.Fragments.Tests.Index;

public sealed class IndexLineTests
{
    private static readonly PartEntry s_part = new(742, 48_211, 0x5d2e0c11, 4_294_967_296, 90_000, 1_795_375_744_123, 30, true);

    [Fact]
    public void A_parts_line_is_as_documented_and_reads_back()
    {
        var bytes = s_part.ToLine().ToBytes();
        Assert.Equal("part 742 48211 5d2e0c11 4294967296 90000 1795375744123 30 segment #", Encoding.ASCII.GetString(bytes[..^9]));
        Assert.Equal($"{Crc32C.Of(bytes.AsSpan(0, bytes.Length - 10)):x8}\n", Encoding.ASCII.GetString(bytes[^9..]));
        Assert.Equal(s_part, PartEntry.From(IndexLine.Parse(bytes.AsSpan(0, bytes.Length - 1))!));
    }

    [Fact]
    public void A_gaps_line_reads_back_and_other_kinds_are_no_gap()
    {
        var gap = new GapEntry(180_000, 3_000, "lost");
        Assert.Equal(gap, GapEntry.From(gap.ToLine()));
        Assert.Null(GapEntry.From(s_part.ToLine()));
        Assert.Null(PartEntry.From(gap.ToLine()));
    }

    [Fact]
    public void A_line_that_lost_its_end_or_one_bit_is_no_line()
    {
        var bytes = s_part.ToLine().ToBytes()[..^1];
        for (var length = 0; length < bytes.Length; length++)
            Assert.Null(IndexLine.Parse(bytes.AsSpan(0, length)));
        for (var bit = 0; bit < bytes.Length * 8; bit++)
        {
            var wrong = (byte[])bytes.Clone();
            wrong[bit / 8] ^= (byte)(1 << (bit % 8));
            // The check's own hexadecimal digits may change their case.
            if (!Encoding.ASCII.GetString(wrong).Equals(Encoding.ASCII.GetString(bytes), StringComparison.OrdinalIgnoreCase))
                Assert.Null(IndexLine.Parse(wrong));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("two words")]
    [InlineData("line\nfeed")]
    [InlineData("a#b")]
    [InlineData("악보")]
    public void What_would_break_a_line_does_not_get_into_one(string field) =>
        Assert.Throws<ArgumentException>(() => IndexLine.Of("note", field).ToBytes());

    [Theory]
    [InlineData("part -1 10 00000000 0 0 0 1 segment")]
    [InlineData("part 0 0 00000000 0 0 0 1 segment")]
    [InlineData("part 0 10 0000000 0 0 0 1 segment")]
    [InlineData("part 9223372036854775807 10 00000000 0 0 0 1 segment")]
    [InlineData("part 0 10 00000000 9223372036854775807 1 0 1 segment")]
    [InlineData("part 0 10 00000000 0 -1 0 1 segment")]
    [InlineData("part 0 10 00000000 0 0 0 0 segment")]
    [InlineData("part 0 10 00000000 0 0 0 1 sometimes")]
    [InlineData("part 0 10 00000000 0 0 0 1")]
    [InlineData("gap 0 -1 lost")]
    [InlineData("gap 0 99999999999999999999 lost")]
    public void Numbers_that_no_recording_has_are_refused(string text)
    {
        var words = text.Split(' ');
        var line = new IndexLine(words[0], words[1..]);
        Assert.Null(PartEntry.From(line));
        Assert.Null(GapEntry.From(line));
    }
}
