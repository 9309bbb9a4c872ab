using Muse.SelfHostedMedia.Bandwidth;

namespace Muse.SelfHostedMedia.Tests.Bandwidth;

public class PublisherLimitTests
{
    [Fact]
    public void Nobody_watching_limits_nothing() => Assert.Equal(2_500_000, default(PublisherLimit).Bitrate(2_500_000));

    [Fact]
    public void A_lone_viewer_is_followed_exactly() => Assert.Equal(640_000, Of(true, 640_000));

    [Fact]
    public void The_weakest_of_several_decides() => Assert.Equal(500_000, Of(false, 2_000_000, 500_000, 900_000));

    [Fact]
    public void With_others_watching_the_weak_one_first_goes_without_some_pictures() =>
        Assert.Equal((long)(500_000 / 0.65), Of(true, 2_000_000, 500_000));

    [Fact]
    public void It_stays_between_what_a_picture_needs_and_what_the_profile_allows()
    {
        Assert.Equal(100_000, Of(true, 5_000));
        Assert.Equal(2_500_000, Of(true, 9_000_000));
    }

    [Fact]
    public void One_that_has_fallen_silent_takes_nothing_from_those_who_are_there_and_counts_where_nobody_else_is()
    {
        Assert.Equal(900_000, Of((120_000, true), (900_000, false)));
        Assert.Equal(900_000, Of((900_000, false), (120_000, true)));
        Assert.Equal(120_000, Of((120_000, true), (300_000, true)));

        static long Of(params (long Allowance, bool IsSilent)[] viewers)
        {
            var limit = default(PublisherLimit);
            foreach (var (allowance, isSilent) in viewers)
                limit.Add(allowance, canThin: false, isSilent);
            return limit.Bitrate(2_500_000);
        }
    }

    private static long Of(bool canThin, params long[] allowances)
    {
        var limit = default(PublisherLimit);
        foreach (var allowance in allowances)
            limit.Add(allowance, canThin);
        return limit.Bitrate(2_500_000);
    }
}
