using Muse.Fragments.Clock;
using Muse.Fragments.Index;
using Muse.Fragments.Tracks;

namespace Muse.Fragments.Tests.Clock;

public class GapsTests
{
    [Fact]
    public void What_touches_becomes_one_and_the_sum_counts_nothing_twice()
    {
        var gaps = Gaps.Merge([new(900, 100, "lost"), new(100, 50, "lost"), new(120, 80, "lost"), new(200, 10, "paused"), new(950, 10, "lost")]);
        Assert.Equal([new GapEntry(100, 110, Gaps.Several), new GapEntry(900, 100, "lost")], gaps.Entries);
        Assert.Equal(210, gaps.Sum);
    }

    [Fact]
    public void A_hole_that_nobody_told_of_is_found_between_the_parts()
    {
        FFmpeg.IsNeeded();
        var recorded = new Recorded();
        var sound = Encoded.Sound();
        recorded.Add(Codec.Opus, sound.Take(50));
        var hole = recorded.Time;
        recorded.Time += 48_000;
        recorded.Add(Codec.Opus, sound.Take(50)).Finish();
        var opened = recorded.Open();
        Assert.Equal((hole, 48_000L), Assert.Single(Gaps.Of(opened).Entries) is var gap ? (gap.Time, gap.Duration) : default);
    }
}
