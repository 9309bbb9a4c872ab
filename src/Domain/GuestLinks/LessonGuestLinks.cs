using System.Collections.Immutable;
using Muse.Domain.Lessons;
using Muse.Domain.Meetings;
using NodaTime;

namespace Muse.Domain.GuestLinks;

/// <param name="LinksId">The stream: all guest links of one lesson.</param>
/// <param name="SecretHash">SHA-256 in hexadecimal of 256 random bits, which nobody keeps: it opens nothing.</param>
public sealed record GuestLinkMade(Guid LinksId, Guid LinkId, Guid LessonId, Who By, string SecretHash, Instant At);

public sealed record GuestLinkRevoked(Guid LinksId, Guid LinkId, Who By, Instant At);

/// <summary>
/// The guest links of one lesson: addresses by which people without an account come before its door. A link has no end of its own: it is
/// good as long as the lesson's room can open, so it moves with the lesson and dies with it.
/// </summary>
public sealed record LessonGuestLinks(Guid Id, Guid LessonId, ImmutableHashSet<Guid> Live)
{
    /// <summary>Links of one lesson that are not revoked.</summary>
    public const int Most = 5;

    public static LessonGuestLinks None(Guid id, Guid lessonId) => new(id, lessonId, []);

    public static LessonGuestLinks Create(GuestLinkMade e) => None(e.LinksId, e.LessonId).Apply(e);

    public LessonGuestLinks Apply(GuestLinkMade e) => this with { Live = Live.Add(e.LinkId) };

    public LessonGuestLinks Apply(GuestLinkRevoked e) => this with { Live = Live.Remove(e.LinkId) };

    /// <param name="provider">Who holds the lesson; any but Muse itself lets people in by a link of its own.</param>
    public Decision Make(Guid linkId, Lesson lesson, string? provider, Who by, string secretHash, Instant now)
    {
        if (MayNotInvite(by) is { } stranger)
            return stranger;
        if (lesson.IsCancelled())
            return new Refusal("lesson_cancelled", "The lesson is cancelled.");
        if (IsOver(lesson, now))
            return new Refusal("lesson_over", "The lesson is over.");
        if (provider != ProviderPolicy.BuiltIn)
            return NotBuiltIn();
        return Live.Count >= Most
            ? new Refusal("too_many_guest_links", $"At most {Most} links of one lesson; revoke one first.")
            : Decision.Of(new GuestLinkMade(Id, linkId, LessonId, by, secretHash, now.Cut()));
    }

    /// <summary>Repeating it changes nothing. Whoever is in the room stays there.</summary>
    public Decision Revoke(Guid linkId, Who by, Instant now)
    {
        if (MayNotInvite(by) is { } refusal)
            return refusal;
        return Live.Contains(linkId) ? Decision.Of(new GuestLinkRevoked(Id, linkId, by, now.Cut())) : Decision.Nothing;
    }

    /// <summary>May somebody come before the door by a link of this lesson now? Null is yes.</summary>
    /// <param name="provider">Who holds the lesson now; it may have moved since the link was made.</param>
    /// <param name="country">ISO 3166-1 alpha-2: where the guest sits.</param>
    public static Refusal? MayNotCome(Lesson lesson, bool isRevoked, string? provider, string country, Instant now)
    {
        if (isRevoked || lesson.IsCancelled() || IsOver(lesson, now))
            return new Refusal("guest_link_over", "This link is no longer good.") { Kind = RefusalKind.Gone };
        // Who may not use a room at all is told so at once, instead of being asked to wait for it to open.
        if (!ProviderPolicy.IsAllowedIn(country, ProviderPolicy.BuiltIn))
            return new Refusal("not_allowed_in_country", "A room of this server may not be used in that country.") { Kind = RefusalKind.Forbidden };
        if (provider is not null && provider != ProviderPolicy.BuiltIn)
            return NotBuiltIn();
        return lesson.MayNotJoin(Who.Guest, now);
    }

    /// <summary>Students and guardians of the lesson know of it, so they are told that inviting is the tutor's.</summary>
    public static Refusal? MayNotInvite(Who who) =>
        who.IsTutor() ? null : who.IsOfTheLesson() ? Refusal.Forbidden("The tutor invites guests.") : Refusal.NotFound();

    public static bool IsOver(Lesson lesson, Instant now) => lesson.IsClosed() || now >= lesson.Time.End() + Lesson.ClosesAfter;

    private static Refusal NotBuiltIn() =>
        new("not_built_in", "This lesson is not held in a room of this server: guests come by the link of the service that holds it.");
}
