using NodaTime;

namespace Muse.Domain;

/// <summary>What sort of "no" a refusal is; the HTTP border maps it to a status.</summary>
public enum RefusalKind
{
    /// <summary>The state of the business does not allow it now (409).</summary>
    Conflict,
    /// <summary>The command itself is wrong (422).</summary>
    Invalid,
    /// <summary>There is no such thing, or it is not the caller's to see (404).</summary>
    NotFound,
    /// <summary>The caller may see it but not do this (403).</summary>
    Forbidden,
    /// <summary>Decided on an older version than the current one (412).</summary>
    Stale,
    /// <summary>It was there and is over for good (410).</summary>
    Gone,
}

/// <summary>
/// A decision's "no", as a value. <paramref name="Code"/> is stable for integrators (snake_case, never renamed);
/// <paramref name="Detail"/> is one English sentence for a person.
/// </summary>
public sealed record Refusal(string Code, string Detail)
{
    public RefusalKind Kind { get; init; } = RefusalKind.Conflict;

    /// <summary>Instants that would be accepted instead (the next free slots, the two readings of an ambiguous time); at most a few.</summary>
    public IReadOnlyList<Instant> Alternatives { get; init; } = [];

    /// <summary>JSON pointer (RFC 6901) of the request's member to blame, such as <c>/startLocal</c>; null when none is.</summary>
    public string? Pointer { get; init; }

    /// <summary>For <c>room_not_open</c> and alike: when it will be possible.</summary>
    public Instant? OpensAt { get; init; }

    public static Refusal Invalid(string code, string detail, string? pointer = null) =>
        new(code, detail) { Kind = RefusalKind.Invalid, Pointer = pointer };

    public static Refusal NotFound(string detail = "There is no such thing, or it is not yours to see.") =>
        new("not_found", detail) { Kind = RefusalKind.NotFound };

    public static Refusal Forbidden(string detail = "You may not do this.") =>
        new("not_allowed", detail) { Kind = RefusalKind.Forbidden };
}
