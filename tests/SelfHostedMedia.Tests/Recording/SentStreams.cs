using System.Buffers.Binary;

namespace Muse.SelfHostedMedia.Tests.Recording;

/// <summary>What synthetic people send into a recorded room.</summary>
internal static class SentStreams
{
    /// <summary>Sound as it is numbered here.</summary>
    public static long Sound(int number) => 960_000 + (number * 960);

    public static List<MadePacket> Sounds(int count)
    {
        var sent = new Packetizer(1_000);
        for (var i = 0; i < count; i++)
        {
            // A packet of 20 ms (configuration 31, one frame), each another.
            sent.Opus((uint)Sound(i), [0xFC, (byte)i, (byte)(i >> 8), 1, 2, 3]);
        }

        return sent.Packets;
    }

    /// <summary>A tone, numbered as <see cref="Sounds"/>.</summary>
    public static async Task<List<MadePacket>> RealSounds(int seconds)
    {
        var sent = new Packetizer(1_000);
        var packets = ElementaryStreams.OggPackets(
            await ElementaryStreams.MakeAsync("-f", "lavfi", "-i", $"sine=duration={seconds}", "-ac", "2", "-c:a", "libopus", "opus"));
        for (var i = 0; i < packets.Count; i++)
            sent.Opus((uint)Sound(i), packets[i]);
        return sent.Packets;
    }

    /// <summary>30 pictures a second, and what must lie in the file where that is simply told.</summary>
    public static async Task<(List<MadePacket> Packets, List<byte[]>? Samples)> Pictures(string codec, int seconds = 4, int keyEvery = 20)
    {
        var sent = new Packetizer(5_000);
        string[] input = ["-f", "lavfi", "-i", $"testsrc2=size=640x360:rate=30:duration={seconds}"];
        if (codec == RecordedRoom.H264)
        {
            var pictures = ElementaryStreams.H264Pictures(await ElementaryStreams.MakeAsync([
                .. input, "-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-threads", "1", "-x264-params",
                $"sliced-threads=0:keyint={keyEvery}:scenecut=0", "-b:v", "600k", "h264"]));
            for (var i = 0; i < pictures.Count; i++)
                sent.H264(Clock(i), pictures[i]);
            // Sets go into one packet of their own, before the picture.
            return (sent.Packets, pictures.ConvertAll(units => units.OrderBy(unit => (unit[0] & 0x1F) is 7 or 8 ? 0 : 1).SelectMany(Prefixed).ToArray()));
        }

        var frames = ElementaryStreams.IvfFrames(await ElementaryStreams.MakeAsync([
            .. input, "-c:v", codec == RecordedRoom.Vp9 ? "libvpx-vp9" : "libaom-av1", .. (string[])(codec == RecordedRoom.Vp9
                ? ["-deadline", "realtime", "-auto-alt-ref", "0"] : ["-usage", "realtime"]),
            "-cpu-used", "8", "-lag-in-frames", "0", "-g", $"{keyEvery}", "-b:v", "600k", "ivf"]));
        for (var i = 0; i < frames.Count; i++)
        {
            if (codec == RecordedRoom.Vp9)
                sent.Vp9(Clock(i), frames[i]);
            else
                sent.Av1(Clock(i), ElementaryStreams.Av1Units(frames[i]));
        }

        return (sent.Packets, codec == RecordedRoom.Vp9 ? frames : null);
    }

    /// <summary>For another process.</summary>
    public static void Save(string path, IEnumerable<MadePacket> packets)
    {
        using var file = new BinaryWriter(File.Create(path));
        foreach (var packet in packets)
        {
            file.Write(packet.Index);
            file.Write(packet.Timestamp);
            file.Write(packet.Marker);
            file.Write(packet.Payload.Length);
            file.Write(packet.Payload);
        }
    }

    public static List<MadePacket> Load(string path)
    {
        using var file = new BinaryReader(File.OpenRead(path));
        var packets = new List<MadePacket>();
        while (file.BaseStream.Position < file.BaseStream.Length)
            packets.Add(new(file.ReadInt64(), file.ReadUInt32(), file.ReadBoolean(), file.ReadBytes(file.ReadInt32())));
        return packets;
    }

    private static uint Clock(int picture) => 900_000 + (uint)(picture * 3_000);

    private static byte[] Prefixed(byte[] unit)
    {
        var prefixed = new byte[unit.Length + 4];
        BinaryPrimitives.WriteInt32BigEndian(prefixed, unit.Length);
        unit.CopyTo(prefixed, 4);
        return prefixed;
    }
}
