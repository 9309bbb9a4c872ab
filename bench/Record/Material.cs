using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Muse.Bench.Record;

/// <param name="Time">RTP, from the beginning of the material.</param>
internal readonly record struct MediaPacket(uint Time, bool Marker, byte[] Payload);

/// <summary>Eight seconds that everybody sends again and again, as ffmpeg's encoders and packetizers make them: H.264 of 1.5 Mbit/s with a key frame each
/// four seconds, Opus of 256 kbit/s.</summary>
internal sealed record Material(IReadOnlyList<MediaPacket> Pictures, IReadOnlyList<MediaPacket> Sounds)
{
    public const int Seconds = 8;
    public const uint PictureClock = 90_000, SoundClock = 48_000;

    public double PictureBits => Pictures.Sum(packet => packet.Payload.Length) * 8.0 / Seconds;

    public double SoundBits => Sounds.Sum(packet => packet.Payload.Length) * 8.0 / Seconds;

    public static async Task<Material> Make()
    {
        using var pictures = Listening();
        using var sounds = Listening();
        string seconds = Seconds.ToString(CultureInfo.InvariantCulture);
        using var ffmpeg = Process.Start(new ProcessStartInfo("ffmpeg", [
            "-loglevel", "error", "-re", "-f", "lavfi", "-i", $"testsrc2=size=640x480:rate=30:duration={seconds},noise=alls=30:allf=t",
            "-re", "-f", "lavfi", "-i", $"anoisesrc=color=pink:amplitude=0.3:sample_rate=48000:duration={seconds}",
            "-map", "0:v", "-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "veryfast", "-profile:v", "baseline", "-tune", "zerolatency", "-b:v", "1500k", "-maxrate", "1500k",
            "-bufsize", "1500k", "-g", "120", "-keyint_min", "120", "-x264-params", "scenecut=0:repeat-headers=1", "-f", "rtp",
            $"rtp://127.0.0.1:{PortOf(pictures)}?pkt_size=1200",
            "-map", "1:a", "-c:a", "libopus", "-ac", "2", "-b:a", "256k", "-vbr", "off", "-f", "rtp", $"rtp://127.0.0.1:{PortOf(sounds)}?pkt_size=1200"])
        {
            // It says what a player would have to know.
            RedirectStandardOutput = true,
        }) ?? throw new InvalidOperationException("ffmpeg did not start.");
        using var over = new CancellationTokenSource();
        var (picture, sound) = (Receive(pictures, over.Token), Receive(sounds, over.Token));
        await ffmpeg.StandardOutput.ReadToEndAsync();
        await ffmpeg.WaitForExitAsync();
        over.CancelAfter(TimeSpan.FromMilliseconds(300));
        return ffmpeg.ExitCode == 0
            ? new(Of(await picture, PictureClock), Of(await sound, SoundClock))
            : throw new InvalidOperationException("ffmpeg made nothing to send.");
    }

    private static UdpClient Listening()
    {
        var socket = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        socket.Client.ReceiveBufferSize = 4 * 1_024 * 1_024;
        return socket;
    }

    private static int PortOf(UdpClient socket) => ((IPEndPoint)socket.Client.LocalEndPoint!).Port;

    private static async Task<List<byte[]>> Receive(UdpClient socket, CancellationToken over)
    {
        var packets = new List<byte[]>();
        try
        {
            while (true)
                packets.Add((await socket.ReceiveAsync(over)).Buffer);
        }
        catch (OperationCanceledException)
        {
            return packets;
        }
    }

    private static List<MediaPacket> Of(List<byte[]> packets, uint clock)
    {
        var first = BinaryPrimitives.ReadUInt32BigEndian(packets[0].AsSpan(4));
        // ffmpeg sends neither extensions nor padding.
        return [.. packets.Select(packet => new MediaPacket(BinaryPrimitives.ReadUInt32BigEndian(packet.AsSpan(4)) - first, packet[1] >= 0x80, packet[12..]))
            .Where(packet => packet.Time < clock * Seconds)];
    }
}
