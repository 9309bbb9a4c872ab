using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Muse.Api.Meetings;
using Muse.Api.Tests.Bookings;
using Muse.Imitations;
using Muse.Imitations.Jitsi;

namespace Muse.Api.Tests.Meetings;

/// <summary>A server whose school has JaaS, imitated.</summary>
public sealed class TheJaasServer() : TheJitsiServer(jaas: true);

/// <summary>A server whose school has a Jitsi server of its own, imitated.</summary>
public sealed class TheProsodyServer() : TheJitsiServer(jaas: false);

public abstract class TheJitsiServer(bool jaas) : TheServer
{
    private readonly Kept _kept = new();

    public JitsiImitation Jitsi { get; } = new(jaas);

    /// <summary>Everything that was logged, from the finest level on.</summary>
    public string Logged => string.Join('\n', _kept.Lines);

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await Jitsi.StartAsync();
        foreach (var (name, value) in Jitsi.Settings) With(name, value);
        With("Meetings:Order", "jitsi");
        Jitsi.MuseOrigin = "http://localhost";
        Jitsi.Webhooks.Through(Server.CreateHandler());
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await Jitsi.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Muse's clock and the imitation's.</summary>
    public void Advance(TimeSpan by)
    {
        Time.Advance(by);
        Jitsi.Clock.Advance(by);
    }

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        base.ConfigureWebHost(builder);
        builder.ConfigureServices(services => services.AddLogging(logging =>
        {
            logging.AddProvider(_kept);
            logging.AddFilter<Kept>(null, LogLevel.Trace);
        }));
    }

    private sealed class Kept : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Lines { get; } = new();

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Enqueue(formatter(state, exception) + exception);

        public void Dispose()
        {
        }
    }
}

public abstract class JitsiLessons(TheJitsiServer server)
{
    [Fact]
    public async Task A_lesson_at_Jitsi_is_arranged_entered_by_token_and_told_back()
    {
        var (lesson, tutor, student) = await A_lesson_that_starts();
        var place = (await tutor.Http.GetFromJsonAsync<JsonElement>($"/v1/lessons/{lesson}")).GetProperty("meeting");
        Assert.Equal(("jitsi", "ready"), (place.Text("provider"), place.Text("state")));

        var tutorDoor = await Door(tutor, lesson);
        var studentDoor = await Door(student, lesson);
        Assert.NotEqual(tutorDoor, studentDoor);
        Assert.Contains("(moderator)", await Visit(tutorDoor), StringComparison.Ordinal);
        server.Jitsi.Webhooks.Twice = true;
        Assert.DoesNotContain("(moderator)", await Visit(studentDoor), StringComparison.Ordinal);
        server.Jitsi.Webhooks.Twice = false;
        Assert.All(server.Jitsi.Webhooks.Sent, sent => Assert.Equal(204, sent.Status));

        var events = await server.EventsOf(lesson);
        Assert.Equal(2, events.Count(name => name == "participant_joined"));
        var timeline = (await tutor.Http.GetFromJsonAsync<JsonElement>($"/v1/lessons/{lesson}/timeline")).GetProperty("items");
        Assert.Equal(["student", "tutor"],
            timeline.EnumerateArray().Where(item => item.Text("type") == "participant_joined").Select(item => item.Text("role")!).Order());
    }

    [Fact]
    public async Task The_token_is_neither_logged_nor_stored_nor_cached()
    {
        var (lesson, tutor, _) = await A_lesson_that_starts();

        var answer = await tutor.Http.PostAsync($"/v1/lessons/{lesson}/join", null);
        var token = (await answer.Json()).Text("joinUrl")!.Split("?jwt=")[1].Split('#')[0];

        Assert.Equal("no-store", answer.Headers.CacheControl?.ToString());
        Assert.DoesNotContain(token, server.Logged, StringComparison.Ordinal);
        foreach (var table in new[] { "mt_events", "errands", "meetings", "idempotency_keys" })
            Assert.Equal(0, await server.Database.ScalarAsync<long>($"select count(*) from {table} t where t::text like '%{token.Split('.')[2]}%'"));
    }

