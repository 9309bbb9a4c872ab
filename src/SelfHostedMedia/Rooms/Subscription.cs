using System.Security.Cryptography;
using Muse.SelfHostedMedia.Bandwidth;
using Muse.SelfHostedMedia.Rooms.Forwarding;
using Muse.SelfHostedMedia.Rtp;

namespace Muse.SelfHostedMedia.Rooms;

/// <summary>One track on its way to one subscriber, under an SSRC, payload type and sequence numbers of its own. Those never change: other
/// ones mean another subscription with another SSRC, so that one SSRC and index never stand for two different packets. Which encoding goes
/// through, and under which numbers, is the <see cref="Forwarder"/>'s.</summary>
internal sealed class Subscription
{
    /// <summary>Packets one NACK may bring back per tick of 10 ms.</summary>
    private const int ResendsPerTick = 64;

    /// <summary>A picture is held back until it can be decoded; not for longer than this, in case its key frames are not recognised.</summary>
    private const long MaxHold = 3_000;

    private readonly byte _audioLevelId;
    private readonly byte _transportId;
    private readonly TransportNumbers? _transportNumbers;
    private readonly byte[] _canonicalName;
    private readonly Forwarder _forwarder;
    private readonly List<Encoding> _listensTo = new(2);
    private long _keyFrameTimestamp = -1;
    private uint _packets;
    private uint _octets;
    private int _resends;
    private long _begunAt;

    public Subscription(
        Subscriber subscriber, string mid, PublishedTrack track, byte payloadType, byte audioLevelId, byte transportId, uint ssrc)
    {
        Subscriber = subscriber;
        Mid = mid;
        Track = track;
        TrackId = track.Info.Id;
        PayloadType = payloadType;
        _audioLevelId = audioLevelId;
        _transportId = transportId;
        if (transportId != 0)
            _transportNumbers = new(track.IsVideo ? 1_024 : 128);
        Ssrc = ssrc;
        CanonicalName = track.Info.ParticipantId.ToString("N")[..16];
        _canonicalName = System.Text.Encoding.ASCII.GetBytes(CanonicalName);
        _forwarder = new(track.IsVideo, track.Codec.ClockRate, RandomNumberGenerator.GetInt32(1_024, 0x7000));
        _forwarder.Want(track.Encodings[0]);
        track.Subscriptions.Add(this);
        Listen();
    }

    public Subscriber Subscriber { get; }

    public string Mid { get; }

    public Guid TrackId { get; }

    public byte PayloadType { get; }

    public uint Ssrc { get; }

    /// <summary>One for all tracks of a publisher: that is what a browser keeps lips and sound together by.</summary>
    public string CanonicalName { get; }

    /// <summary>Null once the track is unpublished or the m-line shows something else.</summary>
    public PublishedTrack? Track { get; private set; }

    /// <summary>The encoding that goes through; null before the first packet.</summary>
    public Encoding? Current => _forwarder.Current;

    public bool IsFor(PublishedTrack track, byte payloadType, byte audioLevelId, byte transportId) =>
        Track == track && PayloadType == payloadType && _audioLevelId == audioLevelId && _transportId == transportId;

    public void Detach()
    {
        Track?.Subscriptions.Remove(this);
        Track = null;
        Listen();
    }

    /// <summary>The subscriber has keys: it needs the clock, and of a picture the beginning.</summary>
    public void Begin()
    {
        _begunAt = Subscriber.Thread.Now;
        if (_forwarder.Wanted is { } wanted)
            SendReport(wanted);
        AskForKeyFrame();
    }

    /// <summary>The subscriber cannot go on without a key frame.</summary>
    public void AskForKeyFrame()
    {
        if (Track is { IsVideo: true } track && _forwarder.Wanted is { } wanted)
            track.WantKeyFrame(wanted);
    }

    public void Forward(Encoding encoding, in CachedPacket packet, ReadOnlySpan<byte> payload)
    {
        if (Subscriber.Srtp is null || !Subscriber.Paths.HasPath)
            return;
        var now = Subscriber.Thread.Now;
        var anywhere = !encoding.Track.IsVideo || (Current is null && now - _begunAt >= MaxHold);
        if (!_forwarder.Take(encoding, packet, now, anywhere, out var run))
            return;
        Send(run, packet, payload);
        Subscriber.Thread.Counters.ForwardedPackets++;
        _packets++;
        _octets += (uint)payload.Length;
    }

    /// <summary>Answers a NACK from the encoding's cache with the very same bytes. What is not there yet is being asked of the publisher
    /// (<see cref="MissingPackets"/>) and goes out when it comes.</summary>
    public void Resend(ushort sequence)
    {
        if (Track is null || Subscriber.Srtp is null || !Subscriber.Paths.HasPath || _resends >= ResendsPerTick)
            return;
        if (!_forwarder.TryFind(SequenceUnwrap.Unwrap(sequence, _forwarder.Newest), out var run))
            return;
        var index = run.InOf(SequenceUnwrap.Unwrap(sequence, _forwarder.Newest));
        var cache = run.Encoding.Cache;
        if (!cache.Holds(index))
            return;
        _resends++;
        ref var packet = ref cache.Slot(index);
        Send(run, packet, cache.Payload(index)[..packet.PayloadLength]);
        Subscriber.Thread.Counters.ResentPackets++;
    }

    /// <summary>Passes the publisher's clock on, with our timestamps and counts.</summary>
    public void SendReport(Encoding encoding)
    {
        if (encoding.LastReport is not { } report || (Current is not null && Current != encoding))
            return;
        Span<byte> control = stackalloc byte[SenderReport.Length + 64];
        var rtpTime = report.RtpTime + _forwarder.TimestampOffset;
        var length = (report with { Ssrc = Ssrc, RtpTime = rtpTime, PacketCount = _packets, OctetCount = _octets }).Write(control);
        length += SourceDescription.Write(control[length..], Ssrc, _canonicalName);
        Subscriber.SendControl(control[..length]);
    }

    public void Tick() => _resends = 0;

    private void Send(in Run run, in CachedPacket packet, ReadOnlySpan<byte> payload)
    {
        var index = run.OutOf(packet.Index);
        ushort transport = 0;
        var isNew = _transportNumbers is not null && !_transportNumbers.TryRecall(index, out transport);
        if (isNew)
        {
            if (_transportNumbers!.IsForgotten(index))
                return;
            // Counted with the header as it will be, give or take the words of its extension.
            if (packet.BeginsKeyFrame)
                _keyFrameTimestamp = packet.Timestamp;
            var size = RtpHeader.FixedLength + 8 + payload.Length + Subscriber.Srtp!.TagLength;
            transport = Subscriber.Line.Sent(Subscriber.Thread.NowMicroseconds, size, packet.Timestamp == _keyFrameTimestamp);
            _transportNumbers.Remember(index, transport);
        }

        var target = Subscriber.Thread.Out.Next();
        var header = ForwardedHeader.Write(
            target, packet, PayloadType, (ushort)index, packet.Timestamp + run.TimestampOffset, Ssrc, _audioLevelId, _transportId, transport);
        var length = Subscriber.Srtp!.Protect(target, header, payload, Ssrc, index);
        Subscriber.Send(target[..length]);
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
