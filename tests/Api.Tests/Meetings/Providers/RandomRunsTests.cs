using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Muse.Adapters.Postgres;
using Muse.Api.Tests.Bookings;
using Muse.Domain.Meetings;
using Muse.Given;
using Muse.Imitations;

namespace Muse.Api.Tests.Meetings.Providers;

/// <summary>
/// Lessons that are booked, moved and cancelled at random while their providers fail at random and the server dies at random moments. In the
/// end each has exactly one meeting over all providers, or none and a named reason. 100 lessons with deaths simulated in this process; with
/// MUSE_LONG=1 a thousand more with the real server killed by kill -9. MUSE_SEED repeats the runs of a failure.
/// </summary>
public sealed class RandomRunsTests : IAsyncLifetime
{
    private const int LessonsAtOnce = 20;
    private const int FewestFaults = 4;

    private static readonly Fault[] AllFaults = Enum.GetValues<Fault>();
    private static readonly string?[] Wishes = [ProviderPolicy.Zoom, ProviderPolicy.GoogleMeet, ProviderPolicy.Jitsi, ProviderPolicy.BuiltIn, null];

    private readonly Imitations.Zoom.ZoomImitation _zoom = new() { WritesPerDay = 100_000, LimitsPerSecond = false };
    private readonly Imitations.Google.GoogleImitation _google = new();
    private readonly Imitations.Jitsi.JitsiImitation _jitsi = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("muse-random-runs-").FullName;
    private readonly Dictionary<string, string> _settings = [];
    private Database _database = null!;
    private string _teacherToken = "", _pupilToken = "", _tutorId = "", _studentId = "";
    private readonly ShiftedTime _time = new();
    private readonly DateTime _today = TimeProvider.System.GetUtcNow().AddHours(9).Date;
    private int _lessons;

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
        await RunAsync(server, rounds: 5, Pass);
    }

    [Fact]
    public async Task A_thousand_random_lessons_over_kills_of_the_real_server_have_one_meeting_each()
    {
        if (Environment.GetEnvironmentVariable("MUSE_LONG") != "1")
            Assert.Skip("takes a quarter of an hour: ./muse test --long");
        await using var server = new ServerAsProcess(_database.ConnectionString, _settings);
        await RunAsync(server, rounds: 50, pass: null);
    }

    private void Pass(TimeSpan time)
    {
        _time.Advance(time);
        foreach (var imitation in Outside) imitation.Clock.Advance(time);
    }

    private async Task RunAsync(IMortalServer server, int rounds, Action<TimeSpan>? pass)
    {
        var seed = Environment.GetEnvironmentVariable("MUSE_SEED") is { } named ? int.Parse(named, CultureInfo.InvariantCulture) : Random.Shared.Next();
        var store = _database.Store(EventNames.Muse);
        var since = System.Diagnostics.Stopwatch.StartNew();
        Say($"MUSE_SEED={seed}");
        for (var round = 0; round < rounds; round++)
        {
            // Access tokens last a quarter of an hour, so each round has people of its own.
            await server.StartAsync();
            await EnrolAsync(server.Http, round);
            var random = new Random(seed + round);
            var lessons = await LiveAsync(server, random);
            foreach (var imitation in Outside)
            {
                imitation.Faults.Clear();
                imitation.Down = false;
            }
            await OneMeeting.SettleAsync(_database, pass);
            foreach (var (lesson, wish) in lessons)
            {
                var wrong = await OneMeeting.WhatIsWrong(store, Outside, lesson, wish);
                Assert.True(wrong is null, $"MUSE_SEED={seed}, round {round}: {wrong}");
            }
            await server.KillAsync();
            Say($"round {round}: {_lessons} lessons, {Struck} faults after {since.Elapsed.TotalSeconds:0} s");
        }
        Assert.Equal(rounds * LessonsAtOnce, _lessons);
        // About fifteen are planned in a round, and cleared at its end when no call met them. Without any, nothing was tried.
        Assert.True(Struck >= rounds * FewestFaults, $"MUSE_SEED={seed}: only {Struck} faults struck in {rounds} rounds.");
        Assert.All(Troubled, imitation => Assert.True(imitation.Faults.Met > 0, $"MUSE_SEED={seed}: no fault struck {imitation.Title}."));
    }

    /// <summary>Seen at once with --show-live-output on, and in the report of a failure.</summary>
    private static void Say(string line) => TestContext.Current.TestOutputHelper?.WriteLine(line);

    /// <summary>One round: twenty lessons at once, one to three deaths.</summary>
    private async Task<IReadOnlyList<(Guid Lesson, string Wish)>> LiveAsync(IMortalServer server, Random random)
    {
        var lessons = new List<(Guid Lesson, Guid Booking, string Wish)>();
        while (lessons.Count < LessonsAtOnce)
        {
            Trouble(random);
            var wish = Wishes[random.Next(Wishes.Length)];
            var (lesson, booking) = await BookAsync(server.Http, wish);
            // The school's order begins with the built-in room.
            lessons.Add((lesson, booking, wish ?? ProviderPolicy.BuiltIn));
        }
        for (var deaths = random.Next(1, 4); deaths > 0; deaths--)
        {
            for (var changes = random.Next(1, 8); changes > 0; changes--)
            {
                Trouble(random);
                var (_, booking, _) = lessons[random.Next(lessons.Count)];
                await ChangeAsync(server.Http, booking, random.Next(4) == 0);
            }
            // The moment is what matters: some calls are on their way, some answered, some written.
            await Task.Delay(random.Next(0, 400));
            await server.KillAsync();
            await server.StartAsync();
            await _database.ExecuteAsync("update errands set leased_until = null where done_at is null and dead_at is null");
        }
        return [.. lessons.Select(l => (l.Lesson, l.Wish))];
    }

    private void Trouble(Random random)
    {
        if (random.Next(2) == 0) return;
        var imitation = Troubled[random.Next(Troubled.Length)];
        imitation.Faults.Next(AllFaults[random.Next(AllFaults.Length)], random.Next(3) == 0 ? null : "POST");
        if (random.Next(20) == 0) imitation.Down = !imitation.Down;
    }

    private async Task<(Guid Lesson, Guid Booking)> BookAsync(HttpClient http, string? wish)
    {
        var number = _lessons++;
        var asked = await Send(http, _pupilToken, HttpMethod.Post, "/v1/bookings", new
        {
            tutorId = _tutorId,
            studentId = _studentId,
            startLocal = At(number % LessonsAtOnce),
            timeZone = "Asia/Seoul",
            durationMinutes = 60,
            provider = wish,
        });
        var confirmed = await Send(http, _teacherToken, HttpMethod.Post, $"/v1/bookings/{asked.Id()}/confirm", null, asked);
        return (confirmed.GetProperty("lessonId").GetGuid(), asked.Id());
    }

    /// <summary>Moves or cancels it as it is now; a cancelled one is left alone.</summary>
    private async Task ChangeAsync(HttpClient http, Guid booking, bool cancel)
    {
        var now = await Send(http, _teacherToken, HttpMethod.Get, $"/v1/bookings/{booking}", null);
        if (now.Text("state") != "confirmed") return;
        if (cancel) await Send(http, _teacherToken, HttpMethod.Post, $"/v1/bookings/{booking}/cancel", null, now);
        else await Send(http, _teacherToken, HttpMethod.Post, $"/v1/bookings/{booking}/reschedule", new { startLocal = At(LessonsAtOnce + _moves++), timeZone = "Asia/Seoul" }, now);
    }

    private int _moves;

    /// <summary>Free times of a round's own tutor, two hours apart.</summary>
    private string At(int number) =>
        _today.AddDays(3 + number / 12).AddHours(number % 12 * 2).ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture);

    private async Task EnrolAsync(HttpClient http, int round)
    {
        _moves = 0;
        (_teacherToken, _tutorId) = await SignUp("tutor", "KR", "Asia/Seoul");
        (_pupilToken, _studentId) = await SignUp("student", "GB", "Europe/London");
        await Send(http, _teacherToken, HttpMethod.Put, $"/v1/tutors/{_tutorId}/availability", new
        {
            timeZone = "Asia/Seoul",
            weekly = Enumerable.Range(1, 7).Select(day => new { day, start = "00:00", end = "24:00" }),
            durationsMinutes = new[] { 60 },
            stepMinutes = 30,
            bufferBeforeMinutes = 0,
            bufferAfterMinutes = 0,
            minimumNoticeMinutes = 0,
            horizonDays = 60,
        }, isNew: true);

        async Task<(string Token, string RoleId)> SignUp(string role, string country, string timeZone)
        {
            var (email, password) = ($"{role}{round}@example.org", "mokgeum hana dul");
            var account = await Send(http, null, HttpMethod.Post, "/v1/accounts",
                new { email, password, displayName = "Somebody", roles = new[] { role }, country, timeZone, locale = "en-GB" });
            var tokens = await Send(http, null, HttpMethod.Post, "/v1/tokens", new { email, password });
            return (tokens.Text("accessToken")!, account.Text($"{role}Id")!);
        }
    }

    /// <param name="at">The booking at whose version this is asked.</param>
    private static async Task<JsonElement> Send(
        HttpClient http, string? token, HttpMethod method, string path, object? body, JsonElement? at = null, bool isNew = false)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        if (token is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (isNew) request.Headers.TryAddWithoutValidation("If-None-Match", "*");
        else if (at is { } seen) request.Headers.TryAddWithoutValidation("If-Match", $"\"{seen.GetProperty("version").GetInt64()}\"");
        using var answer = await http.SendAsync(request);
        Assert.True(answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.Created or HttpStatusCode.NoContent, $"{method} {path}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
        return answer.Content.Headers.ContentLength == 0 ? default : await answer.Json();
    }
}
