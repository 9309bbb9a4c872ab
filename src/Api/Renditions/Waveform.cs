using Muse.Domain.Recordings;

namespace Muse.Api.Renditions;

/// <summary>A track's loudness on the recording's line of time.</summary>
/// <param name="Peaks">A byte for each piece: 255 × √peak, so that what is played softly can be seen, too. Base64 in JSON.</param>
public sealed record TrackWaveform(int Number, byte[] Peaks);

/// <summary>What can be seen of a recording's sound.</summary>
/// <param name="PerSecond">Pieces in a second.</param>
/// <param name="Passages">Where anybody is heard.</param>
public sealed record Waveform(int PerSecond, IReadOnlyList<TrackWaveform> Tracks, IReadOnlyList<Passage> Passages)
{
    public const int Pieces = 20;

    /// <summary>Samples in a second of what it is drawn from: what is higher than 4 kHz makes no picture.</summary>
    public const int Rate = 8_000;

    /// <summary>Pieces of <see cref="Outline"/>.</summary>
    private const int OutlinePieces = 120;

    public static Waveform Of(IReadOnlyList<TrackWaveform> tracks)
    {
        var together = Together(tracks, Longest(tracks));
        return new(Pieces, tracks, Domain.Recordings.Passages.Of([.. together.Select(peak => Math.Pow(peak / 255.0, 2))], Pieces));
    }

    /// <summary>All of it in a few bytes, for a list: a picture of a lesson in which nobody is to be recognised.</summary>
    public byte[] Outline() => Loudest(Together(Tracks, Longest(Tracks)), OutlinePieces);

    /// <summary>Some tracks as one, from the beginning to the end of all: who went early is silent from then on.</summary>
    /// <param name="pieces">Of the whole, at most.</param>
    public byte[] Together(IReadOnlyCollection<int> numbers, int pieces) =>
        Loudest(Together([.. Tracks.Where(track => numbers.Contains(track.Number))], Longest(Tracks)), pieces);

    /// <param name="pcm">16 bits, little endian, one channel, <see cref="Rate"/>.</param>
    public static byte[] PeaksOf(Stream pcm)
    {
        var peaks = new List<byte>();
        var piece = new byte[Rate / Pieces * sizeof(short)];
        int read;
        while ((read = pcm.ReadAtLeast(piece, piece.Length, throwOnEndOfStream: false)) > 1)
        {
            var highest = 0;
            for (var at = 0; at + 1 < read; at += 2)
                highest = Math.Max(highest, Math.Abs((int)BitConverter.ToInt16(piece, at)));
            peaks.Add((byte)Math.Min(255, Math.Round(255 * Math.Sqrt(highest / 32768.0))));
        }

        return [.. peaks];
    }

    private static byte[] Loudest(byte[] peaks, int pieces)
    {
        pieces = Math.Min(pieces, peaks.Length);
        return [.. Enumerable.Range(0, pieces).Select(i => peaks[(i * peaks.Length / pieces)..((i + 1) * peaks.Length / pieces)].Max())];
    }

    private static int Longest(IReadOnlyList<TrackWaveform> tracks) => tracks.Count == 0 ? 0 : tracks.Max(track => track.Peaks.Length);

    private static byte[] Together(IReadOnlyList<TrackWaveform> tracks, int length)
    {
        var together = new byte[length];
        foreach (var track in tracks)
        {
            for (var i = 0; i < track.Peaks.Length; i++) together[i] = Math.Max(together[i], track.Peaks[i]);
        }
        return together;
    }
}
