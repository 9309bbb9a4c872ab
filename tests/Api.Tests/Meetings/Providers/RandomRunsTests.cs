using System.Globalization;
using Muse.Adapters.Postgres;
using Muse.Given;
using Muse.Imitations;

namespace Muse.Api.Tests.Meetings.Providers;

/// <summary>
/// Lessons that are booked, moved and cancelled at random while their providers fail at random, their webhooks come late, twice and in any
/// order, and the server dies at random moments. In the end each has exactly one meeting over all providers, or none and a named reason, and
/// each fact that was told is one event. 100 lessons with deaths simulated in this process; with MUSE_LONG=1 a thousand more with the real server
/// killed by kill -9. Twenty or forty lessons share a server, so a death is shared, too; but each lesson is under way at one death at least (its errand
/// was there and not done when nobody could write any more), which is counted lesson by lesson. MUSE_SEED repeats the runs of a failure.
/// </summary>
public sealed class RandomRunsTests : IAsyncLifetime
{
    /// <summary>In a round; a student may have no more requests that wait for an answer.</summary>
    private const int LessonsOfATutor = 20;
    private const int FewestFaults = 4;

    private readonly Imitations.Zoom.ZoomImitation _zoom = new() { WritesPerDay = 100_000, LimitsPerSecond = false };
    private readonly Imitations.Google.GoogleImitation _google = new();
    private readonly Imitations.Jitsi.JitsiImitation _jitsi = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("muse-random-runs-").FullName;
    private readonly Dictionary<string, string> _settings = [];
    private Database _database = null!;
    private readonly ShiftedTime _time = new();
    private readonly WrongPost[] _post;

    public RandomRunsTests() => _post = [new WrongPost(_zoom.Webhooks), new WrongPost(_google.Webhooks)];

    private Imitation[] Outside => [_zoom, _google, _jitsi];

    /// <summary>Those that hold meetings; a Jitsi server is only looked at (<see cref="JitsiFaultsTests"/>).</summary>
    private Imitation[] Troubled => [_zoom, _google];

    private int Struck => Troubled.Sum(imitation => imitation.Faults.Met);

    public async ValueTask InitializeAsync()
    {
        _database = await Database.FreshAsync();
        foreach (var imitation in Outside)
        {
            await imitation.StartAsync();
            foreach (var (name, value) in imitation.Settings) _settings[name] = value;
        }
        _settings["Meetings:Zoom:WritesPerDay"] = "100000";
        _settings["Meetings:Zoom:TimeoutSeconds"] = _settings["Meetings:GoogleMeet:TimeoutSeconds"] = "1";
        // Google opens channels to such an origin only; the pushes come by the imitation's own way.
        _settings["MUSE_ORIGIN"] = "https://muse.example";
        _settings["Meetings:Zoom:Facts"] = _settings["Meetings:GoogleMeet:Facts"] = "webhooks";
        _settings["MUSE_DATA"] = _folder;
        _settings["MUSE_MEDIA_PORT"] = "0";
        _settings["Passwords:Iterations"] = "1000";
        foreach (var limit in (string[])["Requests", "SignIns", "NewAccounts"]) _settings[$"Limits:{limit}:Burst"] = "1000000";
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var imitation in Outside) await imitation.DisposeAsync();
        await _database.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_hundred_random_lessons_over_simulated_deaths_have_one_meeting_each()
    {
        await using var server = new ServerInProcess(_database.ConnectionString, _settings, _time);
        await RunAsync(server, rounds: 5, tutors: 1, Pass);
    }

    [Fact]
    public async Task A_thousand_random_lessons_over_kills_of_the_real_server_have_one_meeting_each()
    {
        if (Environment.GetEnvironmentVariable("MUSE_LONG") != "1")
            Assert.Skip("takes half an hour and more: ./muse test --long");
        await using var server = new ServerAsProcess(_database.ConnectionString, _settings);
        await RunAsync(server, rounds: 25, tutors: 2, pass: null);
    }

    private void Pass(TimeSpan time)
    {
        _time.Advance(time);
        foreach (var imitation in Outside) imitation.Clock.Advance(time);
    }

