using Muse.Api.Rooms;
using Muse.Given;

namespace Muse.Api.Tests.Rooms;

public class TicketsTests
{
    private static readonly Guid Room = Guid.Parse("00000000-0000-7000-8000-00000000000d");
    private readonly ManualTime _time = new(new DateTimeOffset(2026, 12, 7, 8, 0, 0, TimeSpan.Zero));
    private readonly Tickets _tickets;

    public TicketsTests() => _tickets = new Tickets(_time);

    private static TicketHolder Holder(int person = 1, Guid? room = null) =>
        new(room ?? Room, new Guid(person, 0, 0, new byte[8]), "Kim Seo-yeon", RoomRole.Tutor);

    [Fact]
    public void A_ticket_lets_its_holder_in_once()
    {
        var ticket = _tickets.Issue(Holder());

        Assert.Equal(Holder(), _tickets.Redeem(ticket, Room));
        Assert.Null(_tickets.Redeem(ticket, Room));
    }

    [Fact]
    public void A_ticket_carries_256_bits_and_no_two_are_alike()
    {
        var tickets = Enumerable.Range(0, 1000).Select(person => _tickets.Issue(Holder(person))).ToList();

        Assert.All(tickets, ticket => Assert.Equal(43, ticket.Length));
        Assert.Equal(1000, tickets.Distinct().Count());
    }

    [Fact]
    public void A_ticket_is_good_for_less_than_sixty_seconds()
    {
        var early = _tickets.Issue(Holder());
        _time.Advance(TimeSpan.FromSeconds(59.9));
        Assert.NotNull(_tickets.Redeem(early, Room));

        var late = _tickets.Issue(Holder());
        _time.Advance(TimeSpan.FromSeconds(60));
        Assert.Null(_tickets.Redeem(late, Room));
    }

    [Fact]
    public void A_ticket_shown_at_another_room_is_lost()
    {
        var ticket = _tickets.Issue(Holder());

        Assert.Null(_tickets.Redeem(ticket, Guid.NewGuid()));
        Assert.Null(_tickets.Redeem(ticket, Room));
    }

    [Theory]
    [InlineData("")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public void A_made_up_ticket_lets_nobody_in(string ticket)
    {
        _tickets.Issue(Holder());

        Assert.Null(_tickets.Redeem(ticket, Room));
    }

    [Fact]
    public void However_many_guests_somebody_says_to_be_one_link_holds_only_so_many_tickets_and_pushes_out_nobody_elses()
    {
        var link = Guid.NewGuid();
        var tutors = _tickets.Issue(Holder());
        var tickets = Enumerable.Range(2, Tickets.MostOfOneGuestLink + 1)
            .Select(guest => _tickets.Issue(Holder(guest) with { Role = RoomRole.Guest, GuestLink = link })).ToList();

        Assert.Equal(Tickets.MostOfOneGuestLink + 1, _tickets.Waiting);
        Assert.Null(_tickets.Redeem(tickets[0], Room));
        Assert.Equal(link, _tickets.Redeem(tickets[1], Room)?.GuestLink);
        Assert.NotNull(_tickets.Redeem(tutors, Room));
    }

    [Fact]
    public void One_person_holds_at_most_eight_tickets_and_the_oldest_makes_room()
    {
        var other = _tickets.Issue(Holder(2));
        var tickets = Enumerable.Range(0, 9).Select(_ =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            return _tickets.Issue(Holder());
        }).ToList();

        Assert.Equal(9, _tickets.Waiting);
        Assert.Null(_tickets.Redeem(tickets[0], Room));
        Assert.All(tickets.Skip(1), ticket => Assert.NotNull(_tickets.Redeem(ticket, Room)));
        Assert.NotNull(_tickets.Redeem(other, Room));
    }

    [Fact]
    public void All_people_together_hold_a_bounded_number_of_tickets()
    {
        for (var person = 0; person < Tickets.MostInAll + 50; person++) _tickets.Issue(Holder(person));

        Assert.Equal(Tickets.MostInAll, _tickets.Waiting);
    }

    [Fact]
    public void Expired_tickets_are_forgotten()
    {
        for (var person = 0; person < 100; person++) _tickets.Issue(Holder(person));
        _time.Advance(Tickets.Lifetime);
        _tickets.Issue(Holder());

        Assert.Equal(1, _tickets.Waiting);
    }
}
