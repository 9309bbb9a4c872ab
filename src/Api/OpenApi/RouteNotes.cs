using System.Collections.Frozen;
using System.Text.RegularExpressions;

namespace Muse.Api.OpenApi;

/// <summary>Error codes and example of a route whose types do not say them.</summary>
internal sealed record RouteNote(string[] Fails, string? Example = null);

/// <summary>
/// The contract's notes for routes that do not carry them as <see cref="OperationNotes"/>; keyed by method and path, with every
/// parameter as <c>{}</c>.
/// </summary>
internal static partial class RouteNotes
{
    private static readonly string[] Preconditions = ["precondition_required", "version_mismatch"];

    private static readonly string[] Closed = ["booking_closed", "booking_expired", "booking_not_waiting"];

    private static readonly string[] Planned =
        ["unknown_time_zone", "invalid_local_time", "invalid_zoned_time", "offset_zone_mismatch", "zone_mismatch", "unsupported_critical_suffix",
            "local_time_skipped", "local_time_ambiguous", "start_in_past", "duration_out_of_range", "invalid_duration", "duration_not_offered",
            "slot_not_offered", "outside_availability", "beyond_horizon", "too_short_notice", "tutor_not_free", "student_not_free"];

    private static readonly FrozenDictionary<string, RouteNote> Notes = new Dictionary<string, RouteNote>
    {
        ["POST /v1/bookings"] = new(
            [.. Planned, "booking_exists", "not_allowed", "not_found", "own_lesson", "too_many_requests_waiting", "unknown_provider"],
            """
            {"tutorId":"0199b3a0-0000-7000-8000-000000000001","studentId":"0199b3a0-0000-7000-8000-000000000002",
             "startLocal":"2026-12-07T12:00","timeZone":"Asia/Dubai","durationMinutes":60}
            """),
        ["GET /v1/bookings"] = new(["unknown_state", "malformed_cursor", "out_of_range"]),
        ["POST /v1/bookings/{}/confirm"] = new([.. Preconditions, .. Closed, "not_allowed", "tutor_not_free", "student_not_free"]),
        ["POST /v1/bookings/{}/decline"] = new(
            [.. Preconditions, .. Closed, "not_allowed", "already_confirmed", "text_too_long"], """{"reason":"I am on a concert tour that week."}"""),
        ["POST /v1/bookings/{}/cancel"] = new(
            [.. Preconditions, .. Closed, "not_allowed", "lesson_started", "lesson_over", "text_too_long"], """{"reason":"She has a fever."}"""),
        ["POST /v1/bookings/{}/reschedule"] = new(
            [.. Preconditions, .. Closed, .. Planned, "not_allowed", "lesson_started", "lesson_over", "text_too_long"],
            """{"startLocal":"2026-12-08T12:00","timeZone":"Asia/Dubai","durationMinutes":60}"""),
        ["GET /v1/lessons"] = new(["invalid_instant", "invalid_date_range", "malformed_cursor", "out_of_range"]),
        ["GET /v1/mentor-requests/{}/matches"] = new(["out_of_range"]),
        ["GET /v1/admin/errands"] = new(["not_allowed", "unknown_state", "malformed_cursor", "out_of_range"]),
        ["POST /v1/admin/errands/{}/replay"] = new(["not_allowed"]),
        ["GET /v1/admin/projections"] = new(["not_allowed"]),
        ["POST /v1/admin/projections/{}/rebuild"] = new(["not_allowed"]),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    public static RouteNote? Of(string key) => Notes.GetValueOrDefault(key);

    public static string Key(string method, string path) => $"{method} /{Parameter().Replace(path.Trim('/'), "{}")}";

    /// <summary>A name for a route without one: <c>GET /v1/admin/errands</c> is <c>getAdminErrands</c>.</summary>
    public static string NameOf(string key)
    {
        var words = key.Split([' ', '/', '-', '.', '{', '}'], StringSplitOptions.RemoveEmptyEntries);
        return words[0].ToLowerInvariant() + string.Concat(words.Skip(1).Where(word => word != "v1").Select(word => char.ToUpperInvariant(word[0]) + word[1..]));
    }

    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex Parameter();
}
