using Muse.Domain.Meetings;
using Muse.Imitations;
using NodaTime;

namespace Muse.Api.Tests.Meetings.Providers;

/// <summary>What the contract says of providers that keep meetings themselves, counted at the provider.</summary>
public abstract class KeptMeetingsContract(ProviderServer server) : ProviderContract(server)
{
    private Imitation Outside => Server.Imitation!;

    [Fact]
    public async Task Arranging_again_leaves_one_meeting_there()
    {
        var order = AnOrder();
        await Arranged(order);
        await Arranged(order);
        Assert.Single(HeldOf(order));
    }

    [Fact]
    public async Task Arranging_again_at_another_time_moves_the_meeting_that_is_there()
    {
        var order = AnOrder();
        await Arranged(order);
        var later = order with { Start = order.Start + Duration.FromDays(2) };
        await Arranged(later);
        Assert.Equal(later.Start.ToDateTimeOffset(), Assert.Single(HeldOf(order)).Start);
    }

    [Fact]
    public async Task A_move_reaches_the_provider()
    {
        var order = AnOrder();
        var place = await Arranged(order);
        var later = order with { Start = order.Start + Duration.FromHours(26), DurationMinutes = 30 };
        await It.Move(later, place.Reference, Ct);
        var held = Assert.Single(HeldOf(order));
        Assert.Equal((later.Start.ToDateTimeOffset(), 30), (held.Start, held.Minutes));
    }

    [Fact]
    public async Task A_meeting_of_another_time_is_seen_as_such()
    {
        var order = AnOrder();
        var place = await Arranged(order);
        var later = order with { Start = order.Start + Duration.FromDays(1) };
        Assert.Equal(MeetingPresence.AtAnotherTime, (await It.Look(later, place.Reference, Ct)).Presence);
    }

    [Fact]
    public async Task A_meeting_that_somebody_deleted_is_gone_and_cannot_be_moved()
    {
        var order = AnOrder();
        var place = await Arranged(order);
        await Outside.MakeHappen(place.Reference, Happening.Delete, null);
        Assert.Equal(MeetingPresence.Gone, (await It.Look(order, place.Reference, Ct)).Presence);
        Assert.Equal(MeetingAnswer.GoneCode, (await It.Move(order, place.Reference, Ct)).FailureCode);
        Assert.Empty(HeldOf(order));
    }

    [Fact]
    public async Task A_meeting_that_somebody_deleted_can_be_arranged_anew()
    {
        var order = AnOrder();
        await Outside.MakeHappen((await Arranged(order)).Reference, Happening.Delete, null);
        var anew = await Arranged(order);
        Assert.Equal(anew.Reference, Assert.Single(HeldOf(order)).Reference);
        Assert.Equal(MeetingPresence.There, (await It.Look(order, anew.Reference, Ct)).Presence);
    }

    [Fact]
    public async Task Withdrawing_takes_it_away()
    {
        var order = AnOrder();
        var place = await Arranged(order);
        await It.Withdraw(order, place.Reference, Ct);
        Assert.Empty(HeldOf(order));
        Assert.Equal(MeetingPresence.Gone, (await It.Look(order, place.Reference, Ct)).Presence);
    }

    [Fact]
    public async Task Withdrawing_without_a_reference_finds_what_an_attempt_left_there()
    {
        var order = AnOrder();
        await Arranged(order);
        Assert.Null((await It.Withdraw(order, null, Ct)).FailureCode);
        Assert.Empty(HeldOf(order));
    }

    [Fact]
    public async Task Withdrawing_one_lesson_leaves_the_others_alone()
    {
        var (order, other) = (AnOrder(), AnOrder());
        await Arranged(order);
        await Arranged(other);
        await It.Withdraw(order, null, Ct);
        Assert.Single(HeldOf(other));
    }

    [Fact]
    public async Task A_meeting_arranged_twice_at_once_is_one_meeting_after_a_withdrawal_without_a_reference_none()
    {
        var order = AnOrder();
        await Task.WhenAll(It.Arrange(order, Ct), It.Arrange(order, Ct));
        await It.Withdraw(order, null, Ct);
        Assert.Empty(HeldOf(order));
    }

    [Fact]
    public async Task What_happened_is_reported_with_the_same_keys_each_time()
    {
        var order = AnOrder();
        var place = await Arranged(order);
        await Outside.MakeHappen(place.Reference, Happening.Start, null);
        await Outside.MakeHappen(place.Reference, Happening.Join, "Layla");
        var first = await It.Reports(order, place, Ct);
        Assert.Contains(first, report => report is MeetingBegan);
        Assert.Equal(first.Select(report => report.Key), (await It.Reports(order, place, Ct)).Select(report => report.Key));
        Assert.All(first, report => Assert.Equal((It.Abilities.Name, place.Reference), (report.Provider, report.Reference)));
        Assert.All(first, report => Assert.InRange(report.Key.Length, 1, 128));
    }

    private IEnumerable<HeldMeeting> HeldOf(MeetingOrder order) => Outside.Held.Where(meeting => meeting.LessonId == order.LessonId);
}

public sealed class ZoomContractTests(ZoomServer server) : KeptMeetingsContract(server), IClassFixture<ZoomServer>
{
    [Fact]
    public Task The_tutor_gets_the_hosts_link() => The_tutors_door_differs();
}

public sealed class GoogleContractTests(GoogleServer server) : KeptMeetingsContract(server), IClassFixture<GoogleServer>;
