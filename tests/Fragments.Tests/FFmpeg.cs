using System.Diagnostics;

namespace Muse.Fragments.Tests;

/// <summary>Runs ffmpeg and ffprobe, the strangers that shall read what was written.</summary>
internal static class FFmpeg
{
    private static readonly Lazy<bool> s_isThere = new(() =>
    {
        try
        {
            return Run("ffprobe", ["-version"]).ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    });

    public static void IsNeeded() => Assert.SkipUnless(s_isThere.Value, "ffmpeg is not installed");

    /// <summary>Fails with what it said unless it ended well and said nothing.</summary>
    public static byte[] Quiet(string program, params string[] arguments)
    {
        var (exitCode, output, errors) = Run(program, ["-v", "error", .. arguments]);
        Assert.True(exitCode == 0 && errors.Length == 0, $"{program} {string.Join(' ', arguments)} ended with {exitCode}: {errors}");
        return output;
    }

    public static (int ExitCode, byte[] Output, string Errors) Run(string program, string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            // SVT-AV1 has a voice of its own: errors only.
            Environment = { ["SVT_LOG"] = "1" },
        })!;
        process.StandardInput.Close();
        var errors = process.StandardError.ReadToEndAsync();
        using var output = new MemoryStream();
        process.StandardOutput.BaseStream.CopyTo(output);
        process.WaitForExit();
        return (process.ExitCode, output.ToArray(), errors.GetAwaiter().GetResult());
    }

    /// <summary>Decodes every track of a file: width, height and first tick of each frame, by <c>video</c> and <c>audio</c>.</summary>
    public static List<(string Kind, int Width, int Height, long Time)> Frames(byte[] file)
    {
        using var copy = new TemporaryFile(file);
        var lines = System.Text.Encoding.ASCII.GetString(Quiet(
            "ffprobe", "-show_frames", "-show_entries", "frame=media_type,pts,width,height", "-of", "compact", copy.Path));
        Quiet("ffmpeg", "-i", copy.Path, "-map", "0", "-f", "null", "-");
        var frames = new List<(string, int, int, long)>();
        foreach (var line in lines.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var values = line.Split('|').Select(f => f.Split('=')).Where(f => f.Length == 2).ToDictionary(f => f[0], f => f[1]);
            frames.Add((values["media_type"], Number(values, "width"), Number(values, "height"),
                long.Parse(values["pts"], System.Globalization.CultureInfo.InvariantCulture)));
        }

        return frames;
    }

    private static int Number(Dictionary<string, string> values, string name) =>
        values.TryGetValue(name, out var text) ? int.Parse(text, System.Globalization.CultureInfo.InvariantCulture) : 0;
}

internal sealed class TemporaryFile : IDisposable
{
    public TemporaryFile(byte[] content) => File.WriteAllBytes(Path, content);

    public string Path { get; } = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"muse-fragments-{Guid.NewGuid():N}.mp4");

    public void Dispose() => File.Delete(Path);
}
