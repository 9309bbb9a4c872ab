namespace Muse.Fragments.Tracks;

public static class Av1Sample
{
    internal static TrackFormat? ReadFormat(ReadOnlySpan<byte> sample) => null;
}
