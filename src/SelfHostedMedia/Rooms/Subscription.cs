using System.Security.Cryptography;
using System.Text;
using Muse.SelfHostedMedia.Rtp;

namespace Muse.SelfHostedMedia.Rooms;

/// <summary>One track on its way to one subscriber, under an SSRC, payload type and sequence numbers of its own. The recipe never changes:
/// other numbers mean another subscription with another SSRC, so that one SSRC and index never stand for two different packets.</summary>
internal sealed class Subscription
{
    /// <summary>Packets one NACK may bring back per tick of 10 ms.</summary>
    private const int ResendsPerTick = 64;

    /// <summary>A picture is held back until it can be decoded; not for longer than this, in case its key frames are not recognised.</summary>
    private const long MaxHold = 3_000;

    private readonly byte _audioLevelId;
    private readonly byte[] _canonicalName;
    private long _offset;
    private bool _hasOffset;
    private uint _packets;
    private uint _octets;
    private int _resends;
    private long _begunAt;

    public Subscription(
        Subscriber subscriber, string mid, PublishedTrack track, byte payloadType, byte audioLevelId, uint ssrc)
    {
        Subscriber = subscriber;
        Mid = mid;
        Track = track;
        TrackId = track.Info.Id;
        PayloadType = payloadType;
        _audioLevelId = audioLevelId;
        Ssrc = ssrc;
        CanonicalName = track.Info.ParticipantId.ToString("N")[..16];
        _canonicalName = Encoding.ASCII.GetBytes(CanonicalName);
        track.Subscriptions.Add(this);
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

    public bool IsFor(PublishedTrack track, byte payloadType, byte audioLevelId) =>
        Track == track && PayloadType == payloadType && _audioLevelId == audioLevelId;

    public void Detach()
    {
        Track?.Subscriptions.Remove(this);
        Track = null;
    }

    /// <summary>The subscriber has keys: it needs the clock, and of a picture the beginning.</summary>
    public void Begin()
    {
        _begunAt = Subscriber.Thread.Now;
        SendReport();
        if (Track is { IsVideo: true } track)
            track.KeyFrames.Want();
    }

    public void Forward(in CachedPacket packet, ReadOnlySpan<byte> payload)
    {
        if (Subscriber.Srtp is null || !Subscriber.Paths.HasPath)
            return;
        if (!_hasOffset)
        {
            if (Track!.IsVideo && !packet.BeginsKeyFrame && Subscriber.Thread.Now - _begunAt < MaxHold)
                return;
            // Begins below 2¹⁵, so that losing the first packets cannot make the peer guess the rollover wrong (RFC 3711 §3.3.1).
            _offset = RandomNumberGenerator.GetInt32(1_024, 0x7000) - packet.Index;
            _hasOffset = true;
        }

        if (packet.Index + _offset < 0)
            return;
        Send(packet, payload);
        Subscriber.Thread.Counters.ForwardedPackets++;
        _packets++;
        _octets += (uint)payload.Length;
    }

    /// <summary>Answers a NACK from the publisher's cache with the very same bytes. What is not there yet is being asked of the publisher
    /// (<see cref="MissingPackets"/>) and goes out when it comes.</summary>
    public void Resend(ushort sequence)
    {
        if (Track is null || !_hasOffset || Subscriber.Srtp is null || !Subscriber.Paths.HasPath || _resends >= ResendsPerTick)
            return;
        var newest = Track.Forwarded.Newest + _offset;
        var index = SequenceUnwrap.Unwrap(sequence, newest) - _offset;
        if (!Track.Cache.Holds(index))
            return;
        _resends++;
        ref var packet = ref Track.Cache.Slot(index);
        Send(packet, Track.Cache.Payload(index)[..packet.PayloadLength]);
        Subscriber.Thread.Counters.ResentPackets++;
    }

    /// <summary>Passes the publisher's clock on, with our counts.</summary>
    public void SendReport()
    {
        if (Track?.LastReport is not { } report)
            return;
        Span<byte> control = stackalloc byte[SenderReport.Length + 64];
        var length = (report with { Ssrc = Ssrc, PacketCount = _packets, OctetCount = _octets }).Write(control);
        length += SourceDescription.Write(control[length..], Ssrc, _canonicalName);
        Subscriber.SendControl(control[..length]);
    }

    public void Tick() => _resends = 0;

    private void Send(in CachedPacket packet, ReadOnlySpan<byte> payload)
    {
        var index = packet.Index + _offset;
        var target = Subscriber.Thread.Out.Next();
        var header = ForwardedHeader.Write(target, packet, PayloadType, (ushort)index, Ssrc, _audioLevelId);
        var length = Subscriber.Srtp!.Protect(target, header, payload, Ssrc, index);
        Subscriber.Thread.Out.Commit(length, Subscriber.Paths.Remote, Subscriber.Paths.Local);
    }
}
