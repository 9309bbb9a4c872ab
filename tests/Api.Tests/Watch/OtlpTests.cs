namespace Muse.Api.Tests.Watch;

public sealed class OtlpTests
{
    [Fact]
    public async Task A_collector_gets_rooms_tracks_and_what_the_server_counts_by_the_standards_own_settings()
    {
        await using var collector = await TheCollector.Start();
        await using var server = new TheWatchedServer();
        server.With("OTEL_EXPORTER_OTLP_ENDPOINT", collector.Address).With("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")
            .With("OTEL_EXPORTER_OTLP_HEADERS", "api-key=of-the-operator").With("OTEL_METRIC_EXPORT_INTERVAL", "200");
        await server.InitializeAsync();
        using var room = await server.TwoWithMedia();
        await room.Measured(samples: 48_000, concealed: 480);

        // A report tells one after the other, and what is measured only later stands in a later report: until all have come.
        var concealment = await room.PlayUntil(() => Task.FromResult(
            Told("muse.media.forward.delay").Count > 0 && Told("muse.media.forwarded.packets").Count > 0
            && Told("muse.media.dropped.packets").Contains("reason=replayed") && Told("muse.room.track.bitrate").Count == 2
                ? Told("muse.room.track.viewers.concealment").SingleOrDefault() : null));

        Assert.Equal($"kind=audio room={room.Lesson} track={room.Audio}", concealment);
        Assert.All(collector.Headers, header => Assert.Equal("of-the-operator", header));

        ICollection<string> Told(string metric) => collector.Metrics.GetValueOrDefault(metric)?.Keys ?? [];
    }
}
