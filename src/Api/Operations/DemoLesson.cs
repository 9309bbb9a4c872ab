using System.Net;
using System.Text.Json;
using Muse.Domain.Meetings;
using NodaTime;
using NodaTime.Text;

namespace Muse.Api.Operations;

/// <summary>
/// A lesson of the demonstration: the one that is still to come or on, else a new one. What is said of it is read from the server, for a person
/// may have moved it, put other providers into an order or taken one down since.
/// </summary>
/// <param name="asker">Who books: the student, or the guardian of a child.</param>
/// <param name="who">The student, in words.</param>
internal sealed class DemoLesson(
    Uri server, TimeProvider time, DemoClient tutor, DemoClient asker, string studentId, (string Who, string Place, string Zone) who)
{
    // The tutors' own zone: it has no daylight saving time, so that every minute of it can be booked.
    public static readonly DateTimeZone Seoul = DateTimeZoneProviders.Tzdb["Asia/Seoul"];

    /// <summary>A meeting that needs longer than this is told of as being arranged.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static readonly string[] StillToBe = ["scheduled", "started"];

    private Instant Now => Instant.FromDateTimeOffset(time.GetUtcNow());

    /// <summary>What to print of it.</summary>
    public async Task<string> PrepareAsync(int minutes, CancellationToken ct)
    {
        var (id, refused) = await FindAsync(ct) is { } there ? (there, null) : await BookAsync(NextMinute(Now), minutes, ct);
        return id is null
            ? $"  {tutor.Name} and {who.Who}: no lesson could be booked now. {refused}"
            : await DescribeAsync(id, ct);
    }

    /// <summary>The first full minute that is still ahead when the requests arrive.</summary>
    public static LocalDateTime NextMinute(Instant now) =>
        Instant.FromUnixTimeSeconds((now + Duration.FromSeconds(75)).ToUnixTimeSeconds() / 60 * 60).InZone(Seoul).LocalDateTime;

    private async Task<string?> FindAsync(CancellationToken ct)
    {
        // Longer than any lesson lasts.
        var from = InstantPattern.General.Format(Now - Duration.FromHours(5));
        var lessons = (await asker.GetAsync($"/v1/lessons?from={from}&limit=100", ct)).Body.GetProperty("items").EnumerateArray();
        return lessons.FirstOrDefault(lesson => Text(lesson, "tutorId") == tutor.RoleId && Text(lesson, "studentId") == studentId
            && StillToBe.Contains(Text(lesson, "state")) && At(lesson, "end") > Now && At(lesson, "joinOpensAt") <= Now + Duration.FromMinutes(2))
            is { ValueKind: JsonValueKind.Object } found ? Text(found, "id") : null;
    }

    private async Task<(string? Id, string? Refused)> BookAsync(LocalDateTime start, int minutes, CancellationToken ct, bool mayBeLater = true)
    {
        var booked = await asker.PostAsync("/v1/bookings", new
        {
            tutorId = tutor.RoleId,
            studentId,
            startLocal = LocalDateTimePattern.GeneralIso.Format(start),
            timeZone = Seoul.Id,
            durationMinutes = minutes,
        }, ct, null, HttpStatusCode.Conflict);
        if (booked.Status != HttpStatusCode.Conflict)
            return ((await tutor.PostAsync($"/v1/bookings/{booked.Text("id")}/confirm", null, ct, booked.Version)).Text("lessonId"), null);
        // Somebody has booked one of the two otherwise; the refusal names the next free starts.
        return mayBeLater && booked.Body.TryGetProperty("alternatives", out var others) && others.GetArrayLength() > 0
            ? await BookAsync(InstantPattern.ExtendedIso.Parse(others[0].GetString()!).Value.InZone(Seoul).LocalDateTime, minutes, ct, mayBeLater: false)
            : (null, booked.Text("detail"));
    }

    private async Task<string> DescribeAsync(string id, CancellationToken ct)
    {
        var path = $"/v1/lessons/{id}";
        var until = time.GetUtcNow() + Patience;
        var meeting = (await tutor.GetAsync($"{path}/meeting", ct)).Body;
        while (Text(meeting, "state") == "arranging" && time.GetUtcNow() < until)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(200), time, ct);
            meeting = (await tutor.GetAsync($"{path}/meeting", ct)).Body;
        }
        var lesson = (await tutor.GetAsync(path, ct)).Body;
        var (start, end, opens) = (At(lesson, "start"), At(lesson, "end"), At(lesson, "joinOpensAt"));
        var there = DateTimeZoneProviders.Tzdb[who.Zone];
        return $"""
              {tutor.Name} and {who.Who}, {How(meeting)}
                {Clock(start, Seoul)} to {Clock(end, Seoul)} in Seoul, {Clock(start, there)} to {Clock(end, there)} in {who.Place}; {(opens <= Now ? "the door is open" : $"the door opens at {Clock(opens, Seoul)} in Seoul")}
                {server.GetLeftPart(UriPartial.Authority)}/lessons/{id}
            """;
    }

    /// <summary>Where it is held and why, as the server says it.</summary>
    private static string How(JsonElement meeting)
    {
        switch (Text(meeting, "state"))
        {
            case "failed": return "without a meeting: no provider could arrange one, and Muse tries again by itself";
            case "no_provider_allowed": return "without a meeting: none of the providers here may be used where they are";
            case "ready": break;
            default: return "its meeting is still being arranged";
        }
        var because = Text(meeting, "chosenBecause") switch
        {
            "wished" => "the booking asked for it",
            "tutors_order" => "in this tutor's order it is the first that can be used",
            "schools_order" => "nobody asked for it; in the school's order it is the first that can be used",
            _ => null,
        };
        var forbidden = meeting.GetProperty("reasons").EnumerateArray()
            .Where(reason => Text(reason, "code") == "not_allowed_in_country").Select(reason => Name(Text(reason, "provider"))).ToArray();
        var law = forbidden.Length == 0 ? null : $"the law there does not allow {string.Join(" and ", forbidden)}";
        var why = string.Join("; ", new[] { because, law }.OfType<string>());
        return $"in {Name(Text(meeting, "provider"))}{(why.Length == 0 ? "" : $": {why}")}";
    }

    private static string Name(string? provider) => provider switch
    {
        ProviderPolicy.BuiltIn => "the built-in room",
        ProviderPolicy.Zoom => "Zoom",
        ProviderPolicy.GoogleMeet => "Google Meet",
        ProviderPolicy.Jitsi => "Jitsi",
        _ => provider ?? "no provider",
    };

    private static string Clock(Instant at, DateTimeZone zone) => at.InZone(zone).ToString("HH:mm", System.Globalization.CultureInfo.InvariantCulture);

    private static Instant At(JsonElement lesson, string member) => InstantPattern.ExtendedIso.Parse(Text(lesson, member)!).Value;

    private static string? Text(JsonElement thing, string member) => thing.TryGetProperty(member, out var value) ? value.GetString() : null;
}
