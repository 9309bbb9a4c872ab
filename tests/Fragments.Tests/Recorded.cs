using Muse.Fragments.Index;
using Muse.Fragments.Parts;
using Muse.Fragments.Tracks;

namespace Muse.Fragments.Tests;

/// <summary>A recording in memory.</summary>
internal sealed class Recorded
{
    private readonly MemoryStream _media = new();
    private readonly MemoryStream _index = new();

    public Recorded(PartLimits? limits = null) => Writer = new PartWriter(new TrackFile(_media, _index), limits ?? PartLimits.Lesson);

    public PartWriter Writer { get; }

    /// <summary>Of the sample that comes next. Beyond 32 bits, as after a wrap.</summary>
    public long Time { get; set; } = 5_000_000_000;

    public byte[] Media => _media.ToArray();

    public byte[] Index => _index.ToArray();

    public TrackRecording Open() => Open(Media, Index);

    public static TrackRecording Open(byte[] media, byte[] index) => TrackRecording.Open(new MemoryStream(media), new MemoryStream(index));

    public Recorded Add(Codec codec, IEnumerable<byte[]> samples)
    {
        foreach (var sample in samples)
        {
            Assert.True(Writer.Add(codec, sample, Time, Time / 90));
            Time += codec switch { Codec.Opus => OpusSample.Duration(sample), Codec.Aac => AacSample.Duration, _ => 3_000 };
        }

        return this;
    }

    public Recorded Finish()
    {
        Writer.Finish();
        return this;
    }
}
