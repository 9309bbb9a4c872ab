using System.Globalization;
using System.Text.RegularExpressions;

namespace Muse.Api.Tests.Watch;

public sealed record Sample(string Name, IReadOnlyDictionary<string, string> Labels, double Value);

/// <summary>Reads Prometheus' text format 0.0.4 as strictly as it is written down: anything else fails the test.</summary>
public static partial class PrometheusReader
{
    private static readonly string[] Types = ["counter", "gauge", "histogram"];

    public static IReadOnlyList<Sample> Read(string text)
    {
        Assert.EndsWith("\n", text, StringComparison.Ordinal);
        var samples = new List<Sample>();
        var (families, seen) = (new Dictionary<string, string>(), new HashSet<string>());
        string? family = null, helped = null;
        foreach (var line in text[..^1].Split('\n'))
        {
            if (line.StartsWith("# HELP ", StringComparison.Ordinal))
            {
                helped = line.Split(' ', 4)[2];
                continue;
            }
            if (line.StartsWith("# TYPE ", StringComparison.Ordinal))
            {
                var parts = line.Split(' ');
                Assert.Equal(4, parts.Length);
                Assert.Contains(parts[3], Types);
                Assert.True(families.TryAdd(parts[2], parts[3]), $"{parts[2]} is there twice");
                Assert.True(helped is null || helped == parts[2], $"HELP of {helped} before TYPE of {parts[2]}");
                (family, helped) = (parts[2], null);
                continue;
            }
            var match = SampleLine().Match(line);
            Assert.True(match.Success, $"No sample: {line}");
            var name = match.Groups["name"].Value;
            Assert.True(seen.Add(line[..line.LastIndexOf(' ')]), $"Twice: {line}");
            Assert.True(name == family || (families[family!] == "histogram" && name is { } of && (of == family + "_bucket" || of == family + "_sum" || of == family + "_count")),
                $"{name} stands under {family}");
            if (families[family!] == "counter") Assert.EndsWith("_total", name, StringComparison.Ordinal);
            var labels = new Dictionary<string, string>();
            foreach (Match label in Label().Matches(match.Groups["labels"].Value)) labels.Add(label.Groups[1].Value, label.Groups[2].Value);
            samples.Add(new(name, labels, match.Groups["value"].Value switch
            {
                "+Inf" => double.PositiveInfinity,
                "-Inf" => double.NegativeInfinity,
                var number => double.Parse(number, NumberStyles.Float, CultureInfo.InvariantCulture),
            }));
        }
        foreach (var (histogram, _) in families.Where(one => one.Value == "histogram")) IsAHistogram(histogram, samples);
        return samples;
    }

    private static void IsAHistogram(string name, List<Sample> samples)
    {
        var series = samples.Where(sample => sample.Name == name + "_bucket")
            .GroupBy(sample => string.Join(',', sample.Labels.Where(label => label.Key != "le").Select(label => $"{label.Key}={label.Value}")));
        foreach (var buckets in series)
        {
            var ends = buckets.Select(bucket => bucket.Labels["le"] == "+Inf" ? double.PositiveInfinity : double.Parse(bucket.Labels["le"], CultureInfo.InvariantCulture)).ToList();
            Assert.Equal(ends.Order(), ends);
            Assert.Equal(double.PositiveInfinity, ends[^1]);
            Assert.Equal(buckets.Select(bucket => bucket.Value).Order(), buckets.Select(bucket => bucket.Value));
            Assert.Contains(samples, sample => sample.Name == name + "_count" && sample.Value == buckets.Last().Value
                && string.Join(',', sample.Labels.Select(label => $"{label.Key}={label.Value}")) == buckets.Key);
        }
    }

    [GeneratedRegex("""^(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(\{(?<labels>[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*"(,[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*")*)\})? (?<value>[+-]Inf|NaN|-?[0-9.]+(?:[eE][+-]?[0-9]+)?)$""")]
    private static partial Regex SampleLine();

    [GeneratedRegex("""([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)" ?""")]
    private static partial Regex Label();
}
