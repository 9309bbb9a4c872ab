using Muse.Fragments.Clock;
using Muse.Fragments.Parts;
using Muse.Fragments.Playlists;
using Muse.Fragments.Tests.Tracks;
using Muse.Fragments.Tracks;

namespace Muse.Fragments.Tests.Playlists;

/// <summary>Small samples written by hand, whose bytes are the same everywhere.</summary>
internal static class Stored
{
    /// <summary>2026-02-02T02:40:00Z.</summary>
    public const long Start = 1_770_000_000_000_000;

    public static byte[] Large { get; } = Hex.Bytes("82 49 83 42 20 27 F0 1D F0 00");

    public static byte[] Small { get; } = Hex.Bytes("82 49 83 42 20 13 F0 0E F0 00");

    public static byte[] Between { get; } = Hex.Bytes("86 00 00 00");

    public static byte[] Sound { get; } = Hex.Bytes("FC FF FE");

    /// <summary>A key frame of 640x480 with its parameter sets.</summary>
    public static byte[] H264 { get; } = Units(H264SampleTests.Set(40, 30), Hex.Bytes("68 CE 38 80"), Hex.Bytes("65 88 84 00 10"));

    /// <summary>Ten pictures a second from a time, the first of each two seconds a key frame.</summary>
    public static void Pictures(PartWriter writer, Codec codec, byte[] key, long from, int count)
    {
        for (var i = 0; i < count; i++)
            Assert.True(writer.Add(codec, i % 20 == 0 ? key : Between, from + (i * 9_000), i * 100));
    }

    public static void Sounds(PartWriter writer, long from, int count)
    {
        for (var i = 0; i < count; i++)
            Assert.True(writer.Add(Codec.Opus, Sound, from + (i * 960), i * 20));
    }

    /// <summary>A clock by which a raw time is so many µs behind <see cref="Start"/>.</summary>
    public static Placement At(int rate, long rtp, long micros, long driftPpb = 0) =>
        new(new(rate, [new(rtp, Start + micros, driftPpb, ClockSource.Arrival)], []), Start);

    public static PlacedTrack Placed(Recorded recorded, Placement placement, string uri) => new(recorded.Open(), placement, uri);

    private static byte[] Units(params byte[][] units) =>
        [.. units.SelectMany(unit => (byte[])[0, 0, 0, (byte)unit.Length, .. unit])];
}
