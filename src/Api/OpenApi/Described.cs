namespace Muse.Api.OpenApi;

/// <summary>What the contract says of a route beyond its types.</summary>
/// <param name="Fails">Codes of the route's own refusals; those of every route (not signed in, malformed body, …) are added.</param>
/// <param name="Example">A request body, written with the wire's own JSON options.</param>
internal sealed record OperationNotes(string[] Fails, object? Example);

public static class DescribedRoutes
{
    /// <summary>The codes of a change that needs <c>If-Match</c>; they also put the header into the contract.</summary>
    public static readonly string[] Preconditions = ["precondition_required", "version_mismatch"];

    /// <summary>Name, tag, summary, error codes and an example for <c>/openapi/v1.json</c>; every route has it, once.</summary>
    /// <param name="operationId">camelCase, a verb and a noun; client generators make it a method.</param>
    public static RouteHandlerBuilder Described(
        this RouteHandlerBuilder route, string operationId, string tag, string summary, string[]? fails = null, object? example = null) =>
        route.WithName(operationId).WithTags(tag).WithSummary(summary).WithMetadata(new OperationNotes(fails ?? [], example));
}
