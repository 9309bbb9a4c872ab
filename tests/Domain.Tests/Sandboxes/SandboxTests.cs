using Muse.Domain.Sandboxes;
using NodaTime;

namespace Muse.Domain.Tests.Sandboxes;

public class SandboxTests
{
    private static readonly Instant Now = Instant.FromUtc(2026, 12, 1, 8, 0);
    private static readonly Guid Stream = Guid.Parse("00000000-0000-5000-8000-000000000001");
    private static readonly Guid Owner = Guid.Parse("00000000-0000-7000-8000-000000000002");
    private static readonly Guid Other = Guid.Parse("00000000-0000-7000-8000-000000000003");
    private static readonly SandboxPerson Tutor = new(SandboxId.New(Owner), Guid.NewGuid(), "tutor");
    private static readonly SandboxPerson Imported = new(SandboxId.New(Owner), Guid.NewGuid(), "student");

    private static Sandbox In(string state)
    {
        var empty = Sandbox.Empty(Stream, Owner);
        if (state == "new")
            return empty;
        var joined = Sandbox.Create((SandboxJoined)empty.Join([Imported], Now).Events.Single());
        if (state == "joined")
            return joined;
        var full = Sandbox.Create((SandboxFilled)empty.Fill([Tutor], Now).Events.Single());
        return state == "full" ? full : full.Apply((SandboxEmptied)full.MakeEmpty(Owner, Now).Events.Single());
    }

    [Theory]
    [InlineData("new", "fill", nameof(SandboxFilled))]
    [InlineData("new", "empty", "nothing")]
    [InlineData("full", "fill", "nothing")]
    [InlineData("full", "empty", nameof(SandboxEmptied))]
    [InlineData("emptied", "fill", nameof(SandboxFilled))]
    [InlineData("emptied", "empty", "nothing")]
    [InlineData("joined", "fill", nameof(SandboxFilled))]
    [InlineData("joined", "empty", nameof(SandboxEmptied))]
    [InlineData("new", "join", nameof(SandboxJoined))]
    [InlineData("full", "join", nameof(SandboxJoined))]
    [InlineData("emptied", "join", nameof(SandboxJoined))]
    [InlineData("joined", "join", nameof(SandboxJoined))]
    public void Every_command_in_every_state_gives_its_event_or_nothing(string state, string command, string expected)
    {
        var decision = command switch
        {
            "fill" => In(state).Fill([Tutor], Now),
            "join" => In(state).Join([Imported], Now),
            _ => In(state).MakeEmpty(Owner, Now),
        };
        Assert.Equal(expected, decision.Events.SingleOrDefault()?.GetType().Name ?? "nothing");
    }

    [Fact]
    public void Who_joined_and_who_was_invented_are_both_in_it()
    {
        var both = In("joined").Apply((SandboxFilled)In("joined").Fill([Tutor], Now).Events.Single());
        Assert.Equal([Imported, Tutor], both.People);
        Assert.True(both.Join([], Now).ChangesNothing);
    }

    [Fact]
    public void Only_so_many_fit_into_it()
    {
        Assert.Equal("too_many_people", In("full").Join([.. Enumerable.Repeat(Imported, Sandbox.Most)], Now).Refusal?.Code);
        Assert.Single(In("full").Join([.. Enumerable.Repeat(Imported, Sandbox.Most - 1)], Now).Events);
    }

    [Fact]
    public void Emptying_says_who_was_in_it() => Assert.Equal([Tutor], ((SandboxEmptied)In("full").MakeEmpty(Owner, Now).Events.Single()).People);

    [Fact]
    public void An_id_of_a_sandbox_says_whose_it_is_and_no_other_id_is_one()
    {
        for (var i = 0; i < 100; i++)
        {
            var (own, other, real) = (SandboxId.New(Owner), SandboxId.New(Other), i % 2 == 0 ? Guid.CreateVersion7() : Guid.NewGuid());

            Assert.Equal(8, own.Version);
            Assert.Equal('-', own.ToString()[18]);
            Assert.Contains(own.ToString()[19], "89ab");
            Assert.True(SandboxId.IsOf(Owner, own));
            Assert.False(SandboxId.IsOf(Other, own));
            Assert.False(SandboxId.IsOne(real));
            Assert.False(SandboxId.IsOf(Owner, real));
            Assert.True(SandboxId.AreOfOneWorld(own, SandboxId.New(Owner)));
            Assert.False(SandboxId.AreOfOneWorld(own, other));
            Assert.False(SandboxId.AreOfOneWorld(own, real));
            Assert.True(SandboxId.AreOfOneWorld(real, Guid.NewGuid()));
            Assert.StartsWith(SandboxId.PatternOf(Owner)[..^1], own.ToString());
            Assert.Equal(SandboxId.AnyPattern.Length - 1, SandboxId.PatternOf(Owner).Length - 1);
        }
    }
}
