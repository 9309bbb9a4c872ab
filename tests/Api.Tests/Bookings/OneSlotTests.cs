using System.Diagnostics;
using System.Net;

namespace Muse.Api.Tests.Bookings;

/// <summary>
/// Fewer writers do not show what 64 show: with bare exclusion inserts they deadlock and stall for up to 57 s, and with a lock and a look in
/// one statement they double-book. 100 rounds; 1,000 with MUSE_LONG=1.
/// </summary>
public sealed class OneSlotTests(TheServer server) : IClassFixture<TheServer>
{
    private const int Clients = 64;
    private static readonly int Rounds = Environment.GetEnvironmentVariable("MUSE_LONG") == "1" ? 1_000 : 100;

    [Fact]
    public async Task Of_64_clients_on_one_slot_exactly_one_gets_it_in_every_round_without_deadlock_or_stall()
    {
        var tutor = await server.A_tutor_with_hours();
        var people = new List<(SignedIn Guardian, Guid Child)>();
        SignedIn? guardian = null;
        for (var i = 0; i < Clients; i++)
        {
            if (i % 8 == 0)
                guardian = await server.Guardian();
            people.Add((guardian!, await TheServer.Child(guardian!)));
        }
        var deadlocks = await Deadlocks();
        var slowest = TimeSpan.Zero;
        for (var round = 0; round < Rounds; round++)
        {
            // Every round another slot; the winner of a round gives it back, so that no student runs out of requests.
            var start = server.InSeoul(2 + round % 50, round / 50 % 24);
            var answers = await Task.WhenAll(people.Select(async p =>
            {
                var watch = Stopwatch.StartNew();
                var answer = await p.Guardian.Asks(tutor, p.Child, start);
                return (answer, p.Guardian, watch.Elapsed);
            }));
            var won = Assert.Single(answers, a => a.answer.StatusCode == HttpStatusCode.Created);
            foreach (var (answer, _, _) in answers.Where(a => a.answer != won.answer))
                await answer.IsProblem(HttpStatusCode.Conflict, "tutor_not_free");
            var longest = answers.Max(a => a.Elapsed);
            slowest = longest > slowest ? longest : slowest;
            Assert.True((await won.Guardian.Tells(await won.answer.Json(), "cancel")).IsSuccessStatusCode);
        }
        Assert.Equal(Rounds, await server.Database.ScalarAsync<long>("select count(*) from mt_events where type = 'booking_requested'"));
        Assert.Equal(0, await server.Database.ScalarAsync<long>("select count(*) from agenda"));
        Assert.Equal(deadlocks, await Deadlocks());
        // A stall is what a deadlock's detection costs, a second and more; the bound leaves room for a busy machine.
        Assert.True(slowest < TimeSpan.FromSeconds(20), $"a request took {slowest}");
        TestContext.Current.TestOutputHelper?.WriteLine($"{Rounds} rounds, slowest request {slowest.TotalMilliseconds:0} ms");
    }

    private Task<long> Deadlocks() =>
        server.Database.ScalarAsync<long>("select deadlocks from pg_stat_database where datname = current_database()");
}
