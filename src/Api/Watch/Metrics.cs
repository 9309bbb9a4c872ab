using System.Diagnostics.Metrics;
using Muse.Api.Rooms;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace Muse.Api.Watch;

/// <summary>
/// Collects the meters, for Prometheus when it asks and for OTLP as often as OpenTelemetry's settings say. Rooms and tracks are collected apart
/// from what counts since the start: with delta temporality, which changes nothing about gauges, OpenTelemetry forgets series that are told no
/// more; otherwise those of former rooms would use up all that there may be.
/// </summary>
public sealed class Metrics : IHostedService, IDisposable
{
    /// <summary>By which the standard says that there is somebody to send to.</summary>
    private static readonly string[] Endpoints = ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"];

    private readonly IMeterFactory _factory;
    private readonly IConfiguration _configuration;
    private readonly MetricsOptions _options;
    private readonly PrometheusText _text = new();
    private readonly Lock _asking = new();
    private readonly List<BaseExportingMetricReader> _readers = [];
    private readonly List<MeterProvider> _providers = [];

    // The meters are asked for here so that they are there to be collected.
    public Metrics(MediaMeter media, RoomMeter rooms, SignallingCounts counts, MetricsOptions options, IMeterFactory factory, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(media);
        ArgumentNullException.ThrowIfNull(rooms);
        ArgumentNullException.ThrowIfNull(counts);
        (_factory, _options, _configuration) = (factory, options, configuration);
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        Collect(MetricReaderTemporalityPreference.Cumulative, [MediaMeter.Name, SignallingCounts.Meter, "System.Runtime"]);
        Collect(MetricReaderTemporalityPreference.Delta, [RoomMeter.Name]);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Everything as Prometheus reads it.</summary>
    public string Text()
    {
        lock (_asking)
        {
            foreach (var reader in _readers) reader.Collect();
            return _text.Take();
        }
    }

    public void Dispose()
    {
        foreach (var provider in _providers) provider.Dispose();
        _text.Dispose();
    }

    private void Collect(MetricReaderTemporalityPreference temporality, string[] meters)
    {
        var reader = new BaseExportingMetricReader(_text) { TemporalityPreference = temporality };
        _readers.Add(reader);
        var builder = Sdk.CreateMeterProviderBuilder()
            .ConfigureServices(services => services.AddSingleton(_configuration))
            .AddMeter(meters)
            // Meters of another server in this process have the same names; the factory tells them apart.
            .AddView(instrument => instrument.Meter.Scope is IMeterFactory other && other != _factory
                ? MetricStreamConfiguration.Drop
                : new MetricStreamConfiguration { CardinalityLimit = Math.Max(2_000, (_options.MaxTracks + _options.MaxRooms) * 4) })
            .AddReader(reader);
        if (Endpoints.Any(name => _configuration[name] is { Length: > 0 }))
            builder.AddOtlpExporter((_, metrics) => metrics.TemporalityPreference = temporality);
        _providers.Add(builder.Build());
    }
}
