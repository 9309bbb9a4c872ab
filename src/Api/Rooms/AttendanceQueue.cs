using Muse.Domain;
using Muse.Domain.Lessons;

namespace Muse.Api.Rooms;

/// <summary>What waits to be written into one lesson's stream, in the order in which it happened. Bounded: somebody who comes and goes
/// without end fills the queue of their own lesson, and then their comings are lost, each together with its going. Used under the lock of
/// <see cref="Attendance"/>.</summary>
internal sealed class AttendanceQueue
{
    /// <summary>Comings that may wait.</summary>
    public const int MostComings = 256;

    /// <summary>Anything else that may wait: each coming that was taken has one going, and the tutor acts a few times.</summary>
    public const int MostOthers = 2 * MostComings;

    private readonly Queue<(Func<Lesson, Decision> Decide, bool IsComing)> _waiting = new();
    private readonly HashSet<Guid> _lost = [];
    private int _comings;

    public int Count => _waiting.Count;

    /// <summary>Of whom nothing has been written, and nothing will be.</summary>
    public bool HasLost => _lost.Count > 0;

    /// <returns>False when it is lost.</returns>
    public bool Come(Guid participant, Func<Lesson, Decision> decide)
    {
        if (_comings == MostComings)
        {
            _lost.Add(participant);
            return false;
        }
        _comings++;
        _waiting.Enqueue((decide, true));
        return true;
    }

    /// <returns>False when the coming was lost, and this is with it.</returns>
    public bool Go(Guid participant, Func<Lesson, Decision> decide) => !_lost.Remove(participant) && Add(decide);

    public bool Add(Func<Lesson, Decision> decide)
    {
        if (_waiting.Count - _comings >= MostOthers) return false;
        _waiting.Enqueue((decide, false));
        return true;
    }

    public Func<Lesson, Decision> Peek() => _waiting.Peek().Decide;

    public void Written()
    {
        if (_waiting.Dequeue().IsComing) _comings--;
    }
}
