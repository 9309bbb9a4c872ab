namespace Muse.SelfHostedMedia;

/// <summary>Somebody with a place in the <see cref="Rota"/>.</summary>
internal interface ITakeTurns
{
    /// <summary>At each tick, as a publisher.</summary>
    bool HasEveryTurn { get; }

    /// <summary>The <see cref="Rota"/>'s.</summary>
    int Seat { get; set; }

    void Tick();

    /// <summary>Once a second.</summary>
    void Second();
}

/// <summary>Whose turn it is at a tick of 10 ms. What a publisher sends has deadlines of that size, so it has a turn at each. A subscriber only
/// answers what comes, and a room may hold a thousand: it has a turn each 100 ms, at every tick another tenth of them, and at each while it is
/// in a hurry. Once a second everyone's longer work is due, spread over the ticks. On the media thread.</summary>
internal sealed class Rota
{
    public const int TickMilliseconds = 10;

    /// <summary>Ticks between two turns of a subscriber.</summary>
    private const int Round = 10;

    private const int TicksPerSecond = 1_000 / TickMilliseconds;

    private readonly List<ITakeTurns> _eager = [];
    private readonly List<ITakeTurns>[] _patient = [.. Enumerable.Range(0, Round).Select(_ => new List<ITakeTurns>())];
    private readonly List<ITakeTurns>[] _seconds = [.. Enumerable.Range(0, TicksPerSecond).Select(_ => new List<ITakeTurns>())];
    private List<ITakeTurns> _hurried = [];
    private List<ITakeTurns> _hurriedNext = [];
    private int _seat;
    private int _tick;

    public void Add(ITakeTurns connection)
    {
        // Neighbours in time sit at neighbouring ticks.
        connection.Seat = _seat = (_seat + 1) % TicksPerSecond;
        (connection.HasEveryTurn ? _eager : _patient[connection.Seat % Round]).Add(connection);
        _seconds[connection.Seat].Add(connection);
    }

    public void Remove(ITakeTurns connection)
    {
        (connection.HasEveryTurn ? _eager : _patient[connection.Seat % Round]).Remove(connection);
        _seconds[connection.Seat].Remove(connection);
        _hurried.Remove(connection);
        _hurriedNext.Remove(connection);
    }

    /// <summary>The subscriber has a turn at the next tick, too.</summary>
    public void Hurry(ITakeTurns subscriber)
    {
        if (!_hurriedNext.Contains(subscriber))
            _hurriedNext.Add(subscriber);
    }

    public void Tick()
    {
        _tick = (_tick + 1) % TicksPerSecond;
        (_hurried, _hurriedNext) = (_hurriedNext, _hurried);
        for (var i = _hurried.Count - 1; i >= 0; i--)
        {
            if (i < _hurried.Count && _hurried[i].Seat % Round != _tick % Round)
                _hurried[i].Tick();
        }

        _hurried.Clear();
        Turn(_eager);
        Turn(_patient[_tick % Round]);
        var seconds = _seconds[_tick];
        for (var i = seconds.Count - 1; i >= 0; i--)
        {
            if (i < seconds.Count)
                seconds[i].Second();
        }
    }

    /// <summary>Backwards, and with a second look at the end: ending one connection may take its participant's other one with it.</summary>
    private static void Turn(List<ITakeTurns> connections)
    {
        for (var i = connections.Count - 1; i >= 0; i--)
        {
            if (i < connections.Count)
                connections[i].Tick();
        }
    }
}
