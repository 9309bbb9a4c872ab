using FsCheck;
using FsCheck.Fluent;
using Muse.Domain.Lessons;
using Muse.Domain.Meetings;
using NodaTime;

namespace Muse.Domain.Tests.Meetings;

public class MeetingTests
{
    private static readonly Instant Now = Instant.FromUtc(2026, 12, 1, 8, 0);
    private static readonly Instant Monday = Instant.FromUtc(2026, 12, 7, 8, 0);
    private static readonly Instant Tuesday = Instant.FromUtc(2026, 12, 8, 8, 0);
    private static readonly Guid Id = Guid.Parse("00000000-0000-7000-8000-0000000000e1");
    private static readonly Guid LessonId = Guid.Parse("00000000-0000-7000-8000-00000000000d");
    private static readonly MeetingPlace Place = new("room-1", "https://muse.example/lessons/1");

    private static Meeting Fold(Meeting meeting, Decision decision)
    {
        Assert.False(decision.IsRefused, decision.Refusal?.Code);
        return decision.Events.Aggregate(meeting, (state, e) => e switch
        {
            MeetingArranged a => state.Apply(a),
            MeetingMoved m => state.Apply(m),
            MeetingWithdrawn w => state.Apply(w),
            MeetingArrangementFailed f => state.Apply(f),
            MeetingTroubled t => state.Apply(t),
            MeetingLost l => state.Apply(l),
            MeetingVerified v => state.Apply(v),
            MeetingTriedAgain t => state.Apply(t),
            GuestWaited g => state.Apply(g),
            SittingBegan b => state.Apply(b),
            SittingOver o => state.Apply(o),
            NoProviderAllowed n => state.Apply(n),
            _ => throw new InvalidOperationException(e.GetType().Name),
        });
    }

    private static Meeting Unarranged() => Meeting.None(Id, LessonId);

    private static Meeting In(MeetingState state) => state switch
    {
        MeetingState.Arranging => Unarranged(),
        MeetingState.Ready => Fold(Unarranged(), Unarranged().Arranged("built-in", Place, Monday, 50, [], Now)),
        MeetingState.Failed => Fold(Unarranged(), Unarranged().ArrangementFailed("zoom", "no_licence", "No licence is left.", Now)),
        MeetingState.NoProviderAllowed => Fold(Unarranged(), Unarranged().NoneAllowed("AE", [], Now)),
        _ => Fold(Unarranged(), Unarranged().Withdrawn(Now)),
    };

    private static Decision Command(string command, Meeting on) => command switch
    {
        "arrange" => on.Arranged("built-in", Place, Monday, 50, [], Now),
        "fail" => on.ArrangementFailed("zoom", "no_licence", "No licence is left.", Now),
        "forbid" => on.NoneAllowed("AE", [], Now),
        "move" => on.Moved(Tuesday, 50, Now),
        "withdraw" => on.Withdrawn(Now),
        "trouble" => on.Troubled("google-meet", MeetingStep.Arrange, "timed_out", "No answer.", null, Monday, Now),
        "lose" => on.Lost("built-in", "room-1", LostCodes.DeletedAtProvider, "It is gone.", Now),
        "verify" => on.Verified(Now),
        "put back" => on.PutBack(Now),
        "try again" => on.TryAgain(null, Now),
        "ask again" => on.AskAgain(new Who(Id, Part.Tutor), Now + Meeting.Rest),
        "knock" => on.NoteGuest("built-in", Who.Guest, Now),
        "begin" => on.Began("zoom", Monday, Now),
        "close" => on.Over("zoom", Monday, Now),
        _ => throw new ArgumentException(command),
    };

