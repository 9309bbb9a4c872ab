using Muse.Domain.Scheduling;
using NodaTime;

namespace Muse.Domain.Lessons;

/// <summary>A future lesson as it stands.</summary>
public sealed record HeldLesson(Guid LessonId, Guid BookingId, PlannedTime Time);

/// <summary>A stretch in one person's agenda.</summary>
public sealed record TakenTime(Guid BookingId, Guid Person, Interval During);

/// <summary>A lesson that new zone rules move. <paramref name="ClashesWith"/>: bookings that then overlap it for one of its people.</summary>
public sealed record MovedByRules(HeldLesson Lesson, PlannedTime To, IReadOnlyList<Guid> ClashesWith)
{
    public bool Clashes => ClashesWith.Count > 0;
}

/// <summary>
/// What a new version of the time zone database does to the lessons that are agreed on: the local time stands, so the instant follows. All
/// are moved before any is compared, because adjacent lessons of one zone move together.
/// </summary>
public static class Rezoning
{
    /// <param name="lessons">Future lessons.</param>
    /// <param name="taken">Every live place in the agendas of their people, their own included.</param>
    public static IReadOnlyList<MovedByRules> Plan(IReadOnlyList<HeldLesson> lessons, IReadOnlyList<TakenTime> taken)
    {
        var moved = new Dictionary<Guid, (HeldLesson Lesson, PlannedTime To)>();
        foreach (var lesson in lessons)
        {
            var to = ByTodaysRules(lesson.Time);
            if (!to.IsSameTimeAs(lesson.Time))
                moved.Add(lesson.BookingId, (lesson, to));
        }
        var after = taken.Select(t => moved.TryGetValue(t.BookingId, out var m) ? t with { During = m.To.During() } : t)
            .ToLookup(t => t.Person);
        var personsOf = taken.ToLookup(t => t.BookingId, t => t.Person);
        return
        [
            .. moved.Values.OrderBy(m => m.To.Start).Select(m => new MovedByRules(m.Lesson, m.To,
            [
                .. personsOf[m.Lesson.BookingId].SelectMany(person => after[person])
                    .Where(t => t.BookingId != m.Lesson.BookingId && Overlap(t.During, m.To.During()))
                    .Select(t => t.BookingId).Distinct().Order(),
            ])),
        ];
    }

    /// <summary>
    /// The same local time, read again. A time that no longer exists moves forward by the gap's length; of a time that comes twice, the later
    /// instant stands when it is the one that was agreed on.
    /// </summary>
    public static PlannedTime ByTodaysRules(PlannedTime time)
    {
        var mapping = Zones.Known(time.Zone).MapLocal(time.Local);
        var choseLater = mapping.Count == 2 && mapping.Last().ToInstant() == time.Start;
        return time with
        {
            Start = choseLater ? time.Start : LocalTimes.ResolveLenient(Zones.Known(time.Zone), time.Local).Instant,
            TimeZoneDatabase = Zones.DatabaseVersion,
        };
    }

    private static bool Overlap(Interval a, Interval b) => Slots.Overlap(a.Start, a.End, b.Start, b.End);
}
