using System.Text.Json.Serialization;
using FluentValidation.Results;
using Microsoft.AspNetCore.Http.HttpResults;
using Muse.Domain;

namespace Muse.Api.Http;

/// <summary>One member of the request that is to blame (RFC 9457 §3.1: <c>errors</c> with a JSON pointer as URI fragment).</summary>
/// <param name="Pointer">For a member of the body, RFC 6901 §6: <c>#/weekly/0/start</c>.</param>
/// <param name="Parameter">For a query or path parameter or a header, its name.</param>
public sealed record ProblemError(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Pointer,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Parameter,
    string Code,
    string Detail);

/// <summary>Every failure leaves as RFC 9457 problem details with a stable <c>code</c>.</summary>
public static class Problems
{
    public static ProblemHttpResult From(Refusal refusal)
    {
        var members = new Dictionary<string, object?>();
        if (refusal.Pointer is { } pointer)
            members["errors"] = new[] { new ProblemError("#" + pointer, null, refusal.Code, refusal.Detail) };
        if (refusal.Alternatives.Count > 0)
            members["alternatives"] = refusal.Alternatives;
        if (refusal.OpensAt is { } opensAt)
            members["opensAt"] = opensAt;
        return Of(StatusOf(refusal.Kind), refusal.Code, refusal.Detail, members);
    }

    public static ProblemHttpResult Of(int status, string code, string detail, IDictionary<string, object?>? members = null)
    {
        var extensions = members is null ? [] : new Dictionary<string, object?>(members);
        extensions["code"] = code;
        return TypedResults.Problem(detail: detail, statusCode: status, extensions: extensions);
    }

    /// <summary>422 with every failure listed; the problem's own code is that of the first.</summary>
    public static ProblemHttpResult From(IReadOnlyList<ValidationFailure> failures)
    {
        var errors = failures.Take(20).Select(ErrorOf).ToArray();
        return Of(StatusCodes.Status422UnprocessableEntity, errors[0].Code, errors[0].Detail,
            new Dictionary<string, object?> { ["errors"] = errors });
    }

    public static ProblemError ErrorOf(ValidationFailure failure) =>
        new(PointerOf(failure.PropertyName), null, CodeOf(failure.ErrorCode), failure.ErrorMessage);

    public static ProblemHttpResult NotFound() => From(Refusal.NotFound());

    public static int StatusOf(RefusalKind kind) => kind switch
    {
        RefusalKind.Invalid => StatusCodes.Status422UnprocessableEntity,
        RefusalKind.NotFound => StatusCodes.Status404NotFound,
        RefusalKind.Forbidden => StatusCodes.Status403Forbidden,
        RefusalKind.Stale => StatusCodes.Status412PreconditionFailed,
        RefusalKind.Gone => StatusCodes.Status410Gone,
        _ => StatusCodes.Status409Conflict,
    };

    /// <summary>FluentValidation's <c>Weekly[0].Start</c> as <c>#/weekly/0/start</c>.</summary>
    private static string PointerOf(string property) =>
        property.Length == 0
            ? "#"
            : "#/" + string.Join('/', property.Replace("[", ".", StringComparison.Ordinal).Replace("]", "", StringComparison.Ordinal)
                .Split('.', StringSplitOptions.RemoveEmptyEntries)
                .Select(part => char.ToLowerInvariant(part[0]) + part[1..]));

    private static string CodeOf(string? errorCode) => errorCode switch
    {
        null or "" => "invalid",
        "NotEmptyValidator" or "NotNullValidator" => "missing_value",
        "MaximumLengthValidator" or "LengthValidator" or "ExactLengthValidator" => "wrong_length",
        "MinimumLengthValidator" => "too_short",
        "InclusiveBetweenValidator" or "ExclusiveBetweenValidator" or "GreaterThanValidator" or "GreaterThanOrEqualValidator"
            or "LessThanValidator" or "LessThanOrEqualValidator" => "out_of_range",
        _ when errorCode.EndsWith("Validator", StringComparison.Ordinal) => "invalid",
        _ => errorCode,
    };
}
