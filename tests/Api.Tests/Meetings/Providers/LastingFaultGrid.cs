using Muse.Domain.Meetings;
using Muse.Imitations;

namespace Muse.Api.Tests.Meetings.Providers;

/// <summary>
/// Every fault at every step, and it does not pass. Only here may a lesson go elsewhere, and each cell names where to, for which reason, and
/// that nothing is left behind once the provider answers again. A fault after whose effect Muse finds out by looking needs no other provider.
/// </summary>
public abstract class LastingFaultGrid(WholeSchool school) : LessonUnderFaults(school)
{
    private const int Forever = 1_000;

    /// <summary>Withdrawing goes on for hours: no other provider can take a meeting away. This many calls fail, more than a lesson waits for.</summary>
    private const int LongerThanALessonWaits = Meeting.MostTroubles + 1;

    /// <summary>The code of the failure for which the lesson leaves this provider; null when it stays.</summary>
    protected abstract string? LeavesFor(Fault fault, string step);

    /// <summary>The code with which Muse gives up a meeting that this provider, for good, does not let it take away.</summary>
    protected abstract string NotAllowedToWithdraw { get; }

    public static TheoryData<Fault, string> Faults
    {
        get
        {
            var grid = new TheoryData<Fault, string>();
            foreach (var fault in Enum.GetValues<Fault>())
                foreach (var step in (string[])["arrange", "move"])
                    grid.Add(fault, step);
            return grid;
        }
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task A_fault_that_lasts_leaves_the_lesson_here_or_with_a_named_failure_elsewhere(Fault fault, string step)
    {
        var (method, path) = CallOf(step);
        var lesson = await Begin(step, () => Outside.Faults.Next(fault, method, path, Forever));
        // Not what sweeps: nobody can take anything away while the provider does not answer.
        await OneMeeting.SettleAsync(School.Database, School.Pass, $"{step}_meeting");
        await OneMeeting.SettleAsync(School.Database, School.Pass, "arrange_meeting");
        Assert.True(Outside.Faults.Met > MetBefore);
        var (meeting, failures) = await OneMeeting.WhatFailed(Store, lesson);
        if (LeavesFor(fault, step) is not { } code)
        {
            Assert.Empty(failures);
            Outside.Faults.Clear();
            await Stayed(lesson);
            return;
        }
        Assert.All(failures, failure => Assert.Equal(School.ProviderName, failure.Provider));
        if (step == "arrange")
        {
            Assert.Equal(code, Assert.Single(failures).Code);
        }
        else
        {
            Assert.Equal(code == LostCodes.AccountDisconnected ? code : LostCodes.MoveFailed, failures[0].Code);
            Assert.StartsWith($"{code}:", failures[0].Detail, StringComparison.Ordinal);
        }
        Assert.Equal((MeetingState.Ready, ProviderPolicy.BuiltIn), (meeting.State, meeting.Provider));

        Outside.Faults.Clear();
        await Kept(lesson);
        Assert.DoesNotContain(Outside.Held, held => held.LessonId == lesson);
    }

    [Theory]
    [MemberData(nameof(FaultsOfWithdrawing))]
    public async Task Withdrawing_goes_on_for_longer_than_a_lesson_waits_and_leaves_nothing(Fault fault)
    {
        var (method, path) = CallOf("withdraw");
        var lesson = await Begin("withdraw", () => Outside.Faults.Next(fault, method, path, LongerThanALessonWaits));
        await Stayed(lesson);
        Assert.True(Outside.Faults.Met > MetBefore);
        Assert.DoesNotContain(Outside.Held, held => held.LessonId == lesson);
    }

    [Fact]
    public async Task A_meeting_that_may_not_be_taken_away_is_named_as_left_behind()
    {
        var (method, path) = CallOf("withdraw");
        var lesson = await Begin("withdraw", () => Outside.Faults.Next(Fault.Unauthorized, method, path, Forever));
        await OneMeeting.SettleAsync(School.Database, School.Pass);
        var (meeting, failures) = await OneMeeting.WhatFailed(Store, lesson);
        Assert.Equal(MeetingState.Withdrawn, meeting.State);
        Assert.Equal(new NamedFailure(School.ProviderName, NotAllowedToWithdraw, "left behind"), Assert.Single(failures));
        Assert.Single(Outside.Held, held => held.LessonId == lesson);
    }

    /// <summary>One of each kind: nobody there, an effect without an answer, its own trouble, too fast, unreadable.</summary>
    public static TheoryData<Fault> FaultsOfWithdrawing => [Fault.BrokenBefore, Fault.SilentAfter, Fault.ServerError, Fault.TooManyWithWait, Fault.BrokenJson];

    [Fact]
    public async Task A_provider_that_stays_down_leaves_the_lesson_to_another_one()
    {
        Guid lesson;
        Outside.Down = true;
        try
        {
            lesson = await Begin("arrange", () => { });
            await OneMeeting.SettleAsync(School.Database, School.Pass, "arrange_meeting");
            var (meeting, failures) = await OneMeeting.WhatFailed(Store, lesson);
            Assert.Equal((MeetingState.Ready, ProviderPolicy.BuiltIn), (meeting.State, meeting.Provider));
            Assert.Equal(new NamedFailure(School.ProviderName, "provider_error"), Assert.Single(failures) with { Detail = "" });
        }
        finally
        {
            Outside.Down = false;
        }
        await Kept(lesson);
        Assert.DoesNotContain(Outside.Held, held => held.LessonId == lesson);
    }
}
