namespace Muse.SelfHostedMedia.Tests;

public class RotaTests
{
    private const int TicksPerSecond = 1_000 / Rota.TickMilliseconds;

    private readonly Rota _rota = new();

    [Fact]
    public void A_publisher_has_a_turn_at_each_tick_and_a_subscriber_each_100_ms()
    {
        var (publisher, subscribers) = (Add(isPublisher: true), Enumerable.Range(0, 7).Select(_ => Add()).ToList());
        Pass(50);
        Assert.Equal(50, publisher.Turns);
        Assert.All(subscribers, subscriber => Assert.Equal(5, subscriber.Turns));
    }

    [Fact]
    public void A_room_of_many_is_spread_over_the_ticks()
    {
        var subscribers = Enumerable.Range(0, 1_000).Select(_ => Add()).ToList();
        for (var tick = 1; tick <= 10; tick++)
        {
            _rota.Tick();
            Assert.Equal(100 * tick, subscribers.Sum(subscriber => subscriber.Turns));
        }

        Assert.All(subscribers, subscriber => Assert.Equal(1, subscriber.Turns));
    }

    [Fact]
    public void The_longer_work_is_due_once_a_second_and_never_for_all_at_one_tick()
    {
        var everyone = Enumerable.Range(0, 300).Select(i => Add(isPublisher: i % 3 == 0)).ToList();
        var before = 0;
        for (var tick = 0; tick < TicksPerSecond; tick++)
        {
            _rota.Tick();
            var now = everyone.Sum(each => each.Seconds);
            Assert.Equal(3, now - before);
            before = now;
        }

        Assert.All(everyone, each => Assert.Equal(1, each.Seconds));
    }

    [Fact]
    public void Who_is_in_a_hurry_has_the_next_turn_too_and_never_two_at_one_tick()
    {
        var subscriber = Add();
        for (var tick = 0; tick < 10; tick++)
        {
            _rota.Hurry(subscriber);
            _rota.Hurry(subscriber);
            _rota.Tick();
            Assert.Equal(tick + 1, subscriber.Turns);
        }

        Pass(10);
        Assert.Equal(11, subscriber.Turns);
    }

    [Fact]
    public void One_that_ends_in_its_turn_and_takes_another_with_it_costs_nobody_else_a_turn()
    {
        var people = Enumerable.Range(0, 6).Select(_ => Add(isPublisher: true)).ToList();
        people[3].OnTurn = () =>
        {
            _rota.Remove(people[3]);
            _rota.Remove(people[5]);
        };
        Pass(4);
        Assert.Equal([4, 4, 4, 1, 4, 1], people.Select(each => each.Turns));
    }

    [Fact]
    public void Who_has_left_has_no_turn_however_much_of_a_hurry_it_was_in()
    {
        var subscriber = Add();
        _rota.Hurry(subscriber);
        _rota.Remove(subscriber);
        Pass(2 * TicksPerSecond);
        Assert.Equal((0, 0), (subscriber.Turns, subscriber.Seconds));
    }

    private Somebody Add(bool isPublisher = false)
    {
        var somebody = new Somebody { HasEveryTurn = isPublisher };
        _rota.Add(somebody);
        return somebody;
    }

    private void Pass(int ticks)
    {
        for (var tick = 0; tick < ticks; tick++)
            _rota.Tick();
    }

    private sealed class Somebody : ITakeTurns
    {
        public bool HasEveryTurn { get; init; }

        public int Seat { get; set; }

        public Action? OnTurn { get; set; }

        public int Turns { get; private set; }

        public int Seconds { get; private set; }

        public void Tick()
        {
            Turns++;
            OnTurn?.Invoke();
        }

        public void Second() => Seconds++;
    }
}
