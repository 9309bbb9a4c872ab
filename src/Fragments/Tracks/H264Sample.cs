namespace Muse.Fragments.Tracks;

public static class H264Sample
{
    internal static TrackFormat? ReadFormat(ReadOnlySpan<byte> sample) => null;
}
