using Muse.SelfHostedMedia.Rtp;

namespace Muse.SelfHostedMedia.Rooms.Repair;

/// <summary>Which packet an older block of a publisher's RED is a copy of. The block tells only its timestamp; packets are of one length, so the
/// distance follows from Opus' own duration, and neighbours that are there must agree.</summary>
internal static class ReceivedRedundancy
{
    /// <summary>Packets back at most.</summary>
    private const int Farthest = 8;

    /// <returns>The index it belongs to, or −1 when that cannot be told for certain: a wrong guess would put a sound in a wrong place.</returns>
    public static long IndexOf(PacketCache cache, long index, uint timestamp, in AudioBlock block, ReadOnlySpan<byte> payload)
    {
        var duration = OpusPacket.Duration(payload.Slice(block.At, block.Length));
        if (duration == 0 || block.TimestampOffset == 0 || block.TimestampOffset % duration != 0)
            return -1;
        var distance = block.TimestampOffset / duration;
        var hole = index - distance;
        if (distance > Farthest || hole < 0)
            return -1;
        var own = timestamp - (uint)block.TimestampOffset;
        for (var near = hole - 1; near <= hole + 1; near += 2)
        {
            if (near < 0 || near == index || !cache.Holds(near))
                continue;
            ref var neighbour = ref cache.Slot(near);
            // Padding has the timestamp of the sound before it.
            if (!neighbour.IsPadding && own - neighbour.Timestamp != (uint)((hole - near) * duration))
                return -1;
        }

        return hole;
    }
}
