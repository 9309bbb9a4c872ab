namespace Muse.Api.Http;

/// <summary>
/// <c>.Idempotent()</c> on a route: the answer to a request with an <c>Idempotency-Key</c> is kept and replayed
/// (draft-ietf-httpapi-idempotency-key-header-07).
/// </summary>
public static class IdempotentRoutes
{
    public static TBuilder Idempotent<TBuilder>(this TBuilder route)
        where TBuilder : IEndpointConventionBuilder => route.WithMetadata(new IdempotentRoute());
}

internal sealed class IdempotentRoute;
