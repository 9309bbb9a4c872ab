using System.Text.Json;
using NodaTime;
using NodaTime.Text;

namespace Muse.Adapters.Zoom;

/// <summary>A meeting as Zoom tells it, as far as Muse cares.</summary>
/// <param name="Agenda">Null when it was not told: lists need not carry it.</param>
/// <param name="Start">Null when it has no fixed time.</param>
/// <param name="StartUrl">Lets the host in; a secret, empty in lists.</param>
/// <param name="AutoRecording">Empty in lists.</param>
public sealed record HeldZoomMeeting(
    long Id, string Topic, string? Agenda, Instant? Start, int Minutes, string TimeZone, Instant CreatedAt, string Status, string JoinUrl, string StartUrl,
    string AutoRecording)
{
    private const string Marker = "muse-lesson:";

    public string Reference => Id.ToString(System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>The agenda's first line, since lists may cut it.</summary>
    public static string AgendaOf(Guid lessonId, string link) => $"{Marker}{lessonId}\n{link}";

    public bool IsOf(Guid lessonId) => Agenda is not null && Agenda.Contains($"{Marker}{lessonId}", StringComparison.OrdinalIgnoreCase);

    /// <summary>Null when it is no meeting.</summary>
    public static HeldZoomMeeting? Read(JsonElement from)
    {
        if (ZoomAnswer.Number(from, "id") is not { } id) return null;
        var zone = ZoomAnswer.Text(from, "timezone");
        return new HeldZoomMeeting(
            id,
            ZoomAnswer.Text(from, "topic"),
            from.TryGetProperty("agenda", out var agenda) && agenda.ValueKind is JsonValueKind.String ? agenda.GetString() : null,
            Time(ZoomAnswer.Text(from, "start_time"), zone),
            (int)(ZoomAnswer.Number(from, "duration") ?? 0),
            zone,
            Time(ZoomAnswer.Text(from, "created_at"), "UTC") ?? Instant.MaxValue,
            ZoomAnswer.Text(from, "status"),
            ZoomAnswer.Text(from, "join_url"),
            ZoomAnswer.Text(from, "start_url"),
            from.TryGetProperty("settings", out var settings) ? ZoomAnswer.Text(settings, "auto_recording") : "");
    }

    // "2022-03-25T07:29:29.0000000+00:00" in samples, "…Z" live; without an offset it is local to the meeting's zone.
    private static Instant? Time(string text, string zone)
    {
        if (OffsetDateTimePattern.ExtendedIso.Parse(text) is { Success: true } at) return at.Value.ToInstant();
        if (LocalDateTimePattern.ExtendedIso.Parse(text) is not { Success: true } local) return null;
        return DateTimeZoneProviders.Tzdb.GetZoneOrNull(zone)?.AtLeniently(local.Value).ToInstant();
    }
}
