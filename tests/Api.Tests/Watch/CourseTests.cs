using Muse.Api.Rooms.Quality;

namespace Muse.Api.Tests.Watch;

public sealed class CourseTests
{
    [Fact]
    public void The_worst_is_a_mean_and_not_a_single_sample()
    {
        var course = new Course(samplesPerMean: 5);
        foreach (var sample in new double[] { 100, 100, 100, 100, 0, 100, 100, 100, 100, 100, 40, 40, 40, 40, 40, 7 }) course.Add(sample);

        Assert.Equal((40, 80, 100), (course.Lowest, course.Median, course.Highest));
    }

    [Fact]
    public void What_was_too_short_for_a_mean_counts_when_there_is_nothing_else()
    {
        var course = new Course(samplesPerMean: 5);
        Assert.True(course.IsEmpty);
        course.Add(10);
        course.Add(30);

        Assert.Equal((20, 20), (course.Median, course.Lowest));
    }

    [Fact]
    public void A_day_in_one_room_keeps_its_shape_in_bounded_memory()
    {
        var course = new Course(samplesPerMean: 5);
        for (var i = 0; i < 43_200; i++) course.Add(i is >= 20_000 and < 20_500 ? 10 : 100);

        Assert.Equal((10, 100), (course.Lowest, course.Median));
    }
}
