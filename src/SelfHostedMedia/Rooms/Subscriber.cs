using System.Security.Cryptography;
using Muse.SelfHostedMedia.Bandwidth;
using Muse.SelfHostedMedia.Rooms.Repair;
using Muse.SelfHostedMedia.Rooms.Timing;
using Muse.SelfHostedMedia.Rtp;
using Muse.SelfHostedMedia.Sdp;
using Muse.SelfHostedMedia.Wire;

namespace Muse.SelfHostedMedia.Rooms;

/// <summary>The connection over which a participant sees and hears the others.</summary>
internal sealed class Subscriber(MediaThread thread, Participant participant, SessionDescription offer, TransportAttributes transport)
    : Connection(thread, participant, offer, transport)
{
    /// <summary>bit/s; no line is probed or believed above it.</summary>
    private const long MaxLineBitrate = 20_000_000;

    /// <summary>0–1. More than this, beyond what the line loses by itself, and it has nothing to give away.</summary>
    private const double MaxSoundLossForProbe = 0.02;

    /// <summary>A tick that comes late does not make up for all of it at once.</summary>
    private const int PaddingPacketsPerTick = 64;

    private readonly Dictionary<string, Subscription> _byMid = new(StringComparer.Ordinal);
    private readonly List<Subscription> _subscriptions = [];
    private readonly Viewing _viewing = new();
    private uint _nextSsrc = (uint)RandomNumberGenerator.GetInt32(1, int.MaxValue);

    public override ConnectionKind Kind => ConnectionKind.Subscribe;

    /// <summary>Takes what there is: nobody's picture is made smaller, and no codec chosen, for one of the audience.</summary>
    public bool IsAudience => Participant.Role == ParticipantRole.Listener;

    /// <summary>What its line carries. Begins with hope: a picture that starts small and climbs would be worse for everyone whose line is
    /// good, and the first second shows which it is.</summary>
    public BandwidthEstimate Line { get; } = new(
        participant.Room.Profile.MaxVideoBitrate + participant.Room.Profile.AudioBitrate, MaxLineBitrate);

    public IReadOnlyList<Subscription> Subscriptions => _subscriptions;

    /// <summary>To the subscriber and back.</summary>
    public RoundTrip RoundTrip { get; } = new();

    /// <summary>Null where none was negotiated.</summary>
    public TimingChannel? Timing { get; private set; }

    /// <summary>A data channel's m-line was answered.</summary>
    public void TakeData()
    {
        Timing ??= new(Participant, SendData);
        if (State == ConnectionState.Connected)
            Timing.Begin();
    }

    /// <summary>The subscription of an m-line: the same as before when nothing changed, otherwise a new one.</summary>
    public Subscription Subscribe(string mid, PublishedTrack track, in SubscribedNumbers numbers)
    {
        if (_byMid.TryGetValue(mid, out var present))
        {
            if (present.IsFor(track, numbers))
                return present;
            Unsubscribe(mid);
        }

        // Counting up never gives an SSRC of this connection a second life.
        var ssrc = _nextSsrc++;
        var repair = numbers.RepairPayloadType == 0 ? null : new RepairStream(_nextSsrc++, numbers.RepairPayloadType);
        var subscription = new Subscription(this, mid, track, numbers, ssrc, repair);
        subscription.Demand.MaxHeight = Participant.ViewedHeight(track.Info.Id);
        _byMid[mid] = subscription;
        _subscriptions.Add(subscription);
        if (State == ConnectionState.Connected)
            subscription.Begin();
        else
            subscription.AskForKeyFrame();
        return subscription;
    }

    /// <param name="maxHeight">Lines; 0 = hidden.</param>
    public void View(Guid trackId, int maxHeight)
    {
        foreach (var subscription in _subscriptions)
        {
            if (subscription.TrackId == trackId)
                subscription.Demand.MaxHeight = maxHeight;
        }
    }

    public void Unsubscribe(string mid)
    {
        if (!_byMid.Remove(mid, out var subscription))
            return;
        subscription.Detach();
        _subscriptions.Remove(subscription);
    }

    public void KeepOnly(IReadOnlySet<string> mids)
    {
        foreach (var mid in _byMid.Keys.Where(mid => !mids.Contains(mid)).ToArray())
            Unsubscribe(mid);
    }

    /// <summary>Subscribers send no media here.</summary>
    public override void ReceiveRtp(ReadOnlySpan<byte> packet, in RtpHeader header, in NetworkAddress from, long arrived) =>
        Thread.Counters.Unroutable++;

    protected override void ReceiveControl(in RtcpReader control)
    {
        if (control.Type == RtcpReader.PayloadFeedbackType)
        {
            if (PictureLossIndication.TryRead(control.Count, control.Packet, out var media) && Find(media) is { } lost)
            {
                lost.Tally.KeyFrameRequests++;
                lost.AskForKeyFrame(isStanding: true);
            }

            return;
        }

        if (control.Type == RtcpReader.TransportFeedbackType && control.Count == TransportFeedbackReader.Format)
        {
            Line.Receive(control.Count, control.Packet, Thread.NowMicroseconds);
            // A line that has become thin cannot wait for the next turn.
            _viewing.Tick(this, _subscriptions, Thread.Now);
            foreach (var lost in Line.Lost)
                Find(lost.Ssrc)?.Sound?.Losses.Lost(lost.Index);
            return;
        }

        if (control.Type == RtcpReader.ReceiverReportType)
        {
            ReceiveReports(control);
            return;
        }

        if (control.Type != RtcpReader.TransportFeedbackType || control.Count != GenericNack.Format)
            return;
        var entries = GenericNack.EntryCount(control.Packet);
        if (entries == 0 || Find(GenericNack.Media(control.Packet)) is not { } subscription)
            return;
        for (var i = 0; i < entries; i++)
        {
            var (sequence, mask) = GenericNack.Entry(control.Packet, i);
            subscription.Tally.Nacks += 1 + System.Numerics.BitOperations.PopCount(mask);
            subscription.Resend(sequence);
            for (var bit = 0; bit < 16; bit++)
            {
                if ((mask & (1 << bit)) != 0)
                    subscription.Resend((ushort)(sequence + bit + 1));
            }
        }
    }

    protected override void ReceiveData(ReadOnlySpan<byte> packet) => Timing?.Receive(packet);

    protected override void OnConnected()
    {
        Timing?.Begin();
        foreach (var subscription in _subscriptions)
            subscription.Begin();
    }

    protected override void OnTick(long now)
    {
        foreach (var subscription in _subscriptions)
            subscription.Tick();
        _viewing.Tick(this, _subscriptions, now);
        Timing?.Tick(now);
        Probe(now);
    }

    protected override void OnSecond(long now)
    {
        foreach (var subscription in _subscriptions)
            subscription.Second();
    }

    protected override void OnEnd()
    {
        Timing?.Dispose();
        foreach (var mid in _byMid.Keys.ToArray())
            Unsubscribe(mid);
    }

    /// <summary>Finds out by padding on a picture's repair stream whether the line carries more. Never while sound is being lost, whoever loses
    /// it, nor while the picture waits for the line already.</summary>
    private void Probe(long now)
    {
        Subscription? carrier = null;
        var isWhole = !IsBehind;
        foreach (var subscription in _subscriptions)
        {
            if (subscription.MayPad)
                carrier ??= subscription;
            isWhole &= subscription.Sound is not { } sound || sound.Losses.Loss(now) <= MaxSoundLossForProbe + Line.OwnLoss;
        }

        var padding = Line.Tick(Thread.NowMicroseconds, _viewing.Wanted, mayProbe: carrier is not null && isWhole, _viewing.IsPaused);
        for (var packets = 0; carrier is not null && padding > 0 && packets < PaddingPacketsPerTick; packets++)
            padding -= carrier.Pad();
        if (Line.IsProbing)
            Thread.Hurry(this);
    }

    private void ReceiveReports(in RtcpReader control)
    {
        for (var i = 0; i < control.Count; i++)
        {
            var at = 8 + (i * ReceptionReport.Length);
            if (at + ReceptionReport.Length > control.Packet.Length || !ReceptionReport.TryRead(control.Packet[at..], out var report))
                return;
            RoundTrip.Heard(report, Thread.Now);
            if (RoundTrip.Milliseconds >= 0)
                Line.RoundTrip = RoundTrip.Milliseconds;
            if (Find(report.Ssrc) is not { } subscription)
                continue;
            var tally = subscription.Tally;
            (tally.Lost, tally.Jitter, tally.IsReported) = (report.Lost, report.Jitter, true);
            if (subscription.Sound is { } sound)
                sound.Losses.Reported(report.FractionLost, Thread.Now);
        }
    }

    private Subscription? Find(uint ssrc)
    {
        foreach (var subscription in _subscriptions)
        {
            if (subscription.Ssrc == ssrc)
                return subscription;
        }

        return null;
    }
}