    [Theory]
    [InlineData(MeetingState.Arranging, "arrange", nameof(MeetingArranged))]
    [InlineData(MeetingState.Arranging, "fail", nameof(MeetingArrangementFailed))]
    [InlineData(MeetingState.Arranging, "forbid", nameof(NoProviderAllowed))]
    [InlineData(MeetingState.Arranging, "move", "meeting_not_ready")]
    [InlineData(MeetingState.Arranging, "withdraw", nameof(MeetingWithdrawn))]
    [InlineData(MeetingState.Ready, "arrange", "nothing")]
    [InlineData(MeetingState.Ready, "fail", "meeting_arranged")]
    [InlineData(MeetingState.Ready, "forbid", "meeting_arranged")]
    [InlineData(MeetingState.Ready, "move", nameof(MeetingMoved))]
    [InlineData(MeetingState.Ready, "withdraw", nameof(MeetingWithdrawn))]
    [InlineData(MeetingState.Failed, "arrange", nameof(MeetingArranged))]
    [InlineData(MeetingState.Failed, "fail", "nothing")]
    [InlineData(MeetingState.Failed, "forbid", "nothing")]
    [InlineData(MeetingState.Failed, "move", "meeting_failed")]
    [InlineData(MeetingState.Failed, "withdraw", nameof(MeetingWithdrawn))]
    [InlineData(MeetingState.NoProviderAllowed, "arrange", nameof(MeetingArranged))]
    [InlineData(MeetingState.NoProviderAllowed, "fail", nameof(MeetingArrangementFailed))]
    [InlineData(MeetingState.NoProviderAllowed, "forbid", "nothing")]
    [InlineData(MeetingState.NoProviderAllowed, "move", "no_provider_allowed")]
    [InlineData(MeetingState.NoProviderAllowed, "withdraw", nameof(MeetingWithdrawn))]
    [InlineData(MeetingState.Withdrawn, "arrange", "meeting_withdrawn")]
    [InlineData(MeetingState.Withdrawn, "fail", "meeting_withdrawn")]
    [InlineData(MeetingState.Withdrawn, "forbid", "meeting_withdrawn")]
    [InlineData(MeetingState.Withdrawn, "move", "meeting_withdrawn")]
    [InlineData(MeetingState.Withdrawn, "withdraw", "nothing")]
    [InlineData(MeetingState.Arranging, "trouble", nameof(MeetingTroubled))]
    [InlineData(MeetingState.Arranging, "lose", "nothing")]
    [InlineData(MeetingState.Arranging, "verify", "meeting_not_ready")]
    [InlineData(MeetingState.Arranging, "put back", "meeting_not_ready")]
    [InlineData(MeetingState.Arranging, "try again", "nothing")]
    [InlineData(MeetingState.Arranging, "knock", "nothing")]
    [InlineData(MeetingState.Ready, "trouble", "meeting_arranged")]
    [InlineData(MeetingState.Ready, "lose", nameof(MeetingLost))]
    [InlineData(MeetingState.Ready, "verify", nameof(MeetingVerified))]
    [InlineData(MeetingState.Ready, "put back", nameof(MeetingMoved))]
    [InlineData(MeetingState.Ready, "try again", "nothing")]
    [InlineData(MeetingState.Ready, "knock", nameof(GuestWaited))]
    [InlineData(MeetingState.Failed, "trouble", nameof(MeetingTroubled))]
    [InlineData(MeetingState.Failed, "lose", "nothing")]
    [InlineData(MeetingState.Failed, "verify", "meeting_failed")]
    [InlineData(MeetingState.Failed, "put back", "meeting_failed")]
    [InlineData(MeetingState.Failed, "try again", nameof(MeetingTriedAgain))]
    [InlineData(MeetingState.Failed, "knock", "nothing")]
    [InlineData(MeetingState.NoProviderAllowed, "trouble", nameof(MeetingTroubled))]
    [InlineData(MeetingState.NoProviderAllowed, "lose", "nothing")]
    [InlineData(MeetingState.NoProviderAllowed, "verify", "no_provider_allowed")]
    [InlineData(MeetingState.NoProviderAllowed, "put back", "no_provider_allowed")]
    [InlineData(MeetingState.NoProviderAllowed, "try again", "nothing")]
    [InlineData(MeetingState.NoProviderAllowed, "knock", "nothing")]
    [InlineData(MeetingState.Withdrawn, "trouble", "meeting_withdrawn")]
    [InlineData(MeetingState.Withdrawn, "lose", "nothing")]
    [InlineData(MeetingState.Withdrawn, "verify", "meeting_withdrawn")]
    [InlineData(MeetingState.Withdrawn, "put back", "meeting_withdrawn")]
    [InlineData(MeetingState.Withdrawn, "try again", "nothing")]
    [InlineData(MeetingState.Withdrawn, "knock", "nothing")]
    [InlineData(MeetingState.Arranging, "ask again", "nothing")]
    [InlineData(MeetingState.Ready, "ask again", "meeting_not_failed")]
    [InlineData(MeetingState.Failed, "ask again", nameof(MeetingTriedAgain))]
    [InlineData(MeetingState.NoProviderAllowed, "ask again", nameof(MeetingTriedAgain))]
    [InlineData(MeetingState.Withdrawn, "ask again", "meeting_not_failed")]
    [InlineData(MeetingState.Arranging, "begin", nameof(SittingBegan))]
    [InlineData(MeetingState.Arranging, "close", nameof(SittingOver))]
    [InlineData(MeetingState.Ready, "begin", nameof(SittingBegan))]
    [InlineData(MeetingState.Ready, "close", nameof(SittingOver))]
    [InlineData(MeetingState.Failed, "begin", nameof(SittingBegan))]
    [InlineData(MeetingState.Failed, "close", nameof(SittingOver))]
    [InlineData(MeetingState.NoProviderAllowed, "begin", nameof(SittingBegan))]
    [InlineData(MeetingState.NoProviderAllowed, "close", nameof(SittingOver))]
    [InlineData(MeetingState.Withdrawn, "begin", nameof(SittingBegan))]
    [InlineData(MeetingState.Withdrawn, "close", nameof(SittingOver))]
    public void Every_command_in_every_state_gives_its_event_or_its_refusal(MeetingState state, string command, string expected)
    {
        var decision = Command(command, In(state));
        Assert.Equal(expected, decision.Refusal?.Code ?? decision.Events.SingleOrDefault()?.GetType().Name ?? "nothing");
        Assert.True(decision.Refusal is null || decision.Events.Count == 0);
    }

