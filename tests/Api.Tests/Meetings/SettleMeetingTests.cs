using Microsoft.Extensions.DependencyInjection;
using Muse.Adapters.Postgres;
using Muse.Api.Meetings;
using Muse.Api.Tests.Bookings;
using Muse.Domain.Lessons;
using Muse.Domain.Meetings;
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

    [Fact]
    public async Task A_provider_that_fails_for_good_is_noted_and_the_next_one_takes_the_lesson()
    {
        var lesson = await A_lesson();
        var broken = new Refusing();
        var settle = new SettleMeeting(
            server.Services.GetRequiredService<EventStore>(), new MeetingProviders([broken, new BuiltInMeetings()]),
            server.Services.GetRequiredService<People>(), server.Time);
        await settle.Run(lesson, CancellationToken.None);
        Assert.Equal(["meeting_arrangement_failed", "meeting_arranged"], await server.EventsOf(SettleMeeting.StreamOf(lesson)));
        Assert.Equal(1, broken.Asked);
        await using var session = server.Services.GetRequiredService<EventStore>().OpenSession();
        var meeting = await session.AggregateStreamAsync<Meeting>(SettleMeeting.StreamOf(lesson));
        Assert.Equal("built-in", meeting?.Provider);
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

    /// <summary>A provider without a licence left.</summary>
    private sealed class Refusing : IMeetingProvider
    {
        public int Asked { get; private set; }

        public MeetingAbilities Abilities { get; } = new("refusing", false, false, false, 2);

        public Task<MeetingAnswer> Arrange(MeetingOrder order, CancellationToken ct)
        {
            Asked++;
            return Task.FromResult(MeetingAnswer.Failed("no_licence", "No licence is left."));
        }

        public Task<MeetingAnswer> Move(MeetingOrder order, string reference, CancellationToken ct) => Arrange(order, ct);

        public Task<bool> Serves(Guid tutorId, CancellationToken ct) => Task.FromResult(true);

        public Task<MeetingAnswer> Withdraw(MeetingOrder order, string? reference, CancellationToken ct) => Task.FromResult(MeetingAnswer.At("", ""));

        public Task<MeetingSighting> Look(MeetingOrder order, string reference, CancellationToken ct) =>
            Task.FromResult(new MeetingSighting(MeetingPresence.Gone));

        public Task<string> DoorFor(MeetingGuest guest, MeetingOrder order, MeetingPlace place, CancellationToken ct) => throw new NotSupportedException();

        public Task<IReadOnlyList<MeetingReport>> Reports(MeetingOrder order, MeetingPlace place, CancellationToken ct) =>
            Task.FromResult<IReadOnlyList<MeetingReport>>([]);
    }
}
