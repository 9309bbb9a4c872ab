using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json;
using Muse.Bench.Booking;

// Figures and their meaning: docs/benchmarks.md, section "booking".
CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (args is ["plain", var connectionString, var port])
{
    await PlainServer.RunAsync(connectionString, int.Parse(port, CultureInfo.InvariantCulture));
    return 0;
}

const int Workers = 32, Contenders = 64, SlotsEach = 20, Groups = 3, Rounds = 60;
await using var house = await House.OpenAsync("booking");
await house.ScalarAsync("""
    create table plain (id uuid primary key, tutor_id uuid not null, student_id uuid not null, start_local text not null,
        time_zone text not null, minutes int not null, at timestamptz not null default clock_timestamp())
    """);
var plainServer = (await house.StartAsync(at => [typeof(PlainServer).Assembly.Location, "plain", house.ConnectionString, $"{at}"], "/", [])).Http;
var museServer = (await house.MuseAsync()).Http;
var school = new School(museServer);
await school.OpenAsync();
var good = true;

// Spread: at every slot each of 100 learners asks another of the 100 tutors, so nobody is in anybody's way. The first group warms up.
for (var group = 0; group < Groups; group++)
{
    var learners = await school.Learners(School.TutorCount);
    var wishes = Enumerable.Range(0, SlotsEach * School.TutorCount).Select(i =>
    {
        var (slot, learner) = (group * SlotsEach + i / School.TutorCount, i % School.TutorCount);
        return (learners[learner], school.Wish((learner + slot) % School.TutorCount, learners[learner], slot));
    }).ToArray();
    var plain = await Measure(wishes.Length, Workers, i => plainServer.PostAsJsonAsync("/insert", wishes[i].Item2));
    var muse = await Measure(wishes.Length, Workers, async i =>
    {
        using var request = School.With(wishes[i].Item1.Token, HttpMethod.Post, "/v1/bookings", wishes[i].Item2);
        return await museServer.SendAsync(request);
    });
    good &= muse.Created == wishes.Length && plain.Created == wishes.Length;
    Report(group == 0 ? "spread, warming up" : $"spread {group}", muse, plain);
}

// Alone: one at a time, what one person waits.
{
    var learners = await school.Learners(School.TutorCount);
    var wishes = learners.Select((l, i) => (l, school.Wish(i, l, 200))).ToArray();
    var plain = await Measure(wishes.Length, 1, i => plainServer.PostAsJsonAsync("/insert", wishes[i].Item2));
    var muse = await Measure(wishes.Length, 1, async i =>
    {
        using var request = School.With(wishes[i].l.Token, HttpMethod.Post, "/v1/bookings", wishes[i].Item2);
        return await museServer.SendAsync(request);
    });
    good &= muse.Created == wishes.Length;
    Report("one at a time", muse, plain);
}

// One slot: 64 at once, one wins; the winner gives it back. The first ten rounds warm up.
{
    var learners = await school.Learners(Contenders);
    var (muse, plain) = (new List<double>(), new List<double>());
    var wrong = 0;
    for (var round = 0; round < Rounds; round++)
    {
        var wishes = learners.Select(l => (l, school.Wish(0, l, 300 + round))).ToArray();
        var peer = await Measure(Contenders, Contenders, i => plainServer.PostAsJsonAsync("/insert", wishes[i].Item2));
        (Guid Id, string Token)? won = null;
        var contest = await Measure(Contenders, Contenders, async i =>
        {
            using var request = School.With(wishes[i].l.Token, HttpMethod.Post, "/v1/bookings", wishes[i].Item2);
            var answer = await museServer.SendAsync(request);
            if (answer.StatusCode == HttpStatusCode.Created)
                won = ((await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetGuid(), wishes[i].l.Token);
            return answer;
        });
        wrong += contest.Created == 1 && contest.Refused == Contenders - 1 ? 0 : 1;
        using var back = School.With(won!.Value.Token, HttpMethod.Post, $"/v1/bookings/{won.Value.Id}/cancel", null);
        back.Headers.TryAddWithoutValidation("If-Match", "\"1\"");
        await school.Sent(back);
        if (round < 10)
            continue;
        muse.AddRange(contest.Milliseconds);
        plain.AddRange(peer.Milliseconds);
    }
    Report($"64 on one slot, {Rounds - 10} rounds", new Figures([.. muse], 0, 0, 0), new Figures([.. plain], 0, 0, 0));
    Console.WriteLine($"  rounds without exactly one booking: {wrong}; deadlocks: {await house.ScalarAsync("select deadlocks from pg_stat_database where datname = current_database()")}");
    good &= wrong == 0;
}

Console.WriteLine(good ? "booking: every request was answered as it should be" : "booking: WRONG ANSWERS, see above");
return good ? 0 : 1;

static async Task<Figures> Measure(int count, int workers, Func<int, Task<HttpResponseMessage>> call)
{
    var milliseconds = new double[count];
    int next = -1, created = 0, refused = 0;
    var all = Stopwatch.StartNew();
    await Task.WhenAll(Enumerable.Range(0, workers).Select(async _ =>
    {
        for (var i = Interlocked.Increment(ref next); i < count; i = Interlocked.Increment(ref next))
        {
            var watch = Stopwatch.StartNew();
            using var answer = await call(i);
            await answer.Content.LoadIntoBufferAsync();
            milliseconds[i] = watch.Elapsed.TotalMilliseconds;
            if (answer.StatusCode == HttpStatusCode.Created)
                Interlocked.Increment(ref created);
            if (answer.StatusCode == HttpStatusCode.Conflict)
                Interlocked.Increment(ref refused);
        }
    }));
    return new Figures(milliseconds, all.Elapsed.TotalSeconds, created, refused);
}

static void Report(string what, Figures muse, Figures plain)
{
    var rate = muse.Seconds > 0 ? $"{muse.Milliseconds.Length / muse.Seconds:0}/s against {plain.Milliseconds.Length / plain.Seconds:0}/s ({plain.Seconds / muse.Seconds:0.000}); " : "";
    Console.WriteLine($"booking, {what}: {rate}p50 {muse.At(0.5):0.0} ms = {muse.At(0.5) / plain.At(0.5):0.0}x plain's {plain.At(0.5):0.0}, " +
        $"p99 {muse.At(0.99):0.0} ms = {muse.At(0.99) / plain.At(0.99):0.0}x plain's {plain.At(0.99):0.0}");
}

internal sealed record Figures(double[] Milliseconds, double Seconds, int Created, int Refused)
{
    public double At(double quantile)
    {
        var sorted = Milliseconds.Order().ToArray();
        return sorted[(int)(quantile * (sorted.Length - 1))];
    }
}
