using NodaTime;

namespace Muse.Domain;

public static class Moment
{
    /// <summary>
    /// The instant cut to whole microseconds. PostgreSQL keeps microseconds and <see cref="Instant"/> nanoseconds, so an event that is not
    /// cut when it is made folds to another state than the one read back.
    /// </summary>
    public static Instant Cut(this Instant instant) => Instant.FromUnixTimeTicks(FloorTo(instant.ToUnixTimeTicks(), 10));

    private static long FloorTo(long ticks, long step) => ticks - (((ticks % step) + step) % step);
}
