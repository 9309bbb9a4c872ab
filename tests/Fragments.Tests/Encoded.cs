using System.Buffers.Binary;
using System.Collections.Concurrent;
using Muse.Fragments.Boxes;
using Muse.Fragments.Tracks;

namespace Muse.Fragments.Tests;

/// <summary>Real streams: made by ffmpeg's encoders, taken apart here into samples as they are stored.</summary>
internal static class Encoded
{
    private static readonly ConcurrentDictionary<(Codec, int, int), Lazy<IReadOnlyList<byte[]>>> s_made = new();

    public static IReadOnlyList<byte[]> Pictures(Codec codec, int width, int height) =>
        s_made.GetOrAdd((codec, width, height), key => new(() => Make(codec, width, height))).Value;

    /// <summary>Four seconds of stereo in packets of 20 ms.</summary>
    public static IReadOnlyList<byte[]> Sound() =>
        s_made.GetOrAdd((Codec.Opus, 0, 0), _ => new(() => OggPackets(FFmpeg.Quiet(
            "ffmpeg", "-f", "lavfi", "-i", "sine=frequency=440:duration=4:sample_rate=48000", "-ac", "2", "-c:a", "libopus", "-b:a", "96k", "-f", "ogg", "-")))).Value;

    /// <summary>Sixty pictures as no browser sends them: H.264 high profile in four slices, VP9 with hidden pictures in superframes, AV1 by another
    /// encoder.</summary>
    public static IReadOnlyList<byte[]> Unusual(Codec codec)
    {
        string[] source = ["-f", "lavfi", "-i", "testsrc2=size=320x240:rate=30:duration=2", "-pix_fmt", "yuv420p", "-g", "30"];
        return codec switch
        {
            Codec.H264 => AccessUnits(FFmpeg.Quiet("ffmpeg", [.. source, "-c:v", "libx264", "-profile:v", "high", "-preset", "medium", "-bf", "0",
                "-x264-params", "aud=1:repeat-headers=1:slices=4:sliced-threads=1:scenecut=0", "-f", "h264", "-"])),
            Codec.Vp9 => IvfFrames(FFmpeg.Quiet("ffmpeg", [.. source, "-c:v", "libvpx-vp9", "-deadline", "good", "-cpu-used", "5",
                "-auto-alt-ref", "1", "-lag-in-frames", "16", "-b:v", "300k", "-f", "ivf", "-"])),
            _ => IvfFrames(FFmpeg.Quiet("ffmpeg", [.. source, "-c:v", "libsvtav1", "-preset", "12", "-f", "ivf", "-"])).Select(Av1).ToList(),
        };
    }

    /// <summary>90 pictures of three seconds, a key frame each second, no reordering: as a browser sends them.</summary>
    private static IReadOnlyList<byte[]> Make(Codec codec, int width, int height)
    {
        string[] source = ["-f", "lavfi", "-i", $"testsrc2=size={width}x{height}:rate=30:duration=3", "-pix_fmt", "yuv420p", "-g", "30"];
        return codec switch
        {
            Codec.H264 => AccessUnits(FFmpeg.Quiet("ffmpeg", [.. source, "-c:v", "libx264", "-profile:v", "baseline", "-preset", "ultrafast",
                "-tune", "zerolatency", "-x264-params", "aud=1:repeat-headers=1:scenecut=0", "-f", "h264", "-"])),
            Codec.Vp9 => IvfFrames(FFmpeg.Quiet("ffmpeg", [.. source, "-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8",
                "-lag-in-frames", "0", "-b:v", "600k", "-f", "ivf", "-"])),
            _ => IvfFrames(FFmpeg.Quiet("ffmpeg", [.. source, "-c:v", "libaom-av1", "-usage", "realtime", "-cpu-used", "8",
                "-lag-in-frames", "0", "-b:v", "600k", "-f", "ivf", "-"])).Select(Av1).ToList(),
        };
    }

    private static byte[] Av1(byte[] unit)
    {
        var sample = new BoxWriter();
        Av1Sample.Append(unit, sample);
        return sample.Written.ToArray();
    }

    /// <summary>A delimiter (type 9) begins each access unit.</summary>
    internal static List<byte[]> AccessUnits(byte[] stream)
    {
        var starts = new List<int>();
        for (var at = 0; at + 3 < stream.Length; at++)
        {
            if (stream[at] == 0 && stream[at + 1] == 0 && stream[at + 2] == 1 && (stream[at + 3] & 0x1F) == 9)
                starts.Add(at);
        }

        var units = new List<byte[]>();
        for (var i = 0; i < starts.Count; i++)
        {
            var sample = new BoxWriter();
            H264Sample.AppendByteStream(stream.AsSpan(starts[i]..(i + 1 < starts.Count ? starts[i + 1] : stream.Length)), sample);
            units.Add(sample.Written.ToArray());
        }

        return units;
    }

    private static List<byte[]> IvfFrames(byte[] file)
    {
        var frames = new List<byte[]>();
        for (var at = 32; at < file.Length;)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(at));
            frames.Add(file[(at + 12)..(at + 12 + length)]);
            at += 12 + length;
        }

        return frames;
    }

    /// <summary>RFC 3533 §6; the first two packets are the headers (RFC 7845 §3).</summary>
    internal static List<byte[]> OggPackets(byte[] file)
    {
        var packets = new List<byte[]>();
        var open = new List<byte>();
        for (var at = 0; at < file.Length;)
        {
            var segments = file[at + 26];
            var data = at + 27 + segments;
            for (var i = 0; i < segments; i++)
            {
                var length = file[at + 27 + i];
                open.AddRange(file[data..(data + length)]);
                data += length;
                if (length == 255)
                    continue;
                packets.Add([.. open]);
                open.Clear();
            }

            at = data;
        }

        return packets[2..];
    }
}
