using FsCheck;
using FsCheck.Fluent;
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
    public void Every_command_in_every_state_gives_its_event_or_its_refusal(MeetingState state, string command, string expected)
    {
        var decision = Command(command, In(state));
        Assert.Equal(expected, decision.Refusal?.Code ?? decision.Events.SingleOrDefault()?.GetType().Name ?? "nothing");
        Assert.True(decision.Refusal is null || decision.Events.Count == 0);
    }

    [Fact]
    public void Any_history_of_commands_ends_in_a_whole_meeting_and_a_repeated_command_writes_nothing() =>
        Prop.ForAll(Gen.Elements("arrange", "fail", "forbid", "move", "withdraw").ListOf().ToArbitrary(), history =>
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
}
