using Muse.SelfHostedMedia.Rooms.Repair;
using Muse.SelfHostedMedia.Rtp;

namespace Muse.SelfHostedMedia.Rooms;

/// <summary>A decrypted packet's way into its encoding's cache: redundancy taken apart, holes filled, described once for all who will get it.</summary>
internal sealed class Intake(MediaThread thread)
{
    /// <param name="isInPlace">The payload lies in its slot of the cache already.</param>
    public void Accept(
        Encoding encoding, ReadOnlySpan<byte> packet, in RtpHeader header, long index, Span<byte> payload, bool isInPlace)
    {
        var track = encoding.Track;
        var length = header.WithoutPadding(payload);
        if (length > 0 && track.RedundancyPayloadType != 0 && header.PayloadType == track.RedundancyPayloadType)
            length = TakeApart(encoding, header, index, payload[..length]);
        else if (header.PayloadType != track.Codec.PayloadType
            // A probe of padding alone comes under either number.
            && (length != 0 || header.PayloadType != track.RedundancyPayloadType))
            length = -1;
        if (length < 0)
        {
            thread.Counters.Unroutable++;
            return;
        }

        if (encoding.Forwarded.IsSeen(index))
        {
            thread.Counters.Replayed++;
            return;
        }

        if (!isInPlace)
        {
            encoding.MakeWay(index);
            payload[..length].CopyTo(encoding.Cache.Payload(index));
        }

        Take(encoding, packet, header, index, length, isRepair: false);
    }

    /// <summary>Puts a repaired packet in its place. Browsers also probe the line with repairs of what is not missing, and with padding
    /// alone; those end here.</summary>
    public void Repair(Encoding encoding, ReadOnlySpan<byte> packet, in RtpHeader header, ReadOnlySpan<byte> payload)
    {
        var length = header.WithoutPadding(payload);
        var newest = encoding.Forwarded.Newest;
        if (length < 0 || header.PayloadType != encoding.Track.RepairPayloadType || newest < 0
            || !Retransmission.TryUnwrap(payload[..length], out var sequence, out var original))
        {
            thread.Counters.Probes++;
            return;
        }

        var index = SequenceUnwrap.Unwrap(sequence, newest);
        if (index < 0 || encoding.Forwarded.IsSeen(index) || newest - index >= encoding.Cache.Capacity)
        {
            thread.Counters.Probes++;
            return;
        }

        thread.Counters.Repaired++;
        encoding.Tally.Repaired++;
        encoding.MakeWay(index);
        var target = encoding.Cache.Payload(index);
        original.CopyTo(target);
        Take(encoding, packet, header, index, original.Length, isRepair: true);
    }

    /// <summary>Takes RED apart: the older packets it carries fill holes, its own is left at the beginning of the payload.</summary>
    /// <returns>Its own packet's length, or −1 when it is malformed.</returns>
    private int TakeApart(Encoding encoding, in RtpHeader header, long index, Span<byte> payload)
    {
        Span<AudioBlock> blocks = stackalloc AudioBlock[RedundantAudio.MaxBlocks];
        var count = RedundantAudio.Read(payload, blocks);
        var codec = encoding.Track.Codec.PayloadType;
        if (count == 0 || blocks[count - 1].PayloadType != codec)
            return -1;
        for (var i = 0; i < count - 1; i++)
        {
            if (blocks[i].PayloadType == codec && blocks[i].Length > 0)
                FillHole(encoding, header, index, blocks[i], payload);
        }

        var own = blocks[count - 1];
        payload.Slice(own.At, own.Length).CopyTo(payload);
        return own.Length;
    }

    private void FillHole(Encoding encoding, in RtpHeader header, long index, in AudioBlock block, ReadOnlySpan<byte> payload)
    {
        var newest = encoding.Forwarded.Newest;
        // Before the first packet there is no hole.
        if (newest < 0)
            return;
        var hole = ReceivedRedundancy.IndexOf(encoding.Cache, index, header.Timestamp, block, payload);
        if (hole < 0 || encoding.Forwarded.IsSeen(hole) || newest - hole >= encoding.Cache.Capacity)
            return;
        encoding.MakeWay(hole);
        encoding.Forwarded.Mark(hole);
        if (hole > newest)
            encoding.Missing.Arrived(hole, newest, thread.Now);
        else
            encoding.Missing.Forget(hole);
        thread.Counters.FilledFromRedundancy++;
        encoding.FilledFromRedundancy++;
        encoding.Cache.Slot(hole) = new()
        {
            Index = hole,
            ReceivedAt = thread.Now,
            Timestamp = header.Timestamp - (uint)block.TimestampOffset,
            PayloadLength = block.Length,
        };
        payload.Slice(block.At, block.Length).CopyTo(encoding.Cache.Payload(hole));
        encoding.Accepted(hole);
    }

    /// <summary>A packet whose payload lies in its slot already: counted, described, and on its way.</summary>
    /// <param name="length">0 is a probe of padding alone.</param>
    private void Take(Encoding encoding, ReadOnlySpan<byte> packet, in RtpHeader header, long index, int length, bool isRepair)
    {
        var track = encoding.Track;
        var payload = encoding.Cache.Payload(index);
        var now = thread.Now;
        var newest = encoding.Forwarded.Newest;
        encoding.Forwarded.Mark(index);
        // What a repair brings was lost all the same: the report says so.
        if (!isRepair)
            encoding.Reception.Count(index, header.Timestamp, now);
        encoding.Rate.Count(packet.Length, now);
        encoding.Tally.Packets++;
        encoding.Tally.Bytes += packet.Length;
        if (!encoding.Missing.Arrived(index, newest, now) && track.IsVideo)
            track.WantKeyFrame(encoding, isStanding: true);
        ref var cached = ref encoding.Cache.Slot(index);
        cached.Index = index;
        cached.ReceivedAt = thread.Now;
        cached.Timestamp = header.Timestamp;
        cached.Marker = header.Marker;
        cached.IsPadding = length == 0;
        cached.PayloadLength = length;
        if (cached.IsPadding)
        {
            payload[0] = 1;
            cached.PayloadLength = 1;
        }
        else
        {
            encoding.HeardAt = now;
        }

        cached.HasAudioLevel = !track.IsVideo && AudioLevel.TryRead(packet, header, track.Extensions.AudioLevel, out cached.AudioLevel);
        if (cached.HasAudioLevel)
            track.Heard(cached.AudioLevel);
        cached.BeginsKeyFrame = track.IsVideo && KeyFrames.Begins(track.VideoCodec, payload[..length]);
        if (track.IsVideo)
        {
            HeaderExtensions.TryFind(packet, header, track.Extensions.DependencyDescriptor, out var dependency);
            encoding.Layers.Read(payload[..length], dependency, ref cached);
        }

        if (cached.BeginsKeyFrame)
        {
            encoding.KeyFrameBegins(cached, now);
            if (KeyFrames.Height(track.VideoCodec, payload[..length]) is > 0 and var height && height != encoding.Height)
            {
                encoding.Height = height;
                track.Sort();
            }

            track.KeyFrameArrived(encoding);
        }

        if (track.IsVideo)
            track.KeyFrames.Count(length, encoding.IsOfKeyFrame(cached), now);
        encoding.Accepted(index);
    }
}
