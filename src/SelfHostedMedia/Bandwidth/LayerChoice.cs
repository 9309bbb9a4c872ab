namespace Muse.SelfHostedMedia.Bandwidth;

/// <summary>Shares what a subscriber's line carries among what it watches. Sound first, always and whole; then every picture that is shown
/// its smallest form, the largest shown first; then better ones in turn, up to what the viewer's size can show. Pure.</summary>
internal static class LayerChoice
{
    /// <summary>A step up must fit with this to spare: what fits by a hair is taken back in a second.</summary>
    private const double ToRise = 1.15;

    /// <summary>bit/s under which even a yielding picture is not worth sending.</summary>
    private const long LeastPicture = 60_000;

    /// <param name="budget">bit/s of the line.</param>
    /// <param name="mayRise">False soon after a decrease: nothing goes above what it has.</param>
    /// <param name="mayPause">False while it is not known whether the line really is that thin: what is seen then stays in its smallest form, and
    /// says so (<see cref="LayerDemand.IsKept"/>).</param>
    /// <param name="mostOfYielding">bit/s that a yielding track would send if it were allowed to.</param>
    /// <returns>bit/s that would be sent if the line carried anything.</returns>
    public static long Choose(IReadOnlyList<LayerDemand> demands, long budget, bool mayRise, bool mayPause, long mostOfYielding)
    {
        var rest = budget;
        var wanted = 0L;
        for (var i = 0; i < demands.Count; i++)
        {
            demands[i].Best = demands[i].IsVideo ? Best(demands[i]) : LayerDemand.Paused;
            rest -= demands[i].AudioBitrate;
            wanted += demands[i].AudioBitrate + Wanted(demands[i], mostOfYielding);
        }

        var before = new Former(demands);
        rest = GiveSmallest(demands, before, Math.Max(0, rest), mayPause);
        rest = GiveBetter(demands, before, rest, mayRise);
        Allow(demands, rest);
        return wanted;
    }

    /// <summary>The best step that is of use: the first that is as high as what is shown.</summary>
    private static int Best(LayerDemand demand)
    {
        var best = LayerDemand.Paused;
        if (demand.MaxHeight == 0)
            return best;
        for (var i = 0; i < demand.Count; i++)
        {
            var step = demand.Steps[i];
            if (step.Bitrate == 0)
                continue;
            best = i;
            if (step.Temporal == byte.MaxValue && step.Height >= demand.MaxHeight)
                return best;
        }

        return best;
    }

    private static long Wanted(LayerDemand demand, long mostOfYielding)
    {
        if (demand.Best < 0)
            return 0;
        var bitrate = demand.Steps[demand.Best].Bitrate;
        return demand.IsYielding ? Math.Max(mostOfYielding, bitrate) : bitrate;
    }

    private static long GiveSmallest(IReadOnlyList<LayerDemand> demands, in Former former, long rest, bool mayPause)
    {
        for (var turn = 0; turn < demands.Count; turn++)
        {
            var demand = demands[former.InTurn(turn)];
            (demand.Chosen, demand.Allowance, demand.IsKept) = (LayerDemand.Paused, 0, false);
            var smallest = Next(demand, LayerDemand.Paused);
            if (!demand.IsVideo || demand.MaxHeight == 0 || smallest < 0)
                continue;
            var had = former.Of(former.InTurn(turn));
            var cost = Cost(demand, smallest, had);
            // One that yields comes down within a round trip; a simulcast's smallest layer does not.
            var fits = cost <= rest || (demand.IsYielding && rest >= LeastPicture);
            if (!fits && (mayPause || had < 0))
                continue;
            demand.IsKept = !fits;
            (demand.Chosen, demand.Allowance) = (smallest, Math.Min(cost, rest));
            rest -= demand.Allowance;
        }

        return rest;
    }

    private static long GiveBetter(IReadOnlyList<LayerDemand> demands, in Former former, long rest, bool mayRise)
    {
        for (var hasRisen = true; hasRisen;)
        {
            hasRisen = false;
            for (var turn = 0; turn < demands.Count; turn++)
            {
                var place = former.InTurn(turn);
                var demand = demands[place];
                var had = former.Of(place);
                if (demand.Chosen < 0)
                    continue;
                var next = Next(demand, demand.Chosen);
                if (next < 0 || next > demand.Best || (!mayRise && had >= 0 && next > had))
                    continue;
                var more = Cost(demand, next, had) - Cost(demand, demand.Chosen, had);
                if (more > rest)
                    continue;
                rest -= more;
                (demand.Chosen, demand.Allowance) = (next, demand.Allowance + more);
                hasRisen = true;
            }
        }

        return rest;
    }

    /// <summary>What is left is for those that can use it.</summary>
    private static void Allow(IReadOnlyList<LayerDemand> demands, long rest)
    {
        var yielding = 0;
        for (var i = 0; i < demands.Count; i++)
        {
            if (demands[i] is { IsYielding: true, Chosen: >= 0 })
                yielding++;
        }

        for (var i = 0; i < demands.Count; i++)
        {
            var demand = demands[i];
            if (demand is { IsYielding: true, Chosen: >= 0 })
                demand.Allowance += rest / yielding;
        }
    }

    private static int Next(LayerDemand demand, int step)
    {
        for (var i = step + 1; i < demand.Count; i++)
        {
            if (demand.Steps[i].Bitrate > 0)
                return i;
        }

        return LayerDemand.Paused;
    }

    private static long Cost(LayerDemand demand, int step, int had)
    {
        var isRise = had != LayerDemand.Unknown && step > had && !demand.IsYielding;
        return isRise ? (long)(demand.PeakOf(step) * ToRise) : demand.Steps[step].Bitrate;
    }

    /// <summary>What each had before, and the order of turns: the largest shown first, among equals as they stand.</summary>
    private readonly ref struct Former
    {
        private readonly Places _had;
        private readonly Places _order;

        public Former(IReadOnlyList<LayerDemand> demands)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(demands.Count, Places.Length);
            for (var i = 0; i < demands.Count; i++)
            {
                _had[i] = (short)demands[i].Chosen;
                var at = i;
                for (; at > 0 && demands[_order[at - 1]].MaxHeight < demands[i].MaxHeight; at--)
                    _order[at] = _order[at - 1];
                _order[at] = (short)i;
            }
        }

        public int Of(int place) => _had[place];

        public int InTurn(int turn) => _order[turn];
    }

    [System.Runtime.CompilerServices.InlineArray(Length)]
    private struct Places
    {
        public const int Length = 128;
        private short _first;
    }
}
