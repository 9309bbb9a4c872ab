using System.Security.Cryptography;
using Muse.SelfHostedMedia.Bandwidth;
using Muse.SelfHostedMedia.Rooms.Forwarding;
using Muse.SelfHostedMedia.Rooms.Repair;
using Muse.SelfHostedMedia.Rooms.Watching;
using Muse.SelfHostedMedia.Rtp;
using Muse.SelfHostedMedia.Wire;

namespace Muse.SelfHostedMedia.Rooms;

/// <summary>One track on its way to one subscriber, under an SSRC, payload type and sequence numbers of its own. Those never change: other
/// ones mean another subscription with another SSRC, so that one SSRC and index never stand for two different packets. Which encoding goes
/// through, and under which numbers, is the <see cref="Forwarder"/>'s.</summary>
internal sealed class Subscription
{
    /// <summary>Packets that NACKs may bring back in so many milliseconds.</summary>
    private const int MaxResends = 64;
    private const int ResendsWithin = 10;

    /// <summary>A picture is held back until it can be decoded; not for longer than this, in case its key frames are not recognised.</summary>
    private const long MaxHold = 3_000;

    /// <summary>A key frame this young is sent from the cache instead of asking for another; an older one would bring a burst of pictures that
    /// the decoder must catch up with, which takes longer than a new one.</summary>
    private const long YoungKeyFrame = 300;

    /// <summary>The longest there is; its count stands in the last byte (RFC 3550 §5.1).</summary>
    private static readonly byte[] Padding = [.. new byte[byte.MaxValue - 1], byte.MaxValue];

    private readonly SubscribedNumbers _numbers;
    private readonly TransportNumbers? _transportNumbers;
    private readonly byte[] _canonicalName;
    private readonly Forwarder _forwarder;
    private readonly List<Encoding> _listensTo = new(2);
    private long _keyFrameTimestamp = -1;
    private uint _lastTimestamp;
    private uint _packets;
    private uint _octets;
    private uint _octetsCounted;

    /// <summary>Since the last turn, redundancy counted.</summary>
    private int _paid;
    private long _bytes;
    private int _resends;
    private long _resendsSince;
    private bool _isHeld;

    public Subscription(
        Subscriber subscriber, string mid, PublishedTrack track, in SubscribedNumbers numbers, uint ssrc, RepairStream? repair)
    {
        Subscriber = subscriber;
        Mid = mid;
        Track = track;
        TrackId = track.Info.Id;
        IsVideo = track.IsVideo;
        ClockRate = track.Codec.ClockRate;
        _numbers = numbers;
        if (numbers.TransportId != 0)
            _transportNumbers = new(track.IsVideo ? 1_024 : 128);
        Ssrc = ssrc;
        Repair = repair;
        if (!track.IsVideo)
            Sound = new(numbers.RedundancyPayloadType);
        CanonicalName = track.Info.ParticipantId.ToString("N")[..16];
        _canonicalName = System.Text.Encoding.ASCII.GetBytes(CanonicalName);
        _forwarder = new(track.IsVideo, track.Codec.ClockRate, RandomNumberGenerator.GetInt32(1_024, 0x7000));
        track.Subscriptions.Add(this);
        Choose();
    }

    public Subscriber Subscriber { get; }

    /// <summary>What it would like of the subscriber's line, and gets.</summary>
    public LayerDemand Demand { get; } = new();

    /// <summary>What it had before the choice under way.</summary>
    public int ChosenBefore { get; set; }

    /// <summary>bit/s, likewise.</summary>
    public long AllowedBefore { get; set; }

    /// <summary>As the viewer was last told.</summary>
    public PictureState Picture { get; set; }

    public string Mid { get; }

    public Guid TrackId { get; private set; }

    public bool IsVideo { get; }

    public int ClockRate { get; }

    /// <summary>When it could first have sent, in the media thread's milliseconds: the connection had its keys.</summary>
    public long BegunAt { get; private set; }

    public long Packets => _packets;

    /// <summary>Of media, without headers.</summary>
    public long Bytes => _bytes + (_octets - _octetsCounted);

