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
    private static readonly FrozenDictionary<string, RouteNote> Notes = new Dictionary<string, RouteNote>
    {
        ["PUT /v1/tutors/{}/availability"] = new(
            ["precondition_required", "version_mismatch", "not_allowed", "unknown_time_zone", "empty_window", "out_of_range"],
            """
            {"timeZone":"Asia/Seoul","weekly":[{"day":"monday","start":"15:00","end":"20:00"}],"overrides":[{"date":"2026-12-25","windows":[]}],
             "travel":[],"durationsMinutes":[30,60],"stepMinutes":30,"bufferBeforeMinutes":0,"bufferAfterMinutes":10,"minimumNoticeMinutes":720,"horizonDays":60}
            """),
        ["GET /v1/tutors/{}/availability"] = new(["not_allowed"]),
        ["GET /v1/tutors/{}/slots"] = new(["unknown_time_zone", "out_of_range", "range_too_long", "unknown_duration"]),
        ["POST /v1/scheduling/slots"] = new(["unknown_time_zone", "out_of_range", "range_too_long", "empty_window", "too_many_slots"],
            """
            {"timeZone":"Asia/Seoul","weekly":[{"day":"monday","start":"15:00","end":"20:00"}],"overrides":[],"travel":[],"busy":[],
             "durationMinutes":60,"stepMinutes":30,"fromDate":"2026-12-01","toDate":"2026-12-14","viewerZone":"Asia/Dubai","now":"2026-11-21T08:00:00Z"}
            """),
        ["POST /v1/scheduling/series"] = new(["unknown_time_zone", "out_of_range", "too_many_occurrences"],
            """
            {"startLocal":"2026-12-07T17:00","timeZone":"Asia/Seoul","durationMinutes":60,"count":10,"intervalWeeks":1,"viewerZone":"Asia/Dubai"}
            """),
        ["POST /v1/bookings"] = new(
            ["slot_taken", "not_open", "starts_in_past", "skipped_local_time", "ambiguous_local_time", "unknown_time_zone", "unknown_duration",
                "not_allowed", "not_found"],
            """
            {"tutorId":"0199b3a0-0000-7000-8000-000000000001","studentId":"0199b3a0-0000-7000-8000-000000000002",
             "startLocal":"2026-12-07T12:00","timeZone":"Asia/Dubai","durationMinutes":60}
            """),
        ["POST /v1/bookings/{}/confirm"] = new(["precondition_required", "version_mismatch", "not_allowed", "booking_expired", "booking_closed"]),
        ["POST /v1/bookings/{}/decline"] = new(
            ["precondition_required", "version_mismatch", "not_allowed", "already_confirmed", "booking_closed"], """{"reason":"I am on a concert tour that week."}"""),
        ["POST /v1/bookings/{}/cancel"] = new(
            ["precondition_required", "version_mismatch", "not_allowed", "booking_closed"], """{"reason":"She has a fever."}"""),
        ["POST /v1/bookings/{}/reschedule"] = new(
            ["precondition_required", "version_mismatch", "not_allowed", "slot_taken", "booking_closed", "unknown_time_zone", "skipped_local_time", "ambiguous_local_time"],
            """{"startLocal":"2026-12-08T12:00","timeZone":"Asia/Dubai","durationMinutes":60}"""),
        ["POST /v1/lessons/{}/join"] = new(["not_allowed", "room_not_open", "lesson_over", "no_provider_allowed"]),
        ["POST /v1/mentor-requests"] = new(["not_allowed", "unknown_time_zone", "unknown_level", "empty_window", "out_of_range"],
            """
            {"studentId":"0199b3a0-0000-7000-8000-000000000002","instrument":"violin","level":"beginner","languages":["en","ar"],
             "timeZone":"Asia/Dubai","wishedHours":[{"day":"saturday","start":"10:00","end":"13:00"}],"durationMinutes":45}
            """),
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
