using NodaTime;

namespace Muse.Domain.Meetings;

/// <summary>
/// When a lesson that every provider had failed is tried again by itself: soon at first, for an outage is often over in minutes, then ever more
/// seldom, and again more often the nearer the lesson comes. The only place that knows; whoever tries asks here.
/// </summary>
public static class NextTry
{
    /// <summary>After the first failure in a row, the second and so on.</summary>
    private static readonly Duration[] Growing =
        [Duration.FromMinutes(2), Duration.FromMinutes(5), Duration.FromMinutes(15), Duration.FromMinutes(30), Duration.FromHours(1)];

    /// <summary>
    /// After those. A lesson in a month with a provider that never works (a missing right, say) writes some hundred events so, not thousands.
    /// </summary>
    private static readonly Duration Longest = Duration.FromHours(6);

    /// <summary>From so long before the lesson on, at least so often: a try falls on the mark itself or soon after it.</summary>
    private static readonly (Duration Before, Duration AtMost)[] Marks =
        [(Duration.FromHours(24), Duration.FromHours(1)), (Meeting.NoTimeLeft, Duration.FromMinutes(2))];

    /// <param name="failures">How often in a row every provider had failed, 1 or more.</param>
    /// <param name="failedAt">The last time.</param>
    /// <returns>Null: the lesson would be over.</returns>
    public static Instant? After(int failures, Instant failedAt, Instant lessonStart, Instant lessonEnd)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(failures, 1);
        var next = failedAt + (failures <= Growing.Length ? Growing[failures - 1] : Longest);
        foreach (var (before, atMost) in Marks)
            next = Instant.Min(next, Instant.Max(lessonStart - before, failedAt + atMost));
        return next < lessonEnd ? next : null;
    }
}
