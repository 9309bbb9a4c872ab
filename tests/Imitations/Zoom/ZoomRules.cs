using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using NodaTime;
using NodaTime.Text;

namespace Muse.Imitations.Zoom;

/// <summary>What Zoom accepts in the body of a create or an update, and what it makes of it.</summary>
internal static partial class ZoomRules
{
    private static readonly int[] Types = [1, 2, 3, 8];
    private static readonly int[] EarlyMinutes = [0, 5, 10, 15];
    private static readonly string[] Switches =
        ["host_video", "participant_video", "join_before_host", "mute_upon_entry", "waiting_room", "use_pmi", "meeting_authentication", "private_meeting", "email_notification"];

    public static List<(string Field, string Message)> Faults(JsonObject body)
    {
        var faults = new List<(string, string)>();
        void Wants(bool holds, string field)
        {
            if (!holds) faults.Add((field, $"Invalid parameter: {field[(field.IndexOf('.', StringComparison.Ordinal) + 1)..]}."));
        }
        if (body["type"] is { } type) Wants(Number(type) is { } t && Types.Contains(t), "type");
        if (body["duration"] is { } duration) Wants(Number(duration) is > 0, "duration");
        if (body["timezone"] is { } zone) Wants(Text(zone) is { } id && DateTimeZoneProviders.Tzdb.GetZoneOrNull(id) is not null, "timezone");
        if (body["start_time"] is { } start) Wants(Start(body) is not null && Text(start) is not null, "start_time");
        if (body["password"] is { } password) Wants(Text(password) is { } p && Passcode().IsMatch(p), "password");
        if (body["topic"] is { } topic) Wants(Text(topic) is { Length: <= 200 }, "topic");
        if (body["agenda"] is { } agenda) Wants(Text(agenda) is { Length: <= 2_000 }, "agenda");
        if (body["recurrence"] is JsonObject recurrence)
        {
            Wants(recurrence["end_times"] is null || recurrence["end_date_time"] is null, "recurrence.end_times");
            if (recurrence["end_times"] is { } times) Wants(Number(times) is >= 1 and <= 50, "recurrence.end_times");
        }
        if (body["settings"] is JsonObject settings)
        {
            if (settings["jbh_time"] is { } early) Wants(Number(early) is { } minutes && EarlyMinutes.Contains(minutes), "settings.jbh_time");
            if (settings["auto_recording"] is { } recording) Wants(Text(recording) is "local" or "cloud" or "none", "settings.auto_recording");
            if (settings["audio"] is { } audio) Wants(Text(audio) is "both" or "telephony" or "voip" or "thirdParty", "settings.audio");
            if (settings["approval_type"] is { } approval) Wants(Number(approval) is 0 or 1 or 2, "settings.approval_type");
            foreach (var name in Switches)
            {
                if (settings[name] is { } value) Wants(value.GetValueKind() is JsonValueKind.True or JsonValueKind.False, "settings." + name);
            }
        }
        return faults;
    }

    /// <summary>Only after <see cref="Faults"/> found none.</summary>
    public static void Apply(JsonObject body, ZoomMeeting meeting)
    {
        if (Text(body["topic"]) is { } topic) meeting.Topic = topic;
        if (Text(body["agenda"]) is { } agenda) meeting.Agenda = agenda;
        if (Number(body["type"]) is { } type) meeting.Type = type;
        if (Number(body["duration"]) is { } duration) meeting.Duration = duration;
        if (Text(body["timezone"]) is { } zone) meeting.TimeZone = zone;
        if (Text(body["password"]) is { } password) meeting.Password = password;
        if (body["start_time"] is not null) meeting.Start = Start(body);
        if (body["settings"] is JsonObject settings)
        {
            foreach (var (name, value) in settings) meeting.Settings[name] = value?.DeepClone();
        }
    }

    /// <summary>As the live service writes it.</summary>
    public static string? Time(DateTimeOffset? at) => at?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <summary>With Z it is UTC; without, local time in <c>timezone</c>.</summary>
    private static DateTimeOffset? Start(JsonObject body)
    {
        var text = Text(body["start_time"]) ?? "";
        if (InstantPattern.General.Parse(text) is { Success: true } instant) return instant.Value.ToDateTimeOffset();
        if (LocalDateTimePattern.GeneralIso.Parse(text) is not { Success: true } local) return null;
        var zone = DateTimeZoneProviders.Tzdb.GetZoneOrNull(Text(body["timezone"]) ?? "UTC");
        return zone is null ? null : local.Value.InZoneLeniently(zone).ToDateTimeOffset();
    }

    private static string? Text(JsonNode? node) => node?.GetValueKind() is JsonValueKind.String ? (string?)node : null;

    /// <summary>Zoom takes numbers that are written as strings.</summary>
    private static int? Number(JsonNode? node) => node?.GetValueKind() switch
    {
        JsonValueKind.Number when node.AsValue().TryGetValue<int>(out var number) => number,
        JsonValueKind.String when int.TryParse((string?)node, CultureInfo.InvariantCulture, out var number) => number,
        _ => null,
    };

    [GeneratedRegex(@"^[A-Za-z0-9@\-_*]{0,10}$")]
    private static partial Regex Passcode();
}
