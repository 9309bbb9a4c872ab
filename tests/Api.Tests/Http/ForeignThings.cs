using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Muse.Api.Tests.ApiKeys;
using Muse.Api.Tests.Bookings;
using Muse.Api.Tests.Connections;
using Muse.Api.Tests.GuestLinks;
using Muse.Api.Tests.Marks;
using Muse.Api.Tests.Recordings;

namespace Muse.Api.Tests.Http;

/// <summary>Real things of two people, a tutor and a parent who also learns, and for each route a request by which they would read or change them.</summary>
public sealed class ForeignThings
{
    private readonly Dictionary<string, JsonElement> _bookings = [], _series = [];
    private Guid _child, _childsPerson, _recording, _roomRecording, _link, _lesson, _wish, _preflight, _streamKey, _guestLink, _mark, _apiKey, _endpoint;
    private object _jitsi = new();
    private string _delivery = "";
    private string _profileTag = "", _hoursTag = "", _start = "", _otherStart = "", _since = "";

    public SignedIn Tutor { get; private set; } = null!;

    public SignedIn Parent { get; private set; } = null!;

    public static async Task<ForeignThings> Make(TheOwnJitsiServer server)
    {
        var things = new ForeignThings
        {
            Tutor = await server.A_tutor_with_hours(),
            Parent = await server.SignUp(["student", "guardian"], "Omar Haddad", "AE", "Asia/Dubai", "ar-AE"),
            _start = server.InSeoul(3, 20),
            _otherStart = server.InSeoul(3, 22),
            _since = server.Time.GetUtcNow().UtcDateTime.ToString("O"),
            _jitsi = new { domain = server.Jitsi.Address, appId = server.Jitsi.AppId, secret = server.Jitsi.Secret },
        };
        var (tutor, parent) = (things.Tutor, things.Parent);
        var first = new HttpRequestMessage(HttpMethod.Put, $"/v1/tutors/{tutor.TutorId}/profile") { Content = JsonContent.Create(Profile) };
        first.Headers.IfNoneMatch.ParseAdd("*");
        things._profileTag = Tag(await tutor.Http.SendAsync(first));
        things._hoursTag = Tag(await tutor.Http.GetAsync($"/v1/tutors/{tutor.TutorId}/availability"));
        things._child = await TheServer.Child(parent);
        things._childsPerson = (await (await parent.Http.GetAsync("/v1/me")).Json()).GetProperty("children")[0].GetProperty("personId").GetGuid();
        things._link = (await Made(await parent.Http.PostAsync($"/v1/guardians/{parent.GuardianId}/children/{things._child}/device-links", null))).Id();
        things._wish = (await Made(await parent.Http.PostAsJsonAsync("/v1/mentor-requests", things.Wish))).Id();
        things._preflight = (await Made(await parent.Http.PostAsJsonAsync("/v1/preflights", new { studentId = things._child }))).Id();
        var hour = 8;
        foreach (var verb in new[] { "", "confirm", "decline", "cancel", "reschedule" })
            things._bookings[verb] = await server.A_request(tutor, parent, hour: hour += 2);
        foreach (var verb in new[] { "", "confirm", "decline", "cancel", "reschedule" })
            things._series[verb] = await Made(await parent.Http.PostAsJsonAsync("/v1/series", things.Weekly(server.InSeoul(5, hour += 1))));
        things._lesson = (await server.A_confirmed_lesson(tutor, parent, days: 4)).GetProperty("lessonId").GetGuid();
        things._streamKey = (await Made(await parent.Http.PostAsJsonAsync($"/v1/lessons/{things._lesson}/stream-keys", new { use = "publish" }))).Id();
        things._guestLink = await server.A_guest_link(things._lesson, tutor);
        things._mark = await server.A_mark(things._lesson, parent);
        await server.Integrates(parent);
        things._apiKey = (await server.A_key(parent, "bookings:read")).Id;
        things._endpoint = (await Made(await parent.Http.PostAsJsonAsync("/v1/webhooks/endpoints", new { url = "https://1.1.1.1/muse" }))).Id();
        things._delivery = (await (await parent.Http.PostAsync($"/v1/webhooks/endpoints/{things._endpoint}/test", null)).Json()).Text("id")!;
        things._recording = await server.A_shelved_recording(things._lesson);
        things._roomRecording = await server.A_recording_of_the_room(things._lesson);
        // Its meeting is arranged by an errand, whose event would otherwise fall into whatever is counted next.
        await server.Until(parent, $"/v1/lessons/{things._lesson}", lesson => lesson.GetProperty("meeting").Text("state") != "arranging");
        return things;
    }

    /// <summary>Who may send it: the tutor what a tutor does, the parent the rest.</summary>
    public SignedIn OwnerOf(KnownRoute route) =>
        route.Key.Contains("/tutors/") || route.Key.Contains("/guest-links") || route.Key.EndsWith("/confirm", StringComparison.Ordinal) || route.Key.EndsWith("/decline", StringComparison.Ordinal) ? Tutor : Parent;

