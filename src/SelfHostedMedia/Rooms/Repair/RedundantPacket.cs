using System.Numerics;
using Muse.SelfHostedMedia.Rtp;

namespace Muse.SelfHostedMedia.Rooms.Repair;

/// <summary>Builds a payload with redundancy out of a track's cache, whether or not its publisher sent any (RFC 2198).</summary>
internal static class RedundantPacket
{
    /// <summary>Bytes of a payload at most: with RTP header, SRTP tag, UDP and IP it stays under every path's 1,280.</summary>
    public const int MaxPayload = 1_150;

    /// <summary>Redundant blocks at most.</summary>
    private const int MaxRedundant = 3;

    /// <summary>Which of the wanted packets can be carried: those that are there, not too old for 14 bits, not too long for 10, and while
    /// the whole is not too large. Nearer ones first.</summary>
    /// <param name="distances">As <see cref="AudioProtection.Distances"/>.</param>
    /// <returns>The same mask with what cannot be carried left out; 0 means: send it plain.</returns>
    public static byte Choose(PacketCache cache, in CachedPacket packet, byte distances)
    {
        if (packet.IsPadding || distances == 0)
            return 0;
        var chosen = 0;
        var count = 0;
        var length = RedundantAudio.PrimaryHeader + packet.PayloadLength;
        for (uint rest = distances; rest != 0 && count < MaxRedundant; rest &= rest - 1)
        {
            var bit = BitOperations.TrailingZeroCount(rest);
            var index = packet.Index - bit - 1;
            if (!cache.Holds(index))
                continue;
            ref var older = ref cache.Slot(index);
            var size = RedundantAudio.BlockHeader + older.PayloadLength;
            if (older.IsPadding || older.PayloadLength is 0 or > RedundantAudio.MaxBlockLength
                || packet.Timestamp - older.Timestamp is 0 or > RedundantAudio.MaxTimestampOffset
                || length + size > MaxPayload)
                continue;
            length += size;
            chosen |= 1 << bit;
            count++;
        }

        return (byte)chosen;
    }

    /// <summary>Whether <see cref="Write"/> would give the very same bytes as the first time.</summary>
    public static bool IsWhole(PacketCache cache, long index, byte chosen)
    {
        for (uint rest = chosen; rest != 0; rest &= rest - 1)
        {
            if (!cache.Holds(index - BitOperations.TrailingZeroCount(rest) - 1))
                return false;
        }

        return cache.Holds(index);
    }

    /// <summary>Writes the payload with exactly the chosen older packets. A pure function of the cache and the choice: a packet's payload
    /// never changes under its index, so a choice that is kept gives the same bytes again.</summary>
    /// <param name="payloadType">Opus' number at this subscriber.</param>
    /// <returns>The length.</returns>
    public static int Write(Span<byte> target, PacketCache cache, in CachedPacket packet, byte chosen, byte payloadType)
    {
        var at = 0;
        // Oldest first: the highest bit is the farthest back.
        for (uint rest = chosen; rest != 0;)
        {
            var bit = BitOperations.Log2(rest);
            rest &= ~(1u << bit);
            ref var older = ref cache.Slot(packet.Index - bit - 1);
            RedundantAudio.WriteBlockHeader(target[at..], payloadType, (int)(packet.Timestamp - older.Timestamp), older.PayloadLength);
            at += RedundantAudio.BlockHeader;
        }

        target[at++] = payloadType;
        for (uint rest = chosen; rest != 0;)
        {
            var bit = BitOperations.Log2(rest);
            rest &= ~(1u << bit);
            var index = packet.Index - bit - 1;
            var length = cache.Slot(index).PayloadLength;
            cache.Payload(index)[..length].CopyTo(target[at..]);
            at += length;
        }

        cache.Payload(packet.Index)[..packet.PayloadLength].CopyTo(target[at..]);
        return at + packet.PayloadLength;
    }
}
