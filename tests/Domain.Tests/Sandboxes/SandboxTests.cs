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

    private static Sandbox In(string state)
    {
        var empty = Sandbox.Empty(Stream, Owner);
        if (state == "new")
            return empty;
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
    public void Every_command_in_every_state_gives_its_event_or_nothing(string state, string command, string expected)
    {
        var decision = command == "fill" ? In(state).Fill([Tutor], Now) : In(state).MakeEmpty(Owner, Now);
        Assert.Equal(expected, decision.Events.SingleOrDefault()?.GetType().Name ?? "nothing");
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