    private async Task RunAsync(IMortalServer server, int rounds, int tutors, Action<TimeSpan>? pass)
    {
        var seed = Environment.GetEnvironmentVariable("MUSE_SEED") is { } named ? int.Parse(named, CultureInfo.InvariantCulture) : Random.Shared.Next();
        var store = _database.Store(EventNames.Muse);
        var since = System.Diagnostics.Stopwatch.StartNew();
        var (lessons, deaths, inACall, visits) = (0, 0, 0, 0);
        var ends = new List<(string Wish, string Provider)>();
        foreach (var imitation in Troubled)
        {
            imitation.MuseOrigin = server.Origin;
            imitation.Webhooks.Hold = true;
            imitation.Webhooks.Patience = TimeSpan.FromMinutes(1);
            imitation.Webhooks.Through(server.Way);
        }
        Say($"MUSE_SEED={seed}");
        for (var number = 0; number < rounds; number++)
        {
            await server.StartAsync();
            Assert.True(await _zoom.Validate());
            // A fault that refuses the one push channel of the school's calendar is believed for an hour, which may be longer than all rounds: a run
            // in which it struck first never had any post of Google's.
            await _database.ExecuteAsync("update watched_calendars set not_before = null");
            var random = new Random(seed + number);
            var people = new List<TheRoundsPeople>();
            while (people.Count < tutors) people.Add(await TheRoundsPeople.EnrolAsync(server, $"{number}-{people.Count}", LessonsOfATutor));
            var round = new RandomRound(server, _database, people, random, _zoom, Troubled, _post);
            await round.LiveAsync(LessonsOfATutor);
            foreach (var imitation in Outside)
            {
                imitation.Faults.Clear();
                imitation.Down = false;
            }
            await OneMeeting.SettleAsync(_database, pass);
            await round.BeVisitedAsync();
            foreach (var post in _post) await post.CarryAll(random);
            await OneMeeting.SettleAsync(_database, pass);
            foreach (var life in round.Lives)
            {
                var wrong = await OneMeeting.WhatIsWrong(store, Outside, life.Lesson, life.Wish);
                Assert.True(wrong is null, $"MUSE_SEED={seed}, round {number}: {wrong}");
                if (await OneMeeting.WhereIsIt(store, life.Lesson) is { } provider) ends.Add((life.Wish, provider));
            }
            await NothingTwiceAsync(round, pass, $"MUSE_SEED={seed}, round {number}");
            await server.KillAsync();
            lessons += round.Lives.Count(life => life.Deaths > 0);
            (deaths, inACall, visits) = (deaths + round.Deaths, inACall + round.MetInACall, visits + round.Visited.Count);
            Say($"round {number}: {lessons} lessons, {deaths} deaths ({inACall} lessons met in a call), {Struck} faults, {visits} visits; webhooks: {string.Join(", ", _post.Select(
                post => $"{post.Taken} taken, {post.Doubled} twice, {post.Overtaken} overtaken, {post.Late} late, {post.Unheard} unheard"))}; {since.Elapsed.TotalSeconds:0} s");
        }
        // A provider that never holds a lesson fails by name each time, too: most of those that wish for one are there in the end.
        foreach (var wish in ends.GroupBy(end => end.Wish))
        {
            var there = wish.Count(end => end.Provider == wish.Key);
            Say($"{wish.Key}: {there} of {wish.Count()} lessons that wished for it are there");
            Assert.True(there * 2 > wish.Count(), $"MUSE_SEED={seed}: only {there} of {wish.Count()} lessons that wished for {wish.Key} are there.");
        }
        // Each of them lived through a death while its meeting was under way.
        Assert.Equal(rounds * tutors * LessonsOfATutor, lessons);
        Assert.True(inACall > rounds, $"MUSE_SEED={seed}: only {inACall} lessons were met in a call.");
        // Without any, nothing was tried.
        Assert.True(Struck >= rounds * FewestFaults, $"MUSE_SEED={seed}: only {Struck} faults struck in {rounds} rounds.");
        Assert.All(Troubled, imitation => Assert.True(imitation.Faults.Met > 0, $"MUSE_SEED={seed}: no fault struck {imitation.Title}."));
        Assert.True(visits >= rounds, $"MUSE_SEED={seed}: only {visits} visits.");
        Assert.All(_post, post => Assert.True(post.Taken > 0, $"MUSE_SEED={seed}: somebody's post never came."));
        var zooms = _post[0];
        Assert.True(zooms is { Doubled: > 0, Overtaken: > 0, Late: > 0, Unheard: > 0 } && zooms.Taken > 4 * visits, $"MUSE_SEED={seed}: the post was not wrong enough.");
    }

    /// <summary>
    /// Whatever was told late, twice and in any order has come to one event for each fact; and all of it once more, the last first, to none.
    /// </summary>
    private async Task NothingTwiceAsync(RandomRound round, Action<TimeSpan>? pass, string where)
    {
        string[] facts = ["meeting_began", "meeting_over", "participant_joined", "participant_left"];
        foreach (var lesson in round.Visited)
        {
            var told = (await _database.ScalarAsync<string>(
                "select coalesce(string_agg(type, ',' order by type), '') from mt_events where type = any($1) and stream_id in ($2, $3)",
                facts, lesson, Muse.Api.Meetings.SettleMeeting.StreamOf(lesson))).Split(',', StringSplitOptions.RemoveEmptyEntries);
            // A lesson that was cancelled before it was told who came keeps no guests; but nobody twice either.
            var cancelled = await _database.ScalarAsync<bool>("select exists (select from mt_events where type = 'lesson_cancelled' and stream_id = $1)", lesson);
            Assert.True(cancelled ? told.Distinct().Count() == told.Length : told.SequenceEqual(facts),
                $"{where}: lesson {lesson} was visited once, and this was noted: {string.Join(", ", told)}");
        }
        var events = await OfAsync(round);
        foreach (var post in _post)
        {
            await post.CarryAgain();
            post.Forget();
        }
        await OneMeeting.SettleAsync(_database, pass);
        Assert.True(events == await OfAsync(round), $"{where}: webhooks that came once more were noted once more.");
    }

    private Task<string> OfAsync(RandomRound round)
    {
        var streams = round.Lives.SelectMany(life => (Guid[])[life.Lesson, Muse.Api.Meetings.SettleMeeting.StreamOf(life.Lesson)]).ToArray();
        return _database.ScalarAsync<string>("select coalesce(string_agg(id::text, ',' order by seq_id), '') from mt_events where stream_id = any($1)", streams);
    }

    /// <summary>Seen at once with --show-live-output on, and in the report of a failure.</summary>
    private static void Say(string line) => TestContext.Current.TestOutputHelper?.WriteLine(line);
}
