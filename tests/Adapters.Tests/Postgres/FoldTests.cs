using Muse.Adapters.Postgres;

namespace Muse.Adapters.Tests.Postgres;

public sealed class FoldTests
{
    private static readonly Guid Id = Guid.CreateVersion7();

    public sealed record Dated(DateTimeOffset Since, long Version)
    {
        public static Dated Create(IEvent<LampHung> e) => new(e.Timestamp, e.Version);

        public Dated Apply(IEvent<LampSwitched> e) => this with { Version = e.Version };
    }

    public sealed record Empty;

    [Fact]
    public void No_events_fold_to_nothing() => Assert.Null(Fold<Lamp>.Of([]));

    [Fact]
    public void The_first_event_creates_and_the_others_apply() =>
        Assert.Equal(new Lamp(Id, "Seoul", false, 2), Fold<Lamp>.Of(Log(new LampHung(Id, "Seoul"), new LampSwitched(true), new LampSwitched(false))));

    [Fact]
    public void An_event_the_state_has_no_Apply_for_says_nothing_about_it() =>
        Assert.Equal(new Lamp(Id, "Seoul", false, 0), Fold<Lamp>.Of(Log(new LampHung(Id, "Seoul"), new LampBroken())));

    [Fact]
    public void A_first_event_without_Create_is_a_bug_that_says_so()
    {
        var bug = Assert.Throws<InvalidOperationException>(() => Fold<Lamp>.Of(Log(new LampSwitched(true))));
        Assert.Contains("Create(LampSwitched)", bug.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_state_may_ask_for_the_envelope() =>
        Assert.Equal(new Dated(DateTimeOffset.UnixEpoch, 2), Fold<Dated>.Of(Log(new LampHung(Id, "Seoul"), new LampSwitched(true))));

    [Fact]
    public void A_type_without_Create_is_no_state()
    {
        var bug = Assert.Throws<TypeInitializationException>(() => Fold<Empty>.Of(Log(new LampHung(Id, "Seoul"))));
        Assert.IsType<InvalidOperationException>(bug.InnerException);
    }

    private static IEnumerable<IEvent> Log(params object[] events) =>
        events.Select((e, i) => Lamps.Names.Of(e.GetType()).Envelop(new Envelope(Guid.NewGuid(), Id, i + 1, i + 1, DateTimeOffset.UnixEpoch, new Dictionary<string, string>()), e));
}
