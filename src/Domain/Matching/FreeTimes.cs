using System.Numerics;
using NodaTime;

namespace Muse.Domain.Matching;

/// <summary>
/// Who is free when, as bits: one for every quarter of an hour (some zones stand at :45), a row of them for each tutor. Not for several threads.
/// </summary>
/// <remarks>Four weeks of 10,000 tutors are 3.3 MB.</remarks>
public sealed class FreeTimes
{
    public const int QuantumMinutes = 15;
    private const int WordSeconds = QuantumMinutes * 60 * 64;
    private const int QuantumSeconds = QuantumMinutes * 60;

    private readonly int _words;
    private readonly Dictionary<Guid, int> _rows = [];
    private readonly List<Guid> _tutors = [];
    private ulong[] _bits = [];
    private readonly long _firstWord;

    /// <param name="from">The rows start at or up to 16 h before this instant.</param>
    /// <param name="days">How far they reach at least, 1–400.</param>
    public FreeTimes(Instant from, int days)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(days, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(days, 400);
        _words = (((days * 86_400) + WordSeconds - 1) / WordSeconds) + 1;
        _firstWord = FloorDiv(from.ToUnixTimeSeconds(), WordSeconds);
    }

    public int Count => _tutors.Count;

    /// <summary>The range that is kept.</summary>
    public Instant From => Instant.FromUnixTimeSeconds(_firstWord * WordSeconds);

    public Instant To => Instant.FromUnixTimeSeconds((_firstWord + _words) * WordSeconds);

    /// <summary>Adds a tutor or clears the row of a known one.</summary>
    public void Clear(Guid tutorId)
    {
        if (_rows.TryGetValue(tutorId, out var row))
        {
            _bits.AsSpan(row * _words, _words).Clear();
            return;
        }
        row = _tutors.Count;
        if (_bits.Length < (row + 1) * _words)
            Array.Resize(ref _bits, Math.Max(16, row * 2) * _words);
        _tutors.Add(tutorId);
        _rows.Add(tutorId, row);
    }

    /// <summary>
    /// Marks a stretch as free; what lies outside the range is ignored. <paramref name="outward"/> marks every quarter that it touches (nobody who
    /// might be free is missed), otherwise only those that lie in it wholly.
    /// </summary>
    public void Mark(Guid tutorId, Interval free, bool outward = false) =>
        Mark(_bits.AsSpan(_rows[tutorId] * _words, _words), free, outward);

    /// <summary>
    /// How many minutes of the given stretches each tutor is free (rounded outward to quarters, inside the range that is kept); tutors with none
    /// are left out.
    /// </summary>
    public List<(Guid TutorId, int Minutes)> FreeMinutes(IEnumerable<Interval> stretches)
    {
        var asked = Asked(stretches);
        var free = new List<(Guid, int)>();
        for (var row = 0; row < _tutors.Count; row++)
        {
            var quarters = 0;
            foreach (var (column, mask) in asked)
                quarters += BitOperations.PopCount(_bits[(row * _words) + column] & mask);
            if (quarters > 0)
                free.Add((_tutors[row], quarters * QuantumMinutes));
        }
        return free;
    }

    // The words that are asked for at all: a few of some forty.
    private (int Column, ulong Mask)[] Asked(IEnumerable<Interval> stretches)
    {
        var mask = new ulong[_words];
        foreach (var stretch in stretches)
            Mark(mask, stretch, outward: true);
        return [.. mask.Select((word, column) => (column, word)).Where(one => one.word != 0)];
    }

    private void Mark(Span<ulong> row, Interval stretch, bool outward)
    {
        var start = Math.Max(stretch.Start.ToUnixTimeSeconds(), _firstWord * WordSeconds);
        var end = Math.Min(stretch.End.ToUnixTimeSeconds(), (_firstWord + _words) * WordSeconds);
        var from = FloorDiv(outward ? start : start + QuantumSeconds - 1, QuantumSeconds);
        var to = FloorDiv(outward ? end + QuantumSeconds - 1 : end, QuantumSeconds);
        for (var quantum = from; quantum < to;)
        {
            var bit = (int)(quantum & 63);
            var length = (int)Math.Min(64 - bit, to - quantum);
            row[(int)((quantum >> 6) - _firstWord)] |= (length == 64 ? ulong.MaxValue : (1ul << length) - 1) << bit;
            quantum += length;
        }
    }

    private static long FloorDiv(long value, long by) => (value / by) - (value % by < 0 ? 1 : 0);
}
