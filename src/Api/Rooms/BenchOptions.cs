namespace Muse.Api.Rooms;

/// <summary>Configuration section <c>Rooms:Bench</c>: rooms for load tests (docs/operations.md).</summary>
public sealed class BenchOptions
{
    public const int LeastKeyLength = 32;

    /// <summary>The bearer that opens rooms named <c>bench-…</c> over WHIP and WHEP. Without it, the default, there are none.</summary>
    public string? Key { get; set; }
}
