using System.Net;
using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Muse.Adapters.Postgres;
using Muse.Api.Meetings;
using Muse.Api.Tests.Bookings;
using Muse.Domain.Meetings;
using Muse.Imitations;

namespace Muse.Api.Tests.Meetings.Providers;

/// <summary>A school with all providers configured, one tutor, one student in London.</summary>
public abstract class WholeSchool : ProviderServer
{
    private int _lessons;
    private DateTime _today;

    protected WholeSchool()
    {
        Zoom = Imitate(new Imitations.Zoom.ZoomImitation { WritesPerDay = 100_000, LimitsPerSecond = false });
        Google = Imitate(new Imitations.Google.GoogleImitation());
        Imitate(new Imitations.Jitsi.JitsiImitation());
        // A grid writes more in a minute than a host may in a day.
        With("Meetings:Zoom:WritesPerDay", "100000");
        // Google opens channels to such an origin only; the pushes come by the imitation's own way.
        With("MUSE_ORIGIN", "https://muse.example");
        Zoom.Webhooks.Lose = Google.Webhooks.Lose = true;
    }

    protected override string Facts => "webhooks";

    /// <summary>Faults that keep silent cost a test this long.</summary>
    protected override int Timeout => 2;

    public Imitations.Zoom.ZoomImitation Zoom { get; }

    public Imitations.Google.GoogleImitation Google { get; }

    public SignedIn Teacher { get; private set; } = null!;

