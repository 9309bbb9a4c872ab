using System.Collections.Immutable;
using Muse.Domain.GuestLinks;
using Muse.Domain.Lessons;
using Muse.Domain.Meetings;
using NodaTime;

namespace Muse.Domain.Tests.GuestLinks;

public class LessonGuestLinksTests
{
    private static readonly Guid LessonId = Guid.Parse("00000000-0000-7000-8000-00000000000d");
    private static readonly Guid LinksId = Guid.Parse("00000000-0000-5000-8000-000000000041");
    private static readonly Guid First = Guid.Parse("00000000-0000-7000-8000-000000000042");
    private static readonly Who Tutor = new(Guid.Parse("00000000-0000-7000-8000-000000000001"), Part.Tutor);
    private static readonly Instant Start = Instant.FromUtc(2026, 12, 7, 8, 0);
    private static readonly Instant Before = Start - Duration.FromDays(3);
    private static readonly Instant During = Start + Duration.FromMinutes(5);
    private static readonly LessonGuestLinks None = LessonGuestLinks.None(LinksId, LessonId);

    private static readonly PlannedTime Monday =
        new(Start.InZone(DateTimeZoneProviders.Tzdb["Asia/Seoul"]).LocalDateTime, "Asia/Seoul", "2026f", Start, 50);

    private static Lesson Lesson(LessonState state = LessonState.Scheduled) => new(
        LessonId, Guid.NewGuid(), Guid.NewGuid(), Guid.NewGuid(), Monday, "https://muse.example/lessons/1", null, state, ImmutableDictionary<Guid, Who>.Empty);

    private static LessonGuestLinks With(int links) => Enumerable.Range(0, links)
        .Aggregate(None, (all, _) => all.Apply((GuestLinkMade)all.Make(Guid.NewGuid(), Lesson(), ProviderPolicy.BuiltIn, Tutor, "HASH", Before).Events[0]));

    private static string? Refused(Decision decision)
    {
        Assert.Empty(decision.Events);
        return decision.Refusal?.Code;
    }

    [Fact]
    public void The_tutor_makes_a_link_of_which_only_the_hash_is_kept()
    {
        var made = Assert.IsType<GuestLinkMade>(Assert.Single(None.Make(First, Lesson(), ProviderPolicy.BuiltIn, Tutor, "HASH", Before).Events));
        Assert.Equal(new GuestLinkMade(LinksId, First, LessonId, Tutor, "HASH", Before), made);
        Assert.Equal([First], LessonGuestLinks.Create(made).Live);
    }

    [Theory]
    [InlineData(Part.Student, "not_allowed")]
    [InlineData(Part.Guardian, "not_allowed")]
    [InlineData(Part.Guest, "not_found")]
    [InlineData(Part.Admin, "not_found")]
    public void Nobody_else_makes_or_revokes_one(Part part, string code)
    {
        var who = new Who(Guid.NewGuid(), part);
        Assert.Equal(code, Refused(None.Make(First, Lesson(), ProviderPolicy.BuiltIn, who, "HASH", Before)));
        Assert.Equal(code, Refused(With(1).Revoke(First, who, Before)));
    }

    [Theory]
    [InlineData(ProviderPolicy.Zoom)]
    [InlineData(ProviderPolicy.GoogleMeet)]
    [InlineData(ProviderPolicy.Jitsi)]
    public void A_lesson_that_is_held_elsewhere_has_no_links_of_Muse(string provider)
    {
        Assert.Equal("not_built_in", Refused(None.Make(First, Lesson(), provider, Tutor, "HASH", Before)));
        Assert.Equal("not_built_in", LessonGuestLinks.MayNotCome(Lesson(), false, provider, "KR", During)?.Code);
    }

    [Theory]
    [InlineData(LessonState.Cancelled, "lesson_cancelled")]
    [InlineData(LessonState.Ended, "lesson_over")]
    public void A_lesson_that_is_no_more_has_none(LessonState state, string code)
    {
        Assert.Equal(code, Refused(None.Make(First, Lesson(state), ProviderPolicy.BuiltIn, Tutor, "HASH", Before)));
        Assert.Equal(("guest_link_over", RefusalKind.Gone), Why(LessonGuestLinks.MayNotCome(Lesson(state), false, ProviderPolicy.BuiltIn, "KR", During)));
    }

    [Fact]
    public void A_lesson_has_only_so_many_and_a_revoked_one_makes_room()
    {
        var full = With(LessonGuestLinks.Most);
        Assert.Equal("too_many_guest_links", Refused(full.Make(First, Lesson(), ProviderPolicy.BuiltIn, Tutor, "HASH", Before)));

        var revoked = full.Apply((GuestLinkRevoked)full.Revoke(full.Live.First(), Tutor, Before).Events[0]);
        Assert.Single(revoked.Make(First, Lesson(), ProviderPolicy.BuiltIn, Tutor, "HASH", Before).Events);
    }

    [Fact]
    public void Revoking_twice_changes_nothing() => Assert.True(None.Revoke(First, Tutor, Before).ChangesNothing);

    [Fact]
    public void A_link_is_good_while_the_room_is_open_and_not_a_moment_longer()
    {
        var closes = Monday.End() + Domain.Lessons.Lesson.ClosesAfter;
        var early = LessonGuestLinks.MayNotCome(Lesson(), false, ProviderPolicy.BuiltIn, "KR", Start - Duration.FromMinutes(11));
        Assert.Equal(("room_not_open", RefusalKind.Conflict), Why(early));
        Assert.Equal(Start - Duration.FromMinutes(10), early?.OpensAt);
        Assert.Null(LessonGuestLinks.MayNotCome(Lesson(), false, ProviderPolicy.BuiltIn, "KR", Start - Duration.FromMinutes(10)));
        Assert.Null(LessonGuestLinks.MayNotCome(Lesson(), false, ProviderPolicy.BuiltIn, "KR", closes - Duration.FromSeconds(1)));
        Assert.Equal("guest_link_over", LessonGuestLinks.MayNotCome(Lesson(), false, ProviderPolicy.BuiltIn, "KR", closes)?.Code);
        Assert.Equal("lesson_over", Refused(None.Make(First, Lesson(), ProviderPolicy.BuiltIn, Tutor, "HASH", closes)));
    }

    [Fact]
    public void A_revoked_link_is_over() =>
        Assert.Equal(("guest_link_over", RefusalKind.Gone), Why(LessonGuestLinks.MayNotCome(Lesson(), true, ProviderPolicy.BuiltIn, "KR", During)));

    [Fact]
    public void Where_the_law_forbids_rooms_a_link_is_no_way_around_and_is_not_told_to_wait()
    {
        Assert.Equal(("not_allowed_in_country", RefusalKind.Forbidden), Why(LessonGuestLinks.MayNotCome(Lesson(), false, ProviderPolicy.BuiltIn, "AE", During)));
        Assert.Equal("not_allowed_in_country", LessonGuestLinks.MayNotCome(Lesson(), false, ProviderPolicy.BuiltIn, "AE", Before)?.Code);
        Assert.Null(LessonGuestLinks.MayNotCome(Lesson(), false, ProviderPolicy.BuiltIn, "JO", During));
    }

    private static (string?, RefusalKind?) Why(Refusal? refusal) => (refusal?.Code, refusal?.Kind);
}