    [Fact]
    public void Sittings_in_any_order_and_told_twice_are_noted_once_each_by_their_own_times()
    {
        SittingReport[] told = [.. Enumerable.Range(1, 3).SelectMany(sitting => new[]
        {
            new SittingReport("zoom", IsOver: false, Now - Duration.FromMinutes(20 * sitting)),
            new SittingReport("zoom", IsOver: true, Now - Duration.FromMinutes((20 * sitting) - 10)),
        })];
        Prop.ForAll(Gen.Shuffle(told.Concat(told).ToArray()).ToArbitrary(), reports =>
        {
            var (meeting, events) = (In(MeetingState.Ready), 0);
            foreach (var report in reports)
            {
                var decision = report.IsOver ? meeting.Over("zoom", report.At, Now) : meeting.Began("zoom", report.At, Now);
                events += decision.Events.Count;
                meeting = Fold(meeting, decision);
            }
            Assert.Equal(told.Length, events);
            Assert.True(meeting.Sittings.SetEquals(told));
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void A_sitting_is_noted_once_at_no_time_to_come_and_not_without_end()
    {
        var meeting = In(MeetingState.Ready);
        Assert.Equal([new SittingBegan(Id, LessonId, "zoom", Now)], meeting.Began("zoom", Monday, Now).Events);
        for (var minute = 0; minute < Meeting.MostSittingReports; minute++)
        {
            var at = Now - Duration.FromMinutes(minute);
            var decision = minute % 2 == 0 ? meeting.Began("zoom", at, Now) : meeting.Over("zoom", at, Now);
            meeting = Fold(meeting, decision);
            Assert.True((minute % 2 == 0 ? meeting.Began("zoom", at, Now) : meeting.Over("zoom", at, Now)).ChangesNothing);
        }
        Assert.True(meeting.Began("zoom", Now - Duration.FromDays(1), Now).ChangesNothing);
    }

    [Fact]
    public void Any_history_of_commands_ends_in_a_whole_meeting_and_a_repeated_command_writes_nothing() =>
        Prop.ForAll(Gen.Elements("arrange", "fail", "forbid", "move", "withdraw", "begin", "close").ListOf().ToArbitrary(), history =>
        {
            var meeting = Unarranged();
            foreach (var command in history)
            {
                var decision = Command(command, meeting);
                if (decision.IsRefused)
                    continue;
                meeting = Fold(meeting, decision);
                Assert.True(!meeting.IsReady() || (meeting.JoinUrl is not null && meeting.Start is not null));
                Assert.True(Command(command, meeting).ChangesNothing, $"{command} repeated in {meeting.State}");
            }
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(MeetingState.Arranging, false, MeetingStep.Arrange)]
    [InlineData(MeetingState.Arranging, true, MeetingStep.Withdraw)]
    [InlineData(MeetingState.Ready, true, MeetingStep.Withdraw)]
    [InlineData(MeetingState.Ready, false, MeetingStep.Nothing)]
    [InlineData(MeetingState.NoProviderAllowed, false, MeetingStep.Arrange)]
    [InlineData(MeetingState.Withdrawn, false, MeetingStep.Nothing)]
    [InlineData(MeetingState.Withdrawn, true, MeetingStep.Nothing)]
    public void The_next_step_follows_from_what_the_lesson_needs(MeetingState state, bool lessonIsOff, MeetingStep expected) =>
        Assert.Equal(expected, In(state).Next(lessonIsOff, Monday, 50));

    [Fact]
    public void A_ready_meeting_at_another_time_is_moved() => Assert.Equal(MeetingStep.Move, In(MeetingState.Ready).Next(false, Tuesday, 50));

    [Fact]
    public void A_lesson_without_an_allowed_provider_says_so_to_whoever_wants_to_join() =>
        Assert.Equal("no_provider_allowed", In(MeetingState.NoProviderAllowed).NotJoinable()?.Code);

    private static readonly Duration[] Pauses = [Duration.FromSeconds(2), Duration.FromSeconds(8), Duration.FromSeconds(32)];

    [Fact]
    public void Trouble_is_waited_out_three_times_ever_longer_and_the_fourth_time_counts_as_a_failure()
    {
        var meeting = Unarranged();
        foreach (var pause in Pauses)
        {
            var decision = Trouble(meeting, null, Now);
            Assert.Equal(Now + pause, Assert.IsType<MeetingTroubled>(Assert.Single(decision.Events)).NotBefore);
            meeting = Fold(meeting, decision);
        }
        var failed = Assert.IsType<MeetingArrangementFailed>(Assert.Single(Trouble(meeting, null, Now).Events));
        Assert.Equal(("zoom", "timed_out"), (failed.Provider, failed.Code));
    }

    [Fact]
    public void The_time_that_a_provider_names_is_kept_to_when_the_lesson_leaves_it()
    {
        var inAMinute = Now + Duration.FromMinutes(1);
        Assert.Equal(inAMinute, Assert.IsType<MeetingTroubled>(Trouble(Unarranged(), inAMinute, Now).Events[0]).NotBefore);
        Assert.IsType<MeetingArrangementFailed>(Trouble(Unarranged(), Now + Duration.FromHours(2), Now).Events[0]);
        var justBefore = Monday - Duration.FromMinutes(16);
        Assert.IsType<MeetingTroubled>(Trouble(Unarranged(), null, justBefore).Events[0]);
        Assert.IsType<MeetingArrangementFailed>(Trouble(Unarranged(), justBefore + Duration.FromMinutes(2), justBefore).Events[0]);
        Assert.IsType<MeetingArrangementFailed>(Trouble(Unarranged(), null, Monday - Duration.FromMinutes(15)).Events[0]);
    }

    [Fact]
    public void Trouble_with_moving_loses_the_meeting_in_the_end_and_the_provider_is_not_asked_again()
    {
        var meeting = In(MeetingState.Ready);
        for (var i = 0; i < Meeting.MostTroubles - 1; i++)
            meeting = Fold(meeting, Moving(meeting));
        Assert.True(meeting.IsReady());
        meeting = Fold(meeting, Moving(meeting));
        Assert.Equal((MeetingState.Failed, MeetingStep.Arrange), (meeting.State, meeting.Next(false, Tuesday, 50)));
        Assert.Contains("built-in", meeting.FailedProviders);
        Assert.Empty(meeting.Troubles);
    }

    [Theory]
    [InlineData(LostCodes.DeletedAtProvider, false)]
    [InlineData(LostCodes.AccountDisconnected, false)]
    [InlineData(LostCodes.NoLongerConfigured, false)]
    [InlineData(LostCodes.DidNotConnect, true)]
    [InlineData(LostCodes.MoveFailed, true)]
    [InlineData(LostCodes.MovedAtProvider, true)]
    public void A_lost_meeting_is_arranged_anew_and_some_losses_rule_the_provider_out(string code, bool rulesOut)
    {
        var lost = Fold(In(MeetingState.Ready), In(MeetingState.Ready).Lost("built-in", "room-1", code, "", Now));
        Assert.Equal(rulesOut, lost.FailedProviders.Contains("built-in"));
        Assert.Equal(MeetingStep.Arrange, lost.Next(false, Monday, 50));
        Assert.NotNull(lost.NotJoinable());
        var none = lost.NoneAllowed("GB", [], Now).Events[0];
        Assert.True(none is MeetingArrangementFailed { Next: null } == rulesOut, "not the law's doing when a provider failed");
    }

    [Fact]
    public void What_is_said_of_an_earlier_meeting_does_not_touch_the_one_in_use()
    {
        Assert.True(In(MeetingState.Ready).Lost("built-in", "room-0", LostCodes.DeletedAtProvider, "", Now).ChangesNothing);
        Assert.True(In(MeetingState.Ready).Lost("zoom", "room-1", LostCodes.DeletedAtProvider, "", Now).ChangesNothing);
        Assert.True(In(MeetingState.Ready).NoteGuest("zoom", Who.Guest, Now).ChangesNothing);
    }

    [Fact]
    public void Somebody_who_knocks_all_day_is_noted_twenty_times()
    {
        var meeting = In(MeetingState.Ready);
        for (var i = 0; i < Meeting.MostGuestsWaiting; i++)
            meeting = Fold(meeting, meeting.NoteGuest("built-in", Who.Guest, Now));
        Assert.True(meeting.NoteGuest("built-in", Who.Guest, Now).ChangesNothing);
    }

    [Fact]
    public void While_another_provider_is_to_be_tried_it_is_still_being_arranged()
    {
        var trying = Fold(Unarranged(), Unarranged().ArrangementFailed("zoom", "not_permitted", "", Now, next: "jitsi"));
        Assert.Equal(MeetingState.Arranging, trying.Shown());
        Assert.Equal(MeetingState.Arranging, Fold(trying, Trouble(trying, null, Now)).Shown());
        Assert.Equal(MeetingState.Failed, Fold(trying, trying.ArrangementFailed("jitsi", "not_permitted", "", Now)).Shown());
        Assert.Equal(MeetingState.Ready, Fold(trying, trying.Arranged("jitsi", Place, Monday, 50, [], Now)).Shown());
        var lost = Fold(In(MeetingState.Ready), In(MeetingState.Ready).Lost("built-in", "room-1", LostCodes.MoveFailed, "", Now));
        Assert.Equal(MeetingState.Arranging, lost.Shown());
    }

    [Fact]
    public void That_the_one_to_be_tried_may_not_be_any_more_is_noted_once()
    {
        var trying = Fold(Unarranged(), Unarranged().ArrangementFailed("zoom", "not_permitted", "", Now, next: "jitsi"));
        var none = trying.NoneAllowed("GB", [], Now);
        Assert.Equal(
            new MeetingArrangementFailed(Id, LessonId, "zoom", Meeting.NoOtherCode, "No other provider is left.", null, Now), Assert.Single(none.Events));
        var failed = Fold(trying, none);
        Assert.Equal(MeetingState.Failed, failed.Shown());
        Assert.True(failed.NoneAllowed("GB", [], Now).ChangesNothing);
    }

    [Fact]
    public void Of_a_lesson_more_than_four_weeks_ahead_it_is_made_later()
    {
        var near = Now + Meeting.Ahead;

        Assert.Null(Meeting.DueFor(near, Now));
        Assert.Equal(Now + Duration.FromSeconds(1), Meeting.DueFor(near + Duration.FromSeconds(1), Now));
        Assert.Equal(MeetingState.Arranging, Unarranged().Shown(near, Now));
        Assert.Equal(MeetingState.Later, Unarranged().Shown(near + Duration.FromSeconds(1), Now));
        Assert.Equal(MeetingState.Ready, Fold(Unarranged(), Unarranged().Arranged("jitsi", Place, Monday, 50, [], Now)).Shown(near + Duration.FromDays(1), Now));
    }

    [Fact]
    public void Trying_again_forgives_all_or_one()
    {
        var failed = Fold(In(MeetingState.Failed), In(MeetingState.Failed).ArrangementFailed("jitsi", "x", "", Now));
        Assert.Empty(Fold(failed, failed.TryAgain(null, Now)).FailedProviders);
        Assert.Equal(["jitsi"], Fold(failed, failed.TryAgain("zoom", Now)).FailedProviders);
    }

    [Fact]
    public void Who_asks_again_at_once_waits_and_while_another_provider_is_asked_nothing_is_to_be_done()
    {
        var by = new Who(Id, Part.Guardian);
        var failed = In(MeetingState.Failed);
        Assert.Equal("tried_just_now", failed.AskAgain(by, Now + Meeting.Rest - Duration.FromSeconds(1)).Refusal?.Code);
        var trying = Fold(Unarranged(), Unarranged().ArrangementFailed("zoom", "not_permitted", "", Now, next: "jitsi"));
        Assert.True(trying.AskAgain(by, Now).ChangesNothing);
        var asked = Assert.IsType<MeetingTriedAgain>(Assert.Single(failed.AskAgain(by, Now + Meeting.Rest).Events));
        Assert.Equal((by, null), (asked.By, asked.Provider));
    }

    [Fact]
    public void Failures_in_a_row_are_counted_until_there_is_a_meeting_or_somebody_asks()
    {
        var twice = Failed(Failed(Unarranged()));
        Assert.Equal((2, Now), (twice.Failures, twice.FailedAt));
        // One that another follows is not the last.
        Assert.Equal(0, Fold(Unarranged(), Unarranged().ArrangementFailed("zoom", "x", "", Now, next: "jitsi")).Failures);
        Assert.Equal(0, Fold(twice, twice.AskAgain(new Who(Id, Part.Tutor), Now + Meeting.Rest)).Failures);
        var forgiven = Fold(twice, twice.TryAgain(null, Now));
        Assert.Equal(2, forgiven.Failures);
        Assert.Equal(0, Fold(forgiven, forgiven.Arranged("built-in", Place, Monday, 50, [], Now)).Failures);

        static Meeting Failed(Meeting meeting)
        {
            var asked = Fold(meeting, meeting.TryAgain(null, Now));
            return Fold(asked, asked.ArrangementFailed("zoom", "no_licence", "", Now));
        }
    }

    private static Decision Trouble(Meeting on, Instant? notBefore, Instant now) =>
        on.Troubled("zoom", MeetingStep.Arrange, "timed_out", "No answer.", notBefore, Monday, now);

    private static Decision Moving(Meeting on) => on.Troubled("built-in", MeetingStep.Move, "timed_out", "No answer.", null, Tuesday, Now);

    [Fact]
    public void What_did_not_connect_is_given_back_when_no_other_takes_the_lesson()
    {
        var meeting = Meeting.None(Id, Id).Apply(new MeetingArranged(Id, Id, "zoom", "7", "https://zoom/7", Monday, 50, [], null, Now))
            .Apply(new MeetingMoved(Id, Id, "zoom", Tuesday, 50, Now));
        var away = meeting.Apply((MeetingLost)Assert.Single(meeting.DidNotConnect("No answer.", askAll: false, Now).Events));
        Assert.Equal((MeetingState.Failed, "zoom"), (away.State, away.Left?.Provider));
        Assert.Single(away.ArrangementFailed("jitsi", "quota", "", Now, next: "google-meet").Events);

        var later = Now + Duration.FromSeconds(1);
        var events = away.ArrangementFailed("google-meet", "quota", "", later).Events;

        Assert.Equal([typeof(MeetingArrangementFailed), typeof(MeetingTriedAgain), typeof(MeetingArranged)], events.Select(e => e.GetType()));
        var back = away.Apply((MeetingArrangementFailed)events[0]).Apply((MeetingTriedAgain)events[1]).Apply((MeetingArranged)events[2]);
        Assert.Equal((MeetingState.Ready, "zoom", "7", "https://zoom/7", Tuesday), (back.State, back.Provider, back.Reference, back.JoinUrl, back.Start));
        Assert.False(back.HasRested(later));
        Assert.Null(back.Left);
        Assert.Null(away.Apply(new MeetingWithdrawn(Id, Id, null, null, Now)).Left);
    }
}
