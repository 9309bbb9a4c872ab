using Microsoft.Extensions.DependencyInjection;
using Muse.Adapters.Postgres;
using Muse.Api.Meetings;
using Muse.Api.Tests.Bookings;
using Muse.Domain.Lessons;
using Muse.Imitations;
using NodaTime;

namespace Muse.Api.Tests.Meetings.Providers;

/// <summary>The look a day and a quarter of an hour before a lesson, at an imitated provider over HTTP.</summary>
public abstract class VerifyAtProvider(ProviderServer server)
{
    protected static CancellationToken Ct => TestContext.Current.CancellationToken;

    private Imitation Outside => server.Imitation!;

    private Instant Now => Instant.FromDateTimeOffset(server.Time.GetUtcNow());

    /// <summary>Somebody drags it to an hour later in the provider's own app.</summary>
    protected abstract Task MoveByHand(string reference);

    /// <summary>Whatever else on this server looks at meetings has done so: what it saw after the mark needs no look.</summary>
    protected virtual Task OthersHaveLooked() => Task.CompletedTask;

    /// <param name="minutesBefore">A minute after each mark.</param>
    [Theory]
    [InlineData((24 * 60) - 1)]
    [InlineData(14)]
    public async Task One_that_somebody_deleted_is_made_again(int minutesBefore)
    {
        var lesson = await A_lesson_in(Duration.FromHours(25));
        await Outside.MakeHappen(Held(lesson).Reference, Happening.Delete, null);
        Assert.DoesNotContain(Outside.Held, held => held.LessonId == lesson);
        Advance(Duration.FromHours(25) - Duration.FromMinutes(minutesBefore));

        await Verify();
        await server.EventsAsync();

        Assert.Equal(["meeting_arranged", "meeting_lost", "meeting_arranged"], (await Story(lesson)).Take(3));
        Assert.Equal(await StartOf(lesson), Held(lesson).Start);
    }

    [Fact]
    public async Task One_that_somebody_moved_is_put_back()
    {
        var lesson = await A_lesson_in(Duration.FromHours(25));
        await MoveByHand(Held(lesson).Reference);
        Assert.Equal((await StartOf(lesson)).AddHours(1), Held(lesson).Start);
        Advance(Duration.FromHours(2));

        await Verify();
        await server.EventsAsync();

        Assert.Equal(["meeting_arranged", "meeting_moved"], (await Story(lesson)).Take(2));
        Assert.Equal(await StartOf(lesson), Held(lesson).Start);
    }

    [Fact]
    public async Task Each_is_looked_at_once_for_each_mark_and_by_a_new_server_on_the_same_database_no_more()
    {
        var lesson = await A_lesson_in(Duration.FromHours(25));
        var reference = Held(lesson).Reference;
        await OthersHaveLooked();
        var verified = await Story(lesson);
        await Verify();
        Assert.Equal(verified, await Story(lesson));

        foreach (var left in (Duration[])[Duration.FromHours(23), Duration.FromMinutes(14)])
        {
            Advance(Instant.FromDateTimeOffset(await StartOf(lesson)) - left - Now);
            var before = Requests(reference);
            await OthersHaveLooked();
            await Verify();
            verified = [.. verified, "meeting_verified"];
            Assert.Equal(verified, await Story(lesson));
            var after = Requests(reference);
            Assert.True(after > before);

            await Verify();
            await using var restarted = server.WithWebHostBuilder(_ => { });
            await restarted.Services.GetRequiredService<VerifyMeetings>().RunOnce(Ct);
            Assert.Equal(verified, await Story(lesson));
            Assert.Equal(after, Requests(reference));
        }
    }

    [Fact]
    public async Task A_mark_that_passed_while_no_server_ran_is_made_good_by_the_next()
    {
        var lesson = await A_lesson_in(Duration.FromHours(25));
        await Outside.MakeHappen(Held(lesson).Reference, Happening.Delete, null);
        Advance(Duration.FromHours(4));

        await using var restarted = server.WithWebHostBuilder(_ => { });
        await restarted.Services.GetRequiredService<VerifyMeetings>().RunOnce(Ct);
        await server.EventsAsync();

        Assert.Equal(["meeting_arranged", "meeting_lost", "meeting_arranged"], (await Story(lesson)).Take(3));
        Assert.Equal(await StartOf(lesson), Held(lesson).Start);
    }

    private Task<int> Verify() => server.Services.GetRequiredService<VerifyMeetings>().RunOnce(Ct);

    protected void Advance(Duration by)
    {
        server.Time.Advance(by.ToTimeSpan());
        Outside.Clock.Advance(by.ToTimeSpan());
    }

    private HeldMeeting Held(Guid lesson) => Assert.Single(Outside.Held, held => held.LessonId == lesson);

    private int Requests(string reference) => Outside.Seen.Count(seen => seen.Path.Contains(reference, StringComparison.Ordinal));

    private Task<string[]> Story(Guid lesson) => server.EventsOf(SettleMeeting.StreamOf(lesson));

    private async Task<DateTimeOffset> StartOf(Guid lesson)
    {
        await using var session = server.Services.GetRequiredService<EventStore>().OpenSession();
        return (await session.AggregateStreamAsync<Lesson>(lesson))!.Time.Start.ToDateTimeOffset();
    }

    private async Task<Guid> A_lesson_in(Duration time)
    {
        var student = await server.SignUp(["student"], "Hessa", "AE", "Asia/Dubai", "ar-AE");
        var id = Guid.CreateVersion7();
        var start = Instant.FromUnixTimeSeconds(Now.ToUnixTimeSeconds()) + time;
        var planned = new PlannedTime(start.InUtc().LocalDateTime, "Etc/UTC", "2026f", start, 60);
        await using (var session = server.Services.GetRequiredService<EventStore>().OpenSession())
        {
            session.StartStream<Lesson>(id, [.. Lesson.Schedule(
                null, id, Guid.CreateVersion7(), Guid.CreateVersion7(), student.StudentId!.Value, planned, "https://muse.example/lessons/1",
                server.ProviderName, Who.Clock, Now).Events]);
            await session.SaveChangesAsync(Ct);
        }
        await server.Services.GetRequiredService<SettleMeeting>().Run(id, Ct);
        return id;
    }
}

public sealed class VerifyAtZoomTests(ZoomServer server) : VerifyAtProvider(server), IClassFixture<ZoomServer>
{
    protected override Task MoveByHand(string reference)
    {
        var meeting = server.Imitation.Find(reference)!;
        meeting.Start += TimeSpan.FromHours(1);
        return Task.CompletedTask;
    }
}

public sealed class VerifyAtGoogleTests(GoogleServer server) : VerifyAtProvider(server), IClassFixture<GoogleServer>
{
    protected override Task MoveByHand(string reference) => server.Imitation.MoveByHand(reference, TimeSpan.FromHours(1));

    /// <summary>The watch over the calendar hears of our own change.</summary>
    protected override async Task OthersHaveLooked()
    {
        Advance(Duration.FromMinutes(6));
        for (var round = 0; round < 2; round++)
            await server.Services.GetRequiredService<WatchCalendars>().RunOnce(Ct);
        await server.EventsAsync();
    }
}
