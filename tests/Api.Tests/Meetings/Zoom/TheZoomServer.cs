using Microsoft.Extensions.DependencyInjection;
using Muse.Adapters.Postgres;
using Muse.Api.Meetings;
using Muse.Api.Tests.Bookings;
using Muse.Domain.Lessons;
using Muse.Domain.Meetings;
using Muse.Imitations.Zoom;
using NodaTime;

namespace Muse.Api.Tests.Meetings.Zoom;

/// <summary>The whole server on a real port beside an imitated Zoom, whose webhooks reach it.</summary>
public class TheZoomServer : TheServer
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
        Zoom.MuseOrigin = Origin;
    }

    /// <summary>Where webhooks reach it.</summary>
    public string Origin => ClientOptions.BaseAddress.ToString().TrimEnd('/');

    public override async ValueTask DisposeAsync()
    {
        await Zoom.DisposeAsync();
        await base.DisposeAsync();
        GC.SuppressFinalize(this);
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
        GoTo(lesson.Meeting.Start!.Value.AddMinutes(1));
    }

    /// <summary>Both clocks.</summary>
    public void GoTo(DateTimeOffset at)
    {
        Time.Advance(at - Time.GetUtcNow());
        Zoom.Clock.Advance(at - Zoom.Clock.GetUtcNow());
    }

    /// <summary>Both clocks.</summary>
    public void Advance(TimeSpan by)
    {
        Time.Advance(by);
        Zoom.Clock.Advance(by);
    }

    /// <summary>The tutor and the student meet for five minutes.</summary>
    public async Task Play(ZoomLesson lesson)
    {
        await Zoom.Join(lesson.Meeting, "김민지", user: lesson.Meeting.Host);
        Advance(TimeSpan.FromSeconds(5));
        await Zoom.Join(lesson.Meeting, "Oliver Hughes", lesson.Student.Email);
        Advance(TimeSpan.FromMinutes(5));
        await Zoom.Leave(lesson.Meeting, "Oliver Hughes");
        Advance(TimeSpan.FromSeconds(5));
        await Zoom.End(lesson.Meeting);
    }

    /// <summary>What was told of sittings, in the order of their times.</summary>
    public async Task<string[]> Sittings(Guid lesson)
    {
        await using var session = Store.OpenSession();
        return [.. (await session.FetchStreamAsync(SettleMeeting.StreamOf(lesson)))
            .Select(e => (e.EventTypeName, At: e.Data switch { SittingBegan b => b.At, SittingOver o => o.At, _ => (Instant?)null }))
            .Where(e => e.At is not null).OrderBy(e => e.At).Select(e => e.EventTypeName)];
    }

    /// <summary>Who came, in the order in which it was told.</summary>
    public async Task<List<(Part, Guid?)>> Came(Guid lesson)
    {
        await using var session = Store.OpenSession();
        return [.. (await session.FetchStreamAsync(lesson)).Select(e => e.Data).OfType<ParticipantJoined>().Select(j => (j.Who.Part, j.Who.PersonId))];
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

/// <summary>One that webhooks do not reach, so it asks.</summary>
public sealed class ThePolledZoomServer : TheZoomServer
{
    public override async ValueTask InitializeAsync()
    {
        With("Meetings:Zoom:Facts", "polling");
        await base.InitializeAsync();
        Zoom.MuseOrigin = null;
    }
}

public sealed record ZoomLesson(Guid Id, SignedIn Tutor, SignedIn Student, ZoomMeeting Meeting);
