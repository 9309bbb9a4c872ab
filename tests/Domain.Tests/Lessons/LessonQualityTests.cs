using Muse.Domain.Lessons;
using NodaTime;

namespace Muse.Domain.Tests.Lessons;

public class LessonQualityTests
{
    private static readonly Instant Now = Instant.FromUtc(2026, 12, 1, 8, 0);
    private static readonly Guid Id = Guid.Parse("00000000-0000-7000-8000-00000000000d");
    private static readonly PersonQuality Heard = new(
        new(Guid.Parse("00000000-0000-7000-8000-000000000002"), Part.Student), 1_800, "udp", 40, 90, 0, 0, null, null, null, new(0.01, 0.001, 3),
        new(0.01, 2, 1.4));

    private static readonly PersonQuality Silent = Heard with { SoundHeard = new(0, null, 0), PictureSeen = null };

    private static readonly Lesson Planned = Lesson.Create(new(
        Id, Id, Id, Id, new(new(2026, 12, 1, 17, 0), "Asia/Seoul", "2026f", Now, 45), "https://muse.example/lessons/1", null, Who.Clock, Now));

    [Fact]
    public void A_lesson_that_was_held_is_reported_on_once()
    {
        var ended = Planned.Apply(new LessonStarted(Id, Now)).Apply(new LessonEnded(Id, Now));

        var told = Assert.IsType<LessonQualityReported>(Assert.Single(ended.ReportQuality(Now, [Heard], Now).Events));

        Assert.True(ended.Apply(told).ReportQuality(Now, [Heard], Now).ChangesNothing);
    }

    [Fact]
    public void Of_a_lesson_that_was_not_held_or_in_which_nobody_had_media_nothing_is_told()
    {
        Assert.True(Planned.ReportQuality(Now, [Heard], Now).ChangesNothing);
        Assert.True(Planned.Apply(new LessonCancelled(Id, Who.Clock, null, Now)).ReportQuality(Now, [Heard], Now).ChangesNothing);
        Assert.True(Planned.Apply(new LessonStarted(Id, Now)).ReportQuality(Now, [], Now).ChangesNothing);
    }

    [Fact]
    public void People_are_told_the_sum_of_all_and_nothing_when_no_device_said_how_it_was()
    {
        Assert.Equal("sound 6, picture 4", new LessonQualityReported(Id, Now, [Heard, Silent, Heard], Now).InWords());
        Assert.Null(new LessonQualityReported(Id, Now, [Silent], Now).InWords());
    }
}
