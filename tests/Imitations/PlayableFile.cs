using System.ComponentModel;
using System.Diagnostics;

namespace Muse.Imitations;

/// <summary>What a provider's recording is to whoever plays it: six seconds of a moving picture and a tone, made once by ffmpeg.</summary>
internal static class PlayableFile
{
    private static readonly Lazy<Task<byte[]>> s_video = new(() => Make(
        "-f", "lavfi", "-i", "testsrc=size=320x180:rate=15:duration=6", "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000:duration=6",
        "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac"));

    private static readonly Lazy<Task<byte[]>> s_sound = new(() => Make("-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000:duration=6", "-c:a", "aac"));

    /// <returns>H.264 and AAC in MP4; where there is no ffmpeg a sentence that nobody can play.</returns>
    public static Task<byte[]> Video => s_video.Value;

    public static Task<byte[]> Sound => s_sound.Value;

    private static async Task<byte[]> Make(params string[] what)
    {
        var file = Path.GetTempFileName();
        try
        {
            using var ffmpeg = Process.Start(new ProcessStartInfo("ffmpeg", ["-v", "error", "-nostdin", "-y", .. what, "-movflags", "+faststart", "-f", "mp4", file]))!;
            await ffmpeg.WaitForExitAsync();
            if (ffmpeg.ExitCode == 0) return await File.ReadAllBytesAsync(file);
        }
        catch (Win32Exception)
        {
            // It is not installed.
        }
        finally
        {
            File.Delete(file);
        }
        return "This stands for a recording: ffmpeg would have made one."u8.ToArray();
    }
}
