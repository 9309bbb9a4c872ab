using Muse.Domain.Recordings;

namespace Muse.Domain.Tests.Recordings;

public sealed class PassagesTests
{
    [Fact]
    public void Two_pieces_with_a_long_silence_between_them_are_two_passages() =>
        Assert.Equal([new(5_000, 25_000), new(40_000, 60_000)], Of((5, 0.002), (20, 0.3), (15, 0.002), (20, 0.3), (5, 0.002)));

    [Fact]
    public void A_rest_belongs_to_the_piece() => Assert.Equal([new(5_000, 22_000)], Of((5, 0), (8, 0.3), (2, 0), (7, 0.3), (5, 0)));

    [Fact]
    public void A_cough_is_no_passage() => Assert.Empty(Of((10, 0), (1, 0.5), (10, 0)));

    [Fact]
    public void What_grows_softer_is_still_part_of_it() => Assert.Equal([new(5_000, 15_000)], Of((5, 0), (5, 0.3), (5, 0.006), (10, 0)));

    [Fact]
    public void A_room_that_hums_is_silent_all_the_same() => Assert.Equal([new(20_000, 30_000)], Of((20, 0.02), (10, 0.4), (20, 0.02)));

    [Fact]
    public void Who_plays_from_the_beginning_to_the_end_is_one_passage() => Assert.Equal([new(0, 60_000)], Of((60, 0.3)));

    [Fact]
    public void Nothing_has_no_passages() => Assert.Empty(Passages.Of([], 20));

    [Fact]
    public void There_are_not_more_of_them_than_anybody_wants()
    {
        var endless = Enumerable.Range(0, 2_000).SelectMany(_ => new (int, double)[] { (3, 0.3), (4, 0) }).ToArray();
        Assert.Equal(Passages.Most, Of(endless).Count);
    }

    private static IReadOnlyList<Passage> Of(params (int Seconds, double Peak)[] pieces) =>
        Passages.Of([.. pieces.SelectMany(piece => Enumerable.Repeat(piece.Peak, piece.Seconds * 20))], 20);
}
