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

        var concealment = await room.PlayUntil(() => Task.FromResult(
            collector.Metrics.GetValueOrDefault("muse.room.track.viewers.concealment")?.Keys.SingleOrDefault()));

        Assert.Equal($"kind=audio room={room.Lesson} track={room.Audio}", concealment);
        Assert.Equal(2, collector.Metrics["muse.room.track.bitrate"].Count);
        Assert.Contains("muse.media.forward.delay", collector.Metrics.Keys);
        Assert.Contains("muse.media.forwarded.packets", collector.Metrics.Keys);
        Assert.Contains("reason=replayed", collector.Metrics["muse.media.dropped.packets"].Keys);
        Assert.All(collector.Headers, header => Assert.Equal("of-the-operator", header));
    }
}
