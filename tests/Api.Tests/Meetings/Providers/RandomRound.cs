using System.Globalization;
using System.Text.Json;
using Muse.Api.Tests.Bookings;
using Muse.Domain.Meetings;
using Muse.Given;
using Muse.Imitations;
using Muse.Imitations.Zoom;

namespace Muse.Api.Tests.Meetings.Providers;

/// <summary>
/// One round: lessons that are confirmed, moved and cancelled all at once, under a server that dies until each of them was under way at one
/// death at least. Providers fail meanwhile, people come and go, and the webhooks about it come late, twice and in any order.
/// </summary>
public sealed class RandomRound(
    IMortalServer server, Database database, IReadOnlyList<TheRoundsPeople> schools, Random random, ZoomImitation zoom, IReadOnlyList<Imitation> troubled,
    IReadOnlyList<WrongPost> post)
{
    /// <summary>After so many deaths at random moments the next ones come the moment a lesson is under way that no death has met yet.</summary>
    private const int DeathsWithoutAim = 2;

    private const int MostDeaths = 60;

    /// <summary>One in so many times a provider is down altogether until the next death.</summary>
    private const int OftenDown = 12;

    private static readonly Fault[] AllFaults = Enum.GetValues<Fault>();
    private static readonly string?[] Wishes = [ProviderPolicy.Zoom, ProviderPolicy.GoogleMeet, ProviderPolicy.Jitsi, ProviderPolicy.BuiltIn, null];

    private const string UnderWay =
        "kind in ('arrange_meeting', 'move_meeting', 'withdraw_meeting') and done_at is null and dead_at is null";

    private readonly List<Life> _lives = [];
    private readonly List<(string Reference, Guid Lesson)> _visited = [];

    /// <summary>Of this round's lessons.</summary>
    public IReadOnlyList<Life> Lives => _lives;

    public int Deaths { get; private set; }

    /// <summary>Lessons that a death met between a call to a provider and its answer's being written.</summary>
    public int MetInACall { get; private set; }

    /// <summary>Whoever visited a meeting came, left and ended it: four facts each, whatever way they came.</summary>
    public IReadOnlyList<Guid> Visited => [.. _visited.Select(visit => visit.Lesson)];

    /// <param name="lessons">Of each tutor.</param>
    public async Task LiveAsync(int lessons)
    {
        foreach (var people in schools)
        {
            for (var number = 0; number < lessons; number++)
            {
                var wish = Wishes[random.Next(Wishes.Length)];
                // The school's order begins with the built-in room.
                _lives.Add(new Life(people, await people.AskAsync(wish), wish ?? ProviderPolicy.BuiltIn));
            }
        }
        while (_lives.Any(life => life.Deaths == 0))
        {
            Assert.True(Deaths < MostDeaths, $"{_lives.Count(life => life.Deaths == 0)} lessons were under way at none of {Deaths} deaths.");
            await DieAsync(aimed: Deaths >= DeathsWithoutAim);
        }
        Assert.All(_lives, life => Assert.NotEqual(Guid.Empty, life.Lesson));
    }

    /// <summary>
    /// Somebody comes to each meeting that Zoom holds, leaves and ends it. What Zoom tells about it reaches a server that dies meanwhile, and one
    /// that has just come back.
    /// </summary>
    public async Task BeVisitedAsync()
    {
        await VisitAsync();
        var carrying = Task.WhenAll(post.Select(one => one.CarrySome(random)));
        await Task.Delay(random.Next(0, 200));
        await server.KillAsync();
        await carrying;
        await MetByDeathAsync();
        await server.StartAsync();
        await database.ExecuteAsync("update errands set leased_until = null where done_at is null and dead_at is null");
        await Task.WhenAll(post.Select(one => one.CarrySome(random)));
    }

    /// <summary>Something happens to many lessons at once, and the server dies meanwhile.</summary>
    private async Task DieAsync(bool aimed)
    {
        var changed = new List<(Life Life, JsonElement Now)>();
        foreach (var life in _lives)
        {
            // Whoever was met already is let alone mostly.
            if (life.Deaths > 0 && random.Next(5) > 0) continue;
            changed.Add((life, await life.People.BookingAsync(life.Booking)));
        }
        foreach (var imitation in troubled) imitation.Down = random.Next(OftenDown) == 0;
        var asked = changed.Select(one => Ask(one.Life, one.Now)).ToArray();
        var carrying = Task.WhenAll(post.Select(one => one.CarrySome(random)));
        // The moment is what matters: some calls are on their way, some answered, some written.
        if (aimed) await MostAreUnderWayAsync(Task.WhenAll(asked));
        else await Task.Delay(random.Next(0, 400));
        await server.KillAsync();
        await Task.WhenAll([carrying, .. asked]);
        await MetByDeathAsync();
        await server.StartAsync();
        await database.ExecuteAsync("update errands set leased_until = null where done_at is null and dead_at is null");
        foreach (var life in _lives.Where(life => life.Lesson == Guid.Empty)) life.Lesson = LessonOf(await life.People.BookingAsync(life.Booking));
        await Task.WhenAll(post.Select(one => one.CarrySome(random)));
    }

    private Task Ask(Life life, JsonElement now)
    {
        Trouble();
        return now.Text("state") switch
        {
            "requested" => life.People.ConfirmAsync(now),
            // Nothing comes after a cancellation, so it waits until a death has met the lesson.
            "confirmed" when life.Deaths > 0 && random.Next(3) == 0 => life.People.CancelAsync(now),
            "confirmed" => life.People.MoveAsync(now),
            _ => Task.CompletedTask,
        };
    }

    /// <summary>Of the lessons that no death has met: until all are under way, or one of them no longer is; or nothing more comes.</summary>
    private async Task MostAreUnderWayAsync(Task asked)
    {
        var met = _lives.Where(life => life.Deaths > 0).Select(life => life.Lesson).ToArray();
        var (most, all) = (0L, _lives.Count - met.Length);
        var since = System.Diagnostics.Stopwatch.StartNew();
        while (!asked.IsCompleted || since.Elapsed < TimeSpan.FromMilliseconds(200))
        {
            var now = await database.ScalarAsync<long>(
                $"select count(distinct body->>'lessonId') from errands where {UnderWay} and not (body->>'lessonId')::uuid = any($1)", met);
            if (now == all || now < most) return;
            most = now;
        }
    }

    /// <summary>Nobody writes any more: whose errand is not done was under way when the server died.</summary>
    private async Task MetByDeathAsync()
    {
        Deaths++;
        var met = (await TextsAsync($"select string_agg(distinct body->>'lessonId', ',') from errands where {UnderWay}")).Select(Guid.Parse).ToHashSet();
        var inACall = (await TextsAsync("select string_agg(distinct lesson_id::text, ',') from meeting_attempts")).Select(Guid.Parse).ToHashSet();
        foreach (var life in _lives)
        {
            // A booking's confirmation may have been written and not answered.
            if (life.Lesson == Guid.Empty) life.Lesson = await LessonOfAsync(life.Booking);
            if (met.Contains(life.Lesson)) life.Deaths++;
            if (met.Contains(life.Lesson) && inACall.Contains(life.Lesson)) MetInACall++;
        }
    }

    private async Task<Guid> LessonOfAsync(Guid booking) => Guid.TryParse(await database.ScalarAsync<string>(
        "select coalesce(max(data->>'lessonId'), '') from mt_events where stream_id = $1 and type = 'booking_confirmed'", booking), out var lesson) ? lesson : Guid.Empty;

    private async Task<string[]> TextsAsync(string sql) =>
        (await database.ScalarAsync<string>($"select coalesce(({sql}), '')")).Split(',', StringSplitOptions.RemoveEmptyEntries);

    private static Guid LessonOf(JsonElement booking) => booking.TryGetProperty("lessonId", out var id) && id.ValueKind is JsonValueKind.String ? id.GetGuid() : Guid.Empty;

    private async Task VisitAsync()
    {
        foreach (var held in zoom.Held.Where(held => held.State == "waiting"))
        {
            if (_lives.Find(life => life.Lesson == held.LessonId) is not { } life || _visited.Exists(visit => visit.Lesson == life.Lesson)) continue;
            if (await database.ScalarAsync<long>("select count(*) from meeting_places where provider = 'zoom' and reference = $1 and lesson_id = $2", held.Reference, life.Lesson) == 0) continue;
            var guest = string.Create(CultureInfo.InvariantCulture, $"Guest {_visited.Count}");
            _visited.Add((held.Reference, life.Lesson));
            await zoom.MakeHappen(held.Reference, Happening.Join, guest);
            await zoom.MakeHappen(held.Reference, Happening.Leave, guest);
            await zoom.MakeHappen(held.Reference, Happening.End, null);
        }
    }

    private void Trouble()
    {
        if (random.Next(3) > 0) return;
        troubled[random.Next(troubled.Count)].Faults.Next(AllFaults[random.Next(AllFaults.Length)], random.Next(3) == 0 ? null : "POST");
    }

    /// <summary>One lesson, from its booking on.</summary>
    public sealed class Life(TheRoundsPeople people, Guid booking, string wish)
    {
        public TheRoundsPeople People => people;

        public Guid Booking => booking;

        public string Wish => wish;

        /// <summary>Empty before the confirmation.</summary>
        public Guid Lesson { get; set; }

        /// <summary>Of the server, while the meeting of this lesson was under way.</summary>
        public int Deaths { get; set; }
    }
}
