using Muse.Domain.Matching;
using Muse.Domain.Scheduling;
using NodaTime;
using Interval = NodaTime.Interval;

namespace Muse.Bench;

/// <summary>"Who of 10,000 tutors is free then?": the bits against expanding every tutor's four weeks for the question.</summary>
internal static class WhoIsFreeThen
{
    private const int Tutors = 10_000, Needed = 100;

    private static readonly string[] Places =
        ["Asia/Seoul", "Asia/Dubai", "Europe/London", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Africa/Cairo"];

    public static bool Run()
    {
        var from = Instant.FromUtc(2027, 3, 1, 0, 0);
        var tutors = Enumerable.Range(0, Tutors).Select(n => Made(n, from)).ToArray();
        var bits = new FreeTimes(from, 28);
        var building = Measured.Once(() =>
        {
            foreach (var (id, hours, busy) in tutors)
            {
                bits.Clear(id);
                foreach (var free in Free(hours, busy, bits.From, bits.To))
                    bits.Mark(id, free);
            }
        });
        // Tuesday 16 March 2027, 16:00-17:00 in Dubai; and all four Tuesdays 16:00-18:00.
        var dubai = Zones.Known("Asia/Dubai");
        Interval Tuesday(int week, int hours) => LocalTimes.ResolveLenient(dubai, new LocalDateTime(2027, 3, 2, 16, 0).PlusWeeks(week)).Instant is var start
            ? new(start, start + Duration.FromHours(hours)) : default;
        var then = Tuesday(2, 1);
        Interval[] tuesdays = [.. Enumerable.Range(0, 4).Select(week => Tuesday(week, 2))];

        var hits = InAllOf(bits, then);
        var expanded = Expanded(tutors, then, from);
        if (!hits.ToHashSet().SetEquals(expanded))
            throw new InvalidOperationException($"The bits found {hits.Count} tutors, expanding {expanded.Count}.");

        var one = Measured.Microseconds(() => InAllOf(bits, then).Count);
        var four = Measured.Microseconds(() => bits.FreeMinutes(tuesdays).Count);
        var all = Measured.Microseconds(() => Expanded(tutors, then, from).Count);
        var only = Measured.Microseconds(() => tutors.Count(tutor => Slots.IsOpen(tutor.Hours, then.Start, then.End)));
        var ratio = all / one;
        Console.WriteLine($"Who of {Tutors:#,0} tutors is free on Tuesday 16:00-17:00 in Dubai? {hits.Count} (bits and expanding agree); bits built in {building / 1000:0} ms");
        Console.WriteLine($"    bits, one hour                         {one,10:0} us");
        Console.WriteLine($"    bits, minutes of four Tuesdays         {four,10:0} us = 1/{all / four:0} of expanding (for information)");
        Console.WriteLine($"    expanding four weeks less busy times   {all,10:0} us: the bits take 1/{ratio:0} ({(ratio >= Needed ? "needed 1/100: ok" : "needed 1/100: MISSED")})");
        Console.WriteLine($"    asking each tutor's rules for the hour {only,10:0} us, busy times not looked at (for information)");
        return ratio >= Needed;
    }

    // What matching asks of the bits, and of its answer those who have every minute.
    private static List<Guid> InAllOf(FreeTimes bits, Interval stretch)
    {
        var all = (int)stretch.Duration.TotalMinutes;
        return [.. bits.FreeMinutes([stretch]).Where(one => one.Minutes == all).Select(one => one.TutorId)];
    }

    private static (Guid Id, OpeningHours Hours, BusyTime[] Busy) Made(int n, Instant from)
    {
        var random = new Random(n);
        var weekly = new List<WeeklyHours>();
        for (var day = 1; day <= 7; day++)
            for (var window = 0; window < random.Next(4); window++)
            {
                var start = random.Next(7 * 4, 19 * 4);
                weekly.Add(new(day, TimeText.WallMinute(start * 15), TimeText.WallMinute((start + random.Next(4, 17)) * 15)));
            }
        var busy = new BusyTime[random.Next(0, 41)];
        for (var i = 0; i < busy.Length; i++)
        {
            var start = from + Duration.FromMinutes(15 * random.Next(0, 28 * 96));
            busy[i] = new(start, start + Duration.FromMinutes(60));
        }
        return (new Guid(n, 0, 0, new byte[8]), OpeningHours.Read(Places[n % Places.Length], weekly).Value, [.. busy.OrderBy(one => one.Start)]);
    }

    private static List<Guid> Expanded((Guid Id, OpeningHours Hours, BusyTime[] Busy)[] tutors, Interval then, Instant from)
    {
        var found = new List<Guid>();
        foreach (var (id, hours, busy) in tutors)
            foreach (var open in Slots.OpenBetween(hours, from, from + Duration.FromDays(28)))
                if (open.Start <= then.Start && then.End <= open.End)
                {
                    if (!busy.Any(one => Slots.Overlap(one.Start, one.End, then.Start, then.End)))
                        found.Add(id);
                    break;
                }
        return found;
    }

    private static IEnumerable<Interval> Free(OpeningHours hours, BusyTime[] busy, Instant from, Instant to)
    {
        foreach (var open in Slots.OpenBetween(hours, from, to))
        {
            var start = open.Start;
            foreach (var one in busy)
            {
                if (one.End <= start || one.Start >= open.End)
                    continue;
                if (one.Start > start)
                    yield return new(start, one.Start);
                start = Instant.Max(start, one.End);
            }
            if (start < open.End)
                yield return new(start, open.End);
        }
    }
}
