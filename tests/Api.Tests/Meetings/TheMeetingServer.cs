using System.Collections.Concurrent;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Muse.Adapters.Postgres;
using Muse.Api.Meetings;
using Muse.Domain;
using Muse.Domain.Lessons;
using Muse.Domain.Meetings;
using NodaTime;

namespace Muse.Api.Tests.Meetings;

/// <summary>
/// The whole server with the built-in rooms and two providers at the border that do what a test says. For what the imitations cannot express:
/// a provider that answers nothing twice and then fails, or that is asked by two errands at once.
/// </summary>
public sealed class TheMeetingServer : TheServer
{
    public BorderProvider Zoom { get; } = new(ProviderPolicy.Zoom);

    public BorderProvider Meet { get; } = new(ProviderPolicy.GoogleMeet);

    /// <summary>Warnings of settling.</summary>
    public ConcurrentQueue<string> Warned { get; } = new();

    public T The<T>() where T : notnull => Services.GetRequiredService<T>();

    public Instant Now => Instant.FromDateTimeOffset(Time.GetUtcNow());

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        base.ConfigureWebHost(builder);
        builder.ConfigureServices(services => services
            .RemoveAll<IMeetingProvider>()
            .AddSingleton<IMeetingProvider, BuiltInMeetings>()
            .AddSingleton<IMeetingProvider>(Zoom)
            .AddSingleton<IMeetingProvider>(Meet)
            .AddSingleton<ILogger<SettleMeeting>>(new Warnings(Warned)));
    }

    private sealed class Warnings(ConcurrentQueue<string> heard) : ILogger<SettleMeeting>
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel == LogLevel.Warning) heard.Enqueue(formatter(state, exception));
        }
    }

    /// <summary>A lesson's stream without the booking that would schedule errands; the student is in the Emirates, so Zoom goes first.</summary>
    public async Task<Guid> A_lesson(Duration? startsIn = null, SignedIn? tutor = null, SignedIn? student = null, string? wish = null)
    {
        tutor ??= await Tutor();
        student ??= await SignUp(["student"], "Hessa", "AE", "Asia/Dubai", "ar-AE");
        var id = Guid.CreateVersion7();
        var start = Instant.FromUnixTimeSeconds(Now.ToUnixTimeSeconds()) + (startsIn ?? Duration.FromDays(2));
        var time = new PlannedTime(start.InUtc().LocalDateTime, "Etc/UTC", "2026f", start, 60);
        await using var session = The<EventStore>().OpenSession();
        session.StartStream<Lesson>(id, new LessonScheduled(
            id, Guid.CreateVersion7(), tutor.TutorId!.Value, student.StudentId!.Value, time, "https://muse.example/lessons/1", wish, Who.Clock, Now.Cut()));
        await session.SaveChangesAsync();
        return id;
    }

    public async Task Change(Guid lesson, Func<Lesson, Decision> decide)
    {
        await using var session = The<EventStore>().OpenSession();
        var stream = await session.FetchForWriting<Lesson>(lesson);
        stream.AppendMany(decide(stream.Aggregate!).Events);
        await session.SaveChangesAsync();
    }

    public Task A_day_later(Guid lesson) => Change(lesson, l =>
        l.Move(l.Time with { Start = l.Time.Start + Duration.FromDays(1), Local = l.Time.Local.PlusDays(1) }, Who.Clock, null, Now));

    public Task<Instant?> Settle(Guid lesson) => The<SettleMeeting>().Run(lesson, CancellationToken.None);

    /// <summary>Settles, moving the clock on whenever a provider is to be left alone for a while.</summary>
    public async Task SettleWithPatience(Guid lesson)
    {
        while (await Settle(lesson) is { } again)
            Time.Advance((again - Now).ToTimeSpan() + TimeSpan.FromMilliseconds(1));
    }

    public async Task<Meeting?> MeetingOf(Guid lesson)
    {
        await using var session = The<EventStore>().OpenSession();
        return await session.AggregateStreamAsync<Meeting>(SettleMeeting.StreamOf(lesson));
    }

    public async Task<IReadOnlyList<T>> Happened<T>(Guid lesson)
    {
        await using var session = The<EventStore>().OpenSession();
        return [.. (await session.FetchStreamAsync(SettleMeeting.StreamOf(lesson))).Select(e => e.Data).OfType<T>()];
    }

    /// <summary>Errands of this kind about the lesson, done or not.</summary>
    public Task<long> Errands(Guid lesson, string kind) =>
        Database.ScalarAsync<long>("select count(*) from errands where kind = $1 and body->>'lessonId' = $2", kind, lesson.ToString());

    public Task<long> OpenAttempts(Guid lesson) => Database.ScalarAsync<long>("select count(*) from meeting_attempts where lesson_id = $1", lesson);
}

