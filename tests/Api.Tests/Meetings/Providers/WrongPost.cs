using Muse.Imitations;

namespace Muse.Api.Tests.Meetings.Providers;

/// <summary>
/// A provider's webhooks as they come in the worst case: late, twice, one before the other, and to a server that is dead. What nobody took comes
/// again, as every provider promises. It counts what really happened, so that a test can say so.
/// </summary>
public sealed class WrongPost(Deliveries deliveries)
{
    private const int MostRounds = 50;

    private readonly List<(int Number, Letter Letter)> _bag = [], _taken = [];
    private readonly HashSet<int> _delayed = [];
    private int _numbers, _latest;

    /// <summary>Taken by Muse twice or more.</summary>
    public int Doubled { get; private set; }

    /// <summary>Taken after one that was sent later.</summary>
    public int Overtaken { get; private set; }

    /// <summary>Held back on the way for at least one round of the post.</summary>
    public int Late { get; private set; }

    /// <summary>Nobody was there, or whoever was there died: they came again.</summary>
    public int Unheard { get; private set; }

    /// <summary>Taken once at least.</summary>
    public int Taken { get; private set; }

    /// <summary>Some of what waits, in a random order, some of it twice.</summary>
    public async Task CarrySome(Random random)
    {
        Collect();
        var going = _bag.Where(_ => random.Next(3) > 0).ToArray();
        foreach (var (number, _) in _bag.Except(going))
            if (_delayed.Add(number)) Late++;
        random.Shuffle(going);
        foreach (var one in going)
        {
            if (!await Carry(one)) continue;
            if (random.Next(2) == 0 && await IsTaken(one.Letter)) Doubled++;
        }
    }

    /// <summary>All that waits, until everything is taken.</summary>
    public async Task CarryAll(Random random)
    {
        for (var round = 0; round < MostRounds; round++)
        {
            Collect();
            if (_bag.Count == 0) return;
            var going = _bag.ToArray();
            random.Shuffle(going);
            foreach (var one in going) await Carry(one);
        }
        Assert.Fail($"Nobody takes these webhooks: {string.Join(", ", _bag.Select(one => one.Letter.What))}");
    }

    /// <summary>Everything since <see cref="Forget"/> once more, the last first.</summary>
    public async Task CarryAgain()
    {
        foreach (var (_, letter) in Enumerable.Reverse(_taken))
        {
            for (var tries = 0; !await IsTaken(letter); tries++)
                Assert.True(tries < MostRounds, $"Nobody takes {letter.What} once more.");
            Doubled++;
        }
    }

    /// <summary>What was delivered so far is not repeated any more.</summary>
    public void Forget() => _taken.Clear();

    private void Collect() => _bag.AddRange(deliveries.TakeHeld().Select(letter => (_numbers++, letter)));

    private async Task<bool> Carry((int Number, Letter Letter) one)
    {
        if (!await IsTaken(one.Letter))
        {
            Unheard++;
            return false;
        }
        Taken++;
        if (one.Number < _latest) Overtaken++;
        _latest = Math.Max(_latest, one.Number);
        _bag.Remove(one);
        _taken.Add(one);
        return true;
    }

    /// <remarks>404: Google's channel is one whose opening was not finished when the server died; nobody waits for it.</remarks>
    private async Task<bool> IsTaken(Letter letter) => await deliveries.Deliver(letter) is 200 or 204 or 404;
}
