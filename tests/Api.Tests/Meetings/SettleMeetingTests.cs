using Microsoft.Extensions.DependencyInjection;
using Muse.Adapters.Postgres;
using Muse.Api.Meetings;
using Muse.Api.Tests.Bookings;
using Muse.Domain.Lessons;
using NodaTime;

namespace Muse.Api.Tests.Meetings;

/// <summary>The errands of one lesson in any order, twice and at once. No errand runs here but by the test's own call.</summary>
public sealed class SettleMeetingTests(TheServer server) : IClassFixture<TheServer>
{
    [Fact]
    public async Task An_errand_that_runs_again_after_a_crash_finds_its_first_meeting()
    {
        var lesson = await A_lesson();
        await Settle(lesson);
        await Settle(lesson);
        Assert.Equal(["meeting_arranged"], await server.EventsOf(SettleMeeting.StreamOf(lesson)));
    }

    [Fact]
    public async Task Twenty_errands_at_once_make_one_meeting()
    {
        var lesson = await A_lesson();
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Settle(lesson)));
        Assert.Equal(["meeting_arranged"], await server.EventsOf(SettleMeeting.StreamOf(lesson)));
    }

    [Fact]
    public async Task A_lesson_called_off_before_its_meeting_was_arranged_gets_none()
    {
        var lesson = await A_lesson();
        await Change(lesson, l => l.Cancel(Who.Clock, null, Now));
        await Settle(lesson);
        await Settle(lesson);
        Assert.Equal(["meeting_withdrawn"], await server.EventsOf(SettleMeeting.StreamOf(lesson)));
    }

    [Fact]
    public async Task A_moved_lesson_takes_its_meeting_along()
    {
        var lesson = await A_lesson();
        await Settle(lesson);
        await Change(lesson, l => l.Move(l.Time with { Start = l.Time.Start + Duration.FromDays(1), Local = l.Time.Local.PlusDays(1) }, Who.Clock, null, Now));
        await Settle(lesson);
        Assert.Equal(["meeting_arranged", "meeting_moved"], await server.EventsOf(SettleMeeting.StreamOf(lesson)));
    }

    private Instant Now => Instant.FromDateTimeOffset(server.Time.GetUtcNow());

    private Task Settle(Guid lesson) => server.Services.GetRequiredService<SettleMeeting>().Run(lesson, CancellationToken.None);

    /// <summary>A lesson's stream without the booking that would schedule errands.</summary>
    private async Task<Guid> A_lesson()
    {
        var student = await server.Student();
        var id = Guid.CreateVersion7();
        var start = Instant.FromUnixTimeSeconds(Now.ToUnixTimeSeconds()) + Duration.FromDays(2);
        var time = new PlannedTime(start.InUtc().LocalDateTime, "Etc/UTC", "2026f", start, 60);
        await using var session = server.Services.GetRequiredService<EventStore>().OpenSession();
        session.StartStream<Lesson>(id, [.. Lesson.Schedule(
            null, id, Guid.CreateVersion7(), Guid.CreateVersion7(), student.StudentId!.Value, time, "https://muse.example/lessons/1", null, Who.Clock, Now).Events]);
        await session.SaveChangesAsync();
        return id;
    }

    private async Task Change(Guid lesson, Func<Lesson, Domain.Decision> decide)
    {
        await using var session = server.Services.GetRequiredService<EventStore>().OpenSession();
        var stream = await session.FetchForWriting<Lesson>(lesson);
        stream.AppendMany(decide(stream.Aggregate!).Events);
        await session.SaveChangesAsync();
    }
}
