using NodaTime;

namespace Muse.Domain.Webhooks;

/// <param name="IsTest">It hears of its owner's sandbox only, else of real people only.</param>
/// <param name="Types">Of public events; none: all.</param>
public sealed record WebhookEndpointMade(Guid EndpointId, Guid OwnerId, bool IsTest, string Url, IReadOnlyList<string> Types, Instant At);

public sealed record WebhookEndpointChanged(Guid EndpointId, string Url, IReadOnlyList<string> Types, Instant At);

/// <summary>It signs with another secret; the secrets themselves are no events.</summary>
/// <param name="OldUntil">Until then it signs with the one before, too.</param>
public sealed record WebhookEndpointSecretRotated(Guid EndpointId, Instant OldUntil, Instant At);

/// <param name="Because">One of <see cref="WebhookDisabled"/>.</param>
/// <param name="By">Null: the server did.</param>
public sealed record WebhookEndpointDisabled(Guid EndpointId, string Because, Guid? By, Instant At);

public sealed record WebhookEndpointEnabled(Guid EndpointId, Guid By, Instant At);

public sealed record WebhookEndpointRemoved(Guid EndpointId, Guid By, Instant At);

/// <summary>Why nothing is sent to an endpoint.</summary>
public static class WebhookDisabled
{
    /// <summary>Somebody wanted it so.</summary>
    public const string Asked = "asked";

    /// <summary>It answered 410.</summary>
    public const string Gone = "gone";

    /// <summary>It took nothing for days.</summary>
    public const string Failing = "failing";
}

/// <summary>An address of an integrator's to which Muse posts what happens.</summary>
/// <param name="Disabled">Null while it is sent to.</param>
public sealed record WebhookEndpoint(
    Guid Id, Guid OwnerId, bool IsTest, string Url, IReadOnlyList<string> Types, Instant? OldSecretUntil, string? Disabled, bool IsRemoved)
{
    /// <summary>Endpoints of one integrator.</summary>
    public const int Most = 20;

    /// <summary>After a rotation it signs with both secrets for so long.</summary>
    public static readonly Duration BothSign = Duration.FromHours(24);

    /// <summary>Whoever takes nothing for so long is not sent to any more.</summary>
    public static readonly Duration Patience = Duration.FromDays(5);

    public static WebhookEndpoint Create(WebhookEndpointMade e) => new(e.EndpointId, e.OwnerId, e.IsTest, e.Url, e.Types, null, null, false);

    public WebhookEndpoint Apply(WebhookEndpointChanged e) => this with { Url = e.Url, Types = e.Types };

    public WebhookEndpoint Apply(WebhookEndpointSecretRotated e) => this with { OldSecretUntil = e.OldUntil };

    public WebhookEndpoint Apply(WebhookEndpointDisabled e) => this with { Disabled = e.Because };

    public WebhookEndpoint Apply(WebhookEndpointEnabled _) => this with { Disabled = null };

    public WebhookEndpoint Apply(WebhookEndpointRemoved _) => this with { IsRemoved = true };

    public static Decision Make(Guid id, Guid ownerId, bool isTest, string url, IReadOnlyList<string> types, Instant now) =>
        Decision.Of(new WebhookEndpointMade(id, ownerId, isTest, url, InOrder(types), now.Cut()));

    public Decision Change(string url, IReadOnlyList<string> types, Instant now)
    {
        if (IsRemoved)
            return Refusal.NotFound();
        return url == Url && InOrder(types).SequenceEqual(Types)
            ? Decision.Nothing
            : Decision.Of(new WebhookEndpointChanged(Id, url, InOrder(types), now.Cut()));
    }

    /// <summary>Each call makes another secret; it is never a repetition.</summary>
    public Decision RotateSecret(Instant now) =>
        IsRemoved ? Refusal.NotFound() : Decision.Of(new WebhookEndpointSecretRotated(Id, (now + BothSign).Cut(), now.Cut()));

    /// <summary>The first reason stays.</summary>
    /// <param name="by">Null: the server.</param>
    public Decision Disable(string because, Guid? by, Instant now) =>
        IsRemoved && by is not null ? Refusal.NotFound()
        : IsRemoved || Disabled is not null ? Decision.Nothing
        : Decision.Of(new WebhookEndpointDisabled(Id, because, by, now.Cut()));

    public Decision Enable(Guid by, Instant now) =>
        IsRemoved ? Refusal.NotFound()
        : Disabled is null ? Decision.Nothing
        : Decision.Of(new WebhookEndpointEnabled(Id, by, now.Cut()));

    public Decision Remove(Guid by, Instant now) => IsRemoved ? Decision.Nothing : Decision.Of(new WebhookEndpointRemoved(Id, by, now.Cut()));

    private static string[] InOrder(IReadOnlyList<string> types) => [.. types.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
}
