using Muse.Imitations;
using Muse.Imitations.Trying;

namespace Muse.Api.Tests.Meetings.Providers;

/// <summary>What the imitations' page says became of meetings.</summary>
public sealed class StoryTests
{
    private static readonly DateTimeOffset Start = new(2026, 12, 7, 8, 0, 0, TimeSpan.Zero);
    private static readonly Guid Lesson = Guid.Parse("0193a000-0000-7000-8000-000000000001");

    [Fact]
    public void A_meeting_that_was_made_again_is_told_from_the_one_that_was_taken_away()
    {
        var story = new Story();
        story.Look([Meeting("1", Start)], Start);
        story.Look([Meeting("1", Start)], Start.AddSeconds(1));
        story.Look([Meeting("1", Start.AddDays(1))], Start.AddSeconds(2));
        story.Look([], Start.AddSeconds(3));
        story.Look([Meeting("2", Start)], Start.AddSeconds(4));

        Assert.Equal(
            [("2", "made again, after 1 was taken away", 4), ("1", "taken away", 3), ("1", "moved", 2), ("1", "made", 0)],
            story.Chapters.Select(chapter => (chapter.Reference, chapter.What, (int)(chapter.At - Start).TotalSeconds)));
        Assert.All(story.Chapters, chapter => Assert.Equal(Lesson, chapter.LessonId));
        Assert.Null(story.MadeOf("1"));
        Assert.Equal(Start.AddSeconds(4), story.MadeOf("2")!.At);
    }

    [Fact]
    public void A_meeting_of_no_lesson_is_never_made_again()
    {
        var story = new Story();
        story.Look([Meeting("1", Start) with { LessonId = null }], Start);
        story.Look([], Start);
        story.Look([Meeting("2", Start) with { LessonId = null }], Start);
        Assert.Equal(["made", "taken away", "made"], story.Chapters.Select(chapter => chapter.What));
    }

    private static HeldMeeting Meeting(string reference, DateTimeOffset start) => new(reference, Lesson, "Muse lesson", start, 60, "waiting", []);
}
