using Muse.Domain.Guardians;
using NodaTime;

namespace Muse.Domain.Tests.Guardians;

public sealed class GuardianTests
{
    private static readonly Instant Now = Instant.FromUtc(2026, 11, 21, 8, 0);
    private static readonly LocalDate Today = new(2026, 11, 21);
    private static readonly Guid Id = Guid.CreateVersion7();

    private static Guardian With(int children)
    {
        var guardian = Guardian.Create(new GuardianRegistered(Id, Guid.CreateVersion7(), Now));
        for (var i = 0; i < children; i++)
            guardian = guardian.Apply(new ChildAdded(Id, Guid.CreateVersion7(), Guid.CreateVersion7(), Now));
        return guardian;
    }

    [Fact]
    public void Registering_twice_is_one_event_and_another_person_is_refused()
    {
        var guardian = With(0);

        Assert.Single(Guardian.Register(null, Id, guardian.PersonId, Now).Events);
        Assert.True(Guardian.Register(guardian, Id, guardian.PersonId, Now).ChangesNothing);
        Assert.Equal("role_taken", Guardian.Register(guardian, Id, Guid.CreateVersion7(), Now).Refusal!.Code);
    }

    [Fact]
    public void A_child_added_twice_is_one_event()
    {
        var (child, person) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        var added = (ChildAdded)Assert.Single(With(1).AddChild(child, person, new(2015, 3, 14), Today, Now).Events);
        var guardian = With(1).Apply(added);

        Assert.True(guardian.IsGuardianOf(child));
        Assert.True(guardian.AddChild(child, person, new(2015, 3, 14), Today, Now).ChangesNothing);
        Assert.Equal("role_taken", guardian.AddChild(child, Guid.CreateVersion7(), new(2015, 3, 14), Today, Now).Refusal!.Code);
    }

    [Theory]
    [InlineData(2026, 11, 22, "birth_date_in_future")]
    [InlineData(2008, 11, 21, "of_age")]
    [InlineData(1950, 1, 1, "of_age")]
    public void Who_is_not_born_or_of_age_is_no_child(int year, int month, int day, string code)
    {
        var decision = With(0).AddChild(Guid.CreateVersion7(), Guid.CreateVersion7(), new(year, month, day), Today, Now);

        Assert.Equal(code, decision.Refusal!.Code);
        Assert.Empty(decision.Events);
    }

    [Fact]
    public void On_the_day_before_the_eighteenth_birthday_it_is_still_a_child() =>
        Assert.Single(With(0).AddChild(Guid.CreateVersion7(), Guid.CreateVersion7(), new(2008, 11, 22), Today, Now).Events);

    [Fact]
    public void The_twenty_first_child_is_refused()
    {
        Assert.Single(With(Guardian.MostChildren - 1).AddChild(Guid.CreateVersion7(), Guid.CreateVersion7(), new(2015, 3, 14), Today, Now).Events);
        Assert.Equal("too_many_children",
            With(Guardian.MostChildren).AddChild(Guid.CreateVersion7(), Guid.CreateVersion7(), new(2015, 3, 14), Today, Now).Refusal!.Code);
    }

    [Fact]
    public void A_child_that_moves_to_another_country_is_one_event_and_to_the_same_none()
    {
        var (child, person) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        var guardian = With(1).Apply(new ChildAdded(Id, child, person, Now));

        Assert.Equal(new ChildMoved(Id, child, person, "GB", "AE", Now), Assert.Single(guardian.MoveChild(child, "GB", "AE", Now).Events));
        Assert.True(guardian.MoveChild(child, "GB", "GB", Now).ChangesNothing);
        Assert.Equal("not_found", guardian.MoveChild(Guid.CreateVersion7(), "GB", "AE", Now).Refusal!.Code);
    }

    [Theory]
    [InlineData(2008, 11, 21, true)]
    [InlineData(2008, 11, 22, false)]
    [InlineData(null, null, null, true)]
    public void Of_age_from_the_eighteenth_birthday_on_and_without_a_birth_date(int? year, int? month, int? day, bool isOfAge) =>
        Assert.Equal(isOfAge, Guardian.IsOfAge(year is null ? null : new LocalDate(year.Value, month!.Value, day!.Value), Today));
}
