namespace Muse.Fragments.Clock;

/// <summary>A point of a line and how steep it goes on: at <paramref name="X"/> it is at <paramref name="X"/> + <paramref name="Excess"/>, both in
/// microseconds, and gains <paramref name="Drift"/> microseconds for each.</summary>
internal readonly record struct LineKnot(double X, double Excess, double Drift);

/// <summary>A line below many observations of two clocks that go almost alike, each of which may be late, and none early: the promptest of each
/// block, the median of all slopes between them (Theil–Sen), which up to a quarter of wrong ones cannot move, and as high as the promptest lie. A
/// clock's rate wanders with its temperature, so a long line bends each five minutes, there by what ten minutes around it say. Memory is bounded:
/// blocks grow longer with the time.</summary>
internal sealed class RobustLine
{
    /// <summary>No clock of a computer is worse (issue 5): more is an error of measurement.</summary>
    public const double MostDrift = 300e-6;

    private const int MaxBlocks = 256;
    private const int MaxOfBlock = 64;
    private const double Second = 1_000_000;

    /// <summary>Below, the scatter of the observations would look like drift.</summary>
    private const double ShortestForDrift = 30 * Second;
    private const double Bend = 300 * Second;

    /// <summary>One of so many is prompt, at least: a browser's reports of its sound are 0 to 30 ms late (docs/decisions/0039).</summary>
    private const int Prompt = 16;

    /// <summary>What is earlier than the middle by more is no prompt one but a wrong one.</summary>
    private const double MostLate = 60_000;

    private readonly double[] _x = new double[MaxBlocks];
    private readonly double[] _excess = new double[MaxBlocks];
    private readonly double[] _blockX = new double[MaxOfBlock];
    private readonly double[] _block = new double[MaxOfBlock];
    private int _blocks;
    private int _inBlock;
    private double _blockStart;
    private double _blockSpan = 5 * Second;
    private double _originX;
    private double _originExcess;

    public int Count { get; private set; }

    /// <param name="x">µs of the one clock, nominally; not less than before.</param>
    /// <param name="y">µs of the other.</param>
    public void Add(double x, double y)
    {
        if (Count++ == 0)
            (_originX, _originExcess) = (x, y - x);
        var (at, excess) = (x - _originX, y - x - _originExcess);
        if (_inBlock > 0 && at - _blockStart >= _blockSpan)
            EndBlock();
        if (_inBlock == 0)
            _blockStart = at;
        if (_inBlock == MaxOfBlock)
            return;
        _blockX[_inBlock] = at;
        _block[_inBlock++] = excess;
    }

    /// <returns>At least one; the first reaches back, the last goes on, without end.</returns>
    public IReadOnlyList<LineKnot> Fit()
    {
        if (Count == 0)
            return [];
        var count = _blocks;
        var (x, excess) = (new double[count + 1], new double[count + 1]);
        _x.AsSpan(0, count).CopyTo(x);
        _excess.AsSpan(0, count).CopyTo(excess);
        if (_inBlock > 0)
            (x[count], excess[count++]) = PromptestOfBlock();
        var (first, last) = (x[0], x[count - 1]);
        // Each bend sees at least eight blocks.
        var bends = Math.Min((int)((last - first) / Bend), count / 4);
        if (bends < 2)
        {
            var (at, drift) = Fit(x.AsSpan(0, count), excess.AsSpan(0, count), first);
            return [new(_originX + first, _originExcess + at, drift)];
        }

        var knots = new LineKnot[bends + 1];
        var between = (last - first) / bends;
        for (var i = 0; i <= bends; i++)
        {
            var place = first + (i * between);
            // Not Clamp: with two bends the highest is the lowest, but for rounding.
            var from = Math.Max(first, Math.Min(place - between, last - (2 * between)));
            var low = Array.FindIndex(x, 0, count, each => each >= from - 1);
            var high = Array.FindLastIndex(x, count - 1, each => each <= from + (2 * between) + 1);
            var (at, drift) = Fit(x.AsSpan(low, high - low + 1), excess.AsSpan(low, high - low + 1), place);
            knots[i] = new(_originX + place, _originExcess + at, drift);
        }

        for (var i = 0; i < bends; i++)
            knots[i] = knots[i] with { Drift = (knots[i + 1].Excess - knots[i].Excess) / between };
        return knots;
    }

    private static (double At, double Drift) Fit(ReadOnlySpan<double> x, ReadOnlySpan<double> excess, double place)
    {
        var drift = 0d;
        if (x[^1] - x[0] >= ShortestForDrift)
        {
            var slopes = new List<double>(x.Length * (x.Length - 1) / 2);
            for (var i = 0; i < x.Length; i++)
            {
                for (var j = i + 1; j < x.Length; j++)
                {
                    if (x[j] - x[i] >= Second)
                        slopes.Add((excess[j] - excess[i]) / (x[j] - x[i]));
                }
            }

            drift = Math.Clamp(Median([.. slopes]), -MostDrift, MostDrift);
        }

        var heights = new double[x.Length];
        for (var i = 0; i < heights.Length; i++)
            heights[i] = excess[i] - (drift * (x[i] - place));
        return (Promptest(heights), drift);
    }

    /// <summary>Sorts them.</summary>
    private static double Promptest(double[] late)
    {
        var earliest = Median(late) - MostLate;
        var right = late.AsSpan(Array.FindIndex(late, each => each >= earliest)..);
        return right[right.Length / Prompt];
    }

    private static double Median(double[] values)
    {
        Array.Sort(values);
        var middle = values.Length / 2;
        return values.Length % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
    }

    private (double X, double Excess) PromptestOfBlock()
    {
        var excess = Promptest(_block.AsSpan(0, _inBlock).ToArray());
        return (_blockX[Array.IndexOf(_block, excess, 0, _inBlock)], excess);
    }

    private void EndBlock()
    {
        if (_blocks == MaxBlocks)
        {
            var (height, drift) = Fit(_x, _excess, 0);
            for (var i = 0; i < MaxBlocks / 2; i++)
            {
                var (one, other) = (Late(2 * i), Late((2 * i) + 1));
                var kept = (2 * i) + (Math.Min(one, other) < -MostLate == one < other ? 1 : 0);
                (_x[i], _excess[i]) = (_x[kept], _excess[kept]);
            }

            _blocks = MaxBlocks / 2;
            _blockSpan *= 2;

            double Late(int block) => _excess[block] - height - (drift * _x[block]);
        }

        (_x[_blocks], _excess[_blocks]) = PromptestOfBlock();
        _blocks++;
        _inBlock = 0;
    }
}
