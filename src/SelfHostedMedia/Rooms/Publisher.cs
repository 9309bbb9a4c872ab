using Muse.SelfHostedMedia.Bandwidth;
using Muse.SelfHostedMedia.Rtp;
using Muse.SelfHostedMedia.Sdp;
using Muse.SelfHostedMedia.Wire;

namespace Muse.SelfHostedMedia.Rooms;

/// <summary>The connection over which a participant sends. A packet's way: whose? → seen? → authentic? → into the encoding's cache, decrypted →
/// to every <see cref="Subscription"/> that listens to it.</summary>
internal sealed class Publisher(MediaThread thread, Participant participant, SessionDescription offer, TransportAttributes transport)
    : Connection(thread, participant, offer, transport)
{
    private const long FeedbackEvery = 500;
    private const long CeilingEvery = 100;

    private static readonly byte[] CanonicalName = System.Text.Encoding.ASCII.GetBytes("muse");

    private readonly Intake _intake = new(thread);
    private readonly byte[] _scratch = new byte[PacketCache.SlotSize];
    private readonly byte[] _control = new byte[1_200];
    private long _feedbackAt;
    private long _ceiling;
    private bool _isCeilingInDoubt;

    public override ConnectionKind Kind => ConnectionKind.Publish;

    /// <summary>What it hears about its own line.</summary>
    public ArrivalFeedback Arrivals { get; } = new();

    public List<PublishedTrack> Tracks { get; } = [];

    public ReceivedSources Sources { get; } = new();

    public override void ReceiveRtp(ReadOnlySpan<byte> packet, in RtpHeader header, in NetworkAddress from, long arrived)
    {
        if (Srtp is null)
            return;
        if (packet.Length < header.Length + Srtp.TagLength)
        {
            Thread.Counters.Malformed++;
            return;
        }

        var source = Sources.Find(header.Ssrc);
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
            ReceiveUnbound(source, index, packet, header, from, arrived);
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

        // Redundancy is taken apart beside the cache: what it carries of older packets may make the cache grow. And nothing makes way for a
        // packet that may be forged: whoever knows the publisher's address and SSRC could have the cache forget what is asked for again.
        var isRedundant = header.PayloadType == encoding.Track.RedundancyPayloadType && header.PayloadType != 0;
        var isInPlace = !isRedundant && encoding.IsWayClear(index);
        var payload = isInPlace ? encoding.Cache.Payload(index) : _scratch;
        var length = Srtp.Unprotect(packet, header.Length, header.Ssrc, index, payload);
        if (length < 0)
        {
            Refuse();
            return;
        }

        // Its former packet has been written over, whether this one will be taken or not.
        if (isInPlace)
            encoding.Cache.Slot(index).Index = -1;
        var isNewest = index > source.Seen.Newest;
        source.Seen.Mark(index);
        Arrivals.Arrived(packet, header, arrived);
        if (isNewest)
            Heard(from);
        _intake.Accept(encoding, packet, header, index, payload[..length], isInPlace);
    }

    /// <summary>A viewer is allowed less of one of its pictures than before.</summary>
    public void DoubtCeiling() => _isCeilingInDoubt = true;

    public void Remove(PublishedTrack track)
    {
        Tracks.Remove(track);
        Sources.Unbind(track);
        foreach (var subscription in track.Subscriptions.ToArray())
            subscription.Detach();
        track.Dispose();
    }

    public override bool MayBeNewer(DatagramKind kind, ReadOnlySpan<byte> packet, in RtpHeader header)
    {
        if (kind != DatagramKind.Rtp)
            return base.MayBeNewer(kind, packet, header);
        return Srtp is not null && packet.Length >= header.Length + Srtp.TagLength && Sources.Find(header.Ssrc) is { } source
            && SequenceUnwrap.Unwrap(header.Sequence, source.Seen.Newest) > source.Seen.Newest;
    }

    public override bool IsNewer(DatagramKind kind, ReadOnlySpan<byte> packet, in RtpHeader header, Span<byte> scratch)
    {
        if (kind != DatagramKind.Rtp)
            return base.IsNewer(kind, packet, header, scratch);
        return Sources.Find(header.Ssrc) is { } source
            && Srtp!.Unprotect(packet, header.Length, header.Ssrc, SequenceUnwrap.Unwrap(header.Sequence, source.Seen.Newest), scratch) >= 0;
    }

    protected override void ReceiveControl(in RtcpReader control)
    {
        if (control.Type != RtcpReader.SenderReportType || !SenderReport.TryRead(control.Packet, out var report))
            return;
        if (Sources.Find(report.Ssrc)?.Encoding is not { } encoding)
            return;
        encoding.LastReport = report;
        encoding.Reception.Heard(report, Thread.Now);
        encoding.Recorded?.Report(encoding, report);
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
        if (now < _feedbackAt && (!_isCeilingInDoubt || now < _feedbackAt - FeedbackEvery + CeilingEvery || !HasCeilingFallen()))
            return;
        _feedbackAt = now + FeedbackEvery;
        SendFeedback(now);
    }

    private bool HasCeilingFallen()
    {
        _isCeilingInDoubt = false;
        return Ceiling.Of(this) * 100 <= _ceiling * 95;
    }

    protected override void OnSecond(long now)
    {
    }

    protected override void OnEnd()
    {
        foreach (var track in Tracks.ToArray())
            Participant.Unpublish(track);
    }

    /// <summary>A packet of an SSRC that has no seat. Nothing is learned from it, nor made for it, before it has proved authentic.</summary>
    private void ReceiveFirst(ReadOnlySpan<byte> packet, in RtpHeader header, in NetworkAddress from, long arrived)
    {
        if (!Sources.HasSeat)
        {
            Thread.Counters.Unroutable++;
            return;
        }

        long index = header.Sequence;
        if (Sources.TryRecall(header.Ssrc, out var newest))
        {
            index = SequenceUnwrap.Unwrap(header.Sequence, newest);
            // What was seen of it below that has been forgotten.
            if (index <= newest)
            {
                Thread.Counters.Replayed++;
                return;
            }
        }

        var length = Srtp!.Unprotect(packet, header.Length, header.Ssrc, index, _scratch);
        // If its first packets were lost just before a rollover, the counter is at 1 already.
        if (length < 0 && index < 0x1000)
        {
            index += 0x1_0000;
            length = Srtp.Unprotect(packet, header.Length, header.Ssrc, index, _scratch);
        }

        if (length < 0)
        {
            Refuse();
            return;
        }

        if (Sources.MakeSeat() is { } gone)
            Unlearn(gone);
        var source = new ReceivedSource(header.Ssrc);
        Sources.Add(source);
        Learn(header.Ssrc);
        TakeUnbound(source, index, length, packet, header, from, arrived);
    }

    /// <summary>A packet of a source without a track.</summary>
    private void ReceiveUnbound(
        ReceivedSource source, long index, ReadOnlySpan<byte> packet, in RtpHeader header, in NetworkAddress from, long arrived)
    {
        var length = Srtp!.Unprotect(packet, header.Length, header.Ssrc, index, _scratch);
        if (length < 0)
            Refuse();
        else
            TakeUnbound(source, index, length, packet, header, from, arrived);
    }

    /// <summary>It has proved authentic and lies open: it may name its source's track.</summary>
    private void TakeUnbound(
        ReceivedSource source, long index, int length, ReadOnlySpan<byte> packet, in RtpHeader header, in NetworkAddress from, long arrived)
    {
        if (index > source.Seen.Newest)
            Heard(from);
        source.Seen.Mark(index);
        source.HeardAt = Thread.Now;
        Arrivals.Arrived(packet, header, arrived);
        if (Sources.RepairedBy(Tracks, packet, header) is { } repaired)
        {
            (source.Encoding, source.IsRepair) = (repaired, true);
            repaired.RepairSsrc = header.Ssrc;
            _intake.Repair(repaired, packet, header, _scratch.AsSpan(0, length));
            return;
        }

        (source.Encoding, source.IsRepair) = (Sources.EncodingOf(Tracks, packet, header), false);
        if (source.Encoding is not { } encoding)
        {
            Thread.Counters.Unroutable++;
            return;
        }

        encoding.Ssrc = header.Ssrc;
        _intake.Accept(encoding, packet, header, index, _scratch.AsSpan(0, length), isInPlace: false);
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
        _intake.Repair(encoding, packet, header, _scratch.AsSpan(0, length));
    }

    private void AskForMissing(Encoding encoding, long now)
    {
        if (encoding.Missing.Count == 0)
            return;
        Span<ushort> due = stackalloc ushort[MissingPackets.Capacity];
        var count = encoding.Missing.TakeDue(due, now, out var gaveUp);
        if (gaveUp)
            encoding.Track.WantKeyFrame(encoding, isStanding: true);
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
