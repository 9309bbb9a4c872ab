using Muse.Imitations.Network;

namespace Muse.SelfHostedMedia.Tests.Network;

public class PathClockTests
{
    [Fact]
    public void A_perfect_path_gives_everything_back_at_once()
    {
        Assert.All(Arrivals(new(), 100), (arrival, i) => Assert.Equal([(double)i], arrival));
    }

    [Fact]
    public void Uniform_loss_loses_its_share()
    {
        var lost = Arrivals(new() { Loss = 0.1 }, 50_000).Count(arrival => arrival.Length == 0);
        Assert.InRange(lost, 4_700, 5_300);
    }

    [Fact]
    public void Burst_loss_loses_the_same_share_in_runs_of_the_mean_length()
    {
        var arrivals = Arrivals(new() { Loss = 0.1, BurstLength = 3.3 }, 100_000);
        var lost = arrivals.Count(arrival => arrival.Length == 0);
        var bursts = arrivals.Where((arrival, i) => arrival.Length == 0 && (i == 0 || arrivals[i - 1].Length > 0)).Count();
        Assert.InRange(lost, 9_300, 10_700);
        Assert.InRange((double)lost / bursts, 3.1, 3.5);
    }

    [Fact]
    public void Delay_and_jitter_never_change_the_order()
    {
        var arrivals = Arrivals(new() { DelayMilliseconds = 75, JitterMilliseconds = 30 }, 10_000);
        Assert.All(arrivals, (arrival, i) => Assert.InRange(Assert.Single(arrival) - i, 75, 105));
        Assert.Equal(arrivals.Select(arrival => arrival[0]).Order(), arrivals.Select(arrival => arrival[0]));
    }

    [Fact]
    public void What_is_reordered_is_overtaken()
    {
        var arrivals = Arrivals(new() { DelayMilliseconds = 5, Reorder = 0.1, ReorderMilliseconds = 8 }, 10_000);
        var late = arrivals.Where((arrival, i) => arrival[0] > i + 12).Count();
        Assert.InRange(late, 850, 1_150);
        Assert.Contains(arrivals.Zip(arrivals.Skip(1)), pair => pair.First[0] > pair.Second[0]);
    }

    [Fact]
    public void Duplicates_arrive_right_behind()
    {
        var twice = Arrivals(new() { Duplicate = 0.2 }, 10_000).Where(arrival => arrival.Length == 2).ToList();
        Assert.InRange(twice.Count, 1_800, 2_200);
        Assert.All(twice, arrival => Assert.Equal(arrival[0], arrival[1]));
    }

    [Fact]
    public void A_bottleneck_lets_its_rate_through_queues_up_to_its_limit_and_loses_the_rest()
    {
        // 1,000 bytes each millisecond are 8 Mbit/s (with headers 8.2) into 800 kbit/s.
        var arrivals = Arrivals(new() { BitsPerSecond = 800_000, QueueMilliseconds = 200 }, 10_000, bytes: 972);
        var through = arrivals.Where(arrival => arrival.Length == 1).ToList();
        Assert.InRange(through.Count, 1_000, 1_025);
        Assert.All(arrivals, (arrival, i) => Assert.True(arrival.Length == 0 || arrival[0] - i <= 210.1));
        Assert.InRange(through[^1][0], 10_000, 10_211);
    }

    [Fact]
    public void What_is_down_lets_nothing_through()
    {
        Assert.All(Arrivals(new() { IsDown = true }, 100), Assert.Empty);
        Assert.All(Arrivals(new() { Loss = 1 }, 100), Assert.Empty);
    }

    /// <summary>One datagram each millisecond.</summary>
    private static List<double[]> Arrivals(PathConditions conditions, int count, int bytes = 1_000)
    {
        var clock = new PathClock(7) { Conditions = conditions };
        var arrivals = new List<double[]>(count);
        Span<double> due = stackalloc double[2];
        for (var i = 0; i < count; i++)
            arrivals.Add(due[..clock.Take(bytes, i, due)].ToArray());
        return arrivals;
    }
}