    public SubscriptionTally Tally { get; } = new();

    public byte PayloadType => _numbers.PayloadType;

    public uint Ssrc { get; }

    /// <summary>Null when the subscriber takes no RTX: lost packets are then sent again as they were.</summary>
    public RepairStream? Repair { get; }

    /// <summary>Null for a picture.</summary>
    public SoundProtection? Sound { get; }

    /// <summary>One for all tracks of a publisher: that is what a browser keeps lips and sound together by.</summary>
    public string CanonicalName { get; }

    /// <summary>Null once the track is unpublished or the m-line shows something else.</summary>
    public PublishedTrack? Track { get; private set; }

    /// <summary>The encoding that goes through; null before the first packet.</summary>
    public Encoding? Current => _forwarder.Current;

    /// <summary>What the subscriber shall get; obeyed from the next key frame of another layer on, or the next picture where none is
    /// needed. What is not there falls back to what is.</summary>
    public LayerTarget Target { get; private set; } = LayerTarget.Highest;

    /// <summary>The layers that go through of a scalable stream.</summary>
    public LayerLimit Limit => _forwarder.Limit;

    /// <summary>A key frame is awaited before what is wanted goes through.</summary>
    public bool IsSwitching => _forwarder.Awaits || _forwarder.AwaitsSpatialLayer;

    /// <summary>Times that another encoding went through than before.</summary>
    public int Switches { get; private set; }

    /// <summary>Bits of this subscription in the last second, as of its last turn: redundancy counted, retransmissions and headers not.</summary>
    public ByteRate Rate { get; } = new();

    public void Aim(LayerTarget target)
    {
        if (target == Target)
            return;
        Target = target;
        Choose();
        Seek();
    }

    public bool IsFor(PublishedTrack track, in SubscribedNumbers numbers) => Track == track && _numbers == numbers;

    /// <summary>The track was silenced, or is so no longer.</summary>
    public void Reconsider()
    {
        Choose();
        Seek();
    }

    public void Detach()
    {
        Track?.Subscriptions.Remove(this);
        Track = null;
        Listen();
    }

    /// <summary>Another track of the same codec goes on in the place of one that is gone, under the same SSRC and the numbers behind its last:
    /// for a viewer with whom nothing can be negotiated. Nothing of the former can be sent again.</summary>
    public void Attach(PublishedTrack track)
    {
        _forwarder.Forget();
        (Track, TrackId) = (track, track.Info.Id);
        track.Subscriptions.Add(this);
        Choose();
        Seek();
    }

    /// <summary>The subscriber has keys: it needs the clock, and of a picture the beginning.</summary>
    public void Begin()
    {
        BegunAt = Subscriber.Thread.Now;
        Choose();
        if (_forwarder.Wanted is { } wanted)
            SendReport(wanted);
        Seek();
    }

    /// <summary>The subscriber cannot go on without a key frame.</summary>
    /// <param name="isStanding">It says so itself, after it has had pictures.</param>
    public void AskForKeyFrame(bool isStanding = false)
    {
        if (Track is { IsVideo: true } track && _forwarder.Wanted is { } wanted)
            track.WantKeyFrame(wanted, isStanding && _packets > 0);
    }

    /// <summary>What an encoding's burst has for this subscriber.</summary>
    public void Forward(Encoding encoding)
    {
        if (!CanSend)
            return;
        if (_isHeld || (encoding.Track.IsVideo && Subscriber.IsBehind))
        {
            Hold();
            return;
        }

        var burst = encoding.Burst;
        for (var i = 0; i < burst.Count; i++)
        {
            var index = burst.Index(i);
            ref var packet = ref encoding.Cache.Slot(index);
            if (encoding != Current && encoding == _forwarder.Wanted && CanBeginAt(encoding, packet, out var start))
            {
                BeginAt(encoding, start);
                return;
            }

            Take(encoding, packet);
        }
    }

