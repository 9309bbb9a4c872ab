namespace Muse.Fragments.Tracks;

/// <summary>An AAC-LC frame of two channels at 48 kHz (ISO/IEC 14496-3 §4.4): made for players that take no Opus, never recorded.</summary>
public static class AacSample
{
    /// <summary>Ticks of 1/48,000 s of a frame.</summary>
    public const int Duration = 1_024;

    private const int HeaderLength = 7;

    /// <summary>The frames of an ADTS stream (ISO/IEC 14496-3 §1.A.3.2) without their headers.</summary>
    /// <exception cref="InvalidDataException">It is none, or is of another rate or number of channels.</exception>
    /// <exception cref="EndOfStreamException">It ends in a frame.</exception>
    public static IEnumerable<byte[]> Frames(Stream adts)
    {
        var header = new byte[HeaderLength + 2];
        while (true)
        {
            var read = adts.ReadAtLeast(header.AsSpan(0, HeaderLength), HeaderLength, throwOnEndOfStream: false);
            if (read == 0)
                yield break;
            // Sync word, layer 0; AAC-LC, 48 kHz (index 3), two channels.
            if (read < HeaderLength || header[0] != 0xFF || (header[1] & 0xF6) != 0xF0 || (header[2] & 0xFC) != 0x4C || (header[2] & 1) != 0 || (header[3] & 0xC0) != 0x80)
                throw new InvalidDataException("no AAC-LC of two channels at 48 kHz");
            var hasCrc = (header[1] & 1) == 0;
            var length = ((header[3] & 3) << 11) | (header[4] << 3) | (header[5] >> 5);
            if (hasCrc)
                adts.ReadExactly(header.AsSpan(HeaderLength, 2));
            var frame = new byte[Math.Max(0, length - HeaderLength - (hasCrc ? 2 : 0))];
            adts.ReadExactly(frame);
            yield return frame;
        }
    }

    /// <summary>esds with version and flags (ISO/IEC 14496-14 §5.6): an ES descriptor, in it the decoder's (AAC, sound), in it AudioSpecificConfig 11 90
    /// (LC, 48 kHz, two channels), and the sync layer's.</summary>
    internal static TrackFormat Format() => new(Codec.Aac, 0, 0, 2, "mp4a.40.2",
    [
        0, 0, 0, 0,
        3, 25, 0, 1, 0,
        4, 17, 0x40, 0x15, 0, 0, 0, 0, 2, 0xEE, 0, 0, 2, 0xEE, 0,
        5, 2, 0x11, 0x90,
        6, 1, 2,
    ]);
}
