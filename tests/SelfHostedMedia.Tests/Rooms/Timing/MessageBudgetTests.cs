using Muse.SelfHostedMedia.Rooms.Timing;

namespace Muse.SelfHostedMedia.Tests.Rooms.Timing;

public class MessageBudgetTests
{
    [Fact]
    public void So_many_go_at_once_and_then_as_many_as_time_brings()
    {
        var budget = new MessageBudget(perSecond: 100, atOnce: 3);
        Assert.Equal([true, true, true, false], Enumerable.Range(0, 4).Select(_ => budget.TrySpend(5_000)));
        Assert.False(budget.TrySpend(5_009));
        Assert.True(budget.TrySpend(5_010));
        Assert.False(budget.TrySpend(5_010));
        Assert.Equal(3, Enumerable.Range(0, 10).Count(_ => budget.TrySpend(100_000)));
        Assert.Equal(100, Enumerable.Range(1, 1_000).Count(ms => budget.TrySpend(100_000 + ms)));
    }
}
