using Microsoft.Extensions.Options;

namespace Muse.Api.Watch;

/// <summary>Configuration section <c>Metrics</c>. Where OTLP goes is said by OpenTelemetry's own settings (<c>OTEL_EXPORTER_OTLP_ENDPOINT</c>).</summary>
public sealed class MetricsOptions
{
    private const int ShortestToken = 16;

    /// <summary>Whoever sends it as a bearer may read <c>/metrics</c> from anywhere; without one only this machine may.</summary>
    public string? Token { get; set; }

    /// <summary>Rooms with series of their own, the oldest first.</summary>
    public int MaxRooms { get; set; } = 100;

    /// <summary>Tracks with series of their own, in all rooms.</summary>
    public int MaxTracks { get; set; } = 400;

    /// <exception cref="OptionsValidationException">The token is too short to be one.</exception>
    public MetricsOptions Checked() => Token is { Length: > 0 and < ShortestToken }
        ? throw new OptionsValidationException("Metrics", typeof(MetricsOptions), [$"Metrics:Token has fewer than {ShortestToken} characters."])
        : this;
}
