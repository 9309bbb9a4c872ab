using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using NodaTime;
using NodaTime.Text;

namespace Muse.Api.Operations;

/// <summary>
/// Fills a server with a demonstration, through its own HTTP interface as any client would: a tutor in Seoul, a child in Abu Dhabi with a
/// guardian, a student in London, and for the student a lesson that starts now. With providers that stand in for the real ones
/// (<c>MUSE_IMITATIONS</c> is the address of their page) there is a second tutor, and a lesson at each provider, all with their doors open at once.
/// </summary>
public sealed class Demo(Uri server, DataFolder data, TimeProvider time, string? imitations)
{
    private const int Minutes = 60;

    // A door opens ten minutes before its lesson: two lessons in a row, one of ten minutes and the next, are both open now.
    private const int Short = 10;
    private const int Step = 5;

    // The tutor's own zone: it has no daylight saving time, so that every minute of it can be booked.
    private static readonly DateTimeZone Seoul = DateTimeZoneProviders.Tzdb["Asia/Seoul"];

    private static readonly (string Whose, string Place, string Zone) InLondon = ("the student", "London", "Europe/London");
    private static readonly (string Whose, string Place, string Zone) InAbuDhabi = ("the child", "Abu Dhabi", "Asia/Dubai");

    // On weekdays 12:00 to 19:00 in Abu Dhabi and 08:00 or 09:00 to 15:00 or 16:00 in London, on Saturday 09:00 to 17:00 in Abu Dhabi: both find
    // the tutor with the hours that the search proposes.
    private static readonly object[] Weekly =
        [.. Enumerable.Range(1, 5).Select(day => new { day, start = "17:00", end = "24:00" }), new { day = 6, start = "14:00", end = "22:00" }];

    /// <summary>What to print; the demonstration never stops the server from serving.</summary>
    public static async Task<string> PrepareAsync(Listening listening, DataFolder data, TimeProvider time, string? imitations, CancellationToken ct)
    {
        var demo = new Demo(new Uri(listening.Here), data, time, imitations);
        try
        {
            return await demo.PrepareAsync(ct);
        }
        catch (Exception wrong) when (wrong is HttpRequestException or JsonException or KeyNotFoundException)
        {
            return $"The demonstration could not be prepared: {wrong.Message}\n";
        }
    }

    private async Task<string> PrepareAsync(CancellationToken ct)
    {
        var people = DemoPeople.ReadOrMake(data);
        using var tutor = await SignInAsync(people.Tutor, ct);
        using var guardian = await SignInAsync(people.Guardian, ct);
        using var student = await SignInAsync(people.Student, ct);
        var child = await ChildAsync(guardian, ct);
        await PresentAsync(tutor, "바이올린을 가르칩니다. I have taught children and grown-ups by video since 2020.", ct);
        var secondTutor = imitations is null ? null : DemoPeople.ReadOrMakeSecondTutor(data);
        var lesson = secondTutor is null
            ? await LessonAsync(tutor, student, student.RoleId, InLondon, NextMinute(), Minutes, "its room is open", ct)
            : $"""
                {await LessonsAtAllAsync(tutor, secondTutor, guardian, child, student, ct)}

                {TryProviders}
                """;
        var second = secondTutor is null ? "" : $"\n  {"second tutor in Seoul",-32} {secondTutor.Email,-24} {secondTutor.Password}";
        return $"""
            Sign in at {server.GetLeftPart(UriPartial.Authority)}, each in a browser or a private window of their own:

              {"tutor in Seoul",-32} {people.Tutor.Email,-24} {people.Tutor.Password}{second}
              {"guardian of a child in Abu Dhabi",-32} {people.Guardian.Email,-24} {people.Guardian.Password}
              {"student in London",-32} {people.Student.Email,-24} {people.Student.Password}

            {lesson}


            """;
    }

