using Muse.SelfHostedMedia.Bandwidth;

namespace Muse.SelfHostedMedia.Tests.Bandwidth;

public class LayerChoiceTests
{
    private const int Paused = LayerDemand.Paused;
    private const int New = LayerDemand.Unknown;

    /// <summary>150 k at 180 lines, 500 k at 360, 1.5 M at 720.</summary>
    private static LayerDemand Simulcast(int had, int height = 720, long high = 1_500_000, long middle = 500_000)
    {
        var demand = new LayerDemand { IsVideo = true, MaxHeight = height, Chosen = had };
        demand.Add(new(0, 255, 180, 150_000));
        demand.Add(new(1, 255, 360, middle));
        demand.Add(new(2, 255, 720, high));
        return demand;
    }

    private static LayerDemand Single(int had, long bitrate)
    {
        var demand = new LayerDemand { IsVideo = true, Chosen = had, IsYielding = true };
        demand.Add(new(0, 0, 720, bitrate * 45 / 100));
        demand.Add(new(0, 1, 720, bitrate * 65 / 100));
        demand.Add(new(0, 255, 720, bitrate));
        return demand;
    }

    private static LayerDemand Sound(long bitrate) => new() { AudioBitrate = bitrate };

    /// <summary>The state table of one simulcast beside one sound of 100 kbit/s: budget, what is had, what comes.</summary>
    [Theory]
    [InlineData(2_000, New, 2)]
    [InlineData(1_600, New, 2)]
    [InlineData(1_599, New, 1)]
    [InlineData(600, New, 1)]
    [InlineData(599, New, 0)]
    [InlineData(250, New, 0)]
    [InlineData(249, New, Paused)]
    [InlineData(0, New, Paused)]
    // Kept as long as it fits.
    [InlineData(1_600, 2, 2)]
    [InlineData(1_599, 2, 1)]
    [InlineData(600, 1, 1)]
    [InlineData(599, 1, 0)]
    [InlineData(250, 0, 0)]
    [InlineData(249, 0, Paused)]
    // Taken up only with 15 % to spare.
    [InlineData(1_824, 1, 1)]
    [InlineData(1_825, 1, 2)]
    [InlineData(674, 0, 0)]
    [InlineData(675, 0, 1)]
    [InlineData(272, Paused, Paused)]
    [InlineData(273, Paused, 0)]
    [InlineData(5_000, Paused, 2)]
    public void What_fits_beside_the_sound_is_chosen(int kilobits, int had, int expected)
    {
        var demand = Simulcast(had);
        LayerChoice.Choose([Sound(100_000), demand], kilobits * 1_000L, mayRise: true, mayPause: true, 0);
        Assert.Equal(expected, demand.Chosen);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(New, 2)]
    [InlineData(Paused, 2)]
    public void Soon_after_a_decrease_nothing_rises_but_what_has_nothing(int had, int expected)
    {
        var demand = Simulcast(had);
        LayerChoice.Choose([demand], 9_000_000, mayRise: false, mayPause: true, 0);
        Assert.Equal(expected, demand.Chosen);
    }

    /// <summary>Seen at 800 kbit/s: the highest layer was taken up in each quiet second, and a third of it lost in the next.</summary>
    [Fact]
    public void A_layer_is_not_taken_up_because_its_last_second_was_quiet()
    {
        var demand = Simulcast(had: 1, high: 1_500_000);
        Assert.Equal(1, AfterQuiet(tenths: 5));
        Assert.Equal(2, AfterQuiet(tenths: 10));

        int AfterQuiet(int tenths)
        {
            for (; tenths > 0; tenths--)
            {
                demand.ClearSteps();
                demand.Add(new(0, 255, 180, 150_000));
                demand.Add(new(1, 255, 360, 500_000));
                demand.Add(new(2, 255, 720, 1_200_000));
                LayerChoice.Choose([Sound(100_000), demand], 1_500_000, mayRise: true, mayPause: true, 0);
            }

            return demand.Chosen;
        }
    }

    /// <summary>Before it is known that the line is thin: a pause costs seconds, and a trial of less takes two.</summary>
    [Theory]
    [InlineData(2, 0, true)]
    [InlineData(0, 0, true)]
    [InlineData(New, Paused, false)]
    [InlineData(Paused, Paused, false)]
    public void What_is_seen_stays_in_its_smallest_form_while_nothing_may_be_paused(int had, int expected, bool isKept)
    {
        var demand = Simulcast(had);
        LayerChoice.Choose([Sound(300_000), demand], 310_000, mayRise: true, mayPause: false, 0);
        Assert.Equal((expected, isKept), (demand.Chosen, demand.IsKept));
        LayerChoice.Choose([Sound(300_000), demand], 310_000, mayRise: true, mayPause: true, 0);
        Assert.Equal((Paused, false), (demand.Chosen, demand.IsKept));
    }

    [Theory]
    [InlineData(0, Paused)]
    [InlineData(90, 0)]
    [InlineData(180, 0)]
    [InlineData(181, 1)]
    [InlineData(360, 1)]
    [InlineData(500, 2)]
    [InlineData(2_000, 2)]
    public void No_more_is_sent_than_is_shown(int height, int expected)
    {
        var demand = Simulcast(New, height);
        var wanted = LayerChoice.Choose([demand], 9_000_000, mayRise: true, mayPause: true, 0);
        Assert.Equal(expected, demand.Chosen);
        Assert.Equal(expected < 0 ? 0 : demand.Steps[expected].Bitrate, wanted);
    }