    [Fact]
    public async Task What_is_not_genuine_is_refused_and_writes_nothing()
    {
        var before = await server.EventsAsync();
        var body = Encoding.UTF8.GetBytes("""{"eventType":"ROOM_CREATED","event_name":"muc-room-created","room_name":"a","idempotencyKey":"k","timestamp":1}""");
        foreach (var path in new[] { "/v1/webhooks/jaas", "/v1/webhooks/jitsi/events/room/created" })
        {
            using var content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
            var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = content };
            request.Headers.TryAddWithoutValidation("Authorization", "Bearer nonsense");
            request.Headers.TryAddWithoutValidation("X-Jaas-Signature", "t=1,v1=AAAA");
            var answer = await server.Anyone().SendAsync(request);
            // The one that is configured refuses it; the other is not there.
            var mine = path.EndsWith("jaas", StringComparison.Ordinal) == server.Jitsi.IsJaas;
            Assert.Equal(mine ? HttpStatusCode.Unauthorized : HttpStatusCode.NotFound, answer.StatusCode);
        }
        Assert.Equal(before, await server.EventsAsync());
    }

    [Fact]
    public async Task A_body_that_is_too_long_is_refused()
    {
        using var content = new ByteArrayContent(new byte[70_000]);
        var request = new HttpRequestMessage(HttpMethod.Post, server.Jitsi.IsJaas ? "/v1/webhooks/jaas" : "/v1/webhooks/jitsi/events/room/created") { Content = content };
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {server.Jitsi.EventSyncToken}");

        await (await server.Anyone().SendAsync(request)).IsProblem(HttpStatusCode.RequestEntityTooLarge, "body_too_large");
    }

    [Fact]
    public async Task A_room_that_Muse_never_arranged_writes_nothing()
    {
        var before = await server.EventsAsync();

        await server.Jitsi.MakeHappen("aroomofsomebodyelse", Happening.Join, "Somebody");
        await server.Jitsi.MakeHappen("aroomofsomebodyelse", Happening.End, null);

        Assert.All(server.Jitsi.Webhooks.Sent, sent => Assert.Equal(204, sent.Status));
        Assert.Equal(before, await server.EventsAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task When_the_server_is_down_the_lesson_goes_on_elsewhere_for_both(bool tutorFirst)
    {
        // Join sent everybody to the dead server without a word, and the way on was refused: "the provider answers".
        var (lesson, tutor, student) = await A_lesson_that_starts();
        server.Jitsi.Down = true;
        try
        {
            foreach (var who in new[] { student, tutor })
            {
                var door = await (await who.Http.PostAsync($"/v1/lessons/{lesson}/join", null)).Json();
                Assert.Equal("jitsi", door.Text("provider"));
                Assert.True(door.GetProperty("unanswered").GetBoolean());
            }
            server.Advance(TimeSpan.FromSeconds(5));

            foreach (var who in tutorFirst ? new[] { tutor, student } : [student, tutor])
            {
                var on = await who.Http.PostAsync($"/v1/lessons/{lesson}/fallback?from=jitsi", null);
                Assert.True(on.StatusCode == HttpStatusCode.OK, await on.Content.ReadAsStringAsync());
                Assert.Equal("built-in", (await on.Json()).Text("provider"));
            }
            Assert.Single(await server.EventsOf(SettleMeeting.StreamOf(lesson)), "meeting_lost");
        }
        finally
        {
            server.Jitsi.Down = false;
            server.Advance(TimeSpan.FromSeconds(5));
        }
    }

    [Fact]
    public async Task A_server_that_answers_is_not_left_and_nothing_is_written()
    {
        var (lesson, tutor, student) = await A_lesson_that_starts();
        var events = await server.EventsAsync();
        foreach (var who in new[] { tutor, student })
            await (await who.Http.PostAsync($"/v1/lessons/{lesson}/fallback?from=jitsi", null)).IsProblem(HttpStatusCode.Conflict, "provider_answers");
        Assert.Equal(events, await server.EventsAsync());
    }

    private async Task<(Guid Lesson, SignedIn Tutor, SignedIn Student)> A_lesson_that_starts()
    {
        var tutor = await server.A_tutor_with_hours();
        var student = await server.Student();
        var confirmed = await server.A_confirmed_lesson(tutor, student);
        var lesson = confirmed.GetProperty("lessonId").GetGuid();
        await server.EventsAsync();
        server.Advance(DateTimeOffset.Parse(confirmed.Text("start")!, System.Globalization.CultureInfo.InvariantCulture) - server.Time.GetUtcNow());
        return (lesson, await server.Renewed(tutor), await server.Renewed(student));
    }

    private static async Task<string> Door(SignedIn who, Guid lesson)
    {
        var answer = await who.Http.PostAsync($"/v1/lessons/{lesson}/join", null);
        Assert.True(answer.StatusCode == HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
        return (await answer.Json()).Text("joinUrl")!;
    }

    private static async Task<string> Visit(string door)
    {
        using var browser = new HttpClient();
        var answer = await browser.GetAsync(new Uri(door));
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == HttpStatusCode.OK, text);
        return text;
    }
}

public sealed class JaasLessonTests(TheJaasServer server) : JitsiLessons(server), IClassFixture<TheJaasServer>;

public sealed class ProsodyLessonTests(TheProsodyServer server) : JitsiLessons(server), IClassFixture<TheProsodyServer>;
