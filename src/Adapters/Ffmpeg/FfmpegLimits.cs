namespace Muse.Adapters.Ffmpeg;

/// <summary>What one run may use up; more ends it.</summary>
/// <param name="Memory">Bytes of address space.</param>
/// <param name="FileSize">Bytes of any one file.</param>
/// <param name="Silence">How long it may come no further.</param>
public sealed record FfmpegLimits(TimeSpan Cpu, long Memory, long FileSize, TimeSpan Wall, TimeSpan Silence);

/// <summary>It ended badly, was ended by a limit, or stood still.</summary>
public sealed class FfmpegFailed(string message) : Exception(message);
