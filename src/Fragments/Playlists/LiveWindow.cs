using System.Buffers.Binary;
using Muse.Fragments.Index;
using Muse.Fragments.Parts;

namespace Muse.Fragments.Playlists;

/// <summary>How a broadcast is cut.</summary>
/// <param name="Part">PART-TARGET: no part is longer. 0.2 to 0.5 s.</param>
/// <param name="Segment">From key frame to key frame, as asked for; they may come a quarter later.</param>
/// <param name="HoldBack">How far behind the newest part a player stays; at least three parts. It is most of the delay (measured: that and 0.4 s).</param>
/// <param name="Kept">Segments that are finished and can still be had.</param>
public sealed record LiveShape(TimeSpan Part, TimeSpan Segment, TimeSpan HoldBack, int Kept = 8)
{
    /// <summary>1.37 s from glass to glass in hls.js.</summary>
    public static LiveShape Usual { get; } = new(TimeSpan.FromSeconds(1 / 3d), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(1));

    /// <summary>Whole seconds that no segment is rounded to more than; must never change.</summary>
    public int TargetDuration => (int)Math.Ceiling(Segment.TotalSeconds * 1.25);
}

/// <summary>The last segments of one track of a broadcast, in memory, and their LL-HLS playlist (RFC 8216bis §4.4.3.7, §4.4.4.9, §4.4.5.3). Parts are
/// numbered through, over the segments, so that the next one's address is known whether or not a key frame comes. Not for several
/// threads.</summary>
/// <param name="place">From the track's raw ticks to those of the broadcast: one steady mapping.</param>
/// <param name="start">The broadcast's 0, µs since 1970.</param>
/// <param name="prefix">Before each file's name.</param>
public sealed class LiveWindow(LiveShape shape, int timeScale, Func<long, long> place, double start, string prefix = "") : IPartSink
{
    private readonly Queue<LiveSegment> _finished = [];
    private readonly string _prefix = prefix.Length == 0 ? "" : HlsText.Uri(prefix);
    private LiveSegment? _open;
    private LiveInit? _init;
    private int _inits;
    private long _nextPart;
    private long _discontinuities;

    /// <summary>Number of the segment that is being made.</summary>
    public long Newest { get; private set; } = -1;

    public void Init(InitEntry init, ReadOnlySpan<byte> bytes) => _init = new(++_inits, init, bytes.ToArray());

    public void Part(PartEntry part, ReadOnlySpan<byte> bytes)
    {
        if (_init is null)
            return;
        var copy = bytes.ToArray();
        var moof = part.StartsSegment ? PartLayout.StypLength : 0;
        var time = Math.Max(0, place(part.Time));
        BinaryPrimitives.WriteInt64BigEndian(copy.AsSpan(moof + PartLayout.TimeAt), time);
        if (part.StartsSegment || _open is null)
            Begin(time);
        _open!.Parts.Add(new(_nextPart++, part, time, copy));
    }

    public void Note(IndexLine line)
    {
    }

    /// <summary>For <c>_HLS_msn</c> and <c>_HLS_part</c> (§6.2.5.2): whether the playlist tells that already.</summary>
    /// <param name="part">Place in the segment from 0; null: the whole segment.</param>
    public bool Has(long segment, int? part) =>
        segment < Newest || (segment == Newest && part is { } place && place < _open!.Parts.Count);

    /// <summary>A request for more than the segment after the next is a mistake, to be refused (§6.2.5.2).</summary>
    public bool IsTooFar(long segment) => segment > Newest + 2;

    /// <returns>Null when it is not there: not yet, or no longer.</returns>
    public ReadOnlyMemory<byte>? PartBytes(long number) =>
        OrNone(Segments.SelectMany(each => each.Parts).FirstOrDefault(each => each.Number == number)?.Bytes);

    /// <returns>Null when it is not there; that which is being made is not.</returns>
    public ReadOnlyMemory<byte>? SegmentBytes(long number) =>
        OrNone(_finished.FirstOrDefault(each => each.Number == number)?.Parts.SelectMany(each => each.Bytes).ToArray());

    /// <returns>Null when no segment in the window needs it.</returns>
    public ReadOnlyMemory<byte>? InitBytes(int number) =>
        OrNone(Segments.Select(each => each.Init).Append(_init).FirstOrDefault(each => each?.Number == number)?.Bytes);

