namespace Muse.Fragments.Parts;

/// <summary>Where a part and a segment end besides at key frames.</summary>
/// <param name="Part">How long a part is at most. What is not in a finished part yet is what a killed process loses.</param>
/// <param name="SoundSegment">How long a segment of sound is at least.</param>
/// <param name="LongestSample">How long a picture may stand until the next one; more becomes a gap. Longer than a part where it is watched later
/// (a hole in the picture's time stops players, sound and all), as long as a part where it is live (parts longer than promised
/// break LL-HLS).</param>
public sealed record PartLimits(TimeSpan Part, TimeSpan SoundSegment, TimeSpan LongestSample)
{
    /// <summary>Of a lesson that is recorded: parts of a second, sound in segments of four.</summary>
    public static PartLimits Lesson { get; } = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(5));

    /// <summary>Of a broadcast.</summary>
    /// <param name="part">0.2 to 0.5 s.</param>
    /// <param name="segment">A whole number of parts, 1 to 4 s.</param>
    public static PartLimits Live(TimeSpan part, TimeSpan segment) => new(part, segment, part);
}
