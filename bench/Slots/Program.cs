using System.Globalization;
using Muse.Bench;
using Muse.Domain.Scheduling;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var peers = Path.Combine(AppContext.BaseDirectory[..AppContext.BaseDirectory.IndexOf($"{Path.DirectorySeparatorChar}bin{Path.DirectorySeparatorChar}", StringComparison.Ordinal)], "peers");
var passed = true;

Console.WriteLine($"Slots: one tutor, 28 days of 3 windows = 504 half hours, 40 bookings, rules {Zones.DatabaseVersion}; CPU time per run, best of batches.");
foreach (var week in (Week[])[Week.Of("Asia/Seoul", "Asia/Dubai", "2027-03-01"), Week.Of("Europe/London", "America/New_York", "2027-03-08")])
{
    var question = week.Question();
    var buffer = new byte[64 * 1024];
    var slots = Slots.Compute(question);
    var texts = slots.Select(slot => TimeText.Of(slot.ViewerLocal)).ToArray();
    var instants = Measured.Microseconds(() => Slots.Compute(question).Count);
    var formatted = Measured.Microseconds(() => ForViewer(Slots.Compute(question), buffer));
    var four = Measured.Microseconds(() => AllFour(Slots.Compute(question), buffer));
    if (System.Text.Encoding.ASCII.GetString(buffer, 0, ForViewer(slots, buffer)) != string.Concat(texts))
        throw new InvalidOperationException("What is written for the viewer is not what was checked.");
    var strings = Measured.Microseconds(() => Slots.Compute(question).Sum(slot => TimeText.Of(slot.ViewerLocal).Length));
    Console.WriteLine($"  {week.TutorZone} seen from {week.ViewerZone}: {slots.Count} free, first {texts[0]}");
    Console.WriteLine($"    muse, offsets of both clocks only      {instants,10:0.0} us");
    Console.WriteLine($"    muse, formatted for the viewer (UTF-8) {formatted,10:0.0} us");
    Console.WriteLine($"    muse, all four texts of the answer     {four,10:0.0} us");
    Console.WriteLine($"    muse, one string of NodaTime a slot    {strings,10:0.0} us");
    foreach (var (name, needed) in ((string, double)[])[("date-fns-tz", 500), ("dayjs", 0)])
    {
        var found = week.AskPeer(Path.Combine(peers, name + ".mjs"));
        if ((found.Count, found.First, found.Hash) != (slots.Count, texts[0], Week.HashOf(texts)))
            throw new InvalidOperationException($"{name} found {found.Count} slots from {found.First}, Muse {slots.Count} from {texts[0]}.");
        var ratio = found.Microseconds / formatted;
        var verdict = needed == 0 ? "for information" : ratio >= needed ? $"needed {needed}: ok" : $"needed {needed}: MISSED";
        passed &= ratio >= needed;
        Console.WriteLine($"    {name,-11} one string a slot, same text {found.Microseconds,8:0} us = {ratio:0} x muse ({verdict})");
    }
}

passed &= WhoIsFreeThen.Run();
return passed ? 0 : 1;

// What the viewer sees of each slot; the peers make the same text.
static int ForViewer(List<Slot> slots, byte[] buffer)
{
    var viewer = new TimeWriter();
    var at = 0;
    foreach (var slot in slots)
        at += viewer.WriteLocal(buffer.AsSpan(at), slot.StartSeconds, slot.ViewerOffsetSeconds);
    return at;
}

// What the HTTP answer needs of each slot: start, end and both local times.
static int AllFour(List<Slot> slots, byte[] buffer)
{
    TimeWriter start = new(), end = new(), tutor = new(), viewer = new();
    var at = 0;
    foreach (var slot in slots)
    {
        at += start.Write(buffer.AsSpan(at), slot.StartSeconds);
        at += end.Write(buffer.AsSpan(at), slot.StartSeconds + slot.DurationSeconds);
        at += tutor.WriteLocal(buffer.AsSpan(at), slot.StartSeconds, slot.TutorOffsetSeconds);
        at += viewer.WriteLocal(buffer.AsSpan(at), slot.StartSeconds, slot.ViewerOffsetSeconds);
    }
    return at;
}
