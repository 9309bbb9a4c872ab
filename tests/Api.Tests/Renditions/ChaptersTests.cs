using Muse.Api.Renditions;

namespace Muse.Api.Tests.Renditions;

public class ChaptersTests
{
    [Fact]
    public void Each_passage_is_a_chapter_and_a_mark_begins_one_that_ends_with_its_passage() => Assert.Equal(
        [new(1_000, 20_000, "1"), new(20_000, 30_000, "★ 1"), new(40_000, 60_000, "2")],
        Chapters.Of([new(1_000, 30_000), new(40_000, 60_000)], [20_000], 70_000));

    [Fact]
    public void A_mark_in_silence_goes_on_to_whatever_is_next_or_to_the_end() => Assert.Equal(
        [new(1_000, 2_000, "1"), new(5_000, 6_000, "★ 1"), new(6_000, 10_000, "★ 2")], Chapters.Of([new(1_000, 2_000)], [6_000, 5_000], 10_000));

    [Fact]
    public void A_mark_where_a_passage_begins_takes_its_place() => Assert.Equal(
        [new(1_000, 2_000, "★ 1")], Chapters.Of([new(1_000, 2_000)], [1_000], 10_000));

    [Fact]
    public void A_mark_from_just_before_the_recording_stands_at_its_beginning_and_one_of_another_recording_does_not() => Assert.Equal(
        [new(0, 10_000, "★ 1")], Chapters.Of([], [-4_000, -6_000, 10_000], 10_000));

    [Fact]
    public void Without_anything_there_is_none() => Assert.Equal(";FFMETADATA1\n", Chapters.ToMetadata(Chapters.Of([], [], 10_000)));
}
