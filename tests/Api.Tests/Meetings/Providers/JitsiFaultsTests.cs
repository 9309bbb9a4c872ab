using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Muse.Adapters.Postgres;
using Muse.Api.Meetings;
using Muse.Api.Tests.Bookings;
using Muse.Domain.Meetings;
using Muse.Imitations;
using Muse.Imitations.Jitsi;
using static Muse.Api.Tests.Meetings.Providers.TheDoorsServer;

namespace Muse.Api.Tests.Meetings.Providers;

/// <summary>A school with a Jitsi server of its own, which it likes best.</summary>
public sealed class JitsiSchool : ProviderServer
{
    private int _lessons;

    public JitsiSchool()
    {
        Jitsi = Imitate(new JitsiImitation(jaas: false));
        With("Meetings:Jitsi:TimeoutSeconds", "2");
        With("Meetings:Order", "jitsi,built-in");
        Jitsi.Webhooks.Lose = true;
    }

    public override string ProviderName => ProviderPolicy.Jitsi;

    public JitsiImitation Jitsi { get; }

    /// <summary>The server's time and its providers' go on together.</summary>
    public void Pass(TimeSpan time)
    {
        Time.Advance(time);
        foreach (var imitation in Imitations) imitation.Clock.Advance(time);
    }

    /// <summary>In three days, by the school's order; its meeting is on its way.</summary>
    public async Task<(Guid Id, SignedIn Tutor, SignedIn Student)> A_new_lesson()
    {
        // What the lesson before saw of the server is forgotten.
        Pass(TimeSpan.FromSeconds(4));
        var tutor = await this.A_tutor_with_hours();
        var student = await this.Student();
        var asked = await student.Http.PostAsJsonAsync("/v1/bookings", new
        {
            tutorId = tutor.TutorId,
            studentId = student.StudentId,
            startLocal = this.InSeoul(3, Interlocked.Increment(ref _lessons) % 22),
            timeZone = "Asia/Seoul",
            durationMinutes = 60,
        });
        Assert.True(asked.IsSuccessStatusCode, await asked.Content.ReadAsStringAsync());
        return ((await (await tutor.Tells(await asked.Json(), "confirm")).Json()).GetProperty("lessonId").GetGuid(), tutor, student);
    }

    public async Task<Meeting> MeetingOf(Guid lesson)
    {
        await using var session = Services.GetRequiredService<EventStore>().OpenSession();
        return (await session.AggregateStreamAsync<Meeting>(SettleMeeting.StreamOf(lesson)))!;
    }

    public async Task<IReadOnlyList<T>> Happened<T>(Guid lesson)
    {
        await using var session = Services.GetRequiredService<EventStore>().OpenSession();
        return [.. (await session.FetchStreamAsync(SettleMeeting.StreamOf(lesson))).Select(e => e.Data).OfType<T>()];
    }
}

