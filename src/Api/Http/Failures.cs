using System.Text.Json;
using System.Text.RegularExpressions;
using FluentValidation;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http.HttpResults;
using Muse.Adapters.Postgres;
using Muse.Domain.Recordings;

namespace Muse.Api.Http;

/// <summary>
/// Turns what was thrown into a problem: a body that cannot be read, a precondition, a refusal thrown inside a transaction, a stale
/// version, and, as 500 without any detail, a bug.
/// </summary>
internal sealed partial class Failures(IProblemDetailsService problems, ILogger<Failures> log) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext http, Exception exception, CancellationToken ct)
    {
        if (exception is OperationCanceledException && http.RequestAborted.IsCancellationRequested)
        {
            http.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
            return true;
        }
        var problem = Of(exception);
        if (problem is null)
        {
            // The endpoint itself is taken off a request that failed.
            LogBug(log, exception, http.Request.Method, http.Features.Get<IExceptionHandlerFeature>()?.Endpoint?.DisplayName);
            problem = Problems.Of(StatusCodes.Status500InternalServerError, "server_error", "Something broke on our side; try again later.");
        }
        http.Response.StatusCode = problem.StatusCode;
        await problems.WriteAsync(new ProblemDetailsContext { HttpContext = http, ProblemDetails = problem.ProblemDetails });
        return true;
    }

    private static ProblemHttpResult? Of(Exception exception) => exception switch
    {
        PreconditionFailed failed => Problems.Of(failed.Status, failed.Code, failed.Message),
        Refused refused => Problems.From(refused.Refusal),
        StaleVersion => IfMatch.Stale(),
        StreamExists exists => Problems.From(exists.Refusal),
        ValidationException invalid => Problems.From([.. invalid.Errors]),
        BadHttpRequestException bad => Of(bad),
        // Its message names no place.
        ShelfTrouble trouble => Problems.Of(StatusCodes.Status503ServiceUnavailable, trouble.Code, "Where recordings are kept does not answer now; try again later."),
        _ => null,
    };

    private static ProblemHttpResult Of(BadHttpRequestException bad)
    {
        switch (bad.StatusCode)
        {
            case StatusCodes.Status413PayloadTooLarge:
                return Problems.Of(bad.StatusCode, "body_too_large", "The body is larger than this call takes.");
            case StatusCodes.Status415UnsupportedMediaType:
                return Problems.Of(bad.StatusCode, "unsupported_media_type", "Send a body of a type that this call takes, else application/json.");
            case StatusCodes.Status408RequestTimeout:
                return Problems.Of(bad.StatusCode, "request_timeout", "The body came too slowly.");
            case StatusCodes.Status431RequestHeaderFieldsTooLarge:
                return Problems.Of(bad.StatusCode, "headers_too_large", "The headers are too large.");
        }
        if (bad.InnerException is JsonException json)
            return Problems.Of(StatusCodes.Status400BadRequest, "malformed_body", Reason(json), new Dictionary<string, object?>
            {
                ["errors"] = new[] { new ProblemError(PointerOf(json.Path), null, "malformed_body", Reason(json)) },
            });
        if (Parameter().Match(bad.Message) is { Success: true } match && match.Groups["source"].Value != "body")
        {
            var name = match.Groups["name"].Value;
            var detail = $"{name} is missing or not of the right form.";
            return Problems.Of(StatusCodes.Status400BadRequest, "malformed_parameter", detail, new Dictionary<string, object?>
            {
                ["errors"] = new[] { new ProblemError(null, name, "malformed_parameter", detail) },
            });
        }
        return Problems.Of(StatusCodes.Status400BadRequest, "malformed_body", "The body is missing or cannot be read.");
    }

    // System.Text.Json's messages name CLR types; only what a client can act on goes out.
    internal static string Reason(JsonException json) =>
        json.Message.Contains("could not be mapped", StringComparison.Ordinal) ? "There is no such member."
        : json.Message.Contains("uplicate", StringComparison.Ordinal) ? "A member occurs twice."
        : MissingMembers().Match(json.Message) is { Success: true } missing ? $"Missing: {missing.Groups[1].Value}."
        : "The body is not the JSON this call takes.";

    /// <summary>System.Text.Json's path <c>$.weekly[0]['a b']</c> as JSON pointer in a URI fragment.</summary>
    internal static string PointerOf(string? path)
    {
        if (path is null || path.Length > 512)
            return "#";
        var pointer = new System.Text.StringBuilder("#");
        foreach (Match part in PathPart().Matches(path))
        {
            var name = part.Groups["name"].Success ? part.Groups["name"].Value : part.Groups["index"].Success ? part.Groups["index"].Value : part.Groups["quoted"].Value;
            pointer.Append('/').Append(Uri.EscapeDataString(name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)));
        }
        return pointer.ToString();
    }

    [GeneratedRegex("""\.(?<name>[^.\[]+)|\[(?<index>[0-9]+)\]|\['(?<quoted>.*?)'\]""")]
    private static partial Regex PathPart();

    [GeneratedRegex("parameter \"(?:\\S+ )?(?<name>\\w+)\"(?: from \"| was not provided from (?:the )?)(?<source>\\w+)?")]
    private static partial Regex Parameter();

    [GeneratedRegex("missing required properties including: (.{1,400}?)\\.?$")]
    private static partial Regex MissingMembers();

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Endpoint} failed")]
    private static partial void LogBug(ILogger log, Exception exception, string method, string? endpoint);
}
