using Microsoft.Extensions.DependencyInjection;
using Muse.Adapters.Postgres;
using Muse.Api.Tests.Bookings;
using Muse.Imitations.Zoom;
using NodaTime;

namespace Muse.Api.Tests.Meetings.Zoom;

/// <summary>The whole server on a real port beside an imitated Zoom, whose webhooks reach it.</summary>
public sealed class TheZoomServer : TheServer
{
    public TheZoomServer() => UseKestrel(0);

    public ZoomImitation Zoom { get; } = new();

    public EventStore Store => Services.GetRequiredService<EventStore>();

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await Zoom.StartAsync();
        foreach (var (name, value) in Zoom.Settings) With(name, value);
        StartServer();
        Zoom.MuseOrigin = ClientOptions.BaseAddress.ToString().TrimEnd('/');
    }

    public override async ValueTask DisposeAsync()
    {
        await Zoom.DisposeAsync();
        await base.DisposeAsync();
    }

    /// <summary>A lesson that begins now and is held at Zoom.</summary>
    public async Task<ZoomLesson> A_lesson_on_zoom(string tutorName = "김민지", string studentName = "Oliver Hughes")
    {
        var tutor = await this.A_tutor_with_hours(name: tutorName);
        // In the Emirates, so that nothing but Zoom comes into question.
        var student = await Student(studentName, "AE", "Asia/Dubai", "en-GB");
        var lesson = (await this.A_confirmed_lesson(tutor, student, days: 2, hour: Interlocked.Increment(ref _hour) % 22)).GetProperty("lessonId").GetGuid();
        await this.Until(tutor, $"/v1/lessons/{lesson}", l => l.GetProperty("meeting").Text("state") == "ready");
        var meeting = Zoom.Meetings.Single(m => ZoomImitation.LessonOf(m) == lesson);
        return new ZoomLesson(lesson, tutor, student, meeting);
    }

    /// <summary>Both clocks stand at a minute after the lesson's start.</summary>
    public void Begins(ZoomLesson lesson)
    {
        var start = lesson.Meeting.Start!.Value.AddMinutes(1);
        Time.Advance(start - Time.GetUtcNow());
        Zoom.Clock.Advance(start - Zoom.Clock.GetUtcNow());
    }

    /// <summary>The names of a lesson's events after its scheduling, without the clock's own.</summary>
    public async Task<string[]> Told(Guid lesson) => [.. (await this.EventsOf(lesson)).Skip(1).Where(name => name != "lesson_ended")];

    /// <summary>Waits until a recording of the lesson is in this state; gives up after 30 seconds.</summary>
    public async Task<long> Recordings(Guid lesson, string state, int atLeast)
    {
        for (var tries = 0; ; tries++)
        {
            var committed = Store.Committed.Next;
            var count = await Database.ScalarAsync<long>("select count(*) from recordings where lesson_id = $1 and state = $2", lesson, state);
            if (count >= atLeast || tries > 300) return count;
            await Task.WhenAny(committed, Task.Delay(100));
        }
    }

    public Instant Now => Instant.FromDateTimeOffset(Time.GetUtcNow());

    private int _hour;
}

public sealed record ZoomLesson(Guid Id, SignedIn Tutor, SignedIn Student, ZoomMeeting Meeting);
