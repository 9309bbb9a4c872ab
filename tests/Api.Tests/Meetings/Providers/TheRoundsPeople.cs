using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Muse.Api.Tests.Bookings;

namespace Muse.Api.Tests.Meetings.Providers;

/// <summary>
/// A tutor and a student of one round of random lessons, and what they ask of a server that may die under it. Access tokens last a quarter of
/// an hour, so each round has people of its own.
/// </summary>
public sealed class TheRoundsPeople(IMortalServer server, int mostLessons)
{
    private static readonly DateTime Today = TimeProvider.System.GetUtcNow().AddHours(9).Date;

    private string _teacherToken = "", _pupilToken = "", _tutorId = "", _studentId = "";
    private int _booked, _moves;

    public static async Task<TheRoundsPeople> EnrolAsync(IMortalServer server, string name, int mostLessons)
    {
        var people = new TheRoundsPeople(server, mostLessons);
        (people._teacherToken, people._tutorId) = await SignUp("tutor", "KR", "Asia/Seoul");
        (people._pupilToken, people._studentId) = await SignUp("student", "GB", "Europe/London");
        await people.Send(people._teacherToken, HttpMethod.Put, $"/v1/tutors/{people._tutorId}/availability", new
        {
            timeZone = "Asia/Seoul",
            weekly = Enumerable.Range(1, 7).Select(day => new { day, start = "00:00", end = "24:00" }),
            durationsMinutes = new[] { 60 },
            stepMinutes = 30,
            bufferBeforeMinutes = 0,
            bufferAfterMinutes = 0,
            minimumNoticeMinutes = 0,
            horizonDays = 120,
        }, isNew: true);
        return people;

        async Task<(string Token, string RoleId)> SignUp(string role, string country, string timeZone)
        {
            var (email, password) = ($"{role}-{name}@example.org", "mokgeum hana dul");
            var account = await people.Send(null, HttpMethod.Post, "/v1/accounts",
                new { email, password, displayName = "Somebody", roles = new[] { role }, country, timeZone, locale = "en-GB" });
            var tokens = await people.Send(null, HttpMethod.Post, "/v1/tokens", new { email, password });
            return (tokens.Text("accessToken")!, account.Text($"{role}Id")!);
        }
    }

    /// <summary>Asked for, and not confirmed yet.</summary>
    public async Task<Guid> AskAsync(string? wish) => (await Send(_pupilToken, HttpMethod.Post, "/v1/bookings", new
    {
        tutorId = _tutorId,
        studentId = _studentId,
        startLocal = At(_booked++),
        timeZone = "Asia/Seoul",
        durationMinutes = 60,
        provider = wish,
    })).Id();

    public Task<JsonElement> BookingAsync(Guid booking) => Send(_teacherToken, HttpMethod.Get, $"/v1/bookings/{booking}", null);

    /// <summary>Whether it was answered; a server that is killed meanwhile answers nothing, and may have done it.</summary>
    public Task<bool> ConfirmAsync(JsonElement booking) => TryAsync(HttpMethod.Post, booking, "confirm", null);

    /// <inheritdoc cref="ConfirmAsync"/>
    public Task<bool> MoveAsync(JsonElement booking) =>
        TryAsync(HttpMethod.Post, booking, "reschedule", new { startLocal = At(mostLessons + Interlocked.Increment(ref _moves)), timeZone = "Asia/Seoul" });

    /// <inheritdoc cref="ConfirmAsync"/>
    public Task<bool> CancelAsync(JsonElement booking) => TryAsync(HttpMethod.Post, booking, "cancel", null);

    private async Task<bool> TryAsync(HttpMethod method, JsonElement booking, string what, object? body)
    {
        try
        {
            await Send(_teacherToken, method, $"/v1/bookings/{booking.Id()}/{what}", body, booking);
            return true;
        }
        catch (Exception) when (server.IsDead)
        {
            return false;
        }
    }

    /// <summary>Free times of the round's own tutor, two hours apart.</summary>
    private static string At(int number) =>
        Today.AddDays(3 + number / 12).AddHours(number % 12 * 2).ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture);

    /// <param name="at">The booking at whose version this is asked.</param>
    private async Task<JsonElement> Send(string? token, HttpMethod method, string path, object? body, JsonElement? at = null, bool isNew = false)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        if (token is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (isNew) request.Headers.TryAddWithoutValidation("If-None-Match", "*");
        else if (at is { } seen) request.Headers.TryAddWithoutValidation("If-Match", $"\"{seen.GetProperty("version").GetInt64()}\"");
        using var answer = await server.Http.SendAsync(request);
        Assert.True(answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.Created or HttpStatusCode.NoContent, $"{method} {path}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
        return answer.Content.Headers.ContentLength == 0 ? default : await answer.Json();
    }
}
