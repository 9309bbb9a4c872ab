namespace Muse.Api.Rooms.Quality;

/// <summary>How a number went over a lesson, in bounded memory: means of a few samples each. When too many are kept, each two become one.</summary>
public sealed class Course(int samplesPerMean = 5)
{
    private const int MostKept = 1_024;

    private readonly List<double> _means = [];
    private int _perMean = samplesPerMean;
    private double _sum;
    private int _count;

    public bool IsEmpty => _means.Count == 0 && _count == 0;

    public void Add(double sample)
    {
        _sum += sample;
        if (++_count < _perMean) return;
        _means.Add(_sum / _count);
        (_sum, _count) = (0, 0);
        if (_means.Count < MostKept) return;
        for (var i = 0; i < MostKept / 2; i++) _means[i] = (_means[2 * i] + _means[(2 * i) + 1]) / 2;
        _means.RemoveRange(MostKept / 2, MostKept / 2);
        _perMean *= 2;
    }

    public double Median => Sorted is { Count: > 0 } sorted ? sorted[sorted.Count / 2] : 0;

    public double Lowest => Sorted is { Count: > 0 } sorted ? sorted[0] : 0;

    public double Highest => Sorted is { Count: > 0 } sorted ? sorted[^1] : 0;

    /// <summary>A mean of too few samples counts only when there is no other.</summary>
    private List<double> Sorted => _means.Count == 0 && _count > 0 ? [_sum / _count] : [.. _means.Order()];
}