    /// <summary>Answers a NACK from the encoding's cache with the very same bytes. What is not there yet is being asked of the publisher
    /// (<see cref="MissingPackets"/>) and goes out when it comes.</summary>
    public void Resend(ushort sequence)
    {
        if (Track is null || !CanSend || _isHeld)
            return;
        if (Subscriber.Thread.Now - _resendsSince >= ResendsWithin)
            (_resends, _resendsSince) = (0, Subscriber.Thread.Now);
        if (_resends >= MaxResends)
            return;
        if (!_forwarder.TryFind(SequenceUnwrap.Unwrap(sequence, _forwarder.Newest), out var run))
            return;
        var outIndex = SequenceUnwrap.Unwrap(sequence, _forwarder.Newest);
        var index = run.InOf(outIndex);
        var cache = run.Encoding.Cache;
        if ((Sound is not null && !Sound.Lacks(outIndex)) || !cache.Holds(index))
            return;
        _resends++;
        ref var packet = ref cache.Slot(index);
        if (Send(run, packet, isAgain: true))
        {
            Subscriber.Thread.Counters.ResentPackets++;
            Tally.Resent++;
        }
    }

    /// <summary>Padding finds its way: on the repair stream of a picture that is under way.</summary>
    public bool MayPad => Repair is not null && _transportNumbers is not null && _packets > 0 && Track is not null && CanSend;

    /// <summary>One packet of padding alone on the repair stream (RFC 4588 §4: its own numbers), which receivers count and throw away. Only when
    /// <see cref="MayPad"/>.</summary>
    /// <returns>Bytes as the line sees them.</returns>
    public int Pad()
    {
        var index = Repair!.TakeIndex();
        var size = RtpHeader.FixedLength + 8 + Padding.Length + Subscriber.Srtp!.TagLength;
        var transport = Subscriber.Line.Sent(Subscriber.Thread.NowMicroseconds, size, isKeyFrame: false);
        var target = Subscriber.Thread.Out.Next();
        var header = ForwardedHeader.Write(
            target, default, marker: false, isPadding: true, Repair.PayloadType, (ushort)index, _lastTimestamp, Repair.Ssrc, 0, _numbers.TransportId, transport);
        var length = Subscriber.Srtp.Protect(target, header, Padding, Repair.Ssrc, index);
        Subscriber.Send(target[..length], isPicture: true);
        Subscriber.Thread.Counters.PaddingPackets++;
        return size;
    }

    /// <summary>Passes the publisher's clock on, with our timestamps and counts.</summary>
    public void SendReport(Encoding encoding)
    {
        if (encoding.LastReport is not { } report || !_forwarder.IsNumberedBy(encoding))
            return;
        Span<byte> control = stackalloc byte[SenderReport.Length + 64];
        var rtpTime = report.RtpTime + _forwarder.TimestampOffset;
        var length = (report with { Ssrc = Ssrc, RtpTime = rtpTime, PacketCount = _packets, OctetCount = _octets }).Write(control);
        length += SourceDescription.Write(control[length..], Ssrc, _canonicalName);
        Subscriber.SendControl(control[..length]);
        Subscriber.RoundTrip.Sent(report.MiddleOfNtp, Subscriber.Thread.Now);
    }

    /// <summary>At its subscriber's turn of the <see cref="Rota"/>.</summary>
    public void Tick()
    {
        // Counted here and not per packet: each counter is a line of memory that a packet would wait for.
        var octets = _octets - _octetsCounted;
        _octetsCounted = _octets;
        _bytes += octets;
        Rate.Count(_paid, Subscriber.Thread.Now);
        _paid = 0;
        Sound?.Tick();
        if (_isHeld && !Subscriber.IsBehind)
        {
            _isHeld = false;
            AskForKeyFrame();
        }

        if (Track is not { Encodings.Length: > 1 })
            return;
        var wanted = _forwarder.Wanted;
        Choose();
        if (_forwarder.Wanted != wanted)
            Seek();
    }

    /// <summary>The line cannot take the picture: nothing more until it can and a key frame has come, and no number is missed.</summary>
    private void Hold()
    {
        _isHeld = true;
        _forwarder.Hold();
    }