    public SignedIn Pupil { get; private set; } = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        foreach (var imitation in Imitations)
        {
            imitation.Webhooks.Through(Server.CreateHandler());
            imitation.Webhooks.Patience = TimeSpan.FromMinutes(1);
        }
        _today = Time.GetUtcNow().AddHours(9).Date;
        Teacher = await this.A_tutor_with_hours();
        Pupil = await this.Student();
    }

    /// <summary>Two hours apart, from the third day on.</summary>
    public string NextTime()
    {
        var number = _lessons++;
        return _today.AddDays(3 + number / 12).AddHours(number % 12 * 2).ToString("yyyy-MM-dd'T'HH:mm:ss", System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>The server's time and its providers' go on together; who is signed in signs in again.</summary>
    public void Pass(TimeSpan time)
    {
        Time.Advance(time);
        foreach (var imitation in Imitations) imitation.Clock.Advance(time);
    }

    /// <summary>Confirmed a moment ago; its meeting is on its way.</summary>
    public async Task<(Guid Lesson, System.Text.Json.JsonElement Booking)> A_new_lesson()
    {
        Teacher = await this.Renewed(Teacher);
        Pupil = await this.Renewed(Pupil);
        var asked = await Pupil.Http.PostAsJsonAsync("/v1/bookings", new
        {
            tutorId = Teacher.TutorId,
            studentId = Pupil.StudentId,
            startLocal = NextTime(),
            timeZone = "Asia/Seoul",
            durationMinutes = 60,
            provider = ProviderName,
        });
        Assert.True(asked.StatusCode == HttpStatusCode.Created, await asked.Content.ReadAsStringAsync());
        var confirmed = await Teacher.Tells(await asked.Json(), "confirm");
        Assert.True(confirmed.StatusCode == HttpStatusCode.OK, await confirmed.Content.ReadAsStringAsync());
        var booking = await confirmed.Json();
        return (booking.GetProperty("lessonId").GetGuid(), booking);
    }
}

/// <summary>Every fault at every step, through the real errands and the real database.</summary>
public abstract class FaultGrid(WholeSchool school)
{
    /// <summary>The call that makes, changes or removes a meeting, as method and part of its path.</summary>
    protected abstract (string Method, string Path) CallOf(string step);

    /// <summary>
    /// How many of three faults of that call strike, of which the first leaves its effect: one where the next attempt finds out by looking that
    /// everything is done, so that the call is rightly not made again.
    /// </summary>
    protected abstract int StruckInARow(string step);

    /// <summary>Before the provider tells Muse anything: whatever it needs for that is there.</summary>
    protected abstract Task Listening();

    /// <summary>Once the provider has sent, or holds back, all that it has to tell.</summary>
    protected abstract Task Told();

    /// <summary>What Muse answers to what was told while the provider's clock was ten minutes off.</summary>
    protected abstract int WhenItsClockIsWrong { get; }

    /// <summary>Its clock goes right again: tells once more what was refused.</summary>
    protected abstract Task TellAgain();

    public static TheoryData<Fault, string> Faults
    {
        get
        {
            var grid = new TheoryData<Fault, string>();
            foreach (var fault in Enum.GetValues<Fault>())
                foreach (var step in (string[])["arrange", "move", "withdraw"])
                    grid.Add(fault, step);
            return grid;
        }
    }

    protected WholeSchool School => school;

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task One_fault_is_survived_with_exactly_one_meeting(Fault fault, string step)
    {
        var (method, path) = CallOf(step);
        await Play(step, () => Outside.Faults.Next(fault, method, path));
        Assert.Equal(1, Outside.Faults.Met - _metBefore);
    }

    [Theory]
    [InlineData("arrange")]
    [InlineData("move")]
    [InlineData("withdraw")]
    public async Task Three_different_faults_in_a_row_are_survived(string step)
    {
        var (method, path) = CallOf(step);
        await Play(step, () =>
        {
            Outside.Faults.Next(Fault.BrokenAfter, method, path);
            Outside.Faults.Next(Fault.ServerError, method, path);
            Outside.Faults.Next(Fault.BrokenJson, method, path);
        });
        var struck = StruckInARow(step);
        Assert.Equal((struck, 3 - struck), (Outside.Faults.Met - _metBefore, Outside.Faults.Left));
    }

    [Theory]
    [InlineData("arrange")]
    [InlineData("move")]
    [InlineData("withdraw")]
    public async Task Trouble_while_looking_for_what_is_there_is_survived(string step)
    {
        var (method, path) = CallOf(step);
        await Play(step, () =>
        {
            Outside.Faults.Next(Fault.BrokenAfter, method, path);
            Outside.Faults.Next(Fault.ServerError, "GET");
            Outside.Faults.Next(Fault.BrokenJson, "GET");
        });
        // Whoever removes does not look first: the same call once more finds nothing left, and that is what was wanted.
        var struck = step == "withdraw" ? 1 : 3;
        Assert.Equal((struck, 3 - struck), (Outside.Faults.Met - _metBefore, Outside.Faults.Left));
    }

    [Theory]
    [InlineData("arrange")]
    [InlineData("move")]
    [InlineData("withdraw")]
    public async Task Webhooks_twice_and_in_the_wrong_order_change_nothing(string step)
    {
        await Listening();
        var before = Outside.Webhooks.Sent.Count;
        Outside.Webhooks.Lose = false;
        Outside.Webhooks.Twice = true;
        Outside.Webhooks.Hold = true;
        try
        {
            var lesson = await Play(step, () => { });
            await Told();
            Assert.Equal(before, Outside.Webhooks.Sent.Count);
            await Outside.Webhooks.Release(reversed: true);

            string[] sent = [.. Outside.Webhooks.Sent.Skip(before).Select(one => one.What)];
            Assert.True(sent.Length >= (step == "arrange" ? 2 : 4), string.Join(", ", sent));
            Assert.Equal(sent.Where((_, i) => i % 2 == 0), sent.Where((_, i) => i % 2 == 1));
            // 503 is for what a busy machine could not write in time; the provider sends it again, as it does here.
            Assert.All(Outside.Webhooks.Sent.Skip(before), one => Assert.True(one.Status is 204 or 503, $"{one}"));
            Assert.All(sent, what => Assert.Contains(Outside.Webhooks.Sent.Skip(before), one => one == new Delivered(what, 204)));
            await Kept(lesson);
        }
        finally
        {
            Outside.Webhooks.Hold = Outside.Webhooks.Twice = false;
            Outside.Webhooks.Lose = true;
        }
    }

    [Theory]
    [InlineData("arrange", -10)]
    [InlineData("arrange", 10)]
    [InlineData("move", -10)]
    [InlineData("move", 10)]
    [InlineData("withdraw", -10)]
    [InlineData("withdraw", 10)]
    public async Task A_clock_that_is_minutes_off_is_survived(string step, int minutes)
    {
        await Listening();
        var before = Outside.Webhooks.Sent.Count;
        Outside.Webhooks.Lose = false;
        try
        {
            Outside.Clock.Advance(TimeSpan.FromMinutes(minutes));
            Guid lesson;
            try
            {
                lesson = await Play(step, () => { });
                await Told();
            }
            finally
            {
                Outside.Clock.Advance(TimeSpan.FromMinutes(-minutes));
            }
            Delivered[] told = [.. Outside.Webhooks.Sent.Skip(before)];
            Assert.NotEmpty(told);
            // 503: see above.
            Assert.All(told, one => Assert.True(one.Status == WhenItsClockIsWrong || (one.Status is 503 && WhenItsClockIsWrong is 204), $"{one}"));

            await TellAgain();
            Assert.All(told, one => Assert.Contains(Outside.Webhooks.Sent.Skip(before), later => later == one with { Status = 204 }));
            await Kept(lesson);
        }
        finally
        {
            Outside.Webhooks.Lose = true;
        }
    }

    [Fact]
    public async Task A_provider_that_stays_down_leaves_the_lesson_to_another_one()
    {
        Guid lesson;
        Outside.Down = true;
        try
        {
            (lesson, _) = await school.A_new_lesson();
            await OneMeeting.SettleAsync(school.Database, school.Pass, "arrange_meeting");
            await using var session = school.Services.GetRequiredService<EventStore>().OpenSession();
            var meeting = await session.AggregateStreamAsync<Meeting>(SettleMeeting.StreamOf(lesson));
            Assert.True(meeting?.IsReady(), $"{meeting?.State}");
            Assert.NotEqual(school.ProviderName, meeting!.Provider);
        }
        finally
        {
            Outside.Down = false;
        }
        await Kept(lesson);
    }

    [Fact]
    public async Task Twenty_errands_at_once_make_one_meeting()
    {
        var (lesson, _) = await school.A_new_lesson();
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Settle()));
        await Kept(lesson);

        async Task Settle()
        {
            try
            {
                await school.Services.GetRequiredService<SettleMeeting>().Run(lesson, TestContext.Current.CancellationToken);
            }
            catch (ProviderTrouble)
            {
                // An errand would come again; that of the confirmation does.
            }
        }
    }

    [Fact]
    public async Task A_meeting_deleted_at_the_provider_before_a_move_is_made_anew()
    {
        var (lesson, booking) = await school.A_new_lesson();
        await Kept(lesson);
        var reference = Outside.Held.Single(m => m.LessonId == lesson).Reference;
        await Outside.MakeHappen(reference, Happening.Delete, null);
        await Move(booking);
        await Kept(lesson);
        Assert.NotEqual(reference, Outside.Held.Single(m => m.LessonId == lesson).Reference);
    }

    private Imitation Outside => school.Imitation!;

    private int _metBefore;

    protected async Task<Guid> Play(string step, Action trouble)
    {
        Outside.Faults.Clear();
        _metBefore = Outside.Faults.Met;
        if (step == "arrange") trouble();
        var (lesson, booking) = await school.A_new_lesson();
        await Kept(lesson);
        if (step == "arrange") return lesson;
        trouble();
        if (step == "move") await Move(booking);
        else await Cancel(booking);
        await Kept(lesson);
        return lesson;
    }

    private async Task Kept(Guid lesson)
    {
        await OneMeeting.SettleAsync(school.Database, school.Pass);
        Assert.Null(await OneMeeting.WhatIsWrong(school.Services.GetRequiredService<EventStore>(), school.Imitations, lesson, wish: school.ProviderName));
        Assert.Equal("", await school.Database.ScalarAsync<string>(
            "select coalesce(string_agg(kind || ': ' || last_error, E'\\n'), '') from errands where dead_at is not null and body::text like '%' || $1 || '%'", $"{lesson}"));
    }

    private async Task Move(System.Text.Json.JsonElement booking)
    {
        var answer = await school.Teacher.Tells(booking, "reschedule", new { startLocal = school.NextTime(), timeZone = "Asia/Seoul" });
        Assert.True(answer.StatusCode == HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
    }

    private async Task Cancel(System.Text.Json.JsonElement booking)
    {
        var answer = await school.Teacher.Tells(booking, "cancel");
        Assert.True(answer.StatusCode == HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
    }
}

public sealed class ZoomSchool : WholeSchool
{
    public override string ProviderName => ProviderPolicy.Zoom;

    public override Imitation Imitation => Zoom;
}

public sealed class GoogleSchool : WholeSchool
{
    public override string ProviderName => ProviderPolicy.GoogleMeet;

    public override Imitation Imitation => Google;
}

public sealed class ZoomFaultsTests(ZoomSchool school) : FaultGrid(school), IClassFixture<ZoomSchool>
{
    protected override (string Method, string Path) CallOf(string step) => step switch
    {
        "arrange" => ("POST", "/meetings"),
        "move" => ("PATCH", "/meetings/"),
        _ => ("DELETE", "/meetings/"),
    };

    // Zoom would make a second meeting, so what is there is listed first.
    protected override int StruckInARow(string step) => step == "arrange" ? 1 : 3;

    /// <summary>Zoom knows Muse's address, and has to know that Muse knows the secret.</summary>
    protected override async Task Listening() => Assert.True(await school.Zoom.Validate());

    protected override Task Told() => school.Zoom.Told();

    // It signs the moment, and Muse takes nothing that is more than five minutes off.
    protected override int WhenItsClockIsWrong => 401;

    protected override async Task TellAgain()
    {
        school.Pass(TimeSpan.FromMinutes(20));
        await school.Zoom.RetryDue();
    }
}

public sealed class GoogleFaultsTests(GoogleSchool school) : FaultGrid(school), IClassFixture<GoogleSchool>
{
    protected override (string Method, string Path) CallOf(string step) => step switch
    {
        "arrange" => ("POST", "/events"),
        "move" => ("PATCH", "/events/"),
        _ => ("DELETE", "/events/"),
    };

    // Google refuses a second event of the same id, so making is just tried again; before a change the event is read.
    protected override int StruckInARow(string step) => step == "move" ? 1 : 3;

    /// <summary>A channel of the calendar in which the lessons are.</summary>
    protected override async Task Listening()
    {
        await Play("arrange", () => { });
        school.Google.Webhooks.Lose = false;
        school.Pass(TimeSpan.FromSeconds(61));
        await school.Services.GetRequiredService<WatchCalendars>().RunOnce(TestContext.Current.CancellationToken);
        Assert.NotEmpty(school.Google.OpenChannels);
    }

    // It pushes before it answers the call that changed something.
    protected override Task Told() => Task.CompletedTask;

    // A push carries no time: it says only that there is something to read.
    protected override int WhenItsClockIsWrong => 204;

    protected override Task TellAgain() => Task.CompletedTask;
}
