using System.Globalization;
using System.Text;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace Muse.Api.Watch;

/// <summary>
/// Writes collected metrics in Prometheus' text format 0.0.4. Aggregating is OpenTelemetry's; only its own exporter of this format is not to
/// be had. Names are made by OpenTelemetry's rules for Prometheus: dots become underscores, the unit and <c>_total</c> come behind.
/// </summary>
public sealed class PrometheusText : BaseExporter<Metric>
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly StringBuilder _text = new();

    /// <summary>What has been written since the last time.</summary>
    public string Take()
    {
        var text = _text.ToString();
        _text.Clear();
        return text;
    }

    public override ExportResult Export(in Batch<Metric> batch)
    {
        foreach (var metric in batch) Write(metric);
        return ExportResult.Success;
    }

    private void Write(Metric metric)
    {
        var type = metric.MetricType switch
        {
            MetricType.LongSum or MetricType.DoubleSum => "counter",
            MetricType.Histogram => "histogram",
            MetricType.LongGauge or MetricType.DoubleGauge or MetricType.LongSumNonMonotonic or MetricType.DoubleSumNonMonotonic => "gauge",
            _ => null,
        };
        if (type is null) return;
        var name = NameOf(metric);
        if (metric.Description is { Length: > 0 } help)
            _text.Append("# HELP ").Append(name).Append(' ').Append(Escaped(help)).Append('\n');
        _text.Append("# TYPE ").Append(name).Append(' ').Append(type).Append('\n');
        foreach (ref readonly var point in metric.GetMetricPoints())
        {
            if (metric.MetricType == MetricType.Histogram) Histogram(name, point);
            else Sample(name, point.Tags, ValueOf(metric.MetricType, point));
        }
    }

    private static double ValueOf(MetricType type, in MetricPoint point) => type switch
    {
        MetricType.LongSum or MetricType.LongSumNonMonotonic => point.GetSumLong(),
        MetricType.DoubleSum or MetricType.DoubleSumNonMonotonic => point.GetSumDouble(),
        MetricType.LongGauge => point.GetGaugeLastValueLong(),
        _ => point.GetGaugeLastValueDouble(),
    };

    /// <summary>Each bucket counts everything below its end: that is how the format wants it.</summary>
    private void Histogram(string name, in MetricPoint point)
    {
        var count = 0L;
        foreach (var bucket in point.GetHistogramBuckets())
        {
            count += bucket.BucketCount;
            Sample($"{name}_bucket", point.Tags, count, Number(bucket.ExplicitBound));
        }
        Sample($"{name}_sum", point.Tags, point.GetHistogramSum());
        Sample($"{name}_count", point.Tags, point.GetHistogramCount());
    }

    private void Sample(string name, ReadOnlyTagCollection tags, double value, string? end = null)
    {
        _text.Append(name);
        var before = '{';
        foreach (var (key, of) in tags)
        {
            var text = Escaped(Convert.ToString(of, CultureInfo.InvariantCulture) ?? "").Replace("\"", "\\\"", StringComparison.Ordinal);
            _text.Append(before).Append(Word(key)).Append("=\"").Append(text).Append('"');
            before = ',';
        }
        if (end is not null)
        {
            _text.Append(before).Append("le=\"").Append(end).Append('"');
            before = ',';
        }
        _text.Append(before == ',' ? "} " : " ").Append(Number(value)).Append('\n');
    }

    private static string NameOf(Metric metric)
    {
        var name = Word(metric.Name);
        var unit = metric.Unit switch
        {
            "s" => "_seconds",
            "By" => "_bytes",
            "bit/s" => "_bits_per_second",
            "1" => "_ratio",
            { } of when of.EndsWith("}/s", StringComparison.Ordinal) => "_per_second",
            _ => "",
        };
        if (!name.EndsWith(unit, StringComparison.Ordinal)) name += unit;
        return metric.MetricType is MetricType.LongSum or MetricType.DoubleSum ? name + "_total" : name;
    }

    private static string Word(string name) => string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '_'));

    private static string Escaped(string text) =>
        text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    private static string Number(double value) => double.IsPositiveInfinity(value) ? "+Inf"
        : double.IsNegativeInfinity(value) ? "-Inf"
        : value.ToString("R", CultureInfo.InvariantCulture);
}
