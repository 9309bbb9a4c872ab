using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;

namespace Muse.Api.Http;

/// <summary>
/// The precondition of a change (RFC 9110 §13.1.1). Endpoints take it as a parameter or ask <see cref="Required"/>; without the header
/// the answer is 428 <c>precondition_required</c>. Only a strong tag that is a version counts; <c>*</c> does not, because it would
/// overwrite a change nobody has seen.
/// </summary>
/// <param name="Version">The version the caller has seen; -1 when the tag is not one of ours, which is always stale.</param>
public sealed record IfMatch(long Version)
{
    /// <summary>Throws <see cref="PreconditionFailed"/>, which leaves as 428 or 412.</summary>
    public static long Required(HttpContext http) =>
        Read(http) ?? throw new PreconditionFailed(StatusCodes.Status428PreconditionRequired, "precondition_required",
            "Send If-Match with the ETag of the version you have seen.");

    /// <summary>
    /// For a PUT that makes or changes: <c>If-None-Match: *</c> means "there is none yet" and gives 0, <c>If-Match</c> gives its version.
    /// </summary>
    public static long RequiredOrNone(HttpContext http)
    {
        var none = http.Request.Headers.IfNoneMatch;
        if (none.Count == 0)
            return Required(http);
        if (none.Count == 1 && none[0]?.Trim() == "*")
            return 0;
        throw new PreconditionFailed(StatusCodes.Status428PreconditionRequired, "precondition_required",
            "Only If-None-Match: * is understood here; to change what exists, send If-Match.");
    }

    public static ValueTask<IfMatch?> BindAsync(HttpContext http) => ValueTask.FromResult<IfMatch?>(new IfMatch(Required(http)));

    /// <summary>412 for a decision on a version that is no longer the current one.</summary>
    public static ProblemHttpResult Stale() =>
        Problems.Of(StatusCodes.Status412PreconditionFailed, "version_mismatch", "This was changed since you read it; read it again.");

    private static long? Read(HttpContext http)
    {
        var values = http.Request.Headers.IfMatch;
        if (values.Count == 0)
            return null;
        if (!EntityTagHeaderValue.TryParseList(values, out var tags) || tags.Count != 1 || tags[0].IsWeak)
            return -1;
        var text = tags[0].Tag.AsSpan().Trim('"');
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : -1;
    }
}

/// <summary>Thrown by <see cref="IfMatch"/> before a handler runs; becomes a problem at the border.</summary>
public sealed class PreconditionFailed(int status, string code, string detail) : Exception(detail)
{
    public int Status => status;

    public string Code => code;
}
