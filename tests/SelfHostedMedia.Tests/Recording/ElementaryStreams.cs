using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;

namespace Muse.SelfHostedMedia.Tests.Recording;

/// <summary>Real pictures and sounds of ffmpeg, in the simplest containers there are, and back again.</summary>
internal static class ElementaryStreams
{
    public static async Task<byte[]> MakeAsync(params string[] arguments)
    {
        var path = Path.Combine(Path.GetTempPath(), $"muse-{Guid.NewGuid():N}.{arguments[^1]}");
        try
        {
            var said = await RunAsync("ffmpeg", ["-nostdin", "-v", "error", "-y", .. arguments[..^1], path]);
            Assert.Equal("", said);
            return await File.ReadAllBytesAsync(path);
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <returns>How many frames ffmpeg decodes, and all that it complains about.</returns>
    public static async Task<(int Frames, string Complaints)> DecodeAsync(byte[] stream, string extension)
    {
        var path = Path.Combine(Path.GetTempPath(), $"muse-{Guid.NewGuid():N}.{extension}");
        try
        {
            await File.WriteAllBytesAsync(path, stream);
            var complaints = await RunAsync("ffmpeg", ["-nostdin", "-v", "error", "-i", path, "-f", "null", "-"]);
            var count = await RunAsync(
                "ffprobe", ["-v", "quiet", "-count_frames", "-show_entries", "stream=nb_read_frames", "-of", "csv=p=0", path]);
            return (int.Parse(count.Trim(), CultureInfo.InvariantCulture), complaints);
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>Units of an Annex B stream, picture by picture (one slice each).</summary>
    public static List<List<byte[]>> H264Pictures(ReadOnlySpan<byte> stream)
    {
        var pictures = new List<List<byte[]>> { new() };
        var starts = new List<int>();
        for (var at = 0; at + 3 <= stream.Length; at++)
        {
            if (stream[at] == 0 && stream[at + 1] == 0 && stream[at + 2] == 1)
                starts.Add(at);
        }

        for (var i = 0; i < starts.Count; i++)
        {
            var end = i + 1 < starts.Count ? starts[i + 1] : stream.Length;
            var unit = stream[(starts[i] + 3)..end].TrimEnd((byte)0).ToArray();
            if (pictures[^1].Any(each => (each[0] & 0x1F) is 1 or 5))
                pictures.Add([]);
            pictures[^1].Add(unit);
        }

        return pictures;
    }

    public static byte[] AnnexB(IEnumerable<byte[]> samples)
    {
        using var stream = new MemoryStream();
        foreach (var sample in samples)
        {
            for (var at = 0; at < sample.Length;)
            {
                var length = BinaryPrimitives.ReadInt32BigEndian(sample.AsSpan(at));
                stream.Write([0, 0, 0, 1]);
                stream.Write(sample.AsSpan(at + 4, length));
                at += 4 + length;
            }
        }

        return stream.ToArray();
    }

    /// <summary>IVF: 32 bytes of header, then frames with 12 bytes each.</summary>
    public static List<byte[]> IvfFrames(ReadOnlySpan<byte> file)
    {
        var frames = new List<byte[]>();
        for (var at = 32; at < file.Length;)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(file[at..]);
            frames.Add(file.Slice(at + 12, length).ToArray());
            at += 12 + length;
        }

        return frames;
    }

    public static byte[] Ivf(ReadOnlySpan<byte> header, IEnumerable<byte[]> frames)
    {
        using var stream = new MemoryStream();
        stream.Write(header[..32]);
        var number = 0L;
        var head = new byte[12];
        foreach (var frame in frames)
        {
            BinaryPrimitives.WriteInt32LittleEndian(head, frame.Length);
            BinaryPrimitives.WriteInt64LittleEndian(head.AsSpan(4), number++);
            stream.Write(head);
            stream.Write(frame);
        }

        return stream.ToArray();
    }

    /// <summary>The OBUs of a temporal unit without sizes and without delimiters, as they go into RTP.</summary>
    public static List<byte[]> Av1Units(ReadOnlySpan<byte> unit)
    {
        var units = new List<byte[]>();
        while (!unit.IsEmpty)
        {
            var header = (unit[0] & 4) != 0 ? 2 : 1;
            var (size, at) = (0, header);
            for (var shift = 0; ; shift += 7)
            {
                size |= (unit[at] & 0x7F) << shift;
                if ((unit[at++] & 0x80) == 0)
                    break;
            }

            if (((unit[0] >> 3) & 15) != 2)
                units.Add([(byte)(unit[0] & 0xFD), .. unit[1..header], .. unit.Slice(at, size)]);
            unit = unit[(at + size)..];
        }

        return units;
    }

    /// <summary>Packets of an Ogg file (RFC 3533), without the two that are headers.</summary>
    public static List<byte[]> OggPackets(ReadOnlySpan<byte> file)
    {
        var packets = new List<byte[]>();
        var packet = new List<byte>();
        while (!file.IsEmpty)
        {
            var segments = file.Slice(27, file[26]);
            var at = 27 + segments.Length;
            foreach (var length in segments)
            {
                packet.AddRange(file.Slice(at, length));
                at += length;
                if (length == 255)
                    continue;
                packets.Add([.. packet]);
                packet.Clear();
            }

            file = file[at..];
        }

        return packets[2..];
    }

    public static async Task<string> RunAsync(string tool, string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(tool, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return output + await error;
    }
}
