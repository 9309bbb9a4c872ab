using Muse.Fragments.Boxes;
using Muse.Fragments.Index;
using Muse.Fragments.Tracks;

namespace Muse.Fragments.Parts;

/// <summary>Makes parts out of one track's samples. A picture's duration is known when the next one comes, so a part is finished one picture late.
/// Times are the sender's and only grow; missing sound stays missing. Memory grows to the largest part and stays; without
/// one allocation per sample. Not for two threads at once. After an exception of the sink it is not to be used again.</summary>
public sealed class PartWriter(IPartSink sink, PartLimits limits)
{
    /// <summary>Of the media file's and the index's layout, said in the index's first line: <c>track version timescale</c>.</summary>
    public const int Version = 1;

    /// <summary>Bytes of a sample; a part that would become larger ends before it.</summary>
    public const int MaxSample = 16 * 1024 * 1024;

    /// <summary>Ticks that the last picture stands when nothing comes behind it and nothing came before: a thirtieth of a second.</summary>
    private const uint UsualPicture = TrackFormat.VideoTimeScale / 30;

    private readonly BoxWriter _data = new(64 * 1024);
    private readonly BoxWriter _out = new(64 * 1024);
    private PartLayout.Pending[] _samples = new PartLayout.Pending[64];
    private int _count;
    private TrackFormat? _format;
    private TrackFormat? _announced;
    private uint _sequence;
    private long _segmentTime;
    private bool _startsSegment;
    private bool _awaitsKey = true;
    private long _lastTime = -1;
    private long _end;
    private uint _usual;

    /// <summary>Bytes of the media so far: where the next part begins.</summary>
    public long Offset { get; private set; }

    /// <summary>Of the samples that come now; null before the first.</summary>
    public TrackFormat? Format => _format;

    /// <summary>Samples that could not be taken.</summary>
    public long Refused { get; private set; }

    /// <summary>A picture cannot be taken before a key frame comes: ask for one.</summary>
    public bool AwaitsKeyFrame => _awaitsKey && _format is not { IsVideo: false };

    /// <param name="sample">In the form in which it is stored (<see cref="H264Sample"/>, <see cref="Vp9Sample"/>, <see cref="Av1Sample"/>,
    /// <see cref="OpusSample"/>).</param>
    /// <param name="time">RTP time as 64 bits without wraps, at least 0, later than the one before.</param>
    /// <param name="arrival">ms since 1970.</param>
    /// <returns>False when it was not taken: not later than the one before, no codec of this track's kind, unreadable, or a picture before
    /// the first key frame.</returns>
    public bool Add(Codec codec, ReadOnlySpan<byte> sample, long time, long arrival)
    {
        if (sample.IsEmpty || sample.Length > MaxSample || time < 0 || (_format is not null && time <= _lastTime)
            || (_format ?? _announced) is { } now && now.IsVideo != IsPicture(codec))
            return Refuse();
        var isVideo = IsPicture(codec);
        var length = isVideo ? 0 : codec == Codec.Aac ? AacSample.Duration : OpusSample.Duration(sample);
        var isKey = isVideo ? IsKey(codec, sample) : length > 0;
        if (isVideo ? !TryFormat(codec, sample, isKey, out var format) : !TrySound(codec, length, out format))
            return Refuse();

        time = Math.Max(time, _end);
        var startsSegment = _format is null
            || (isVideo ? isKey : time - _segmentTime >= Ticks(limits.SoundSegment)) || !format.Equals(_format);
        EndBefore(time, startsSegment, sample.Length);
        if (!format.Equals(_format))
            Init(format);
        if (_count == 0 && startsSegment)
            (_startsSegment, _segmentTime) = (true, time);
        var before = _data.Length;
        if (codec == Codec.H264 && isKey && !H264Sample.HasSets(sample))
            H264Sample.AppendSets(format.Configuration.Span, _data);
        _data.Bytes(sample);
        Keep(new PartLayout.Pending(_data.Length - before, (uint)length, isKey, time, arrival));
        return true;
    }

    /// <summary>Finishes by the clock what would wait for a next sample that does not come. To be called a few times in the length of a part.</summary>
    /// <param name="now">ms since 1970.</param>
    public void Tick(long now)
    {
        var part = (long)limits.Part.TotalMilliseconds;
        if (_count == 0 || now - _samples[0].Arrival < part)
            return;
        if (!_format!.IsVideo)
        {
            Emit(_count);
            return;
        }

        var last = _samples[_count - 1];
        if (_count > 1)
            Emit(_count - 1);
        // How long it has stood is only known by arrival: half of that has passed for sure.
        if (now - last.Arrival < 2 * part)
            return;
        SetDuration(Math.Min((now - last.Arrival) / 2 * (TrackFormat.VideoTimeScale / 1_000), Ticks(limits.LongestSample)));
        Emit(1);
    }