/// <summary>A provider that keeps one meeting for each call to make one, however often: whoever asks twice has two.</summary>
public sealed class BorderProvider(string name) : IMeetingProvider
{
    private readonly ConcurrentDictionary<string, Guid> _held = new();
    private int _made;

    /// <summary>Answers of the next calls by verb (arrange, move, withdraw, look, door); an exception is thrown after the call took effect.</summary>
    public ConcurrentDictionary<(Guid Lesson, string Verb), ConcurrentQueue<object>> Script { get; } = new();

    public ConcurrentQueue<(Guid Lesson, string Verb, string? Reference)> Asked { get; } = new();

    /// <summary>Tutors without an account here.</summary>
    public ConcurrentDictionary<Guid, bool> Unserved { get; } = new();

    public IReadOnlyList<MeetingReport> Told { get; set; } = [];

    public MeetingAbilities Abilities { get; } = new(name, Records: true, MusicMode: true, WaitingRoom: true, Seats: 100);

    public int HeldOf(Guid lesson) => _held.Values.Count(id => id == lesson);

    public void Delete(Guid lesson)
    {
        foreach (var (reference, _) in _held.Where(h => h.Value == lesson)) _held.TryRemove(reference, out _);
    }

    public BorderProvider Will(Guid lesson, string verb, params object[] answers)
    {
        foreach (var answer in answers) Script.GetOrAdd((lesson, verb), _ => new()).Enqueue(answer);
        return this;
    }

    public Task<bool> Serves(Guid tutorId, CancellationToken ct) => Task.FromResult(!Unserved.ContainsKey(tutorId));

    public Task<MeetingAnswer> Arrange(MeetingOrder order, CancellationToken ct) => Do(order, "arrange", null, () =>
    {
        var known = _held.FirstOrDefault(h => h.Value == order.LessonId).Key;
        var reference = known ?? $"{name}-{Interlocked.Increment(ref _made)}";
        _held[reference] = order.LessonId;
        return MeetingAnswer.At(reference, $"https://{name}.example/j/{reference}");
    });

    public Task<MeetingAnswer> Move(MeetingOrder order, string reference, CancellationToken ct) => Do(order, "move", reference, () =>
        _held.ContainsKey(reference)
            ? MeetingAnswer.At(reference, $"https://{name}.example/j/{reference}")
            : MeetingAnswer.Failed(MeetingAnswer.GoneCode, "It does not exist."));

    public Task<MeetingAnswer> Withdraw(MeetingOrder order, string? reference, CancellationToken ct) => Do(order, "withdraw", reference, () =>
    {
        if (reference is not null) _held.TryRemove(reference, out _);
        else Delete(order.LessonId);
        return MeetingAnswer.At(reference ?? "", "");
    });

    public Task<MeetingSighting> Look(MeetingOrder order, string reference, CancellationToken ct) => Do(order, "look", reference, () =>
        new MeetingSighting(_held.ContainsKey(reference) ? MeetingPresence.There : MeetingPresence.Gone));

    public Task<string> DoorFor(MeetingGuest guest, MeetingOrder order, MeetingPlace place, CancellationToken ct) =>
        Do(order, "door", place.Reference, () => $"{place.JoinUrl}?as={guest.Part}&secret={Guid.NewGuid():N}");

    public Task<IReadOnlyList<MeetingReport>> Reports(MeetingOrder order, MeetingPlace place, CancellationToken ct) => Task.FromResult(Told);

    private async Task<T> Do<T>(MeetingOrder order, string verb, string? reference, Func<T> otherwise)
    {
        Asked.Enqueue((order.LessonId, verb, reference));
        await Task.Yield();
        var scripted = Script.TryGetValue((order.LessonId, verb), out var answers) && answers.TryDequeue(out var next) ? next : null;
        if (scripted is T answer) return answer;
        var done = otherwise();
        return scripted is Exception broken ? throw broken : done;
    }
}
