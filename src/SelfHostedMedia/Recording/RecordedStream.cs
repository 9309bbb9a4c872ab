using Muse.SelfHostedMedia.Rooms;
using Muse.SelfHostedMedia.Rtp;

namespace Muse.SelfHostedMedia.Recording;

/// <summary>One track as the recorder listens to it, like a subscriber with a line that carries everything: of a simulcast the largest layer that is
/// alive. On the media thread; a packet costs a copy.</summary>
internal sealed class RecordedStream
{
    /// <summary>ms between two key frames, where the budget allows it: where a player may begin.</summary>
    private const long KeyFrameEvery = 4_000;

    /// <summary>ms that a larger layer is there before the recording goes over to it: each change is another picture size.</summary>
    private const long StayOfLarger = 2_000;

    /// <summary>ms after a key frame came that could not be used until another is asked for.</summary>
    private const long KeyFrameIsUnderWay = 1_000;

    /// <summary>A camera that is off need not be asked.</summary>
    private const long Alive = 2_000;

    private readonly RoomRecorder _recorder;
    private readonly PublishedTrack _track;
    private readonly byte _number;
    private Encoding? _current;
    private Encoding? _next;
    private Encoding? _larger;
    private long _largerSince;
    private long _arrival;
    private long _from;
    private bool _wasSilenced;

    public RecordedStream(RoomRecorder recorder, PublishedTrack track, int number)
    {
        (_recorder, _track, _number) = (recorder, track, (byte)number);
        _from = track.Publisher.Thread.Now;
        if (track.Encodings.Length == 1)
            _current = track.Encodings[0];
        foreach (var encoding in track.Encodings)
            encoding.Recorded = this;
    }

    public byte Number => _number;

    /// <summary>Packets that were accepted, in order of arrival.</summary>
    public void Take(Encoding encoding, Burst burst)
    {
        if (!_recorder.IsTaking)
            return;
        if (_track.IsSilenced)
        {
            _wasSilenced = true;
            return;
        }

        for (var i = 0; i < burst.Count; i++)
        {
            if (encoding == _current)
                Put(encoding, burst.Index(i));
            else if (GoesOver(encoding, burst.Index(i)))
                return;
        }
    }

    public void Report(Encoding encoding, in SenderReport report)
    {
        if (encoding == _current && _recorder.IsTaking)
        {
            _recorder.Put(new(QueuedKind.Report, _number, false, false, 0, 0, _track.Publisher.Thread.Now, report.RtpTime, report.Ssrc, report.NtpTime), []);
        }
    }

    /// <summary>Ten times a second.</summary>
    public void Tick(long now)
    {
        if (!_track.IsVideo || _track.IsSilenced)
            return;
        if (_track.Encodings.Length > 1)
            Choose(now);
        if (_next is not null)
            _track.WantKeyFrame(_next);
        else if (_current is not null && IsAlive(_current, now, Alive) && IsKeyFrameDue(_current, now))
            _track.WantKeyFrame(_current);
    }

    /// <summary>The first key frame after this is due at once.</summary>
    public void Resumed(long now) => _from = now;

    public void Detach()
    {
        foreach (var encoding in _track.Encodings)
            encoding.Recorded = null;
    }

    private bool IsKeyFrameDue(Encoding encoding, long now) =>
        encoding.KeyFrameIndex < 0 || encoding.KeyFrameAt < _from || now - encoding.KeyFrameAt >= KeyFrameEvery
        || (now - encoding.KeyFrameAt >= KeyFrameIsUnderWay && _recorder.NeedsKeyFrame(_number));

    private static bool IsAlive(Encoding encoding, long now, long within) => encoding.HeardAt >= 0 && now - encoding.HeardAt <= within;

    private void Choose(long now)
    {
        Encoding? largest = null;
        foreach (var encoding in _track.Encodings)
        {
            if (IsAlive(encoding, now, Encoding.EndedAfter))
                largest = encoding;
        }

        if (largest is null)
            return;
        if (_current is null || !IsAlive(_current, now, Encoding.EndedAfter))
        {
            (_next, _larger) = (largest == _current ? null : largest, null);
        }
        else if (largest.Position <= _current.Position)
        {
            (_next, _larger) = (null, null);
        }
        else if (largest != _larger)
        {
            (_larger, _largerSince, _next) = (largest, now, null);
        }
        else if (now - _largerSince >= StayOfLarger)
        {
            _next = largest;
        }
    }

    /// <summary>At a whole key frame of the layer that is wanted, or of any while there is none.</summary>
    private bool GoesOver(Encoding encoding, long index)
    {
        if ((_current is not null && encoding != _next) || !encoding.Cache.Slot(index).BeginsKeyFrame)
            return false;
        var start = encoding.StartOfKeyFrame(index);
        if (start < 0)
            return false;
        (_current, _next, _larger) = (encoding, null, null);
        // Some of it may have come before its first packet.
        for (var at = start; at <= encoding.Forwarded.Newest; at++)
        {
            if (encoding.Cache.Holds(at))
                Put(encoding, at);
        }

        return true;
    }

    private void Put(Encoding encoding, long index)
    {
        ref var packet = ref encoding.Cache.Slot(index);
        _arrival = Math.Max(_arrival, packet.ReceivedAt);
        var length = packet.IsPadding ? 0 : packet.PayloadLength;
        var isTaken = _recorder.Put(
            new(QueuedKind.Packet, _number, packet.Marker, _wasSilenced, length, index, _arrival, packet.Timestamp, encoding.Ssrc, 0),
            encoding.Cache.Payload(index)[..length]);
        if (isTaken)
            _wasSilenced = false;
    }
}
