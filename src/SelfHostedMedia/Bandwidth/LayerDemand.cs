namespace Muse.SelfHostedMedia.Bandwidth;

/// <summary>One way in which a track can be sent to a subscriber.</summary>
/// <param name="Encoding">Its place among the track's encodings.</param>
/// <param name="Temporal">The highest temporal layer that goes through; 255 for all.</param>
/// <param name="Height">Lines of the picture; 0 when not known.</param>
/// <param name="Bitrate">bit/s as measured; 0: it does not exist now, which is a normal state.</param>
internal readonly record struct LayerStep(byte Encoding, byte Temporal, int Height, long Bitrate);

/// <summary>What one subscription would like, and what it gets. Kept and filled anew at each choice.</summary>
internal sealed class LayerDemand
{
    public const int MaxSteps = 8;

    /// <summary><see cref="Chosen"/> of one that gets nothing.</summary>
    public const int Paused = -1;

    /// <summary><see cref="Chosen"/> before the first choice.</summary>
    public const int Unknown = -2;

    /// <summary>Of a step's peak, per choice (ten times a second): a fifth a second.</summary>
    private const double PeakDecay = 0.98;

    private readonly LayerStep[] _steps = new LayerStep[MaxSteps];
    private readonly long[] _peaks = new long[MaxSteps];

    public bool IsVideo { get; set; }

    /// <summary>Lines that the viewer shows; 0 when hidden.</summary>
    public int MaxHeight { get; set; } = int.MaxValue;

    /// <summary>bit/s of a sound.</summary>
    public long AudioBitrate { get; set; }

    /// <summary>The publisher can be told to send less, because it sends one encoding.</summary>
    public bool IsYielding { get; set; }

    /// <summary>From worst to best. The same places from choice to choice: what does not exist now has a bitrate of 0.</summary>
    public ReadOnlySpan<LayerStep> Steps => _steps.AsSpan(0, Count);

    public int Count { get; private set; }

    /// <summary>The step in force, <see cref="Paused"/> or <see cref="Unknown"/>; in, and out.</summary>
    public int Chosen { get; set; } = Unknown;

    /// <summary>Something comes of the track now.</summary>
    public bool HasNews { get; set; }

    /// <summary>The best step that would be of use on any line.</summary>
    public int Best { get; set; } = Paused;

    /// <summary>bit/s of the line for it; of a yielding track, what it may grow to.</summary>
    public long Allowance { get; set; }

    /// <summary>It does not fit, and is sent all the same because it may not be paused yet.</summary>
    public bool IsKept { get; set; }

    public void ClearSteps() => Count = 0;

    public void Add(in LayerStep step)
    {
        if (Count == MaxSteps)
            return;
        _peaks[Count] = step.Bitrate == 0 ? 0 : Math.Max(step.Bitrate, (long)(_peaks[Count] * PeakDecay));
        _steps[Count++] = step;
    }

    /// <summary>bit/s that a step took at most of late. A camera's rate goes up and down by a fifth from second to second; what is taken up because
    /// it fits in a quiet one does not fit in the next.</summary>
    public long PeakOf(int step) => _peaks[step];
}
