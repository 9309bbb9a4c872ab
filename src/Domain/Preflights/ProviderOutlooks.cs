using Muse.Domain.Meetings;

namespace Muse.Domain.Preflights;

/// <summary>What a test says about one provider.</summary>
/// <param name="Code">
/// <c>works</c>; <c>works_over_tcp</c>; <c>works_with_relay</c>; <c>works_poorly</c> with <paramref name="Why"/>; <c>blocked</c>: no path
/// connected; <c>not_allowed_in_country</c>; <c>not_set_up</c>: nobody gave Muse an account there; <c>not_measured</c>: allowed, and held by somebody else's
/// servers, which this test does not reach.
/// </param>
/// <param name="Why">Of <c>slow_up</c>, <c>slow_down</c>, <c>loss</c>, <c>jitter</c>, <c>far</c>.</param>
public sealed record ProviderOutlook(string Provider, string Code, IReadOnlyList<string> Why);

public static class ProviderOutlooks
{
    /// <summary>kbit/s each way: stereo sound for music (256) and a small picture beside it.</summary>
    public const int LeastKbps = 500;

    /// <summary>What repair hides; above it music breaks up.</summary>
    public const double MostLossPercent = 5;

    /// <summary>The browser's buffer hides this at the price of as much delay.</summary>
    public const double MostJitterMilliseconds = 50;

    /// <summary>Seoul to Abu Dhabi and back is 150 to 200 ms; from here on people talk over each other.</summary>
    public const double MostRoundTripMilliseconds = 400;

    /// <summary>In the order of the fallback. The country comes first: a test never opens a way around its rules.</summary>
    /// <param name="done">Null before the first test, and when the last one no longer counts.</param>
    /// <param name="country">ISO 3166-1 alpha-2, where the person is.</param>
    /// <param name="providers">Name → is it set up.</param>
    public static IReadOnlyList<ProviderOutlook> Of(PreflightDone? done, string country, IReadOnlyList<(string Name, bool IsSetUp)> providers) =>
        [.. providers.Select(provider => Of(done, country, provider.Name, provider.IsSetUp))];

    /// <summary>What is wrong with a line for a music lesson; empty for a good one.</summary>
    public static IReadOnlyList<string> FaultsOf(MeasuredLine line)
    {
        var faults = new List<string>();
        if (line.UpKbps < LeastKbps)
            faults.Add("slow_up");
        if (line.DownKbps < LeastKbps)
            faults.Add("slow_down");
        if (line.LossPercent > MostLossPercent)
            faults.Add("loss");
        if (line.JitterMilliseconds > MostJitterMilliseconds)
            faults.Add("jitter");
        if (line.RoundTripMilliseconds > MostRoundTripMilliseconds)
            faults.Add("far");
        return faults;
    }

    private static ProviderOutlook Of(PreflightDone? done, string country, string provider, bool isSetUp)
    {
        if (!ProviderPolicy.IsAllowedIn(country, provider))
            return new ProviderOutlook(provider, "not_allowed_in_country", []);
        if (!isSetUp)
            return new ProviderOutlook(provider, "not_set_up", []);
        if (provider != ProviderPolicy.BuiltIn || done is null || done.Paths.Count == 0)
            return new ProviderOutlook(provider, "not_measured", []);
        if (done.BestPath() is not { } best)
            return new ProviderOutlook(provider, "blocked", []);
        var faults = done.Line is { } line ? FaultsOf(line) : [];
        if (faults.Count > 0)
            return new ProviderOutlook(provider, "works_poorly", faults);
        var code = best switch
        {
            Preflight.Direct => "works",
            Preflight.DirectTcp => "works_over_tcp",
            _ => "works_with_relay",
        };
        return new ProviderOutlook(provider, code, []);
    }
}