    /// <summary>
    /// One lesson at each provider, with doors that are open now: the first tutor says nothing of providers, so the law and the school's order
    /// choose; the second one likes Jitsi best and then Google Meet.
    /// </summary>
    private async Task<string> LessonsAtAllAsync(
        Person tutor, DemoPerson secondTutor, Person guardian, string child, Person student, CancellationToken ct)
    {
        using var second = await SignInAsync(secondTutor, ct);
        await PresentAsync(second, "첼로와 바이올린. I teach over Jitsi, and over Google Meet where Jitsi may not be used.", ct);
        await PutAsync(second, $"/v1/tutors/{second.RoleId}/meeting-preferences",
            new { order = new[] { "jitsi", "google-meet" }, musicMode = true, recording = false }, ct);
        var now = NextMinute();
        var next = now.PlusMinutes(Short);
        return $"""
            These doors are open now. With {tutor.Name}:
            {await LessonAsync(tutor, guardian, child, InAbuDhabi, now, Short, "over Zoom, without anybody asking for it", ct)}
            {await LessonAsync(tutor, student, student.RoleId, InLondon, next, Short, "in the built-in room", ct)}
            With {second.Name}:
            {await LessonAsync(second, student, student.RoleId, InLondon, now, Short, "over Jitsi, which this tutor likes best", ct)}
            {await LessonAsync(second, guardian, child, InAbuDhabi, next, Short, "over Google Meet, because Jitsi may not be used there", ct)}
            """;
    }

