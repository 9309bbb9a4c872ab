using Muse.Fragments.Clock;
using Muse.Fragments.Index;
using Muse.Fragments.Parts;
using Muse.Fragments.Tracks;

namespace Muse.SelfHostedMedia.Recording;

/// <summary>One track's way from packets to its two files. On the writing thread.</summary>
internal sealed class TrackWriter : ISampleSink, IPartSink
{
    /// <summary>A part is shorter than the second that may be lost at most: what waits for its end waits in queues, too.</summary>
    private static readonly PartLimits s_limits = PartLimits.Lesson with { Part = TimeSpan.FromMilliseconds(800) };

    /// <summary>ms between two writings of the clock's mapping, from the second report on.</summary>
    private const long MappingEvery = 30_000;

    private readonly RecordingWriter _recording;
    private readonly RecordedTrackStart _start;
    private readonly Codec _codec;
    private readonly Depacketizer _depacketizer;
    private readonly PartWriter _parts;
    private readonly ClockMapping _clock;
    private SyncedFile? _media;
    private SyncedFile? _index;
    private TrackFile? _file;
    private uint _ssrc;
    private bool _hasSsrc;
    private string? _interruption;
    private long _end = -1;
    private long _told = -1;
    private int _mappings;
    private long _reportsMapped;
    private long _mappedAt = long.MinValue / 2;

    public TrackWriter(RecordingWriter recording, RecordedTrackStart start, SenderClock sender)
    {
        (_recording, _start) = (recording, start);
        (_codec, _depacketizer) = start.VideoCodec switch
        {
            Rtp.VideoCodec.H264 => (Codec.H264, (Depacketizer)new H264Depacketizer(this)),
            Rtp.VideoCodec.Vp9 => (Codec.Vp9, new Vp9Depacketizer(this)),
            Rtp.VideoCodec.Av1 => (Codec.Av1, new Av1Depacketizer(this)),
            _ => (Codec.Opus, new OpusDepacketizer(this)),
        };
        _parts = new(this, s_limits);
        var isVideo = _codec != Codec.Opus;
        _clock = new(
            isVideo ? TrackFormat.VideoTimeScale : TrackFormat.SoundTimeScale, isVideo ? 0 : ClockMapping.OpusLookAhead, sender);
    }

    /// <summary>Both files, once there are any.</summary>
    public IReadOnlyList<SyncedFile> Files => _media is null ? [] : [_media, _index!];

    /// <summary>Goes on at a key frame only.</summary>
    public bool NeedsKeyFrame => _depacketizer is PictureDepacketizer { NeedsKeyFrame: true } || _parts.AwaitsKeyFrame;

    public void Take(in Queued packet, ReadOnlySpan<byte> payload)
    {
        if (packet.IsAfterSilence)
            Interrupt("silenced");
        if (_hasSsrc && packet.Ssrc != _ssrc)
            _depacketizer.Restart();
        (_ssrc, _hasSsrc) = (packet.Ssrc, true);
        _depacketizer.Push(packet.Index, packet.Timestamp, packet.Marker, payload, packet.Arrival);
    }

    public void Report(in Queued report)
    {
        if (_hasSsrc && report.Ssrc == _ssrc && _depacketizer.Timeline.TryNear(report.Timestamp, out var time))
            _clock.Report(time, report.Ntp, _recording.SinceEpoch(report.Arrival));
    }

    /// <summary>A few times a second.</summary>
    /// <param name="now">ms of the media thread.</param>
    public void Tick(long now)
    {
        _depacketizer.Advance(now);
        _parts.Tick(_recording.SinceEpoch(now));
        if (_file is not null && _clock.Reports > _reportsMapped && (_reportsMapped < 2 || now - _mappedAt >= MappingEvery))
            WriteMapping(now);
    }

    /// <summary>Nothing comes for a while: what there is becomes a part.</summary>
    /// <param name="reason">Of the gap.</param>
    public void Interrupt(string reason)
    {
        _depacketizer.Interrupt();
        _parts.Finish();
        // A pause in silence is a pause.
        if (_file is not null && _interruption != "paused")
            _interruption = reason;
    }

    public void Finish(long now)
    {
        _depacketizer.Finish();
        _parts.Finish();
        if (_file is not null)
            WriteMapping(now);
    }

    void ISampleSink.Stretch(long time, long arrival) => _clock.BeginStretch(time);

    void ISampleSink.Lost(in LostTime lost)
    {
        // Until the key frame after an interruption nothing comes that could be lost.
        if (_interruption is not null)
            return;
        Gap(lost.Time, lost.Duration, lost.Cause switch
        {
            LossCause.Beginning => "beginning",
            LossCause.Packets => "lost",
            LossCause.Clock => "clock",
            _ => "malformed",
        });
    }

    void ISampleSink.Sample(in Sample sample, ReadOnlySpan<byte> bytes)
    {
        if (_interruption is { } reason)
        {
            _interruption = null;
            Gap(_end, sample.Time - _end, reason);
        }
        else if (_codec == Codec.Opus && _end >= 0 && sample.Time > Math.Max(_end, _told))
        {
            Gap(Math.Max(_end, _told), sample.Time - Math.Max(_end, _told), "silent");
        }

        var arrival = _recording.SinceEpoch(sample.Arrival);
        _clock.Packet(sample.Time, arrival, sample.Duration);
        if (!_parts.Add(_codec, bytes, sample.Time, arrival))
        {
            if (_file is not null)
                Gap(sample.Time, sample.Duration, "malformed");
            return;
        }

        if (_codec == Codec.Opus)
            _end = sample.Time + sample.Duration;
    }

    void IPartSink.Init(InitEntry init, ReadOnlySpan<byte> bytes)
    {
        File().Init(init, bytes);
        Written(bytes.Length, 0);
    }

    void IPartSink.Part(PartEntry part, ReadOnlySpan<byte> bytes)
    {
        File().Part(part, bytes);
        if (_codec != Codec.Opus)
            _end = part.End;
        Written(bytes.Length, 1);
    }

    void IPartSink.Note(IndexLine line)
    {
        File().Note(line);
        _recording.Soil(_index!);
    }

    private void Gap(long time, long duration, string reason)
    {
        if (time < 0 || duration < 0)
            return;
        _told = Math.Max(_told, time + duration);
        ((IPartSink)this).Note(new GapEntry(time, duration, reason).ToLine());
    }

    private void WriteMapping(long now)
    {
        var times = _clock.Times();
        if (times.IsEmpty)
            return;
        (_reportsMapped, _mappedAt) = (_clock.Reports, now);
        _mappings++;
        foreach (var line in times.ToLines(_mappings))
            ((IPartSink)this).Note(line);
    }

    private void Written(int bytes, int parts)
    {
        _recording.Count(bytes, parts);
        _recording.Soil(_media!);
        _recording.Soil(_index!);
    }

    /// <summary>Made when there is something to be written: who never sends leaves none.</summary>
    private TrackFile File()
    {
        if (_file is not null)
            return _file;
        (_media, _index) = _recording.Open(_start);
        return _file = new(_media.Stream, _index.Stream);
    }
}
