using Muse.Domain.Webhooks;
using NodaTime;

namespace Muse.Domain.Tests.Webhooks;

public class RetryLadderTests
{
    [Fact]
    public void Ten_attempts_in_the_steps_of_Standard_Webhooks_take_75_hours_35_minutes_and_5_seconds()
    {
        Duration[] pauses = [.. Enumerable.Range(1, RetryLadder.Attempts - 1).Select(attempt => RetryLadder.After(attempt, 0)!.Value)];

        Assert.Equal(10, RetryLadder.Attempts);
        Assert.Equal([5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400], pauses.Select(pause => pause.TotalSeconds));
        Assert.Equal(Duration.FromSeconds((75 * 3_600) + (35 * 60) + 5), pauses.Aggregate((one, other) => one + other));
        Assert.Null(RetryLadder.After(RetryLadder.Attempts, 0));
    }

    [Fact]
    public void What_failed_together_comes_back_within_a_tenth_of_the_pause()
    {
        Assert.Equal(Duration.FromSeconds(330), RetryLadder.After(2, 1));
        Assert.Equal(Duration.FromSeconds(315), RetryLadder.After(2, 0.5));
    }

    [Fact]
    public void A_receiver_may_ask_for_longer_up_to_a_day_and_never_for_shorter()
    {
        Assert.Equal(Duration.FromMinutes(20), RetryLadder.After(2, 0, Duration.FromMinutes(20)));
        Assert.Equal(Duration.FromMinutes(5), RetryLadder.After(2, 0, Duration.FromSeconds(1)));
        Assert.Equal(Duration.FromHours(24), RetryLadder.After(2, 0, Duration.FromDays(300)));
    }
}