    public string Playlist()
    {
        var text = new HlsText()
            .Line($"#EXT-X-VERSION:9")
            .Line($"#EXT-X-TARGETDURATION:{shape.TargetDuration}")
            .Line($"#EXT-X-PART-INF:PART-TARGET={HlsText.Seconds(shape.Part.TotalMicroseconds)}")
            .Line($"#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK={HlsText.Seconds(Math.Max(shape.HoldBack.TotalMicroseconds, 3 * shape.Part.TotalMicroseconds))}")
            .Line($"#EXT-X-MEDIA-SEQUENCE:{(_finished.TryPeek(out var first) ? first.Number : Math.Max(0, Newest))}");
        if (_discontinuities > 0)
            text.Line($"#EXT-X-DISCONTINUITY-SEQUENCE:{_discontinuities}");
        text.Line($"#EXT-X-INDEPENDENT-SEGMENTS");
        LiveInit? init = null;
        var isFirst = true;
        // Parts are told of the last three target durations only (§6.2.2).
        var tells = _open is null ? 0 : _open.Start - (3L * shape.TargetDuration * timeScale);
        foreach (var segment in Segments)
        {
            if (segment.IsBreak)
                text.Line($"#EXT-X-DISCONTINUITY");
            if (segment.Init != init)
                text.Line($"#EXT-X-MAP:URI=\"{_prefix}init{segment.Init.Number}.mp4\"");
            init = segment.Init;
            if (isFirst || segment.IsBreak)
                text.Line($"#EXT-X-PROGRAM-DATE-TIME:{HlsText.Date(start + Micros(segment.Start))}");
            isFirst = false;
            if (segment.Start >= tells)
                Parts(text, segment);
            if (segment != _open)
                text.Line($"#EXTINF:{HlsText.Seconds(Micros(segment.End) - Micros(segment.Start))},").Line($"{_prefix}segment{segment.Number}.m4s");
        }

        return text.Line($"#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"{_prefix}part{_nextPart}.m4s\"").ToString();
    }

    /// <summary>An array that is null would become memory that is empty.</summary>
    private static ReadOnlyMemory<byte>? OrNone(byte[]? bytes) => bytes is null ? default(ReadOnlyMemory<byte>?) : bytes;

    private IEnumerable<LiveSegment> Segments => _open is null ? _finished : _finished.Append(_open);

    private void Begin(long time)
    {
        var isBreak = _open is not null && _open.Init.Entry.Format.Codec != _init!.Entry.Format.Codec;
        if (_open is not null)
        {
            _open.End = time;
            _finished.Enqueue(_open);
            // Its break is no longer told.
            if (_finished.Count > shape.Kept && _finished.Dequeue().IsBreak)
                _discontinuities++;
        }

        _open = new(++Newest, _init!, time, isBreak);
    }

    private void Parts(HlsText text, LiveSegment segment)
    {
        foreach (var part in segment.Parts)
        {
            var duration = HlsText.Seconds(part.Entry.Duration * 1e6 / timeScale);
            var isIndependent = part.Entry.StartsSegment || !segment.Init.Entry.Format.IsVideo;
            text.Line($"#EXT-X-PART:DURATION={duration},URI=\"{_prefix}part{part.Number}.m4s\"{(isIndependent ? ",INDEPENDENT=YES" : "")}");
        }
    }

    private double Micros(long ticks) => Math.Round(ticks * 1e6 / timeScale);

    private sealed record LiveInit(int Number, InitEntry Entry, byte[] Bytes);

    private sealed record LivePart(long Number, PartEntry Entry, long Time, byte[] Bytes);

    private sealed class LiveSegment(long number, LiveInit init, long start, bool isBreak)
    {
        public long Number { get; } = number;

        public LiveInit Init { get; } = init;

        /// <summary>Ticks of the broadcast.</summary>
        public long Start { get; } = start;

        /// <summary>Where the next one begins.</summary>
        public long End { get; set; }

        /// <summary>Another codec than before.</summary>
        public bool IsBreak { get; } = isBreak;

        public List<LivePart> Parts { get; } = [];
    }
}
