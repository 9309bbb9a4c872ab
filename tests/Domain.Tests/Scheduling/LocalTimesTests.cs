using FsCheck;
using FsCheck.Fluent;
using Muse.Domain.Scheduling;
using NodaTime;
using NodaTime.TimeZones;

namespace Muse.Domain.Tests.Scheduling;

/// <summary>
/// Random local times in all zones, half of them close to a change of the clocks, against a method that never maps a local time: it only asks
/// what the clock shows at an instant, second by second where needed.
/// </summary>
public class LocalTimesTests
{
    private static readonly string[] Ids = [.. TzdbDateTimeZoneSource.Default.GetIds().Order(StringComparer.Ordinal)];

    // A zone, a local time between 1990 and 2040 in whole minutes, often within two days of one of the zone's changes.
    private static readonly Gen<(string Zone, LocalDateTime Local)> Anywhere =
        from id in Gen.Elements(Ids)
        from day in Gen.Choose(0, 50 * 365)
        from near in Gen.Choose(0, 1)
        from minute in Gen.Choose(0, 1439)
        from shift in Gen.Choose(-2 * 24 * 60, 2 * 24 * 60)
        select (id, Local(id, new LocalDate(1990, 1, 1).PlusDays(day), near == 1, minute, shift));

    private static LocalDateTime Local(string id, LocalDate date, bool near, int minute, int shift)
    {
        var change = DateTimeZoneProviders.Tzdb[id].GetZoneInterval(date.AtMidnight().InUtc().ToInstant());
        return near && change.HasEnd && change.End < Instant.FromUtc(2040, 1, 1, 0, 0)
            ? change.IsoLocalEnd.PlusMinutes(shift % 180)
            : date.At(new LocalTime(minute / 60, minute % 60));
    }

    [Fact]
    public void A_local_time_is_resolved_as_by_a_search_over_what_the_clock_shows() =>
        Prop.ForAll(Anywhere.ToArbitrary(), given =>
        {
            var zone = DateTimeZoneProviders.Tzdb[given.Zone];
            var (kind, instant) = Search(zone, given.Local);
            var lenient = LocalTimes.ResolveLenient(zone, given.Local);
            return lenient.Kind == kind && lenient.Instant == instant && lenient.Actual.ToInstant() == instant
                && (kind != LocalTimeKind.Gap || lenient.Actual.LocalDateTime > given.Local);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(20_000));

    [Fact]
    public void Strict_takes_unique_times_only_and_otherwise_offers_instants_that_are_on_the_clock() =>
        Prop.ForAll(Anywhere.ToArbitrary(), given =>
        {
            var zone = DateTimeZoneProviders.Tzdb[given.Zone];
            var (kind, instant) = Search(zone, given.Local);
            var strict = LocalTimes.ResolveStrict(zone, given.Local);
            return kind switch
            {
                LocalTimeKind.Unique => !strict.IsRefused && strict.Value == instant,
                LocalTimeKind.Gap => strict.Refusal is { Code: "local_time_skipped", Alternatives: [var only] } && only == instant,
                _ => strict.Refusal is { Code: "local_time_ambiguous", Alternatives: [var first, var second] } && first == instant
                    && first < second
                    && second.InZone(zone).LocalDateTime == given.Local,
            };
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(5_000));

    [Fact]
    public void The_clock_that_remembers_its_interval_resolves_as_the_rule_does()
    {
        foreach (var id in Ids)
        {
            var zone = DateTimeZoneProviders.Tzdb[id];
            var clock = new ZoneClock(zone);
            for (var local = new LocalDateTime(2011, 12, 1, 0, 7); local.Year < 2013; local = local.PlusMinutes(97))
                Assert.Equal(LocalTimes.ResolveLenient(zone, local).Instant.ToUnixTimeSeconds(),
                    clock.Resolve(local.InUtc().ToInstant().ToUnixTimeSeconds()));
            // Backwards too: the interval that is remembered is then the later one.
            for (var local = new LocalDateTime(2013, 1, 1, 0, 3); local.Year > 2010; local = local.PlusMinutes(-101))
                Assert.Equal(LocalTimes.ResolveLenient(zone, local).Instant.ToUnixTimeSeconds(),
                    clock.Resolve(local.InUtc().ToInstant().ToUnixTimeSeconds()));
        }
    }

    // Every offset that the zone has within two days around is a candidate; those under which the clock really shows the time count.
    private static (LocalTimeKind, Instant) Search(DateTimeZone zone, LocalDateTime local)
    {
        var utc = local.InUtc().ToInstant();
        var offsets = new HashSet<Offset>();
        for (var minutes = -48 * 60; minutes <= 48 * 60; minutes += 10)
            offsets.Add(zone.GetUtcOffset(utc + Duration.FromMinutes(minutes)));
        var shown = offsets.Select(offset => utc - offset.ToTimeSpan().ToDuration())
            .Where(instant => instant.InZone(zone).LocalDateTime == local).Order().ToArray();
        if (shown.Length > 0)
            return (shown.Length == 1 ? LocalTimeKind.Unique : LocalTimeKind.Overlap, shown[0]);
        // Skipped: the last minute whose clock still shows less, and the first that shows more. The offset before the jump counts.
        for (var instant = utc - Duration.FromHours(27); instant < utc + Duration.FromHours(27); instant += Duration.FromMinutes(1))
        {
            var after = instant + Duration.FromMinutes(1);
            if (instant.InZone(zone).LocalDateTime < local && after.InZone(zone).LocalDateTime > local)
                return (LocalTimeKind.Gap, utc - zone.GetUtcOffset(instant).ToTimeSpan().ToDuration());
        }
        throw new InvalidOperationException($"{local} in {zone.Id} was not found.");
    }
}

internal static class Spans
{
    public static Duration ToDuration(this TimeSpan span) => Duration.FromTimeSpan(span);
}
