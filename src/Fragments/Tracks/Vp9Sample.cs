namespace Muse.Fragments.Tracks;

public static class Vp9Sample
{
    internal static TrackFormat? ReadFormat(ReadOnlySpan<byte> sample) => null;
}
