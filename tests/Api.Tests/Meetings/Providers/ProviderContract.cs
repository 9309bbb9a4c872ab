using Muse.Domain.Lessons;
using Muse.Domain.Meetings;
using NodaTime;

namespace Muse.Api.Tests.Meetings.Providers;

/// <summary>What <see cref="IMeetingProvider"/> promises, whoever keeps the promise.</summary>
public abstract class ProviderContract(ProviderServer server)
{
    private static readonly MeetingGuest Teacher = new(Guid.CreateVersion7(), Part.Tutor, "Kim Min-ji", "ko-KR", "tutor@example.org");
    private static readonly MeetingGuest Child = new(Guid.CreateVersion7(), Part.Student, "Layla", "ar-AE", null);

    protected static CancellationToken Ct => TestContext.Current.CancellationToken;

    protected ProviderServer Server => server;

    protected IMeetingProvider It => server.Provider;

    [Fact]
    public async Task The_school_serves_every_tutor() => Assert.True(await It.Serves(Guid.CreateVersion7(), Ct));

    [Fact]
    public async Task Arranging_again_finds_the_first_meeting()
    {
        var order = AnOrder();
        var first = await Arranged(order);
        Assert.Equal(first, await Arranged(order));
    }

    [Fact]
    public async Task Two_lessons_never_share_a_meeting()
    {
        var (one, other) = (await Arranged(AnOrder()), await Arranged(AnOrder()));
        Assert.NotEqual(one.Reference, other.Reference);
        Assert.NotEqual(one.JoinUrl, other.JoinUrl);
    }

    [Fact]
    public async Task A_meeting_moves_and_keeps_its_reference()
    {
        var order = AnOrder();
        var place = await Arranged(order);
        var later = order with { Start = order.Start + Duration.FromHours(26), DurationMinutes = 30 };
        var moved = await It.Move(later, place.Reference, Ct);
        Assert.Equal(place.Reference, moved.Place?.Reference);
        Assert.Equal(MeetingPresence.There, (await It.Look(later, place.Reference, Ct)).Presence);
    }

    [Fact]
    public async Task Moving_twice_is_moving_once()
    {
        var order = AnOrder();
        var place = await Arranged(order);
        var later = order with { Start = order.Start + Duration.FromDays(1) };
        Assert.NotNull((await It.Move(later, place.Reference, Ct)).Place);
        Assert.NotNull((await It.Move(later, place.Reference, Ct)).Place);
        Assert.Equal(MeetingPresence.There, (await It.Look(later, place.Reference, Ct)).Presence);
    }

    [Fact]
    public async Task Withdrawing_twice_is_withdrawing_once()
    {
        var order = AnOrder();
        var place = await Arranged(order);
        Assert.Null((await It.Withdraw(order, place.Reference, Ct)).FailureCode);
        Assert.Null((await It.Withdraw(order, place.Reference, Ct)).FailureCode);
    }

    [Fact]
    public async Task Withdrawing_what_was_never_arranged_succeeds() => Assert.Null((await It.Withdraw(AnOrder(), null, Ct)).FailureCode);

    [Fact]
    public async Task What_was_arranged_is_there()
    {
        var order = AnOrder();
        var place = await Arranged(order);
        Assert.Equal(MeetingPresence.There, (await It.Look(order, place.Reference, Ct)).Presence);
    }

    [Fact]
    public async Task The_place_holds_nothing_that_opens_the_hosts_seat_so_it_may_stand_in_events()
    {
        var place = await Arranged(AnOrder());
        Assert.InRange(place.Reference.Length, 1, 200);
        Assert.True(Uri.TryCreate(place.JoinUrl, UriKind.Absolute, out var url) && url.Scheme is "https" or "http");
        foreach (var secret in (string[])["jwt=", "zak=", "token", "/s/"])
            Assert.DoesNotContain(secret, place.JoinUrl, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Everybody_finds_a_door()
    {
        var order = AnOrder();
        var place = await Arranged(order);
        foreach (var guest in (MeetingGuest[])[Teacher, Child])
            Assert.True(Uri.TryCreate(await It.DoorFor(guest, order, place, Ct), UriKind.Absolute, out _));
    }

    [Fact]
    public async Task Before_anybody_came_there_is_nothing_to_report()
    {
        var order = AnOrder();
        Assert.Empty(await It.Reports(order, await Arranged(order), Ct));
    }

    /// <summary>The tutor holds the meeting, so the tutor's door is another one.</summary>
    protected async Task The_tutors_door_differs()
    {
        var order = AnOrder();
        var place = await Arranged(order);
        Assert.NotEqual(await It.DoorFor(Teacher, order, place, Ct), await It.DoorFor(Child, order, place, Ct));
    }

    protected async Task<MeetingPlace> Arranged(MeetingOrder order)
    {
        var answer = await It.Arrange(order, Ct);
        Assert.True(answer.Place is not null, $"{answer.FailureCode}: {answer.FailureDetail}");
        return answer.Place;
    }

    /// <summary>A lesson in three days from now, on the full hour.</summary>
    protected MeetingOrder AnOrder()
    {
        var lesson = Guid.CreateVersion7();
        var hour = server.Time.GetUtcNow().ToUnixTimeSeconds() / 3_600 * 3_600;
        return new MeetingOrder(
            lesson, Guid.CreateVersion7(), "tutor@example.org", "Muse lesson", Instant.FromUnixTimeSeconds(hour) + Duration.FromDays(3), 60, "Asia/Seoul",
            $"https://muse.example/lessons/{lesson}");
    }
}

public sealed class BuiltInContractTests(BuiltInServer server) : ProviderContract(server), IClassFixture<BuiltInServer>;

public sealed class JaasContractTests(JaasServer server) : JitsiContract(server), IClassFixture<JaasServer>;

public sealed class ProsodyContractTests(ProsodyServer server) : JitsiContract(server), IClassFixture<ProsodyServer>;

public abstract class JitsiContract(JitsiServer server) : ProviderContract(server)
{
    [Fact]
    public Task The_tutors_token_is_another_one() => The_tutors_door_differs();
}
