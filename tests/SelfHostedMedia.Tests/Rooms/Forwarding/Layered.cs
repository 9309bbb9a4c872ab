using Muse.SelfHostedMedia.Rooms;
using Muse.SelfHostedMedia.Rtp;
using Muse.SelfHostedMedia.Sdp;

namespace Muse.SelfHostedMedia.Tests.Rooms.Forwarding;

/// <summary>Tracks and packets as a publisher's connection would leave them in the cache.</summary>
internal static class Layered
{
    public static PublishedTrack Track(string codec = "VP8", params string[] rids) => new(
        null!, "0", new(Guid.NewGuid(), Guid.NewGuid(), TrackKind.Video, TrackSource.Camera, codec), new Codec(96, codec, 90_000, 1),
        default, rids);

    /// <summary>Bytes of a VP8 picture's packet: 15-bit picture id, base layer index, temporal layer, key index.</summary>
    public static byte[] Vp8(
        int pictureId, byte baseLayerIndex, byte keyIndex, int temporal = 0, bool isKey = false, bool isSync = false, bool isFirst = true) =>
    [
        (byte)(isFirst ? 0x90 : 0x80), 0xF0, (byte)(0x80 | ((pictureId >> 8) & 0x7F)), (byte)pictureId, baseLayerIndex,
        (byte)((temporal << 6) | (isSync ? 0x20 : 0) | (keyIndex & 0x1F)), (byte)(isKey ? 0 : 1), 7, 7, 7,
    ];

    /// <summary>Puts a packet into the encoding's cache, as accepted.</summary>
    public static CachedPacket Put(this Encoding encoding, long index, uint timestamp, byte[] payload, bool marker = false)
    {
        ref var packet = ref encoding.Cache.Slot(index);
        packet = new() { Index = index, Timestamp = timestamp, PayloadLength = payload.Length, Marker = marker };
        payload.CopyTo(encoding.Cache.Payload(index));
        packet.BeginsKeyFrame = KeyFrames.Begins(encoding.Track.VideoCodec, payload);
        encoding.Layers.Read(payload, default, ref packet);
        encoding.Forwarded.Mark(index);
        return packet;
    }
}