    /// <summary>Padding alone: its count of one byte.</summary>
    private static ReadOnlySpan<byte> Filler => [1];

    private bool CanSend => Subscriber.Srtp is not null && Subscriber.Paths.HasPath;

    /// <summary>Its turn to forward comes after a few others: what it consists of is fetched, so that <see cref="Prefetch"/> need not wait for it.</summary>
    public void PrefetchParts()
    {
        CacheLines.PrefetchObject(Subscriber, 3);
        CacheLines.PrefetchObject(_forwarder, 2);
        if (Sound is not null)
            CacheLines.PrefetchObject(Sound, 1);
    }

    /// <summary>Its turn to forward comes soon: what that will touch is fetched into the processor's cache meanwhile. In a large room all of it has
    /// been pushed out since the last packet.</summary>
    public void Prefetch()
    {
        Subscriber.Srtp?.PrefetchOutgoing();
        Subscriber.Paths.Prefetch();
        _forwarder.Prefetch();
        Sound?.Prefetch();
    }

    public void Second() => Sound?.Second(Subscriber.RoundTrip.Milliseconds, Subscriber.Thread.Now);

    /// <summary>Settles what is wanted by what there is.</summary>
    private void Choose()
    {
        // A simulcast's pictures come in encodings: there is no other spatial layer in them.
        var limit = Track is { Encodings.Length: > 1 } ? Target.Limit with { Spatial = byte.MaxValue } : Target.Limit;
        _forwarder.Want(Track is null || Track.IsSilenced ? null : Target.Choose(Track.Encodings), limit);
        Listen();
    }

    /// <summary>Goes over at once if a key frame has just come, else asks for one.</summary>
    private void Seek()
    {
        if (!IsSwitching || Track is not { IsVideo: true } || _forwarder.Wanted is not { } wanted)
            return;
        if (_forwarder.Awaits && CanSend && wanted.KeyFrameIndex >= 0 && Subscriber.Thread.Now - wanted.KeyFrameAt < YoungKeyFrame
            && wanted.Cache.Holds(wanted.KeyFrameIndex) && wanted.Burst.Count == 0
            && wanted.StartOfKeyFrame(wanted.KeyFrameIndex) is >= 0 and var start)
            BeginAt(wanted, start);
        else
            AskForKeyFrame();
    }

    private bool CanBeginAt(Encoding encoding, in CachedPacket packet, out long start)
    {
        start = packet.Index;
        if (!encoding.Track.IsVideo || (_packets == 0 && Subscriber.Thread.Now - BegunAt >= MaxHold))
            return true;
        if (!packet.BeginsKeyFrame)
            return false;
        start = encoding.StartOfKeyFrame(packet.Index);
        return start >= 0;
    }

    /// <summary>Everything from there on that is in the cache goes out: what came before its first packet, out of order, too.</summary>
    private void BeginAt(Encoding encoding, long start)
    {
        var isSwitch = _packets > 0;
        _forwarder.Begin(encoding, encoding.Cache.Slot(start), encoding.Track.IsVideo ? encoding.KeyFrameAt : Subscriber.Thread.Now);
        Listen();
        if (isSwitch)
        {
            Switches++;
            SendReport(encoding);
        }

        for (var index = start; index <= encoding.Forwarded.Newest; index++)
        {
            if (encoding.Cache.Holds(index))
                Take(encoding, encoding.Cache.Slot(index));
        }
    }

    private void Take(Encoding encoding, in CachedPacket packet)
    {
        var now = Subscriber.Thread.Now;
        if (!_forwarder.Take(encoding, packet, now, out var run) || !Send(run, packet, isAgain: false))
            return;
        Subscriber.Thread.Counters.ForwardedPackets++;
        if (_packets++ == 0)
            Tally.FirstAt = now;
        _octets += (uint)packet.PayloadLength;
        _lastTimestamp = packet.Timestamp + run.TimestampOffset;
    }

