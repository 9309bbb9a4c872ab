using Muse.Domain.Lessons;
using Muse.Domain.Recordings;
using NodaTime;

namespace Muse.Domain.Tests.Recordings;

public sealed class RecordingTests
{
    private static readonly Guid Id = Guid.CreateVersion7(), Lesson = Guid.CreateVersion7();
    private static readonly Instant Now = Instant.FromUtc(2026, 12, 7, 9, 41);

    [Fact]
    public void A_file_is_found_once_however_often_it_is_told()
    {
        var found = Found();
        Assert.IsType<RecordingFound>(Assert.Single(found.Events));
        Assert.True(Find(Recording.Create((RecordingFound)found.Events[0]), Lesson).ChangesNothing);
    }

    [Fact]
    public void A_file_of_another_lesson_does_not_take_its_place() =>
        Assert.Equal("recording_exists", Find(State(), Guid.CreateVersion7()).Refusal?.Code);

    [Fact]
    public void A_file_that_ends_before_it_begins_is_refused() =>
        Assert.Equal("invalid_recording", Recording.Find(null, Id, Lesson, "zoom", "f", "audio_only", "audio/mp4", 1, Now, Now - Duration.Epsilon, Now).Refusal?.Code);

    [Fact]
    public void It_is_shelved_once_and_then_has_its_true_size()
    {
        var shelved = Assert.IsType<RecordingShelved>(Assert.Single(State().Shelve(7, "ab", Now).Events));
        var after = State().Apply(shelved);
        Assert.Equal((true, 7L), (after.IsShelved(), after.Size));
        Assert.True(after.Shelve(7, "ab", Now).ChangesNothing);
        Assert.True(after.FailToFetch("recording_gone", "", Now).ChangesNothing);
    }

    [Fact]
    public void What_failed_can_still_be_shelved_when_somebody_lets_it_be_tried_again()
    {
        var failed = Assert.IsType<RecordingFetchFailed>(Assert.Single(State().FailToFetch("recording_gone", "", Now).Events));
        var after = State().Apply(failed);
        Assert.True(after.FailToFetch("recording_gone", "", Now).ChangesNothing);
        Assert.Single(after.Shelve(7, "ab", Now).Events);
    }

    /// <summary>State × command: the event, or "-" for nothing.</summary>
    [Theory]
    [InlineData(RecordingState.Found, "find", "-")]
    [InlineData(RecordingState.Found, "shelve", nameof(RecordingShelved))]
    [InlineData(RecordingState.Found, "fail", nameof(RecordingFetchFailed))]
    [InlineData(RecordingState.Found, "delete", nameof(RecordingDeleted))]
    [InlineData(RecordingState.Shelved, "find", "-")]
    [InlineData(RecordingState.Shelved, "shelve", "-")]
    [InlineData(RecordingState.Shelved, "fail", "-")]
    [InlineData(RecordingState.Shelved, "delete", nameof(RecordingDeleted))]
    [InlineData(RecordingState.FetchFailed, "find", "-")]
    [InlineData(RecordingState.FetchFailed, "shelve", nameof(RecordingShelved))]
    [InlineData(RecordingState.FetchFailed, "fail", "-")]
    [InlineData(RecordingState.FetchFailed, "delete", nameof(RecordingDeleted))]
    [InlineData(RecordingState.Deleted, "find", "-")]
    [InlineData(RecordingState.Deleted, "shelve", "-")]
    [InlineData(RecordingState.Deleted, "fail", "-")]
    [InlineData(RecordingState.Deleted, "delete", "-")]
    public void What_becomes_of_it(RecordingState state, string command, string expected)
    {
        var recording = State() with { State = state };
        var decision = command switch
        {
            "find" => Find(recording, Lesson),
            "shelve" => recording.Shelve(7, "ab", Now),
            "fail" => recording.FailToFetch("recording_gone", "", Now),
            _ => recording.Delete(DeletedBecause.Asked, Who.Clock, Now),
        };
        Assert.Equal(expected, decision.ChangesNothing ? "-" : Assert.Single(decision.Events).GetType().Name);
    }

    [Fact]
    public void Once_deleted_it_stays_so() =>
        Assert.Equal(RecordingState.Deleted, State().Apply(new RecordingDeleted(Id, Lesson, DeletedBecause.Expired, Who.Clock, Now)).State);

    [Fact]
    public void Its_times_are_as_PostgreSQL_keeps_them()
    {
        var found = Assert.IsType<RecordingFound>(Recording.Find(
            null, Id, Lesson, "zoom", "f", "audio_only", "audio/mp4", null, Now.PlusNanoseconds(1), Now.PlusNanoseconds(1_001), Now.PlusNanoseconds(999)).Events[0]);
        Assert.Equal((Now, Now.PlusNanoseconds(1_000), Now), (found.From, found.To, found.At));
    }

    private static Decision Found() => Find(null, Lesson);

    private static Recording State() => Recording.Create((RecordingFound)Found().Events[0]);

    private static Decision Find(Recording? existing, Guid lesson) =>
        Recording.Find(existing, Id, lesson, "zoom", "f", "audio_only", "audio/mp4", 3, Now, Now + Duration.FromMinutes(50), Now);
}
