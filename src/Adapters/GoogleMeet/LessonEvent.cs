using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Muse.Domain.Meetings;
using NodaTime;
using NodaTime.Text;

namespace Muse.Adapters.GoogleMeet;

/// <summary>
/// A lesson as a Calendar event: its id, which follows from the lesson and says whose account made it, and what is sent. The lesson names no
/// child and invites nobody unless the school says so, and then adults only: people come by Muse's own link.
/// </summary>
internal static class LessonEvent
{
    /// <summary>Ids that are tried one after the other when somebody deleted the earlier ones (a deleted id stays taken).</summary>
    public const int MostIds = 10;

    /// <summary>Key of the event's private property that holds the lesson's id.</summary>
    public const string LessonProperty = "museLesson";

    private const string TutorsPrefix = "musetutor";
    private const string SchoolsPrefix = "museschool";
    private const int LessonLength = 26;

    private static readonly OffsetDateTimePattern Rfc3339 = OffsetDateTimePattern.Rfc3339;

    /// <summary>Base32hex in lower case, as Calendar wants of ids that a client chooses (a–v, 0–9; RFC 4648 section 7).</summary>
    /// <param name="nth">0 for the first, up to <see cref="MostIds"/> − 1.</param>
    public static string Id(GoogleAccount account, Guid lessonId, int nth) =>
        (account.IsOwn ? TutorsPrefix : SchoolsPrefix) + Base32Hex(lessonId.ToByteArray(bigEndian: true))
        + (nth == 0 ? "" : nth.ToString(CultureInfo.InvariantCulture));

    public static bool IsTutorsOwn(string eventId) => eventId.StartsWith(TutorsPrefix, StringComparison.Ordinal);

    /// <summary>Made by a Muse: other events of the calendar are nobody's business.</summary>
    public static bool IsOurs(string eventId) =>
        (IsTutorsOwn(eventId) && eventId.Length - TutorsPrefix.Length is LessonLength or LessonLength + 1)
        || (eventId.StartsWith(SchoolsPrefix, StringComparison.Ordinal) && eventId.Length - SchoolsPrefix.Length is LessonLength or LessonLength + 1);

    /// <param name="attendees">Addresses; they are told nothing (<c>sendUpdates=none</c>), and do not see one another.</param>
    public static JsonObject Body(string id, MeetingOrder order, string requestId, IReadOnlyList<string> attendees)
    {
        var body = Body(id, order, requestId);
        if (attendees.Count > 0) body["attendees"] = new JsonArray([.. attendees.Select(email => new JsonObject { ["email"] = email })]);
        return body;
    }

    private static JsonObject Body(string id, MeetingOrder order, string requestId) => new()
    {
        ["id"] = id,
        ["summary"] = order.Title,
        ["description"] = order.Link,
        ["start"] = Time(order.Start, order.TimeZone),
        ["end"] = Time(order.End, order.TimeZone),
        ["visibility"] = "private",
        ["guestsCanInviteOthers"] = false,
        ["guestsCanModify"] = false,
        ["guestsCanSeeOtherGuests"] = false,
        ["extendedProperties"] = new JsonObject { ["private"] = new JsonObject { [LessonProperty] = order.LessonId.ToString() } },
        ["conferenceData"] = Conference(requestId),
    };

    /// <summary>
    /// The lesson's time, and nothing else: what the tutor wrote into the event stays. A person may have made it an all-day event, and Calendar
    /// refuses one that has a date and a time, so the date is taken out.
    /// </summary>
    public static JsonObject NewTime(MeetingOrder order) => new()
    {
        ["start"] = Time(order.Start, order.TimeZone, clearDate: true),
        ["end"] = Time(order.End, order.TimeZone, clearDate: true),
    };

    public static JsonObject NewConference(string requestId) => new() { ["conferenceData"] = Conference(requestId) };

    /// <summary>Google ignores a request id that it saw before, so each attempt has its own.</summary>
    public static string RequestId(MeetingOrder order, Instant now) =>
        string.Create(CultureInfo.InvariantCulture, $"{order.LessonId:N}-{now.ToUnixTimeTicks()}");

    public static bool IsAt(CalendarEvent e, MeetingOrder order) => Read(e.Start) == order.Start && Read(e.End) == order.End;

    private static Instant? Read(CalendarTime? time) =>
        time?.DateTime is { } text && Rfc3339.Parse(text) is { Success: true } parsed ? parsed.Value.ToInstant() : null;

    private static JsonObject Conference(string requestId) => new()
    {
        ["createRequest"] = new JsonObject
        {
            ["requestId"] = requestId,
            ["conferenceSolutionKey"] = new JsonObject { ["type"] = "hangoutsMeet" },
        },
    };

    /// <summary>With the offset, because local time alone is ambiguous in the hour that comes twice.</summary>
    private static JsonObject Time(Instant at, string zone, bool clearDate = false)
    {
        var time = new JsonObject
        {
            ["dateTime"] = Rfc3339.Format(at.InZone(DateTimeZoneProviders.Tzdb.GetZoneOrNull(zone) ?? DateTimeZone.Utc).ToOffsetDateTime()),
            ["timeZone"] = DateTimeZoneProviders.Tzdb.GetZoneOrNull(zone)?.Id ?? "UTC",
        };
        if (clearDate) time["date"] = null;
        return time;
    }

    private static string Base32Hex(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder(LessonLength);
        int bits = 0, held = 0;
        foreach (var b in bytes)
        {
            held = (held << 8) | b;
            for (bits += 8; bits >= 5; bits -= 5) text.Append("0123456789abcdefghijklmnopqrstuv"[(held >> (bits - 5)) & 31]);
            held &= (1 << bits) - 1;
        }
        if (bits > 0) text.Append("0123456789abcdefghijklmnopqrstuv"[(held << (5 - bits)) & 31]);
        return text.ToString();
    }
}