/// <summary>
/// A room at Jitsi is only a name, so all that can fail is the look whether its server is there and takes the keys. A lesson that was booked while it
/// was down was arranged there all the same, and whoever came found nothing and no way on.
/// </summary>
public sealed class JitsiFaultsTests(JitsiSchool school) : IClassFixture<JitsiSchool>
{
    /// <summary>Every fault of the two requests of a look.</summary>
    public static TheoryData<Fault, string, string> Faults
    {
        get
        {
            var grid = new TheoryData<Fault, string, string>();
            foreach (var fault in Enum.GetValues<Fault>())
                foreach (var (method, path) in new[] { ("GET", "/config.js"), ("POST", "/http-bind") })
                    grid.Add(fault, method, path);
            return grid;
        }
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task One_fault_at_arranging_is_survived_with_exactly_one_meeting(Fault fault, string method, string path)
    {
        school.Jitsi.Faults.Clear();
        var before = school.Jitsi.Faults.Met;
        school.Jitsi.Faults.Next(fault, method, path);
        var (lesson, _, _) = await school.A_new_lesson();

        await Kept(lesson);

        Assert.Equal(1, school.Jitsi.Faults.Met - before);
        Assert.Equal((MeetingState.Ready, ProviderPolicy.Jitsi), await Where(lesson));
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task One_fault_at_the_door_leaves_everybody_a_way_in_and_a_way_on(Fault fault, string method, string path)
    {
        var (lesson, tutor, student) = await At_the_door(await school.A_new_lesson());
        school.Jitsi.Faults.Clear();
        school.Jitsi.Faults.Next(fault, method, path);

        var door = await (await Join(student, lesson)).Json();

        Assert.Equal(ProviderPolicy.Jitsi, door.Text("provider"));
        // The address may still lead in, so it is given; and it is said that the server did not answer.
        Assert.Equal(IsTrouble(fault, path), door.TryGetProperty("unanswered", out var unanswered) && unanswered.ValueKind is JsonValueKind.True);
        Assert.Equal(0, school.Jitsi.Faults.Left);
        school.Pass(TimeSpan.FromSeconds(5));
        await (await Fallback(tutor, lesson, ProviderPolicy.Jitsi)).IsProblem(HttpStatusCode.Conflict, "provider_answers");
        Assert.Empty(await school.Happened<MeetingLost>(lesson));
    }

    [Fact]
    public async Task A_server_that_stays_down_leaves_the_lesson_to_another_one_by_name()
    {
        Guid lesson;
        school.Jitsi.Down = true;
        try
        {
            (lesson, _, _) = await school.A_new_lesson();
            await Kept(lesson);
        }
        finally
        {
            school.Jitsi.Down = false;
            school.Pass(TimeSpan.FromSeconds(5));
        }
        Assert.Equal((MeetingState.Ready, ProviderPolicy.BuiltIn), await Where(lesson));
        var failed = Assert.Single(await school.Happened<MeetingArrangementFailed>(lesson));
        Assert.Equal((ProviderPolicy.Jitsi, "provider_error"), (failed.Provider, failed.Code));
    }

    [Fact]
    public async Task A_server_that_does_not_take_the_schools_keys_leaves_the_lesson_to_another_one_by_name()
    {
        Guid lesson;
        var right = school.Jitsi.ChangeSecret();
        try
        {
            (lesson, _, _) = await school.A_new_lesson();
            await Kept(lesson);
        }
        finally
        {
            school.Jitsi.ChangeSecret(right);
            school.Pass(TimeSpan.FromSeconds(5));
        }
        Assert.Equal((MeetingState.Ready, ProviderPolicy.BuiltIn), await Where(lesson));
        var failed = Assert.Single(await school.Happened<MeetingArrangementFailed>(lesson));
        Assert.Equal((ProviderPolicy.Jitsi, MeetingAnswer.NotPermittedCode), (failed.Provider, failed.Code));
        Assert.Contains("Invalid signature", failed.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Keys_that_are_wrong_at_the_door_lead_everybody_to_the_next_provider()
    {
        var (lesson, tutor, student) = await At_the_door(await school.A_new_lesson());
        var right = school.Jitsi.ChangeSecret();
        try
        {
            foreach (var who in new[] { student, tutor })
            {
                var door = await Join(who, lesson);
                Assert.True(door.StatusCode == HttpStatusCode.OK, await door.Content.ReadAsStringAsync());
                Assert.Equal(ProviderPolicy.BuiltIn, (await door.Json()).Text("provider"));
            }
        }
        finally
        {
            school.Jitsi.ChangeSecret(right);
            school.Pass(TimeSpan.FromSeconds(5));
        }
        Assert.Equal(LostCodes.AccountDisconnected, Assert.Single(await school.Happened<MeetingLost>(lesson)).Code);
        await Kept(lesson);
    }

    [Fact]
    public async Task A_server_that_is_down_at_the_door_is_left_by_whoever_asks_first_and_all_follow()
    {
        var (lesson, tutor, student) = await At_the_door(await school.A_new_lesson());
        school.Jitsi.Down = true;
        try
        {
            foreach (var who in new[] { tutor, student })
                Assert.True((await (await Join(who, lesson)).Json()).GetProperty("unanswered").GetBoolean());
            school.Pass(TimeSpan.FromSeconds(5));
            foreach (var on in new[] { await Fallback(student, lesson, ProviderPolicy.Jitsi), await Fallback(tutor, lesson, ProviderPolicy.Jitsi), await Join(tutor, lesson) })
            {
                Assert.True(on.StatusCode == HttpStatusCode.OK, await on.Content.ReadAsStringAsync());
                Assert.Equal(ProviderPolicy.BuiltIn, (await on.Json()).Text("provider"));
            }
        }
        finally
        {
            school.Jitsi.Down = false;
            school.Pass(TimeSpan.FromSeconds(5));
        }
        Assert.Equal(LostCodes.DidNotConnect, Assert.Single(await school.Happened<MeetingLost>(lesson)).Code);
        await Kept(lesson);
    }

    /// <summary>Whatever else comes is read: a script cut short is one, a slow one arrives, and who is sent back to the same address goes there.</summary>
    private static bool IsTrouble(Fault fault, string path) => fault switch
    {
        Fault.SlowBody or Fault.Redirect => false,
        // Of prosody these say only that nobody can show a token there.
        Fault.BrokenJson => path == "/http-bind",
        Fault.Unauthorized => path == "/config.js",
        _ => true,
    };

    private async Task<(MeetingState, string?)> Where(Guid lesson)
    {
        var meeting = await school.MeetingOf(lesson);
        return (meeting.State, meeting.Provider);
    }

    private async Task<(Guid Id, SignedIn Tutor, SignedIn Student)> At_the_door((Guid Id, SignedIn Tutor, SignedIn Student) lesson)
    {
        await Kept(lesson.Id);
        Assert.Equal((MeetingState.Ready, ProviderPolicy.Jitsi), await Where(lesson.Id));
        var start = (await school.MeetingOf(lesson.Id)).Start!.Value.ToDateTimeOffset();
        school.Pass(start.AddMinutes(-5) - school.Time.GetUtcNow());
        return (lesson.Id, await school.Renewed(lesson.Tutor), await school.Renewed(lesson.Student));
    }

    private async Task Kept(Guid lesson)
    {
        await OneMeeting.SettleAsync(school.Database, school.Pass);
        Assert.Null(await OneMeeting.WhatIsWrong(school.Services.GetRequiredService<EventStore>(), school.Imitations, lesson, wish: ProviderPolicy.Jitsi));
    }
}
