namespace Muse.Fragments.Tracks;

/// <summary>What a decoder must know before the first sample. Always read from the bitstream: what was negotiated is only what the sender was
/// allowed to send (42e01f was negotiated where 42C015 came).</summary>
public sealed class TrackFormat : IEquatable<TrackFormat>
{
    /// <summary>Ticks per second of every picture track (RFC 6184 §8.2.1, RFC 9628 §6, RTP payload for AV1 §7.1).</summary>
    public const int VideoTimeScale = 90_000;

    /// <summary>Ticks per second of every sound track (RFC 7587 §4.1).</summary>
    public const int SoundTimeScale = 48_000;

    internal TrackFormat(Codec codec, int width, int height, int channels, string codecString, byte[] configuration)
    {
        Codec = codec;
        Width = width;
        Height = height;
        Channels = channels;
        CodecString = codecString;
        Configuration = configuration;
    }

    public Codec Codec { get; }

    public bool IsVideo => Codec is not (Codec.Opus or Codec.Aac);

    /// <summary>Ticks per second of the track's times and durations.</summary>
    public int TimeScale => IsVideo ? VideoTimeScale : SoundTimeScale;

    /// <summary>Pixels; 0 for sound.</summary>
    public int Width { get; }

    /// <summary>Pixels; 0 for sound.</summary>
    public int Height { get; }

    /// <summary>0 for pictures.</summary>
    public int Channels { get; }

    /// <summary>As in RFC 6381: <c>avc3.42C01F</c>, <c>vp09.00.30.08</c>, <c>av01.0.04M.08</c>, <c>opus</c>.</summary>
    public string CodecString { get; }

    /// <summary>The same for HLS, where Apple asks for <c>avc1</c>: the samples are the same.</summary>
    public string HlsCodecString => Codec == Codec.H264 ? "avc1" + CodecString[4..] : CodecString;

    /// <summary>What stands in <c>avcC</c>, <c>vpcC</c> (with version and flags), <c>av1C</c>, <c>dOps</c> or <c>esds</c> (with version and flags).</summary>
    public ReadOnlyMemory<byte> Configuration { get; }

    /// <summary>Two channels always: a mono packet says so itself and is decoded to two (RFC 7587 §3.4).</summary>
    public static TrackFormat Opus { get; } = OpusSample.Format();

    public static TrackFormat Aac { get; } = AacSample.Format();

    /// <param name="sample">In the form in which it is stored.</param>
    /// <returns>Null for a sample that is no key frame or cannot be read.</returns>
    public static TrackFormat? Read(Codec codec, ReadOnlySpan<byte> sample) => codec switch
    {
        Codec.H264 => H264Sample.ReadFormat(sample),
        Codec.Vp9 => Vp9Sample.ReadFormat(sample),
        Codec.Av1 => Av1Sample.ReadFormat(sample),
        Codec.Aac => Aac,
        _ => Opus,
    };

    public bool Equals(TrackFormat? other) =>
        other is not null && Codec == other.Codec && Width == other.Width && Height == other.Height && Channels == other.Channels
        && Configuration.Span.SequenceEqual(other.Configuration.Span);

    public override bool Equals(object? obj) => Equals(obj as TrackFormat);

    public override int GetHashCode() => HashCode.Combine(Codec, Width, Height, Channels, Configuration.Length);

    public override string ToString() => IsVideo ? $"{CodecString} {Width}x{Height}" : $"{CodecString} {Channels} ch";
}
