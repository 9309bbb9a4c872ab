namespace Muse.SelfHostedMedia.Tests.Fuzz;

/// <summary>What <c>./muse fuzz</c> runs as well, longer.</summary>
public class ParsersTests
{
    public static TheoryData<string> Names => [.. Parsers.All.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void No_input_makes_a_parser_throw_or_read_beyond_it(string parser)
    {
        if (Fuzzing.OnlyParser is { } only)
            Assert.SkipUnless(only == parser, $"Only {only} is asked for.");
        var (examples, share, read) = Parsers.All[parser];
        try
        {
            Fuzzing.Feed(parser, examples, share, read);
        }
        finally
        {
            if (read == SctpPackets.Read)
                SctpPackets.End();
        }
    }
}
