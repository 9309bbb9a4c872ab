using System.Text;
using Muse.SelfHostedMedia.Bandwidth;
using Muse.SelfHostedMedia.Rooms.Repair;
using Muse.SelfHostedMedia.Rtp;
using Muse.SelfHostedMedia.Sdp;
using Muse.SelfHostedMedia.Wire;

namespace Muse.SelfHostedMedia.Rooms;

/// <summary>The connection over which a participant sends. A packet's way: authentic? → whose? → seen? → into the encoding's cache, decrypted →
/// to every <see cref="Subscription"/> that listens to it.</summary>
internal sealed class Publisher(MediaThread thread, Participant participant, SessionDescription offer, TransportAttributes transport)
    : Connection(thread, participant, offer, transport)
{
    /// <summary>SSRCs one publisher may use; more are dropped.</summary>
    private const int MaxSources = 16;
    private const long FeedbackEvery = 500;
    private const long CeilingEvery = 100;

    private static readonly byte[] CanonicalName = System.Text.Encoding.ASCII.GetBytes("muse");

    private readonly List<ReceivedSource> _sources = [];
    private readonly byte[] _scratch = new byte[PacketCache.SlotSize];
    private readonly byte[] _control = new byte[1_200];
    private long _feedbackAt;
    private long _ceiling;

    public override ConnectionKind Kind => ConnectionKind.Publish;

    /// <summary>What it hears about its own line.</summary>
    public ArrivalFeedback Arrivals { get; } = new();

    public List<PublishedTrack> Tracks { get; } = [];

    /// <summary>SSRC → mid as the offer's a=ssrc lines say; trusted only for packets that are authentic.</summary>
    public Dictionary<uint, string> OfferedSources { get; } = [];

    /// <summary>SSRC of a repair stream → SSRC it repairs, as the offer's FID groups say.</summary>
    public Dictionary<uint, uint> OfferedRepairs { get; } = [];

    public override void ReceiveRtp(ReadOnlySpan<byte> packet, in RtpHeader header, in NetworkAddress from, long arrived)
    {
        if (Srtp is null)
            return;
        if (packet.Length < header.Length + Srtp.TagLength)
        {
            Thread.Counters.Malformed++;
            return;
        }

        var source = Find(header.Ssrc);
        if (source is null)
        {
            ReceiveFirst(packet, header, from, arrived);
            return;
        }

        var index = SequenceUnwrap.Unwrap(header.Sequence, source.Seen.Newest);
        if (index < 0 || source.Seen.IsSeen(index))
        {
            Thread.Counters.Replayed++;
            return;
        }

        if (source.Encoding is not { } encoding)
        {
            if (!ReceiveUnbound(source, index, packet, header, from, arrived))
                Refuse();
            return;
        }

        if (source.IsRepair)
        {
            ReceiveRepair(source, encoding, index, packet, header, from, arrived);
            return;
        }

        // It has come already, as a repair or as redundancy: opening it would overwrite in the cache what has been forwarded.
        if (encoding.Forwarded.IsSeen(index))
        {
            Thread.Counters.Replayed++;
            return;
        }

        // A packet from before the cache's reach would overwrite a newer one, and nobody waits for it any more.
        if (source.Seen.Newest - index >= encoding.Cache.Capacity)
        {
            Thread.Counters.Replayed++;
            return;
        }

        encoding.MakeWay(index);
        encoding.Cache.Slot(index).Index = -1;
        // Redundancy is taken apart beside the cache: what it carries of older packets may make the cache grow.
        var isRedundant = header.PayloadType == encoding.Track.RedundancyPayloadType && header.PayloadType != 0;
        var payload = isRedundant ? _scratch : encoding.Cache.Payload(index);
        var length = Srtp.Unprotect(packet, header.Length, header.Ssrc, index, payload);
        if (length < 0)
        {
            Refuse();
            return;
        }

        var isNewest = index > source.Seen.Newest;
        source.Seen.Mark(index);
        Arrivals.Arrived(packet, header, arrived);
        if (isNewest)
            Heard(from);
        Accept(encoding, packet, header, index, payload[..length], isInPlace: !isRedundant);
    }

    public void Remove(PublishedTrack track)
    {
        Tracks.Remove(track);
        foreach (var source in _sources)
        {
            // The SSRC stays known with its rollovers: the m-line may come to life again under it.
            if (source.Encoding?.Track == track)
                source.Encoding = null;
        }

        foreach (var subscription in track.Subscriptions.ToArray())
            subscription.Detach();
        track.Dispose();
    }

    public override bool MayBeNewer(DatagramKind kind, ReadOnlySpan<byte> packet, in RtpHeader header)
    {
        if (kind != DatagramKind.Rtp)
            return base.MayBeNewer(kind, packet, header);
        return Srtp is not null && packet.Length >= header.Length + Srtp.TagLength && Find(header.Ssrc) is { } source
            && SequenceUnwrap.Unwrap(header.Sequence, source.Seen.Newest) > source.Seen.Newest;
    }

    public override bool IsNewer(DatagramKind kind, ReadOnlySpan<byte> packet, in RtpHeader header, Span<byte> scratch)
    {
        if (kind != DatagramKind.Rtp)
            return base.IsNewer(kind, packet, header, scratch);
        return Find(header.Ssrc) is { } source
            && Srtp!.Unprotect(packet, header.Length, header.Ssrc, SequenceUnwrap.Unwrap(header.Sequence, source.Seen.Newest), scratch) >= 0;
    }

    protected override void ReceiveControl(in RtcpReader control)
    {
        if (control.Type != RtcpReader.SenderReportType || !SenderReport.TryRead(control.Packet, out var report))
            return;
        if (Find(report.Ssrc)?.Encoding is not { } encoding)
            return;
        encoding.LastReport = report;
        encoding.Reception.Heard(report, Thread.Now);
        foreach (var subscription in encoding.Listeners)
            subscription.SendReport(encoding);
    }

    protected override void OnConnected() => _feedbackAt = Thread.Now;

    protected override void OnTick(long now)
    {
        foreach (var track in Tracks)
        {
            if (track.IsSilent)
                continue;
            foreach (var encoding in track.Encodings)
                AskForMissing(encoding, now);
            if (track.IsVideo && track.KeyFrames.IsDue(now))
                AskForKeyFrame(track);
        }

        if (Arrivals.IsDue(now))
            TellArrivals();
        // A viewer whose line has become thin cannot wait for the next report.
        if (now < _feedbackAt && (now < _feedbackAt - FeedbackEvery + CeilingEvery || Ceiling.Of(this) * 100 > _ceiling * 95))
            return;
        _feedbackAt = now + FeedbackEvery;
        SendFeedback(now);
    }

    protected override void OnSecond(long now)
    {
    }

    protected override void OnEnd()
    {
        foreach (var track in Tracks.ToArray())
            Participant.Unpublish(track);
    }

    /// <summary>A packet of an SSRC that is not known yet. Nothing is learned from it before it has proved authentic.</summary>
    private void ReceiveFirst(ReadOnlySpan<byte> packet, in RtpHeader header, in NetworkAddress from, long arrived)
    {
        if (_sources.Count == MaxSources)
        {
            Thread.Counters.Unroutable++;
            return;
        }

        var source = new ReceivedSource(header.Ssrc);
        if (ReceiveUnbound(source, header.Sequence, packet, header, from, arrived)
            // If its first packets were lost just before a rollover, the counter is at 1 already.
            || (header.Sequence < 0x1000 && ReceiveUnbound(source, header.Sequence + 0x1_0000L, packet, header, from, arrived)))
        {
            _sources.Add(source);
            Learn(header.Ssrc);
        }
        else
        {
            Refuse();
        }
    }

    /// <summary>A packet of a source without a track. Once it has proved authentic, it may name one.</summary>
    /// <returns>False when it is not authentic.</returns>
    private bool ReceiveUnbound(
        ReceivedSource source, long index, ReadOnlySpan<byte> packet, in RtpHeader header, in NetworkAddress from, long arrived)
    {
        var length = Srtp!.Unprotect(packet, header.Length, header.Ssrc, index, _scratch);
        if (length < 0)
            return false;
        if (index > source.Seen.Newest)
            Heard(from);
        source.Seen.Mark(index);
        Arrivals.Arrived(packet, header, arrived);
        if (RepairedBy(packet, header) is { } repaired)
        {
            (source.Encoding, source.IsRepair) = (repaired, true);
            repaired.RepairSsrc = header.Ssrc;
            Repair(repaired, packet, header, _scratch.AsSpan(0, length));
            return true;
        }

        (source.Encoding, source.IsRepair) = (EncodingOf(packet, header), false);
        if (source.Encoding is not { } encoding)
        {
            Thread.Counters.Unroutable++;
            return true;
        }

        encoding.Ssrc = header.Ssrc;
        Accept(encoding, packet, header, index, _scratch.AsSpan(0, length), isInPlace: false);
        return true;
    }

    private void ReceiveRepair(
        ReceivedSource source, Encoding encoding, long index, ReadOnlySpan<byte> packet, in RtpHeader header, in NetworkAddress from,
        long arrived)
    {
        var length = Srtp!.Unprotect(packet, header.Length, header.Ssrc, index, _scratch);
        if (length < 0)
        {
            Refuse();
            return;
        }

        var isNewest = index > source.Seen.Newest;
        source.Seen.Mark(index);
        Arrivals.Arrived(packet, header, arrived);
        if (isNewest)
            Heard(from);
        Repair(encoding, packet, header, _scratch.AsSpan(0, length));
    }

    /// <summary>Puts a repaired packet in its place. Browsers also probe the line with repairs of what is not missing, and with padding
    /// alone; those end here.</summary>
    private void Repair(Encoding encoding, ReadOnlySpan<byte> packet, in RtpHeader header, ReadOnlySpan<byte> payload)
    {
        var length = header.WithoutPadding(payload);
        var newest = encoding.Forwarded.Newest;
        if (length < 0 || header.PayloadType != encoding.Track.RepairPayloadType || newest < 0
            || !Retransmission.TryUnwrap(payload[..length], out var sequence, out var original))
        {
            Thread.Counters.Probes++;
            return;
        }

        var index = SequenceUnwrap.Unwrap(sequence, newest);
        if (index < 0 || encoding.Forwarded.IsSeen(index) || newest - index >= encoding.Cache.Capacity)
        {
            Thread.Counters.Probes++;
            return;
        }

        Thread.Counters.Repaired++;
        encoding.Tally.Repaired++;
        encoding.MakeWay(index);
        var target = encoding.Cache.Payload(index);
        original.CopyTo(target);
        Take(encoding, packet, header, index, original.Length, isRepair: true);
    }

    /// <summary>The encoding that an unknown SSRC repairs, or null when it is no repair stream. Told by the offer's FID groups, or by the
    /// repaired stream's name and the m-line; a repair may be the first that is ever heard of an encoding.</summary>
    private Encoding? RepairedBy(ReadOnlySpan<byte> packet, in RtpHeader header)
    {
        Encoding? only = null;
        var matches = 0;
        OfferedSources.TryGetValue(header.Ssrc, out var offeredMid);
        var isGrouped = OfferedRepairs.TryGetValue(header.Ssrc, out var original);
        foreach (var track in Tracks)
        {
            if (track.RepairPayloadType == 0 || track.RepairPayloadType != header.PayloadType)
                continue;
            var hasMid = HeaderExtensions.TryFind(packet, header, track.Extensions.Mid, out var mid);
            if (hasMid ? !Ascii.Equals(mid, track.Mid) : offeredMid is not null && offeredMid != track.Mid)
                continue;
            foreach (var encoding in track.Encodings)
            {
                if (encoding.RepairSsrc != 0 || (isGrouped && encoding.Ssrc != 0 && encoding.Ssrc != original))
                    continue;
                if (track.Encodings.Length > 1
                    && (!HeaderExtensions.TryFind(packet, header, track.Extensions.RepairedStreamId, out var rid) || track.Layer(rid) != encoding))
                    continue;
                only = encoding;
                matches++;
            }
        }

        return matches == 1 ? only : null;
    }

    /// <summary>By the MID extension and the layer's name, by the offer's a=ssrc, or because only one track has that payload type. An
    /// encoding has one SSRC: a second one (a restarted encoder) is not taken before the first is renegotiated.</summary>
    private Encoding? EncodingOf(ReadOnlySpan<byte> packet, in RtpHeader header)
    {
        Encoding? byPayloadType = null;
        var matches = 0;
        OfferedSources.TryGetValue(header.Ssrc, out var offeredMid);
        foreach (var track in Tracks)
        {
            if (track.Codec.PayloadType != header.PayloadType
                && (track.RedundancyPayloadType == 0 || track.RedundancyPayloadType != header.PayloadType))
                continue;
            var encoding = track.Encodings[0];
            if (track.Encodings.Length > 1)
            {
                // Without its layer's name a packet may be of any: the name comes with the first ones, again and again until it is known.
                if (!HeaderExtensions.TryFind(packet, header, track.Extensions.StreamId, out var rid) || track.Layer(rid) is not { } layer)
                    continue;
                encoding = layer;
            }

            if (encoding.Ssrc != 0)
                continue;
            if (HeaderExtensions.TryFind(packet, header, track.Extensions.Mid, out var mid))
            {
                if (Ascii.Equals(mid, track.Mid))
                    return encoding;
                continue;
            }

            if (offeredMid == track.Mid)
                return encoding;
            byPayloadType = encoding;
            matches++;
        }

        return matches == 1 ? byPayloadType : null;
    }

    private ReceivedSource? Find(uint ssrc)
    {
        foreach (var source in _sources)
        {
            if (source.Ssrc == ssrc)
                return source;
        }

        return null;
    }

    /// <param name="isInPlace">The payload lies in its slot of the cache already.</param>
    private void Accept(
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
            Thread.Counters.Unroutable++;
            return;
        }

        if (encoding.Forwarded.IsSeen(index))
        {
            Thread.Counters.Replayed++;
            return;
        }

        if (!isInPlace)
        {
            encoding.MakeWay(index);
            payload[..length].CopyTo(encoding.Cache.Payload(index));
        }

        Take(encoding, packet, header, index, length, isRepair: false);
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
            encoding.Missing.Arrived(hole, newest, Thread.Now);
        else
            encoding.Missing.Forget(hole);
        Thread.Counters.FilledFromRedundancy++;
        encoding.FilledFromRedundancy++;
        encoding.Cache.Slot(hole) = new()
        {
            Index = hole,
            ReceivedAt = Thread.Now,
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
        var now = Thread.Now;
        var newest = encoding.Forwarded.Newest;
        encoding.Forwarded.Mark(index);
        // What a repair brings was lost all the same: the report says so.
        if (!isRepair)
            encoding.Reception.Count(index, header.Timestamp, now);
        encoding.Rate.Count(packet.Length, now);
        encoding.Tally.Packets++;
        encoding.Tally.Bytes += packet.Length;
        if (!encoding.Missing.Arrived(index, newest, now) && track.IsVideo)
            track.WantKeyFrame(encoding);
        ref var cached = ref encoding.Cache.Slot(index);
        cached.Index = index;
        cached.ReceivedAt = Thread.Now;
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

    private void AskForMissing(Encoding encoding, long now)
    {
        if (encoding.Missing.Count == 0)
            return;
        Span<ushort> due = stackalloc ushort[MissingPackets.Capacity];
        var count = encoding.Missing.TakeDue(due, now, out var gaveUp);
        if (gaveUp)
            encoding.Track.WantKeyFrame(encoding);
        if (count == 0)
            return;
        encoding.Tally.Nacks += count;
        SendControl(_control.AsSpan(0, GenericNack.Write(_control, ControlSsrc, encoding.Ssrc, due[..count])));
    }

    /// <summary>Asks for those encodings that somebody waits for. (Chromium answers a request for one with key frames of all.)</summary>
    private void AskForKeyFrame(PublishedTrack track)
    {
        foreach (var encoding in track.Encodings)
        {
            if (!encoding.WantsKeyFrame || encoding.Ssrc == 0)
                continue;
            Thread.Counters.KeyFrameRequests++;
            encoding.Tally.KeyFrameRequests++;
            SendControl(_control.AsSpan(0, PictureLossIndication.Write(_control, ControlSsrc, encoding.Ssrc)));
        }
    }

    /// <summary>Each message in a packet of its own: together they could be longer than one.</summary>
    private void TellArrivals()
    {
        for (var length = Arrivals.Write(_control, ControlSsrc); length > 0; length = Arrivals.Write(_control, ControlSsrc))
            SendControl(_control.AsSpan(0, length));
    }

    /// <summary>Reports what arrived and allows the profile's bitrate: a browser that hears neither stays at 300 kbit/s.</summary>
    private void SendFeedback(long now)
    {
        Span<uint> media = stackalloc uint[8];
        var heard = 0;
        foreach (var track in Tracks)
        {
            foreach (var encoding in track.Encodings)
            {
                if (encoding.Ssrc == 0 || heard == media.Length)
                    continue;
                var block = _control.AsSpan(8 + (heard * ReceptionReport.Length));
                encoding.Reception.Report(encoding.Ssrc, now).Write(block);
                media[heard++] = encoding.Ssrc;
            }
        }

        if (heard == 0)
            return;
        ReceptionReport.WriteHeader(_control, ControlSsrc, heard);
        var length = 8 + (heard * ReceptionReport.Length);
        length += SourceDescription.Write(_control.AsSpan(length), ControlSsrc, CanonicalName);
        _ceiling = Ceiling.Of(this);
        var profile = Participant.Room.Profile;
        length += ReceiverBitrateLimit.Write(
            _control.AsSpan(length), ControlSsrc, _ceiling + profile.PublishedAudioBitrate, media[..heard]);
        SendControl(_control.AsSpan(0, length));
    }
}