    /// <summary>No sample comes any more.</summary>
    public void Finish()
    {
        if (_count == 0)
            return;
        if (_format!.IsVideo)
            SetDuration(_usual == 0 ? UsualPicture : _usual);
        Emit(_count);
    }

    /// <summary>Ends the part before a sample at a segment, a gap, when it would become too long or too large.</summary>
    private void EndBefore(long time, bool startsSegment, int length)
    {
        if (_count == 0)
            return;
        var last = _samples[_count - 1];
        var apart = time - last.Time;
        var duration = Math.Min(apart, _format!.IsVideo ? Ticks(limits.LongestSample) : last.Duration);
        SetDuration(duration);
        if (_format.IsVideo && duration == apart)
            _usual = (uint)duration;
        var part = Ticks(limits.Part);
        if (_count > 1 && last.Time + duration - _samples[0].Time > part)
            Emit(_count - 1);
        if (startsSegment || duration < apart || time + duration - _samples[0].Time > part || (long)_data.Length + length > MaxSample)
            Emit(_count);
    }

    private bool TryFormat(Codec codec, ReadOnlySpan<byte> sample, bool isKey, out TrackFormat format)
    {
        format = _format!;
        if (codec == Codec.H264 && !H264Sample.HasPicture(sample))
        {
            // Parameter sets that were sent alone belong to the next key frame.
            _announced = H264Sample.ReadFormat(sample) ?? _announced;
            return false;
        }

        if (!isKey)
            return !_awaitsKey && _format?.Codec == codec;
        var read = TrackFormat.Read(codec, sample);
        if (read is null && codec == Codec.H264 && !H264Sample.HasSets(sample))
            read = _announced?.Codec == codec ? _announced : _format?.Codec == codec ? _format : null;
        // What follows refers to it, and could not be decoded either.
        _awaitsKey = read is null;
        _announced = read;
        format = read!;
        return read is not null;
    }

    private static bool IsPicture(Codec codec) => codec is not (Codec.Opus or Codec.Aac);

    private static bool TrySound(Codec codec, int duration, out TrackFormat format)
    {
        format = codec == Codec.Aac ? TrackFormat.Aac : TrackFormat.Opus;
        return duration > 0;
    }

    private static bool IsKey(Codec codec, ReadOnlySpan<byte> sample) => codec switch
    {
        Codec.H264 => H264Sample.IsKey(sample),
        Codec.Vp9 => Vp9Sample.IsKey(sample),
        _ => Av1Sample.IsKey(sample),
    };

    private void Init(TrackFormat format)
    {
        if (_format is null)
            sink.Note(IndexLine.Of("track", Version, format.TimeScale));
        _format = format;
        _out.Clear();
        InitSegment.Write(_out, [format]);
        var entry = new InitEntry(Offset, _out.Length, Crc32C.Of(_out.Written), format);
        sink.Init(entry, _out.Written);
        Offset += _out.Length;
    }

    private void Keep(PartLayout.Pending sample)
    {
        if (_count == _samples.Length)
            Array.Resize(ref _samples, _count * 2);
        _samples[_count++] = sample;
        _lastTime = sample.Time;
    }

    private void SetDuration(long ticks) => _samples[_count - 1] = _samples[_count - 1] with { Duration = (uint)ticks };

    /// <summary>Finishes a part of the first so many samples; the others begin the next one.</summary>
    private void Emit(int count)
    {
        var samples = _samples.AsSpan(0, count);
        var (bytes, duration) = (0, 0L);
        foreach (var sample in samples)
            (bytes, duration) = (bytes + sample.Length, duration + sample.Duration);
        var first = samples[0];
        _out.Clear();
        PartLayout.Write(_out, _startsSegment, ++_sequence, first.Time, samples, _data.Written[..bytes]);
        var part = new PartEntry(
            Offset, _out.Length, Crc32C.Of(_out.Written), first.Time, duration, first.Arrival, count, _startsSegment);
        sink.Part(part, _out.Written);
        Offset += _out.Length;
        _end = part.End;
        _startsSegment = false;
        _data.RemoveFirst(bytes);
        _samples.AsSpan(count, _count - count).CopyTo(_samples);
        _count -= count;
    }

    private long Ticks(TimeSpan time) =>
        time.Ticks * ((_format ?? _announced)?.TimeScale ?? TrackFormat.SoundTimeScale) / TimeSpan.TicksPerSecond;

    private bool Refuse()
    {
        Refused++;
        return false;
    }
}
