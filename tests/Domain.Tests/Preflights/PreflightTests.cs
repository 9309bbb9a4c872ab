using Muse.Domain.Meetings;
using Muse.Domain.Preflights;
using NodaTime;

namespace Muse.Domain.Tests.Preflights;

public class PreflightTests
{
    private static readonly Instant Now = Instant.FromUtc(2026, 12, 1, 8, 0);
    private static readonly MeasuredLine GoodLine = new(180, 0.5, 8, 2400, 2300);

    private static readonly PreflightDone Good = new(
        Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7(),
        [new TriedPath("udp", "connected", 120), new TriedPath("turns-tls", "timed_out")], GoodLine, "ok", "ok",
        new SoundProcessing(false, false, null, 2, 48_000), "chromium", Now);

    private static readonly (string, bool)[] All = [("built-in", true), ("zoom", true), ("google-meet", false), ("jitsi", true)];

    private static string Refused(PreflightDone done, params string[] offered)
    {
        var decision = Preflight.Finish(null, done, offered.Length > 0 ? offered : Preflight.AllPaths);
        Assert.Empty(decision.Events);
        return decision.Refusal!.Code;
    }

    [Fact]
    public void A_result_becomes_an_event_and_repeated_changes_nothing()
    {
        var done = Assert.IsType<PreflightDone>(Assert.Single(Preflight.Finish(null, Good, Preflight.AllPaths).Events));
        Assert.Equal(Good, done);
        Assert.True(Preflight.Finish(Preflight.Create(done), Good with { At = Now + Duration.FromMinutes(1) }, Preflight.AllPaths).ChangesNothing);
        Assert.Equal("preflight_done", Preflight.Finish(Preflight.Create(done), Good with { Camera = "denied" }, Preflight.AllPaths).Refusal!.Code);
    }

    [Fact]
    public void A_result_that_contradicts_itself_is_refused()
    {
        Assert.Equal("unknown_path", Refused(Good with { Paths = [new TriedPath("carrier-pigeon", "connected")] }));
        Assert.Equal("unknown_outcome", Refused(Good with { Paths = [new TriedPath("udp", "splendid")] }));
        Assert.Equal("duplicate_path", Refused(Good with { Paths = [new TriedPath("udp", "connected"), new TriedPath("udp", "failed")] }));
        Assert.Equal("setup_without_connection", Refused(Good with { Paths = [new TriedPath("udp", "failed", 3)] }));
        Assert.Equal("line_without_connection", Refused(Good with { Paths = [new TriedPath("udp", "failed")] }));
    }

    [Fact]
    public void Where_the_room_was_not_offered_no_path_is_taken()
    {
        var refused = Preflight.Finish(null, Good, offered: []);
        Assert.Equal("media_not_offered", refused.Refusal!.Code);
        Assert.Empty(refused.Events);
        Assert.Single(Preflight.Finish(null, Good with { Paths = [], Line = null }, offered: []).Events);
    }

    [Fact]
    public void A_path_that_this_test_was_not_to_try_is_refused()
    {
        Assert.Equal("path_not_offered", Refused(Good, Preflight.Direct));
        Assert.Equal("path_not_offered", Refused(Good, Preflight.Direct, Preflight.TurnUdp));
        Assert.Single(Preflight.Finish(null, Good, [Preflight.Direct, Preflight.TurnTls]).Events);
        Assert.Single(Preflight.Finish(null, Good with { Paths = [new TriedPath("udp", "connected", 120)] }, Preflight.AllPaths).Events);
    }

    [Fact]
    public void A_result_counts_for_fourteen_days()
    {
        var preflight = Preflight.Create(Good);
        Assert.Equal(Now + Duration.FromDays(14), preflight.AgesOutAt);
        Assert.True(preflight.CountsAt(preflight.AgesOutAt - Duration.FromSeconds(1)));
        Assert.False(preflight.CountsAt(preflight.AgesOutAt));
    }

    [Theory]
    [InlineData("udp", "works")]
    [InlineData("tcp", "works_over_tcp")]
    [InlineData("turn-udp", "works_with_relay")]
    [InlineData("turns-tls", "works_with_relay")]
    public void The_best_path_that_connected_says_how_the_built_in_room_works(string path, string code)
    {
        var done = Good with { Paths = [.. Preflight.AllPaths.Select(p => new TriedPath(p, p == path ? "connected" : "timed_out"))] };
        Assert.Equal(code, ProviderOutlooks.Of(done, "GB", All)[0].Code);
    }

    [Fact]
    public void Without_any_path_the_built_in_room_is_blocked_and_the_choice_hears_it()
    {
        var done = Good with { Paths = [new TriedPath("udp", "timed_out")], Line = null };
        Assert.Equal("blocked", ProviderOutlooks.Of(done, "GB", All)[0].Code);
        Assert.Equal(PreflightVerdict.DoesNot, done.Findings().Of("built-in", Now));
        Assert.Equal(PreflightVerdict.Works, Good.Findings().Of("built-in", Now));
        Assert.Equal(PreflightVerdict.Unknown, Good.Findings().Of("zoom", Now));
    }

    [Fact]
    public void A_test_of_devices_alone_says_nothing_to_the_choice() =>
        Assert.Same(PreflightFindings.None, (Good with { Paths = [], Line = null }).Findings());

    [Fact]
    public void A_poor_line_is_named_by_its_faults()
    {
        var poor = new MeasuredLine(450, 6, 60, 400, 300);
        Assert.Equal(["slow_up", "slow_down", "loss", "jitter", "far"], ProviderOutlooks.FaultsOf(poor));
        Assert.Empty(ProviderOutlooks.FaultsOf(new MeasuredLine(400, 5, 50, 500, 500)));
        var outlook = ProviderOutlooks.Of(Good with { Line = poor }, "GB", All)[0];
        Assert.Equal(("works_poorly", 5), (outlook.Code, outlook.Why.Count));
    }

    [Fact]
    public void The_country_comes_before_everything_a_test_shows()
    {
        Assert.Equal(
            ["not_allowed_in_country", "not_measured", "not_set_up", "not_allowed_in_country"],
            ProviderOutlooks.Of(Good, "AE", All).Select(outlook => outlook.Code));
        Assert.Equal(
            ["works", "not_measured", "not_set_up", "not_measured"], ProviderOutlooks.Of(Good, "GB", All).Select(outlook => outlook.Code));
    }

    [Fact]
    public void Before_the_first_test_nothing_is_measured() =>
        Assert.Equal("not_measured", ProviderOutlooks.Of(null, "GB", All)[0].Code);
}
