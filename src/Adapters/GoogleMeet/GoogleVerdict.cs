using System.Text.Json;
using Muse.Domain.Meetings;

namespace Muse.Adapters.GoogleMeet;

/// <summary>What an answer of Google means for us.</summary>
internal enum GoogleVerdict
{
    Done,
    /// <summary>404: the thing or its calendar is not there, or not ours to see.</summary>
    NotFound,
    /// <summary>410 of an event: it was deleted.</summary>
    Deleted,
    /// <summary>409: the id that we chose is taken, by an earlier attempt.</summary>
    Duplicate,
    /// <summary>412: somebody changed it since we read it.</summary>
    Changed,
    /// <summary>410 of a list: its sync token is too old.</summary>
    FullSync,
    /// <summary>401: the token is not honoured.</summary>
    Unauthorized,
    /// <summary>A right, a licence or a setting is missing.</summary>
    NotPermitted,
    /// <summary>A quota that lasts for hours.</summary>
    Quota,
    /// <summary>Too fast: again after a pause.</summary>
    SlowDown,
    /// <summary>Google's own trouble.</summary>
    Trouble,
    /// <summary>The request is wrong: ours to mend.</summary>
    Wrong,
}

/// <summary>
/// Reads Google's two styles of errors: <c>errors[].reason</c> (Calendar, Drive) and <c>status</c> (Meet). 403 means "wait a second", "wait for
/// hours" and "never", so the reason decides and the status is only for reasons that nobody has heard of.
/// </summary>
internal static class GoogleVerdicts
{
    /// <param name="reason">Calendar's <c>reason</c> or Meet's <c>status</c>; empty when the body said none.</param>
    public static GoogleVerdict Of(int status, string reason) => (status, reason) switch
    {
        ( >= 200 and < 300, _) => GoogleVerdict.Done,
        (_, "userRateLimitExceeded" or "rateLimitExceeded" or "RESOURCE_EXHAUSTED") => GoogleVerdict.SlowDown,
        (_, "quotaExceeded" or "dailyLimitExceeded" or "calendarUsageLimitsExceeded") => GoogleVerdict.Quota,
        (_, "insufficientPermissions" or "forbiddenForNonOrganizer" or "forbidden" or "requiredAccessLevel" or "accessNotConfigured"
            or "notACalendarUser" or "PERMISSION_DENIED" or "FAILED_PRECONDITION") => GoogleVerdict.NotPermitted,
        (_, "authError" or "UNAUTHENTICATED") => GoogleVerdict.Unauthorized,
        (_, "duplicate") => GoogleVerdict.Duplicate,
        (_, "conditionNotMet") => GoogleVerdict.Changed,
        (_, "fullSyncRequired" or "updatedMinTooLongAgo") => GoogleVerdict.FullSync,
        (_, "deleted") => GoogleVerdict.Deleted,
        (_, "notFound" or "NOT_FOUND") => GoogleVerdict.NotFound,
        (_, "timeRangeEmpty" or "required" or "invalid" or "badRequest" or "parseError" or "INVALID_ARGUMENT") => GoogleVerdict.Wrong,
        (_, "backendError" or "internalError" or "INTERNAL" or "UNAVAILABLE" or "DEADLINE_EXCEEDED" or "ABORTED") => GoogleVerdict.Trouble,
        (401, _) => GoogleVerdict.Unauthorized,
        (403, _) => GoogleVerdict.NotPermitted,
        (404, _) => GoogleVerdict.NotFound,
        (408, _) => GoogleVerdict.Trouble,
        (409, _) => GoogleVerdict.Duplicate,
        (410, _) => GoogleVerdict.Deleted,
        (412, _) => GoogleVerdict.Changed,
        (429, _) => GoogleVerdict.SlowDown,
        ( >= 400 and < 500, _) => GoogleVerdict.Wrong,
        // 3xx too: a bearer token follows nobody elsewhere.
        _ => GoogleVerdict.Trouble,
    };

    /// <summary>The first error's reason, else the status, else empty. A body that is no JSON (a proxy's page) has none.</summary>
    public static string ReasonIn(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            if (json.RootElement.ValueKind is not JsonValueKind.Object || !json.RootElement.TryGetProperty("error", out var error)
                || error.ValueKind is not JsonValueKind.Object)
                return "";
            if (error.TryGetProperty("errors", out var errors) && errors.ValueKind is JsonValueKind.Array && errors.GetArrayLength() > 0
                && errors[0].ValueKind is JsonValueKind.Object && Text(errors[0], "reason") is { } reason)
                return reason;
            return Text(error, "status") ?? "";
        }
        catch (JsonException)
        {
            return "";
        }
    }

    /// <summary>The answer for a verdict that will not pass by itself. The detail is ours: Google's words may name people.</summary>
    public static MeetingAnswer Failed(GoogleVerdict verdict, string reason) => verdict switch
    {
        GoogleVerdict.Unauthorized => MeetingAnswer.Failed(MeetingAnswer.DisconnectedCode, "Google no longer honours the account's token."),
        GoogleVerdict.Quota => MeetingAnswer.Failed(MeetingAnswer.QuotaCode, $"Google's usage limit of the calendar is reached ({Shown(reason)}); it lasts for hours."),
        GoogleVerdict.NotPermitted => MeetingAnswer.Failed(MeetingAnswer.NotPermittedCode, $"Google does not permit it ({Shown(reason)})."),
        GoogleVerdict.NotFound => MeetingAnswer.Failed(MeetingAnswer.NotPermittedCode, "Google knows no such calendar, or does not show it to this account."),
        _ => MeetingAnswer.Failed(MeetingAnswer.NotPermittedCode, $"Google refuses the request ({Shown(reason)})."),
    };

    /// <summary>A reason is a short word; anything else is not repeated into events.</summary>
    private static string Shown(string reason) =>
        reason.Length is > 0 and <= 40 && reason.All(c => char.IsAsciiLetterOrDigit(c) || c is '_') ? reason : "no reason given";

    private static string? Text(JsonElement of, string name) =>
        of.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String ? value.GetString() : null;
}
