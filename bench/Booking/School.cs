using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Muse.Bench.Booking;

/// <summary>A student, and the guardian's token by which they book.</summary>
internal sealed record Learner(Guid StudentId, string Token);

/// <summary>A tutor, and what their hours' ETag is now.</summary>
internal sealed class Teacher(Guid id, string token)
{
    private EntityTagHeaderValue? _hours;
    private int _horizon = 60;

    public Guid Id => id;

    /// <summary>Sets the hours: round the clock in half hours, each time with another horizon, so that it is news.</summary>
    public async Task TeachAsync(HttpClient http)
    {
        using var request = School.With(token, HttpMethod.Put, $"/v1/tutors/{id}/availability", new
        {
            timeZone = "Asia/Seoul",
            weekly = Enumerable.Range(1, 7).Select(day => new { day, start = "00:00", end = "24:00" }),
            durationsMinutes = new[] { 30 },
            stepMinutes = 30,
            minimumNoticeMinutes = 0,
            horizonDays = _horizon,
        });
        if (_hours is null) request.Headers.IfNoneMatch.ParseAdd("*");
        else request.Headers.IfMatch.Add(_hours);
        using var answer = await http.SendAsync(request);
        if (!answer.IsSuccessStatusCode) throw new InvalidOperationException($"{(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
        (_hours, _horizon) = (answer.Headers.ETag, _horizon == 60 ? 61 : 60);
    }
}

/// <summary>100 tutors who teach round the clock in half hours, and children of a few guardians, made through the API.</summary>
internal sealed class School(HttpClient http)
{
    public const int TutorCount = 100;

    private int _names;

    public List<Teacher> Tutors { get; } = [];

    public async Task OpenAsync()
    {
        for (var i = 0; i < TutorCount; i++)
        {
            var (account, token) = await SignUp("tutor", "Asia/Seoul", "KR");
            var teacher = new Teacher(account.GetProperty("tutorId").GetGuid(), token);
            await teacher.TeachAsync(http);
            Tutors.Add(teacher);
        }
    }

    public async Task<List<Learner>> Learners(int count)
    {
        var learners = new List<Learner>();
        while (learners.Count < count)
        {
            var (account, token) = await SignUp("guardian", "Asia/Dubai", "AE");
            for (var i = 0; i < 10 && learners.Count < count; i++)
            {
                using var request = With(token, HttpMethod.Post, $"/v1/guardians/{account.GetProperty("guardianId").GetGuid()}/children",
                    new { displayName = "Layla", birthDate = "2015-03-14", country = "AE", timeZone = "Asia/Dubai", locale = "ar-AE" });
                learners.Add(new Learner((await Sent(request)).GetProperty("studentId").GetGuid(), token));
            }
        }
        return learners;
    }

    /// <summary>The body of a booking: the slot's number counts half hours from noon in two days, on Seoul's clock.</summary>
    public object Wish(int tutor, Learner learner, int slot) => new
    {
        tutorId = Tutors[tutor].Id,
        studentId = learner.StudentId,
        startLocal = (TimeProvider.System.GetUtcNow().AddHours(9).Date.AddDays(2).AddHours(12) + TimeSpan.FromMinutes(30 * slot))
            .ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture),
        timeZone = "Asia/Seoul",
        durationMinutes = 30,
    };

    public static HttpRequestMessage With(string token, HttpMethod method, string path, object? body)
    {
        var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return request;
    }

    public async Task<JsonElement> Sent(HttpRequestMessage request)
    {
        using var answer = await http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        if (!answer.IsSuccessStatusCode)
            throw new InvalidOperationException($"{request.Method} {request.RequestUri}: {(int)answer.StatusCode} {text}");
        return JsonDocument.Parse(text).RootElement.Clone();
    }

    public async Task<(JsonElement Account, string Token)> SignUp(string role, string timeZone, string country)
    {
        var email = $"bench{_names++}@example.org";
        const string password = "mokgeum hana dul";
        using var account = new HttpRequestMessage(HttpMethod.Post, "/v1/accounts")
        {
            Content = JsonContent.Create(new { email, password, displayName = "Bench", roles = new[] { role }, country, timeZone, locale = "en-GB" }),
        };
        var made = await Sent(account);
        using var tokens = new HttpRequestMessage(HttpMethod.Post, "/v1/tokens") { Content = JsonContent.Create(new { email, password }) };
        return (made, (await Sent(tokens)).GetProperty("accessToken").GetString()!);
    }
}
