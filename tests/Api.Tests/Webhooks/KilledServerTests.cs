using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Muse.Adapters.Postgres;
using Muse.Api.Tests.Bookings;
using Muse.Api.Tests.Meetings.Providers;
using Muse.Domain.Lessons;
using Muse.Given;
using Muse.Imitations;
using Muse.Imitations.Webhooks;
using NodaTime;

namespace Muse.Api.Tests.Webhooks;

/// <summary>
/// Lessons are booked and moved while the real server is killed by kill -9 at random moments and fifty endpoints listen, some of which refuse now and
/// then. In the end each endpoint has every event, what came twice has one id, and no lesson's events came out of order. 3,000 deliveries; with
/// MUSE_LONG=1 more than 10,000. MUSE_SEED repeats the moments.
/// </summary>
public sealed class KilledServerTests
{
    private const int Endpoints = 50;
    private const int Moves = 2;
    private const string Password = "mokgeum hana dul";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(8);

    [Fact]
    public async Task Nothing_is_lost_over_kills_and_what_comes_twice_has_one_id_and_each_lessons_events_keep_their_order()
    {
        var isLong = Environment.GetEnvironmentVariable("MUSE_LONG") == "1";
        var (lessons, kills) = isLong ? (70, 10) : (20, 3);
        var seed = Environment.GetEnvironmentVariable("MUSE_SEED") is { } named ? int.Parse(named, CultureInfo.InvariantCulture) : Random.Shared.Next();
        var random = new Random(seed);
        var folder = Directory.CreateTempSubdirectory("muse-killed-").FullName;
        await using var database = await Database.FreshAsync();
        await using var receiver = new WebhookReceiver();
        await receiver.StartAsync();
        await using var server = new ServerAsProcess(database.ConnectionString, new Dictionary<string, string>
        {
            ["MUSE_DATA"] = folder,
            ["Passwords:Iterations"] = "1000",
            ["Outgoing:AllowLoopback"] = "true",
            ["Webhooks:TimeoutSeconds"] = "2",
            ["Limits:Requests:Burst"] = "1000000",
        });
        await server.StartAsync();
        for (var owner = 0; owner * 20 < Endpoints; owner++)
            await Enrol(server, database, receiver, owner, Math.Min(20, Endpoints - (owner * 20)));

        // A few refusals on the way, each of which comes back after five seconds.
        receiver.Answer(Enumerable.Range(0, 400).Select(_ => random.Next(40) == 0 ? Reaction.Answers(500) : Reaction.Takes));
        var store = database.Store(EventNames.Muse);
        var each = (1 + Moves) * Endpoints;
        var (booked, all) = (0, lessons * each);
        for (var kill = 1; kill <= kills; kill++)
        {
            for (; booked < lessons * kill / kills; booked++)
                await Book(store, booked);
            // Not beyond what is booked: a third of twenty lessons are six.
            var moment = random.Next(all * (kill - 1) / kills, booked * each);
            await Until(() => receiver.Attempts.Count >= moment, seed);
            await server.KillAsync();
            await server.StartAsync();
        }
        await Until(() => receiver.Attempts.Select(Id).Distinct().Count() >= all, seed);
        await Until(() => database.ScalarAsync<long>("select count(*) from webhook_deliveries where state <> 'delivered'").Result == 0, seed);
        await server.KillAsync();
        Directory.Delete(folder, recursive: true);

        var arrived = receiver.Attempts.ToArray();
        TestContext.Current.TestOutputHelper?.WriteLine($"MUSE_SEED={seed}: {all} deliveries, {kills} kills, {arrived.Length - all} came again");
        Assert.Equal(all, arrived.Select(Id).Distinct().Count());
        Assert.Equal(all, arrived.Select(request => (request.Path, request.Body)).Distinct().Count());
        Assert.Equal(all, arrived.Select(request => (request.Path, Id(request), request.Body)).Distinct().Count());
        foreach (var lesson in arrived.GroupBy(request => (request.Path, Lesson: Data(request).GetProperty("lessonId").GetGuid())))
        {
            DateTimeOffset[] starts = [.. lesson.Select(request => Data(request).GetProperty("start").GetDateTimeOffset())];
            Assert.True(starts.SequenceEqual(starts.Order()), $"MUSE_SEED={seed}: {lesson.Key} came as {string.Join(", ", starts)}");
            Assert.Equal(1 + Moves, starts.Distinct().Count());
        }
    }

    private static string Id(SeenRequest request) => request.Headers["webhook-id"];

    private static JsonElement Data(SeenRequest request) => JsonSerializer.Deserialize<JsonElement>(request.Body).GetProperty("data");

    private static async Task Enrol(ServerAsProcess server, Database database, WebhookReceiver receiver, int owner, int endpoints)
    {
        var email = $"integrator-{owner}@example.org";
        var account = await (await server.Http.PostAsJsonAsync("/v1/accounts", new
        {
            email,
            password = Password,
            displayName = "Somebody",
            roles = new[] { "guardian" },
            country = "KR",
            timeZone = "Asia/Seoul",
            locale = "en-GB",
        })).Json();
        await database.ExecuteAsync($"update accounts set is_integrator = true where account_id = '{account.Id()}'");
        var token = (await (await server.Http.PostAsJsonAsync("/v1/tokens", new { email, password = Password })).Json()).Text("accessToken");
        for (var endpoint = 0; endpoint < endpoints; endpoint++)
        {
            using var make = new HttpRequestMessage(HttpMethod.Post, "/v1/webhooks/endpoints")
            {
                Content = JsonContent.Create(new { url = $"{receiver.Url}/{owner}/{endpoint}" }),
                Headers = { Authorization = new AuthenticationHeaderValue("Bearer", token) },
            };
            Assert.Equal(System.Net.HttpStatusCode.Created, (await server.Http.SendAsync(make)).StatusCode);
        }
    }

    /// <summary>By another process than the server's, as far as that can see; each move is a minute later.</summary>
    private static async Task Book(EventStore store, int number)
    {
        var (id, start) = (Guid.CreateVersion7(), Instant.FromUtc(2030, 1, 1, 0, 0) + Duration.FromHours(number));
        PlannedTime At(int move) => new((start + Duration.FromMinutes(move)).InUtc().LocalDateTime, "UTC", "2026a", start + Duration.FromMinutes(move), 60);
        await using var session = store.OpenSession();
        session.StartStream<Lesson>(id,
        [
            new LessonScheduled(id, Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7(), At(0), $"/lessons/{id}", null, Who.Clock, start),
            .. Enumerable.Range(1, Moves).Select(move => new LessonMoved(id, At(move - 1), At(move), Who.Clock, null, start)),
        ]);
        await session.SaveChangesAsync();
    }

    private static async Task Until(Func<bool> isThere, int seed)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!isThere())
        {
            Assert.False(patience.IsCancellationRequested, $"MUSE_SEED={seed}: it did not come.");
            await Task.Delay(50);
        }
    }
}
