using System.Globalization;

namespace Muse.Fragments.Tracks;

/// <summary>What stands in a sample entry's own box, and the name that follows from it (RFC 6381 §3.3 and the codecs' bindings).</summary>
internal static class CodecConfiguration
{
    /// <summary>Bytes: many times what any of ours has.</summary>
    public const int MaxLength = 32_768;

    /// <returns>Null when the bytes are too few for what every configuration says, or a size does not fit into a sample entry.</returns>
    public static TrackFormat? Format(Codec codec, int width, int height, int channels, ReadOnlySpan<byte> configuration)
    {
        var name = configuration.Length > MaxLength || width > ushort.MaxValue || height > ushort.MaxValue ? null : Name(codec, configuration);
        return name is null ? null : new TrackFormat(codec, width, height, channels, name, configuration.ToArray());
    }

    public static string? Name(Codec codec, ReadOnlySpan<byte> configuration) => codec switch
    {
        Codec.H264 => configuration.Length < 7 || configuration[0] != 1 ? null : $"avc3.{Convert.ToHexString(configuration.Slice(1, 3))}",
        Codec.Vp9 => configuration.Length < 12 ? null : Vp9(configuration),
        Codec.Av1 => configuration.Length < 4 || configuration[0] != 0x81 ? null : Av1(configuration),
        // Only what is written here is read: the AudioSpecificConfig is what is named.
        Codec.Aac => configuration.SequenceEqual(TrackFormat.Aac.Configuration.Span) ? "mp4a.40.2" : null,
        _ => configuration.Length < 11 ? null : "opus",
    };

    private static string Vp9(ReadOnlySpan<byte> box)
    {
        var (depth, chroma) = (box[6] >> 4, (box[6] >> 1) & 7);
        var name = string.Create(CultureInfo.InvariantCulture, $"vp09.{box[4]:D2}.{box[5]:D2}.{depth:D2}");
        // Whatever is left out is 4:2:0.
        return chroma <= 1
            ? name
            : string.Create(CultureInfo.InvariantCulture, $"{name}.{chroma:D2}.{box[7]:D2}.{box[8]:D2}.{box[9]:D2}.{box[6] & 1:D2}");
    }

    private static string Av1(ReadOnlySpan<byte> box)
    {
        var depth = (box[2] & 0x60) switch { 0 => 8, 0x40 => 10, _ => 12 };
        return string.Create(
            CultureInfo.InvariantCulture, $"av01.{box[1] >> 5}.{box[1] & 0x1F:D2}{((box[2] & 0x80) != 0 ? 'H' : 'M')}.{depth:D2}");
    }
}
