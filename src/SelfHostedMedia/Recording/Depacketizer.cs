namespace Muse.SelfHostedMedia.Recording;

/// <summary>Makes samples of the packets of one encoding: puts them in order, waits for late ones, and says exactly of what time there is nothing.
/// Pure: time is what the packets' arrival says. Not for several threads.</summary>
internal abstract class Depacketizer(int rate, ISampleSink sink)
{
    /// <summary>How long a missing packet is waited for, in milliseconds: longer than repair takes over any line that a lesson is possible
    /// on.</summary>
    public const long Patience = 500;

    private readonly PacketHold _hold = new();
    private long _next = -1;
    private long _newest = -1;
    private bool _isLosing;
    private bool _isEstimated;
    private long _timeOfNewest;
    private long _lostFrom;
    private int _lostSamples;
    private long _lostPackets;
    private LossCause _cause;

    /// <summary>Came twice, or too late.</summary>
    public long Superfluous { get; private set; }

    /// <summary>Payloads that could not be read, or were beyond the limits.</summary>
    public long Malformed { get; protected set; }

    /// <summary>Packets held because one before them is missing.</summary>
    public int Held => _hold.Count;

    public RtpTimeline Timeline { get; } = new(rate);

    protected bool HasSample { get; private set; }

    /// <summary>Where the newest sample ends, as far as that is known before the next.</summary>
    protected long EndOfNewest { get; private set; }

    /// <summary>One packet, decrypted, without header and padding. An empty one (a probe of padding) only takes its place in the order.</summary>
    /// <param name="index">Extended sequence number.</param>
    /// <param name="arrival">ms of the media thread; never less than before.</param>
    public void Push(long index, uint timestamp, bool marker, ReadOnlySpan<byte> payload, long arrival)
    {
        if (payload.Length > PacketHold.MaxPayload)
        {
            Malformed++;
            return;
        }

        if (_next < 0)
            (_next, _newest) = (index, index - 1);
        if (index < _next || (_hold.Count > 0 && _hold.Holds(index)))
        {
            Superfluous++;
            return;
        }

        while (_hold.Count > 0 && index - _next >= PacketHold.Capacity)
            StepOver();
        if (index - _next >= PacketHold.Capacity)
        {
            Lose(index - _next);
            _next = index;
        }

        for (var missing = Math.Max(_newest + 1, _next); missing < index; missing++)
            _hold.NoteMissing(missing, arrival);
        _newest = Math.Max(_newest, index);
        if (index == _next)
        {
            _next++;
            Take(new(index, timestamp, marker, arrival), payload);
        }
        else
        {
            _hold.Put(new(index, timestamp, marker, arrival), payload);
        }

        Advance(arrival);
    }

    /// <summary>Gives up what has been missing for too long.</summary>
    /// <param name="now">ms of the media thread.</param>
    public void Advance(long now)
    {
        while (_hold.Count > 0 && (_hold.Holds(_next) || now - _hold.MissingSince(_next) >= Patience))
            StepOver();
    }

    /// <summary>Another SSRC goes on with this encoding.</summary>
    public void Restart()
    {
        while (_hold.Count > 0)
            StepOver();
        _next = _newest = -1;
        Break();
        Timeline.Restart();
    }

    /// <summary>What comes for a while is not taken; afterwards the same source goes on.</summary>
    public void Interrupt()
    {
        Finish();
        _next = _newest = -1;
    }

    /// <summary>Nothing comes any more: what is held goes out, what was begun is lost.</summary>
    public void Finish()
    {
        while (_hold.Count > 0)
            StepOver();
        Break();
        if (_isLosing)
            TellLoss(Math.Max(EndOfNewest, Timeline.Newest + Nominal));
    }

    /// <summary>How long a sample lasts of which nothing is known, in units of the clock.</summary>
    protected abstract long Nominal { get; }

    /// <summary>The next packet in order.</summary>
    protected abstract void Take(in HeldPacket packet, ReadOnlySpan<byte> payload);

    /// <summary>Packets are missing in front of the next one.</summary>
    protected abstract void Hole();

    /// <summary>Whatever is begun will not be continued, and nothing that comes refers to what was.</summary>
    protected abstract void Break();

    /// <returns>False when it goes back in time.</returns>
    protected bool Follow(in HeldPacket packet, out long time)
    {
        var step = Timeline.Follow(packet.Timestamp, packet.Arrival, out time);
        if (step != TimeStep.Jump)
            return step == TimeStep.Ahead;
        // Nothing reaches into a new stretch.
        if (HasSample)
            Miss(EndOfNewest, 0, LossCause.Clock);
        sink.Stretch(time, packet.Arrival);
        return true;
    }

    /// <summary>A sample that was begun, or is known to be there, will not come.</summary>
    protected void Miss(long time, int samples, LossCause cause)
    {
        if (HasSample && time <= _timeOfNewest)
            time = EndOfNewest;
        if (!_isLosing)
        {
            (_isLosing, _isEstimated, _lostFrom, _cause) = (true, false, time, cause);
        }
        else if (_isEstimated && samples > 0)
        {
            _lostFrom = Math.Min(_lostFrom, time);
            _isEstimated = false;
        }

        _lostSamples += samples;
    }

    protected void Give(in Sample sample, ReadOnlySpan<byte> bytes, long end)
    {
        if (_isLosing)
            TellLoss(sample.Time);
        (HasSample, _timeOfNewest, EndOfNewest) = (true, sample.Time, end);
        sink.Sample(sample, bytes);
    }

    private void StepOver()
    {
        var first = _hold.First(_next);
        if (first > _next)
            Lose(first - _next);
        _next = first + 1;
        var payload = _hold.Payload(first, out var packet);
        Take(packet, payload);
        _hold.Release(first);
    }

    private void Lose(long packets)
    {
        _lostPackets += packets;
        if (!_isLosing && HasSample)
            (_isLosing, _isEstimated, _lostFrom, _cause) = (true, true, EndOfNewest, LossCause.Packets);
        Hole();
    }

    private void TellLoss(long end)
    {
        var from = Math.Min(_lostFrom, end);
        // A hole of padding, or a whole picture that ended where it was thought to: no time is missing.
        if (end > from || _lostSamples > 0)
            sink.Lost(new(from, end - from, _lostSamples, _lostPackets, _cause));
        (_isLosing, _lostSamples, _lostPackets) = (false, 0, 0);
    }
}
