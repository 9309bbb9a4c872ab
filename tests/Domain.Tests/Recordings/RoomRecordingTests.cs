using Muse.Domain.Lessons;
using Muse.Domain.Recordings;
using NodaTime;

namespace Muse.Domain.Tests.Recordings;

public sealed class RoomRecordingTests
{
    private static readonly Guid Id = Guid.CreateVersion7(), Lesson = Guid.CreateVersion7();
    private static readonly Instant Now = Instant.FromUtc(2026, 12, 7, 8, 0);
    private static readonly MayRecord Yes = new([]), No = new([new Pause(PausedBecause.Guest, Who.Guest)]);

    [Fact]
    public void It_starts_only_where_everybody_who_is_there_has_agreed()
    {
        Assert.Equal(new RoomRecordingStarted(Id, Lesson, Now), Assert.Single(RoomRecording.Start(Id, Lesson, Yes, Now).Events));
        var refused = RoomRecording.Start(Id, Lesson, No, Now);
        Assert.Equal("recording_not_allowed", refused.Refusal?.Code);
        Assert.Empty(refused.Events);
    }

    /// <summary>State × command: the event, "-" for nothing, or the refusal's code.</summary>
    [Theory]
    [InlineData(RoomRecordingState.Recording, "may", "-")]
    [InlineData(RoomRecordingState.Recording, "may not", nameof(RoomRecordingPaused))]
    [InlineData(RoomRecordingState.Recording, "stop", nameof(RoomRecordingStopped))]
    [InlineData(RoomRecordingState.Recording, "finalise", "recording_runs")]
    [InlineData(RoomRecordingState.Recording, "delete", "recording_runs")]
    [InlineData(RoomRecordingState.Recording, "shelve", "recording_not_ready")]
    [InlineData(RoomRecordingState.Paused, "shelve", "recording_not_ready")]
    [InlineData(RoomRecordingState.Stopped, "shelve", "recording_not_ready")]
    [InlineData(RoomRecordingState.Finalised, "shelve", nameof(RoomRecordingShelved))]
    [InlineData(RoomRecordingState.Deleted, "shelve", "-")]
    [InlineData(RoomRecordingState.Paused, "may", nameof(RoomRecordingResumed))]
    [InlineData(RoomRecordingState.Paused, "may not", "-")]
    [InlineData(RoomRecordingState.Paused, "stop", nameof(RoomRecordingStopped))]
    [InlineData(RoomRecordingState.Paused, "finalise", "recording_runs")]
    [InlineData(RoomRecordingState.Paused, "delete", "recording_runs")]
    [InlineData(RoomRecordingState.Stopped, "may", "-")]
    [InlineData(RoomRecordingState.Stopped, "may not", "-")]
    [InlineData(RoomRecordingState.Stopped, "stop", "-")]
    [InlineData(RoomRecordingState.Stopped, "finalise", nameof(RoomRecordingFinalised))]
    [InlineData(RoomRecordingState.Stopped, "delete", nameof(RoomRecordingDeleted))]
    [InlineData(RoomRecordingState.Finalised, "may", "-")]
    [InlineData(RoomRecordingState.Finalised, "may not", "-")]
    [InlineData(RoomRecordingState.Finalised, "stop", "-")]
    [InlineData(RoomRecordingState.Finalised, "finalise", "-")]
    [InlineData(RoomRecordingState.Finalised, "delete", nameof(RoomRecordingDeleted))]
    [InlineData(RoomRecordingState.Deleted, "may", "-")]
    [InlineData(RoomRecordingState.Deleted, "may not", "-")]
    [InlineData(RoomRecordingState.Deleted, "stop", "-")]
    [InlineData(RoomRecordingState.Deleted, "finalise", "-")]
    [InlineData(RoomRecordingState.Deleted, "delete", "-")]
    public void What_becomes_of_it(RoomRecordingState state, string command, string expected)
    {
        var recording = new RoomRecording(Id, Lesson, state, []);
        var decision = command switch
        {
            "may" => recording.Look(Yes, Now),
            "may not" => recording.Look(No, Now),
            "stop" => recording.Stop(StoppedBecause.RoomClosed, Now),
            "finalise" => recording.Finalise(Now, Duration.FromMinutes(45), 7, "ab", [], Duration.Zero, 0, Now),
            "shelve" => recording.Shelve([new ShelvedRoomFile("track-1.media", 7, "ab")], Now),
            _ => recording.Delete(DeletedBecause.Asked, Who.Clock, Now),
        };
        Assert.Equal(expected, decision.Refusal?.Code ?? (decision.ChangesNothing ? "-" : Assert.Single(decision.Events).GetType().Name));
        if (decision.IsRefused) Assert.Empty(decision.Events);
    }

    [Fact]
    public void Its_events_lead_it_from_start_to_deletion()
    {
        var recording = RoomRecording.Create(new RoomRecordingStarted(Id, Lesson, Now));
        Assert.Equal((Id, Lesson, RoomRecordingState.Recording), (recording.Id, recording.LessonId, recording.State));
        recording = recording.Apply(new RoomRecordingPaused(Id, Lesson, No.Pauses, Now));
        Assert.Equal((RoomRecordingState.Paused, No.Pauses, true), (recording.State, recording.Why, recording.IsRunning()));
        recording = recording.Apply(new RoomRecordingResumed(Id, Lesson, Now));
        Assert.Equal((RoomRecordingState.Recording, 0), (recording.State, recording.Why.Count));
        recording = recording.Apply(new RoomRecordingStopped(Id, Lesson, StoppedBecause.ServerLost, Now));
        Assert.Equal((RoomRecordingState.Stopped, false), (recording.State, recording.IsRunning()));
        recording = recording.Apply(new RoomRecordingFinalised(Id, Lesson, Now, Duration.Zero, 0, "", [], Duration.Zero, 0, Now));
        Assert.Equal(RoomRecordingState.Finalised, recording.State);
        var file = new ShelvedRoomFile("track-1.media", 7, "ab");
        recording = recording.Apply(new RoomRecordingShelved(Id, Lesson, [file], Now));
        Assert.Equal((RoomRecordingState.Finalised, file), (recording.State, Assert.Single(recording.Shelved)));
        Assert.True(recording.Shelve([file], Now).ChangesNothing);
        Assert.Equal(RoomRecordingState.Deleted, recording.Apply(new RoomRecordingDeleted(Id, Lesson, DeletedBecause.Expired, Who.Clock, Now)).State);
    }
}