    /// <param name="guardian">Whose family the path names; the child and the link are the parent's in any case.</param>
    public HttpRequestMessage Request(KnownRoute route, Guid? guardian = null)
    {
        var isOfSeries = route.Key.Contains("/series");
        var verb = route.Key.StartsWith("POST /v1/bookings/", StringComparison.Ordinal) || route.Key.StartsWith("POST /v1/series/{}", StringComparison.Ordinal)
            ? route.Key[(route.Key.LastIndexOf('/') + 1)..]
            : "";
        var asked = (isOfSeries ? _series : _bookings)[verb];
        object[] ids = route.Key.Split('/')[2] switch
        {
            "guardians" => [guardian ?? Parent.GuardianId!.Value, _child, _link],
            "people" => [_childsPerson, "recording"],
            "tutors" => [Tutor.TutorId!.Value, "zoom"],
            "mentor-requests" => [_wish],
            "lessons" => [_lesson, route.Key.Contains("/stream-keys") ? _streamKey : route.Key.Contains("/guest-links") ? _guestLink : route.Key.Contains("/marks") ? _mark
                : route.Method == "GET" ? _recording : _roomRecording],
            "preflights" => [_preflight],
            "students" => [_child],
            "api-keys" => [_apiKey],
            "webhooks" => [route.Key.Contains("/deliveries") ? _delivery : _endpoint],
            _ => [asked.Id()],
        };
        var path = route.Path([.. ids.Select(id => id.ToString()!)]);
        if (route.Key.EndsWith("/slots", StringComparison.Ordinal))
            path += $"?fromDate={_start[..10]}&toDate={_start[..10]}&viewerZone=Asia/Seoul&durationMinutes=60";
        var request = new HttpRequestMessage(new HttpMethod(route.Method), path) { Content = Body(route.Key) is { } body ? JsonContent.Create(body) : null };
        if (verb.Length > 0)
            request.Headers.TryAddWithoutValidation("If-Match", $"\"{asked.GetProperty("version").GetInt64()}\"");
        if (route.Method == "PATCH" || route.Key.EndsWith("/marks/{}", StringComparison.Ordinal))
            request.Headers.TryAddWithoutValidation("If-Match", "\"1\"");
        if (route.Method == "PUT" && route.Key.Contains("/consents/"))
            request.Headers.IfNoneMatch.ParseAdd("*");
        else if (route.Method == "PUT" && !request.Headers.Contains("If-Match"))
            request.Headers.TryAddWithoutValidation("If-Match", route.Key.EndsWith("/availability", StringComparison.Ordinal) ? _hoursTag : _profileTag);
        return request;
    }

    private static object Profile => new
    {
        instruments = new[] { "violin" },
        languages = new[] { "ko" },
        levels = new[] { "beginner" },
        introduction = "",
        proBono = false,
    };

    private object Wish => new
    {
        studentId = _child,
        instrument = "violin",
        level = "beginner",
        languages = new[] { "ko" },
        timeZone = "Asia/Dubai",
        wishedHours = new[] { new { day = 2, start = "16:00", end = "18:00" } },
        durationMinutes = 60,
    };

    private object Weekly(string startLocal) =>
        new { tutorId = Tutor.TutorId, studentId = _child, startLocal, timeZone = "Asia/Seoul", durationMinutes = 60, count = 2 };

    private object? Body(string key) => key switch
    {
        "POST /v1/series" or "POST /v1/series/preview" => Weekly(_start.Replace("T20", "T07", StringComparison.Ordinal)),
        "POST /v1/series/{}/decline" or "POST /v1/series/{}/cancel" => new { reason = "I play a concert." },
        "POST /v1/series/{}/reschedule" => new { startLocal = _otherStart.Replace("T22", "T05", StringComparison.Ordinal), timeZone = "Asia/Seoul" },
        "POST /v1/bookings" => new { tutorId = Tutor.TutorId, studentId = _child, startLocal = _start, timeZone = "Asia/Seoul", durationMinutes = 60 },
        "POST /v1/mentor-requests" => Wish,
        "POST /v1/lessons/{}/stream-keys" => new { use = "watch" },
        "POST /v1/lessons/{}/marks" => new { id = Guid.NewGuid(), ago = 0 },
        "PUT /v1/lessons/{}/marks/{}" => new { note = (string?)null, shared = false },
        "POST /v1/preflights" => new { studentId = _child },
        "POST /v1/preflights/{}/result" => new { paths = Array.Empty<object>(), line = (object?)null, microphone = "ok", camera = "ok", sound = (object?)null, browser = "safari" },
        "POST /v1/bookings/{}/decline" or "POST /v1/bookings/{}/cancel" => new { reason = "I play a concert." },
        "POST /v1/bookings/{}/reschedule" => new { startLocal = _otherStart, timeZone = "Asia/Seoul" },
        "POST /v1/guardians/{}/children" => new { displayName = "Noor", birthDate = "2016-05-01", country = "AE", timeZone = "Asia/Dubai", locale = "ar-AE" },
        "PATCH /v1/guardians/{}/children/{}" => new { country = "GB", timeZone = "Europe/London" },
        "POST /v1/webhooks/endpoints/{}/replay" => new { since = _since },
        "PATCH /v1/webhooks/endpoints/{}" => new { types = new[] { "lesson.booked" } },
        "PUT /v1/tutors/{}/profile" => Profile,
        "POST /v1/tutors/{}/connections/jitsi/keys" => _jitsi,
        "PUT /v1/tutors/{}/meeting-preferences" => new { order = new[] { "zoom" }, musicMode = true, recording = false },
        "PUT /v1/tutors/{}/availability" => new
        {
            timeZone = "Asia/Seoul",
            weekly = new[] { new { day = 1, start = "09:00", end = "12:00" } },
            durationsMinutes = new[] { 60 },
        },
        _ => null,
    };

    private static string Tag(HttpResponseMessage answer)
    {
        Assert.True(answer.IsSuccessStatusCode, $"{answer.StatusCode}");
        return answer.Headers.ETag!.Tag;
    }

    private static async Task<JsonElement> Made(HttpResponseMessage answer)
    {
        Assert.True(answer.StatusCode == HttpStatusCode.Created, await answer.Content.ReadAsStringAsync());
        return await answer.Json();
    }
}
