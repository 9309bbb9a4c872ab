using System.Text;
using Muse.Adapters.Postgres;

namespace Muse.Api.Renditions;

/// <summary>
/// What stands where a recording is not played yet: how loud each of the people was. Nobody can be recognised in it, most of all no child
/// (docs/decisions/0047).
/// </summary>
public sealed class DrawPoster : IRendition
{
    public const string Name = "poster", File = "poster.png";

    private const int Width = 1_280, Height = 720;

    /// <summary>Pixels of a bar and of the space after it.</summary>
    private const int Bar = 6, Space = 2;

    /// <summary>People below each other at most.</summary>
    private const int MostLanes = 6;

    private const long BytesPerSecond = 100_000;

    private static readonly (byte R, byte G, byte B) s_ground = (0x16, 0x1b, 0x22);
    private static readonly (byte R, byte G, byte B)[] s_lanes = [(0x7c, 0xc4, 0xff), (0xff, 0xb8, 0x6b)];

    public string Kind => Name;

    string IRendition.File => File;

    /// <summary>After the waveform, of which it is drawn.</summary>
    public int Rank => 1;

    public async Task<byte[]?> Make(RenditionWork work, CancellationToken ct)
    {
        var drawn = Path.Combine(work.Beside, DrawWaveform.File);
        if (!System.IO.File.Exists(drawn)) throw new RenditionIsHopeless("There is no waveform to draw it of.");
        var waveform = EventJson.Read<Waveform>(await System.IO.File.ReadAllTextAsync(drawn, ct));
        var heard = waveform.Tracks.Select(track => track.Number).ToHashSet();
        var lanes = work.Tracks.Where(track => heard.Contains(track.Number)).GroupBy(work.PersonOf).Take(MostLanes)
            .Select(person => waveform.Together([.. person.Select(track => track.Number)], Width / (Bar + Space))).ToList();
        var pixels = work.PathOf("poster.ppm");
        await System.IO.File.WriteAllBytesAsync(pixels, [.. Encoding.ASCII.GetBytes($"P6 {Width} {Height} 255\n"), .. Draw(lanes)], ct);
        await work.Run(["-i", pixels, "-frames:v", "1", "-y", work.PathOf(File)], BytesPerSecond, 0, 1, ct);
        return null;
    }

    /// <returns>Rows of red, green and blue.</returns>
    private static byte[] Draw(IReadOnlyList<byte[]> lanes)
    {
        var pixels = new byte[Width * Height * 3];
        Fill(pixels, 0, 0, Width, Height, s_ground);
        for (var lane = 0; lane < lanes.Count; lane++)
        {
            var height = Height / lanes.Count;
            var middle = (lane * height) + (height / 2);
            for (var i = 0; i < lanes[lane].Length; i++)
            {
                var half = Math.Max(1, lanes[lane][i] * (height - 40) / 2 / 255);
                Fill(pixels, i * (Bar + Space), middle - half, Bar, 2 * half, s_lanes[lane % s_lanes.Length]);
            }
        }

        return pixels;
    }

    private static void Fill(byte[] pixels, int left, int top, int width, int height, (byte R, byte G, byte B) colour)
    {
        for (var y = top; y < top + height; y++)
        {
            for (var x = left; x < left + width; x++)
            {
                var at = ((y * Width) + x) * 3;
                (pixels[at], pixels[at + 1], pixels[at + 2]) = colour;
            }
        }
    }
}
