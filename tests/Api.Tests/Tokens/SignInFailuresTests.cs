using Muse.Api.Tokens;

namespace Muse.Api.Tests.Tokens;

public sealed class SignInFailuresTests
{
    private readonly ShiftedTime _time = new();

    private SignInFailures After(int failures, string address = "203.0.113.9")
    {
        var counted = new SignInFailures(_time);
        for (var i = 0; i < failures; i++)
            counted.Failed("A@EXAMPLE.ORG", address);
        return counted;
    }

    [Fact]
    public void Four_failures_cost_nothing_and_the_fifth_a_minute()
    {
        Assert.Equal(TimeSpan.Zero, After(4).WaitFor("A@EXAMPLE.ORG", "203.0.113.9"));
        Assert.InRange(After(5).WaitFor("A@EXAMPLE.ORG", "203.0.113.9"), TimeSpan.FromSeconds(59), TimeSpan.FromMinutes(1));
    }

    [Fact]
    public void The_wait_doubles_up_to_an_hour() =>
        Assert.InRange(After(50).WaitFor("A@EXAMPLE.ORG", "203.0.113.9"), TimeSpan.FromMinutes(59), TimeSpan.FromHours(1));

    [Fact]
    public void Nobody_else_waits_for_it()
    {
        var failures = After(50);

        Assert.Equal(TimeSpan.Zero, failures.WaitFor("A@EXAMPLE.ORG", "198.51.100.1"));
        Assert.Equal(TimeSpan.Zero, failures.WaitFor("B@EXAMPLE.ORG", "203.0.113.9"));
    }

    [Fact]
    public void An_account_that_many_addresses_try_is_slowed_down_by_at_most_two_seconds()
    {
        var failures = new SignInFailures(_time);
        for (var i = 0; i < 1000; i++)
            failures.Failed("A@EXAMPLE.ORG", $"198.51.100.{i}");

        Assert.Equal(TimeSpan.FromSeconds(2), failures.DelayFor("A@EXAMPLE.ORG"));
        Assert.Equal(TimeSpan.Zero, failures.DelayFor("B@EXAMPLE.ORG"));
        _time.Advance(TimeSpan.FromHours(2));
        Assert.Equal(TimeSpan.Zero, failures.DelayFor("A@EXAMPLE.ORG"));
    }

    [Fact]
    public void The_right_password_forgets_what_this_address_did_wrong()
    {
        var failures = After(4);
        failures.Succeeded("A@EXAMPLE.ORG", "203.0.113.9");
        failures.Failed("A@EXAMPLE.ORG", "203.0.113.9");

        Assert.Equal(TimeSpan.Zero, failures.WaitFor("A@EXAMPLE.ORG", "203.0.113.9"));
    }

    [Fact]
    public void A_flood_of_addresses_fills_no_memory()
    {
        var failures = new SignInFailures(_time);
        for (var i = 0; i < SignInFailures.MaxEntries; i++)
            failures.Failed($"{i}@EXAMPLE.ORG", "203.0.113.9");

        Assert.InRange(failures.Entries, 1, SignInFailures.MaxEntries);
    }
}