    /// <summary>What goes out depends on the run, the packet and, for sound, the redundancy it first went out with, alone.</summary>
    /// <param name="isAgain">By RTX where the subscriber takes it; otherwise the very same bytes as the first time.</param>
    private bool Send(in Run run, in CachedPacket packet, bool isAgain)
    {
        var index = run.OutOf(packet.Index);
        var isFiller = run.IsFiller(packet);
        scoped ReadOnlySpan<byte> payload = isFiller ? Filler : run.Encoding.Cache.Payload(packet.Index)[..packet.PayloadLength];
        var (ssrc, payloadType, outIndex) = (Ssrc, PayloadType, index);
        ushort transport = 0;
        var isNew = _transportNumbers is not null;
        if (!run.Pictures.IsNone && !isFiller)
        {
            var renumbered = Subscriber.Thread.Renumbered.AsSpan(0, payload.Length);
            payload.CopyTo(renumbered);
            Vp8Descriptor.Renumber(renumbered, run.Pictures.PictureId, run.Pictures.BaseLayerIndex, run.Pictures.KeyIndex);
            payload = renumbered;
        }

        var scratch = Subscriber.Thread.Payload;
        if (isAgain && Repair is not null)
        {
            (ssrc, payloadType, outIndex) = (Repair.Ssrc, Repair.PayloadType, Repair.TakeIndex());
            payload = scratch.AsSpan(0, Retransmission.Wrap(scratch, (ushort)index, payload));
        }
        else
        {
            isNew = isNew && !_transportNumbers!.TryRecall(index, out transport);
            if (isNew && _transportNumbers!.IsForgotten(index))
                return false;
            byte chosen = 0;
            if (Sound is not null && !Sound.TryProtect(run.Encoding.Cache, packet, index, isAgain, out chosen))
                return false;
            if (chosen != 0)
            {
                payloadType = _numbers.RedundancyPayloadType;
                payload = scratch.AsSpan(0, RedundantPacket.Write(scratch, run.Encoding.Cache, packet, chosen, PayloadType));
                Subscriber.Thread.Counters.SentWithRedundancy++;
            }
        }

        if (isNew)
        {
            // Counted with the header as it will be, give or take the words of its extension.
            if (packet.BeginsKeyFrame)
                _keyFrameTimestamp = packet.Timestamp;
            var size = RtpHeader.FixedLength + 8 + payload.Length + Subscriber.Srtp!.TagLength;
            transport = Sound is null
                ? Subscriber.Line.Sent(Subscriber.Thread.NowMicroseconds, size, packet.Timestamp == _keyFrameTimestamp)
                : Subscriber.Line.Sent(Subscriber.Thread.NowMicroseconds, size, isKeyFrame: false, new(Ssrc, index));
            if (ssrc == Ssrc)
                _transportNumbers!.Remember(index, transport);
        }

        var target = Subscriber.Thread.Out.Next();
        var header = ForwardedHeader.Write(
            target, packet, run.Marker(packet) && !isFiller, isFiller, payloadType, (ushort)outIndex, packet.Timestamp + run.TimestampOffset, ssrc,
            _numbers.AudioLevelId, _numbers.TransportId, transport);
        var length = Subscriber.Srtp!.Protect(target, header, payload, ssrc, outIndex);
        Subscriber.Send(target[..length], run.Encoding.Track.IsVideo);
        if (!isAgain)
            _paid += payload.Length;
        return true;
    }

    /// <summary>Is among the listeners of what goes through and of what is awaited, and of nothing else.</summary>
    private void Listen()
    {
        for (var i = _listensTo.Count - 1; i >= 0; i--)
        {
            if (Track is not null && (_listensTo[i] == _forwarder.Current || _listensTo[i] == _forwarder.Wanted))
                continue;
            _listensTo[i].Listeners.Remove(this);
            _listensTo.RemoveAt(i);
        }

        if (Track is null)
            return;
        Add(_forwarder.Current);
        Add(_forwarder.Wanted);

        void Add(Encoding? encoding)
        {
            if (encoding is null || _listensTo.Contains(encoding))
                return;
            _listensTo.Add(encoding);
            encoding.Listeners.Add(this);
        }
    }
}