    [Fact]
    public void A_layer_that_is_absent_is_passed_over_in_both_directions()
    {
        var noHigh = Simulcast(2, high: 0);
        LayerChoice.Choose([noHigh], 9_000_000, mayRise: true, mayPause: true, 0);
        Assert.Equal(1, noHigh.Chosen);
        var noMiddle = Simulcast(0, middle: 0);
        LayerChoice.Choose([noMiddle], 9_000_000, mayRise: true, mayPause: true, 0);
        Assert.Equal(2, noMiddle.Chosen);
        LayerChoice.Choose([noMiddle], 1_000_000, mayRise: true, mayPause: true, 0);
        Assert.Equal(0, noMiddle.Chosen);
    }

    [Fact]
    public void A_track_of_which_nothing_comes_is_paused_and_costs_nothing()
    {
        var nothing = new LayerDemand { IsVideo = true };
        nothing.Add(new(0, 255, 0, 0));
        Assert.Equal(0, LayerChoice.Choose([nothing], 9_000_000, mayRise: true, mayPause: true, 2_500_000));
        Assert.Equal(Paused, nothing.Chosen);
    }

    [Fact]
    public void Sound_never_starves_for_pictures()
    {
        var demand = Simulcast(1);
        LayerChoice.Choose([demand, Sound(256_000), Sound(256_000)], 600_000, mayRise: true, mayPause: true, 0);
        Assert.Equal(Paused, demand.Chosen);
    }

    [Fact]
    public void Everyone_is_seen_before_anyone_is_seen_well_and_the_largest_is_served_first()
    {
        LayerDemand[] demands = [Simulcast(New, 180), Simulcast(New, 720), Simulcast(New, 360)];
        LayerChoice.Choose(demands, 450_000, mayRise: true, mayPause: true, 0);
        Assert.Equal([0, 0, 0], demands.Select(each => each.Chosen));
        foreach (var each in demands)
            each.Chosen = New;
        LayerChoice.Choose(demands, 850_000, mayRise: true, mayPause: true, 0);
        Assert.Equal([0, 1, 0], demands.Select(each => each.Chosen));
        foreach (var each in demands)
            each.Chosen = New;
        LayerChoice.Choose(demands, 300_000, mayRise: true, mayPause: true, 0);
        Assert.Equal([Paused, 0, 0], demands.Select(each => each.Chosen));
    }

    [Fact]
    public void A_single_encoding_gives_pictures_up_before_it_is_given_up_and_is_told_what_is_left()
    {
        var demand = Single(2, 1_000_000);
        LayerChoice.Choose([Sound(100_000), demand], 800_000, mayRise: true, mayPause: true, 2_500_000);
        Assert.Equal(1, demand.Chosen);
        Assert.Equal(700_000, demand.Allowance);
        LayerChoice.Choose([Sound(100_000), demand], 250_000, mayRise: true, mayPause: true, 2_500_000);
        Assert.Equal(0, demand.Chosen);
        LayerChoice.Choose([Sound(100_000), demand], 150_000, mayRise: true, mayPause: true, 2_500_000);
        Assert.Equal(Paused, demand.Chosen);
    }

    [Fact]
    public void A_single_encoding_without_temporal_layers_is_sent_whole_and_told_what_fits()
    {
        var demand = new LayerDemand { IsVideo = true, IsYielding = true };
        demand.Add(new(0, 0, 720, 0));
        demand.Add(new(0, 255, 720, 2_000_000));
        LayerChoice.Choose([Sound(100_000), demand], 800_000, mayRise: true, mayPause: true, 2_500_000);
        Assert.Equal((1, 700_000L), (demand.Chosen, demand.Allowance));
    }

    [Fact]
    public void On_a_good_line_the_rest_is_the_single_encodings_to_grow_into()
    {
        var demand = Single(2, 500_000);
        Assert.Equal(2_600_000, LayerChoice.Choose([Sound(100_000), demand], 3_000_000, mayRise: true, mayPause: true, 2_500_000));
        Assert.Equal(2, demand.Chosen);
        Assert.Equal(2_900_000, demand.Allowance);
    }

    [Fact]
    public void Choosing_again_and_again_with_the_same_line_comes_to_rest()
    {
        var random = new Random(5);
        for (var round = 0; round < 2_000; round++)
        {
            var demands = Enumerable.Range(0, random.Next(1, 6)).Select(_ => Simulcast(random.Next(-2, 3), random.Next(4) * 240)).ToArray();
            var budget = random.Next(4_000_000);
            // What the margin of a rise kept back may lift another; that comes to rest.
            for (var again = 0; again < 6; again++)
                LayerChoice.Choose(demands, budget, mayRise: true, mayPause: true, 0);
            var first = demands.Select(each => each.Chosen).ToArray();
            LayerChoice.Choose(demands, budget, mayRise: true, mayPause: true, 0);
            Assert.Equal(first, demands.Select(each => each.Chosen));
            Assert.True(Cost(demands) <= budget);
        }

        static long Cost(LayerDemand[] demands) => demands.Where(each => each.Chosen >= 0).Sum(each => each.Steps[each.Chosen].Bitrate);
    }
}
