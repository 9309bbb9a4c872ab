using NodaTime;

namespace Muse.Domain.Recordings;

/// <summary>Where something is heard, ms from the recording's beginning.</summary>
public sealed record Passage(long From, long To);

/// <summary>A lesson's sound and silence. What is heard, music or talk, is not told apart.</summary>
public static class Passages
{
    /// <summary>More are no help to anybody.</summary>
    public const int Most = 500;

    /// <summary>A rest between two phrases belongs to them.</summary>
    private static readonly Duration s_rest = Duration.FromSeconds(3);

    /// <summary>A cough is none.</summary>
    private static readonly Duration s_shortest = Duration.FromSeconds(2);

    /// <summary>−40 dB: quieter is silence however quiet the room is.</summary>
    private const double Quietest = 0.01;

    /// <param name="peaks">Of all sides together, 0 to 1, <paramref name="perSecond"/> of them in a second.</param>
    public static IReadOnlyList<Passage> Of(IReadOnlyList<double> peaks, int perSecond)
    {
        if (peaks.Count == 0) return [];
        // What the room itself sounds like: a tenth of the time nobody does anything.
        var floor = peaks.Order().ElementAt(peaks.Count / 10);
        var begins = Math.Max(Quietest, Math.Min(3 * floor, 0.1));
        var ends = begins / 2;
        var rest = (int)(s_rest.TotalSeconds * perSecond);
        var found = new List<(int From, int To)>();
        var (from, last) = (-1, -1);
        for (var i = 0; i < peaks.Count; i++)
        {
            if (from < 0 ? peaks[i] >= begins : peaks[i] >= ends)
                (from, last) = (from < 0 ? i : from, i);
            else if (from >= 0 && i - last >= rest)
                (from, _) = (-1, Add(from, last));
        }
        if (from >= 0) Add(from, last);
        return [.. found.Where(each => each.To - each.From >= s_shortest.TotalSeconds * perSecond).Take(Most)
            .Select(each => new Passage(each.From * 1000L / perSecond, each.To * 1000L / perSecond))];

        int Add(int begin, int end)
        {
            found.Add((begin, end + 1));
            return 0;
        }
    }
}
