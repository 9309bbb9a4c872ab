using System.Diagnostics;
using System.Globalization;
using Muse.Bench.Lessons;

namespace Muse.Bench.Record;

/// <param name="Cores">While it wrote.</param>
/// <param name="Resident">Bytes.</param>
internal sealed record CopyCost(double Cores, long Resident, long Written);

/// <summary><c>ffmpeg -c copy</c> writing one lesson's RTP into a fragmented MP4: the same packets, without encryption, and without a sync to the disk.</summary>
internal static class FfmpegCopy
{
    public static async Task<CopyCost> Measure(Material material, string folder, TimeSpan warmUp, TimeSpan window)
    {
        int[] ports = [41_710, 41_712, 41_714, 41_716];
        var sdp = Path.Combine(folder, "lesson.sdp");
        await File.WriteAllTextAsync(sdp, "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=lesson\nc=IN IP4 127.0.0.1\nt=0 0\n" + string.Concat(ports.Select((port, i) => i % 2 == 0
            ? $"m=video {port} RTP/AVP 96\na=rtpmap:96 H264/90000\na=fmtp:96 packetization-mode=1\n"
            : $"m=audio {port} RTP/AVP 111\na=rtpmap:111 opus/48000/2\na=fmtp:111 sprop-stereo=1\n")));
        var file = Path.Combine(folder, "lesson.mp4");
        using var ffmpeg = Process.Start(new ProcessStartInfo("taskset", [
            "-c", "0", "ffmpeg", "-loglevel", "fatal", "-protocol_whitelist", "file,udp,rtp", "-i", sdp, "-map", "0", "-c", "copy",
            "-movflags", "empty_moov+default_base_moof", "-frag_duration", "1000000", "-f", "mp4", "-y", file])
        {
            RedirectStandardInput = true,
        })!;
        using (var player = new Player(material, [new ToFfmpeg(ports[0], ports[1]), new ToFfmpeg(ports[2], ports[3])]))
        {
            // It looks at the streams for five seconds before it writes.
            await Task.Delay(warmUp + TimeSpan.FromSeconds(6));
            var (cpu, clock) = (ServerCost.Of(ffmpeg.Id), Stopwatch.StartNew());
            await Task.Delay(window);
            var cost = new CopyCost((ServerCost.Of(ffmpeg.Id) - cpu) / clock.Elapsed.TotalSeconds, Resident(ffmpeg.Id), 0);
            ffmpeg.StandardInput.Write('q');
            ffmpeg.StandardInput.Close();
            if (!ffmpeg.WaitForExit(10_000))
                ffmpeg.Kill();
            return cost with { Written = File.Exists(file) ? new FileInfo(file).Length : 0 };
        }
    }

    private static long Resident(int pid) => 1_024 * long.Parse(
        File.ReadLines($"/proc/{pid}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2],
        CultureInfo.InvariantCulture);
}