    /// <summary>The account is made at the first time.</summary>
    private async Task<Person> SignInAsync(DemoPerson person, CancellationToken ct)
    {
        var http = new HttpClient { BaseAddress = server };
        var made = await SendAsync(http, HttpMethod.Post, "/v1/accounts", new
        {
            person.Email,
            person.Password,
            person.DisplayName,
            Roles = new[] { person.Role },
            person.BirthDate,
            person.Country,
            person.TimeZone,
            person.Locale,
        }, null, [HttpStatusCode.Conflict], ct);
        _ = made;
        var tokens = await SendAsync(http, HttpMethod.Post, "/v1/tokens", new { person.Email, person.Password }, null, [], ct);
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Text(tokens, "accessToken"));
        var me = await SendAsync(http, HttpMethod.Get, "/v1/me", null, null, [], ct);
        return new Person(http, person.DisplayName, Text(me, $"{person.Role}Id"));
    }

    /// <summary>What to click with providers that stand in for the real ones.</summary>
    private string TryProviders => $"""
        Zoom, Google Meet and Jitsi are imitated on this machine; {imitations} shows what each holds and
        lets happen there what people do: start a meeting, come, go, end it, have a recording, delete it, be down.
          - Look at the child's lesson as the tutor, then start its meeting there and see it in the lesson's history.
          - Reschedule it and see it move; cancel it and see it go; delete it there and see it made again.
          - As the tutor, connect accounts of your own under "Meeting providers" (Zoom and Google Meet: consent is one click;
            Jitsi: address and keys are on that page) and put them in your order; the next lesson uses your account.
          - A door opens ten minutes before its lesson, and both tutors can be booked for every five minutes.
          - Take Zoom down there and confirm a lesson: it gets another working link, and its history says why.
        docs/providers.md, "Click the whole flow", goes through it step by step.
        """;

    /// <summary>The child's id as a student.</summary>
    private static async Task<string> ChildAsync(Person guardian, CancellationToken ct)
    {
        var path = $"/v1/guardians/{guardian.RoleId}/children";
        var children = (await SendAsync(guardian.Http, HttpMethod.Get, path, null, null, [], ct)).Body.GetProperty("items");
        if (children.GetArrayLength() > 0)
            return children[0].GetProperty("studentId").GetString()!;
        var made = await SendAsync(guardian.Http, HttpMethod.Post, path, new
        {
            displayName = "Mariam",
            birthDate = "2016-05-08",
            country = "AE",
            timeZone = "Asia/Dubai",
            locale = "ar",
        }, null, [], ct);
        return Text(made, "studentId");
    }

    private async Task PresentAsync(Person tutor, string introduction, CancellationToken ct)
    {
        await PutAsync(tutor, $"/v1/tutors/{tutor.RoleId}/profile", new
        {
            instruments = new[] { "violin", "viola" },
            languages = new[] { "ko", "en" },
            levels = new[] { "beginner", "intermediate", "advanced" },
            introduction,
            proBono = true,
        }, ct);
        // A date with hours of its own replaces its weekday: from now on, so that there is a place for the lesson.
        var start = NextMinute();
        var end = start.PlusMinutes(3 * Minutes);
        var window = new { start = Clock(start), end = Clock(end) };
        await PutAsync(tutor, $"/v1/tutors/{tutor.RoleId}/availability", new
        {
            timeZone = Seoul.Id,
            weekly = Weekly,
            overrides = new[] { new { date = LocalDatePattern.Iso.Format(start.Date), windows = new[] { window } } },
            travel = Array.Empty<object>(),
            durationsMinutes = imitations is null ? [30, 45, Minutes] : new[] { Short, 30, 45, Minutes },
            // Where providers are tried, the next lesson's door is open as soon as it is booked.
            stepMinutes = imitations is null ? 30 : Step,
            bufferBeforeMinutes = 0,
            bufferAfterMinutes = 0,
            minimumNoticeMinutes = 0,
            horizonDays = 60,
        }, ct);
    }

    /// <param name="asker">Who books: the student, or the guardian of a child.</param>
    private async Task<string> LessonAsync(
        Person tutor, Person asker, string studentId, (string Whose, string Place, string Zone) student, LocalDateTime start, int minutes, string how, CancellationToken ct)
    {
        var booked = await SendAsync(asker.Http, HttpMethod.Post, "/v1/bookings", new
        {
            tutorId = tutor.RoleId,
            studentId,
            startLocal = LocalDateTimePattern.GeneralIso.Format(start),
            timeZone = Seoul.Id,
            durationMinutes = minutes,
        }, null, [HttpStatusCode.Conflict], ct);
        if (booked.Status == HttpStatusCode.Conflict)
            return $"The lesson of {student.Whose} in {student.Place} from the last start is still on: see the home page of both.";
        var confirmed = await SendAsync(
            tutor.Http, HttpMethod.Post, $"/v1/bookings/{Text(booked, "id")}/confirm", null, booked.ETag, [], ct);
        var at = start.InZoneStrictly(Seoul);
        return $"""
            The lesson of {student.Whose} in {student.Place} begins at {at.LocalDateTime:HH:mm} in Seoul, {at.WithZone(DateTimeZoneProviders.Tzdb[student.Zone]).LocalDateTime:HH:mm} in {student.Place}; {how}:
              {server.GetLeftPart(UriPartial.Authority)}/lessons/{Text(confirmed, "lessonId")}
            """;
    }

    /// <summary>The first full minute that is still ahead when the requests arrive.</summary>
    private LocalDateTime NextMinute()
    {
        var soon = Instant.FromDateTimeOffset(time.GetUtcNow()) + Duration.FromSeconds(75);
        return Instant.FromUnixTimeSeconds(soon.ToUnixTimeSeconds() / 60 * 60).InZone(Seoul).LocalDateTime;
    }

    private static string Clock(LocalDateTime local) => local.ToString("HH:mm", System.Globalization.CultureInfo.InvariantCulture);

    private static async Task PutAsync(Person person, string path, object body, CancellationToken ct)
    {
        // What is there is changed, what is not is made; nobody else writes to the demonstration's people meanwhile.
        var there = await SendAsync(person.Http, HttpMethod.Get, path.Replace("/profile", "", StringComparison.Ordinal), null, null, [HttpStatusCode.NotFound], ct);
        await SendAsync(person.Http, HttpMethod.Put, path, body, there.ETag ?? "*", [HttpStatusCode.PreconditionFailed], ct);
    }

    /// <param name="version">For If-Match; <c>*</c> asks that there be none yet.</param>
    /// <exception cref="HttpRequestException">The server refused, with another status than those expected.</exception>
    private static async Task<Answer> SendAsync(
        HttpClient http, HttpMethod method, string path, object? body, string? version, HttpStatusCode[] expected, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
            request.Content = JsonContent.Create(body, options: JsonSerializerOptions.Web);
        if (version is not null)
            request.Headers.TryAddWithoutValidation(version == "*" ? "If-None-Match" : "If-Match", version);
        using var response = await http.SendAsync(request, ct);
        var text = await response.Content.ReadAsStringAsync(ct);
        if (!response.IsSuccessStatusCode && !expected.Contains(response.StatusCode))
            throw new HttpRequestException($"{method} {path}: {(int)response.StatusCode} {text}");
        using var json = JsonDocument.Parse(text.Length == 0 ? "{}" : text);
        return new Answer(response.StatusCode, response.Headers.ETag?.ToString(), json.RootElement.Clone());
    }

    private static string Text(Answer answer, string member) => answer.Body.GetProperty(member).GetString()!;

    private sealed record Answer(HttpStatusCode Status, string? ETag, JsonElement Body);

    private sealed record Person(HttpClient Http, string Name, string RoleId) : IDisposable
    {
        public void Dispose() => Http.Dispose();
    }
}
