using Muse.SelfHostedMedia.Recording;

namespace Muse.SelfHostedMedia.Tests.Recording;

/// <summary>Keeps what a depacketizer says, in the order in which it says it.</summary>
internal sealed class RecordedSamples : ISampleSink
{
    public List<(Sample Sample, byte[] Bytes)> Samples { get; } = [];

    public List<LostTime> Losses { get; } = [];

    public List<long> Stretches { get; } = [];

    public string[] Hex => [.. Samples.Select(each => Convert.ToHexStringLower(each.Bytes))];

    public long[] Times => [.. Samples.Select(each => each.Sample.Time)];

    public void Stretch(long time, long arrival) => Stretches.Add(time);

    public void Lost(in LostTime lost)
    {
        Assert.True(lost.Duration >= 0);
        Losses.Add(lost);
    }

    public void Sample(in Sample sample, ReadOnlySpan<byte> bytes)
    {
        if (Samples.Count > 0)
            Assert.True(sample.Time > Samples[^1].Sample.Time, "Time went back.");
        if (Losses.Count > 0)
            Assert.True(sample.Time >= Losses[^1].Time + Losses[^1].Duration, "A loss reaches into what is there.");
        Samples.Add((sample, bytes.ToArray()));
    }
}
