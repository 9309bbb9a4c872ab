using Muse.SelfHostedMedia.Rooms;

namespace Muse.SelfHostedMedia.Tests.Rooms;

public class SilentPathsTests
{
    private readonly SilentPaths _paths = new();

    [Theory]
    [InlineData(60, 301)]
    [InlineData(1_000, 4_001)]
    public void A_peer_that_had_a_rhythm_and_lost_it_is_sought_for_two_seconds(int rhythm, int silence)
    {
        var now = Hear(rhythm);
        _paths.Tick(now + silence - 100, 2);
        Assert.False(_paths.IsSearching);
        _paths.Tick(now + silence, 2);
        Assert.True(_paths.IsSearching);
        _paths.Tick(now + silence + SilentPaths.MaxSearch, 2);
        Assert.False(_paths.IsSearching);
    }

    [Fact]
    public void The_search_ends_when_it_is_heard_and_never_begins_with_one_path()
    {
        var now = Hear(20);
        _paths.Tick(now + 400, 1);
        Assert.False(_paths.IsSearching);
        _paths.Tick(now + 400, 2);
        Assert.True(_paths.IsSearching);
        _paths.Heard(now + 500);
        Assert.False(_paths.IsSearching);
    }

    private long Hear(int rhythm)
    {
        for (var i = 0; i <= 200; i++)
            _paths.Heard(i * rhythm);
        return 200 * rhythm;
    }
}
