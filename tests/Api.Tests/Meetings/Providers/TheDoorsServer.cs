using System.Collections.Concurrent;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Muse.Adapters.Postgres;
using Muse.Api.Meetings;
using Muse.Api.Tests.Bookings;
using Muse.Domain.Lessons;
using Muse.Domain.Meetings;
using Muse.Imitations;
using Muse.Imitations.Google;
using Muse.Imitations.Zoom;

namespace Muse.Api.Tests.Meetings.Providers;

/// <summary>The whole server with an imitated Zoom and an imitated Google behind it, and everything that it logs.</summary>
public sealed class TheDoorsServer : ProviderServer
{
    public TheDoorsServer()
    {
        Zoom = Imitate(new ZoomImitation());
        Google = Imitate(new GoogleImitation());
    }

    public override string ProviderName => ProviderPolicy.Zoom;

    public ZoomImitation Zoom { get; }

    public GoogleImitation Google { get; }

    public ConcurrentQueue<string> Logged { get; } = new();

    public EventStore Store => Services.GetRequiredService<EventStore>();

    public Imitation At(string provider) => provider == ProviderPolicy.Zoom ? Zoom : Google;

    /// <summary>A lesson in two days, held at this provider; in the Emirates only Zoom and Google Meet are allowed.</summary>
    public async Task<(Guid Id, SignedIn Tutor, SignedIn Student)> A_lesson_at(string provider, string country = "AE", SignedIn? tutor = null)
    {
        tutor ??= await this.A_tutor_with_hours();
        var student = await Student("Hessa", country, "Asia/Dubai", "en-GB");
        var asked = await System.Net.Http.Json.HttpClientJsonExtensions.PostAsJsonAsync(student.Http, "/v1/bookings", new
        {
            tutorId = tutor.TutorId,
            studentId = student.StudentId,
            startLocal = this.InSeoul(2, Interlocked.Increment(ref _hour) % 22),
            timeZone = "Asia/Seoul",
            durationMinutes = 60,
            provider,
        });
        Assert.True(asked.IsSuccessStatusCode, await asked.Content.ReadAsStringAsync());
        var lesson = (await (await tutor.Tells(await asked.Json(), "confirm")).Json()).GetProperty("lessonId").GetGuid();
        var ready = await this.Until(tutor, $"/v1/lessons/{lesson}", l => l.GetProperty("meeting").Text("state") == "ready");
        Assert.Equal(provider, ready.GetProperty("meeting").Text("provider"));
        return (lesson, tutor, student);
    }

    /// <summary>Five minutes before this lesson; both sign in again, for a token lives 15 minutes.</summary>
    public async Task<(Guid Id, SignedIn Tutor, SignedIn Student)> At_the_door((Guid Id, SignedIn Tutor, SignedIn Student) lesson)
    {
        var by = (await LessonOf(lesson.Id)).Time.Start.ToDateTimeOffset().AddMinutes(-5) - Time.GetUtcNow();
        Time.Advance(by);
        foreach (var imitation in Imitations) imitation.Clock.Advance(by);
        return (lesson.Id, await this.Renewed(lesson.Tutor), await this.Renewed(lesson.Student));
    }

    public async Task<Lesson> LessonOf(Guid id)
    {
        await using var session = Store.OpenSession();
        return (await session.AggregateStreamAsync<Lesson>(id))!;
    }

    public async Task<Meeting> MeetingOf(Guid lesson)
    {
        await using var session = Store.OpenSession();
        return (await session.AggregateStreamAsync<Meeting>(SettleMeeting.StreamOf(lesson)))!;
    }

    public async Task<IReadOnlyList<T>> Happened<T>(Guid lesson)
    {
        await using var session = Store.OpenSession();
        return [.. (await session.FetchStreamAsync(SettleMeeting.StreamOf(lesson))).Select(e => e.Data).OfType<T>()];
    }

    public static Task<HttpResponseMessage> Join(SignedIn who, Guid lesson) => who.Http.PostAsync($"/v1/lessons/{lesson}/join", null);

    public static Task<HttpResponseMessage> Fallback(SignedIn who, Guid lesson, string? from = null) =>
        who.Http.PostAsync($"/v1/lessons/{lesson}/fallback{(from is null ? "" : $"?from={from}")}", null);

    /// <summary>Every row of every table, as text.</summary>
    public async Task<string> Dump()
    {
        var tables = (await Database.ScalarAsync<string>(
            "select string_agg(quote_ident(tablename), ',') from pg_tables where schemaname = 'public'")).Split(',');
        var dump = new System.Text.StringBuilder();
        foreach (var table in tables)
            dump.AppendLine(await Database.ScalarAsync<string>($"select coalesce(string_agg(t::text, E'\\n'), '') from {table} t"));
        return dump.ToString();
    }

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        base.ConfigureWebHost(builder);
        builder.ConfigureLogging(logging => logging.ClearProviders().SetMinimumLevel(LogLevel.Trace).AddFilter<Listening>(_ => true).AddProvider(new Listening(Logged)));
    }

    private int _hour;

    private sealed class Listening(ConcurrentQueue<string> heard) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            heard.Enqueue($"{formatter(state, exception)} {exception}");

        public void Dispose()
        {
        }
    }
}
