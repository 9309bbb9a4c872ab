using Microsoft.AspNetCore.DataProtection;
using Muse.Api.Recordings;
using Muse.Domain.Lessons;

namespace Muse.Api.Tests.Recordings;

public sealed class ViewingsTests
{
    private readonly ShiftedTime _time = new();
    private readonly Viewing _viewing = new(Guid.NewGuid(), Guid.NewGuid(), Guid.NewGuid(), Part.Guardian, Guid.NewGuid());

    [Fact]
    public void A_ticket_shows_what_it_was_made_for_until_its_time_is_over()
    {
        var viewings = new Viewings(new EphemeralDataProtectionProvider(), _time);
        var (ticket, until) = viewings.Issue(_viewing);
        Assert.Equal(_viewing, viewings.Read(ticket));
        _time.Advance(until.ToDateTimeOffset() - _time.GetUtcNow() - TimeSpan.FromMinutes(1));
        Assert.Equal(_viewing, viewings.Read(ticket));
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Null(viewings.Read(ticket));
    }

    [Fact]
    public void Another_servers_ticket_a_changed_one_and_one_without_end_show_nothing()
    {
        var viewings = new Viewings(new EphemeralDataProtectionProvider(), _time);
        var (ticket, _) = viewings.Issue(_viewing);
        Assert.Null(new Viewings(new EphemeralDataProtectionProvider(), _time).Read(ticket));
        Assert.Null(viewings.Read(ticket[..^2] + (ticket.EndsWith("AA", StringComparison.Ordinal) ? "BB" : "AA")));
        Assert.Null(viewings.Read(new string('A', 100_000)));
    }
}
