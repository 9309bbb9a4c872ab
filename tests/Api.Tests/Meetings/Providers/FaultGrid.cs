using Microsoft.Extensions.DependencyInjection;
using Muse.Api.Meetings;
using Muse.Domain.Meetings;
using Muse.Imitations;

namespace Muse.Api.Tests.Meetings.Providers;

/// <summary>
/// Every fault at every step, through the real errands and the real database. Each of them passes, so in each cell the lesson stays at the
/// provider that was wished, with exactly one meeting there: an answer from another one would be giving up too early.
/// </summary>
public abstract class FaultGrid(WholeSchool school) : LessonUnderFaults(school)
{
    /// <summary>
    /// How many of three faults of that call strike, of which the first leaves its effect: one where the next attempt finds out by looking that
    /// everything is done, so that the call is rightly not made again.
    /// </summary>
    protected abstract int StruckInARow(string step);

    /// <summary>In the path of every request that looks whether a lesson's meeting is there, and of no other GET; empty for any.</summary>
    protected virtual string LookPath => "";

    /// <summary>Before the provider tells Muse anything: whatever it needs for that is there.</summary>
    protected abstract Task Listening();

    /// <summary>Once the provider has sent, or holds back, all that it has to tell.</summary>
    protected abstract Task Told();

    /// <summary>What Muse answers to what was told while the provider's clock was ten minutes off.</summary>
    protected abstract int WhenItsClockIsWrong { get; }

    /// <summary>Its clock goes right again: it tells once more what was refused, or what it thinks was not heard.</summary>
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

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task One_fault_is_survived_with_exactly_one_meeting(Fault fault, string step)
    {
        var (method, path) = CallOf(step);
        await Play(step, () => Outside.Faults.Next(fault, method, path));
        Assert.Equal(1, Outside.Faults.Met - MetBefore);
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
        Assert.Equal((struck, 3 - struck), (Outside.Faults.Met - MetBefore, Outside.Faults.Left));
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
            Outside.Faults.Next(Fault.ServerError, "GET", LookPath);
            Outside.Faults.Next(Fault.BrokenJson, "GET", LookPath);
        });
        var met = Outside.Faults.Met - MetBefore;
        // Whoever removes does not look first: the same call once more finds nothing left, and that is what was wanted. The watch over a calendar that an
        // earlier test began may look by itself at what has gone, and then the other faults are its own.
        Assert.InRange(met, step == "withdraw" ? 1 : 3, 3);
        Assert.Equal(3 - met, Outside.Faults.Left);
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
            await Stayed(lesson);
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
            Delivered[] again = [.. Outside.Webhooks.Sent.Skip(before + told.Length)];
            Assert.All(told, one => Assert.Contains(one with { Status = 204 }, again));
            await Stayed(lesson);
        }
        finally
        {
            Outside.Webhooks.Lose = true;
        }
    }

    [Fact]
    public async Task Twenty_errands_at_once_make_one_meeting()
    {
        var (lesson, _) = await School.A_new_lesson();
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Settle()));
        await Stayed(lesson);

        async Task Settle()
        {
            try
            {
                await School.Services.GetRequiredService<SettleMeeting>().Run(lesson, TestContext.Current.CancellationToken);
            }
            catch (ProviderTrouble)
            {
                // An errand would come again; that of the confirmation does.
            }
        }
    }

    [Fact]
    public async Task A_meeting_deleted_at_the_provider_before_a_move_is_made_anew_there()
    {
        var (lesson, booking) = await School.A_new_lesson();
        await Stayed(lesson);
        var reference = Outside.Held.Single(m => m.LessonId == lesson).Reference;
        await Outside.MakeHappen(reference, Happening.Delete, null);
        await Move(booking);
        await Kept(lesson);
        Assert.NotEqual(reference, Outside.Held.Single(m => m.LessonId == lesson).Reference);
        var (meeting, failures) = await OneMeeting.WhatFailed(Store, lesson);
        Assert.Equal(School.ProviderName, meeting.Provider);
        Assert.Equal(new NamedFailure(School.ProviderName, LostCodes.DeletedAtProvider), Assert.Single(failures) with { Detail = "" });
    }

    protected async Task<Guid> Play(string step, Action trouble)
    {
        var lesson = await Begin(step, trouble);
        await Stayed(lesson);
        return lesson;
    }
}
