using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Muse.Adapters.Postgres;

namespace Muse.Api.Tests.Bookings;

/// <summary>Named states of a school with a tutor in Seoul, made through the API.</summary>
public static class School
{
    /// <summary>A tutor who teaches round the clock: slots of 30 and 60 minutes at every half hour, 60 days ahead.</summary>
    public static async Task<SignedIn> A_tutor_with_hours(this TheServer server, int bufferMinutes = 0, string name = "Kim Min-ji", int bufferBeforeMinutes = 0)
    {
        var tutor = await server.Tutor(name);
        var weekly = Enumerable.Range(1, 7).Select(day => new { day, start = "00:00", end = "24:00" });
        var request = new HttpRequestMessage(HttpMethod.Put, $"/v1/tutors/{tutor.TutorId}/availability")
        {
            Content = JsonContent.Create(new
            {
                timeZone = "Asia/Seoul",
                weekly,
                durationsMinutes = new[] { 30, 60 },
                stepMinutes = 30,
                bufferBeforeMinutes,
                bufferAfterMinutes = bufferMinutes,
                minimumNoticeMinutes = 0,
                horizonDays = 60,
            }),
        };
        request.Headers.IfNoneMatch.ParseAdd("*");
        var set = await tutor.Http.SendAsync(request);
        Assert.True(set.IsSuccessStatusCode, await set.Content.ReadAsStringAsync());
        return tutor;
    }

    /// <summary>A wall-clock time in Seoul so many days from now; Seoul has no summer time.</summary>
    public static string InSeoul(this TheServer server, int days, int hour, int minute = 0) =>
        (server.Time.GetUtcNow().AddHours(9).Date.AddDays(days) + new TimeSpan(hour, minute, 0)).ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture);

    public static Task<HttpResponseMessage> Asks(
        this SignedIn who, SignedIn tutor, Guid studentId, string startLocal, string timeZone = "Asia/Seoul", int durationMinutes = 60) =>
        who.Http.PostAsJsonAsync("/v1/bookings", new { tutorId = tutor.TutorId, studentId, startLocal, timeZone, durationMinutes });

    /// <summary>A student's request three days ahead at noon in Seoul.</summary>
    public static async Task<JsonElement> A_request(this TheServer server, SignedIn tutor, SignedIn student, int days = 3, int hour = 12)
    {
        var answer = await student.Asks(tutor, student.StudentId!.Value, server.InSeoul(days, hour));
        Assert.True(answer.StatusCode == HttpStatusCode.Created, await answer.Content.ReadAsStringAsync());
        return await answer.Json();
    }

    /// <summary>A student's request for a weekly lesson from three days ahead, at noon in Seoul.</summary>
    public static async Task<JsonElement> A_series(this TheServer server, SignedIn tutor, SignedIn student, int count = 6, string onClash = "refuse", int days = 3, int hour = 12)
    {
        var answer = await student.Http.PostAsJsonAsync("/v1/series", new
        {
            tutorId = tutor.TutorId,
            studentId = student.StudentId,
            startLocal = server.InSeoul(days, hour),
            timeZone = "Asia/Seoul",
            durationMinutes = 60,
            count,
            onClash,
        });
        Assert.True(answer.StatusCode == HttpStatusCode.Created, await answer.Content.ReadAsStringAsync());
        return await answer.Json();
    }

    public static async Task<JsonElement> A_confirmed_lesson(this TheServer server, SignedIn tutor, SignedIn student, int days = 3, int hour = 12)
    {
        var booking = await server.A_request(tutor, student, days, hour);
        var answer = await tutor.Tells(booking, "confirm");
        Assert.True(answer.StatusCode == HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
        return await answer.Json();
    }

    /// <summary>One of the four verbs at the version that <paramref name="asked"/>, a booking or a series, shows, or at another.</summary>
    public static Task<HttpResponseMessage> Tells(this SignedIn who, JsonElement asked, string verb, object? body = null, string? ifMatch = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, $"/v1/{(asked.TryGetProperty("anchor", out _) ? "series" : "bookings")}/{asked.Id()}/{verb}")
        {
            Content = body is null ? null : JsonContent.Create(body),
        };
        request.Headers.TryAddWithoutValidation("If-Match", ifMatch ?? $"\"{asked.GetProperty("version").GetInt64()}\"");
        return who.Http.SendAsync(request);
    }

    /// <summary>The same person signed in again: an access token lasts 15 minutes of the server's clock.</summary>
    public static async Task<SignedIn> Renewed(this TheServer server, SignedIn who)
    {
        var http = server.Anyone();
        var tokens = await (await http.PostAsJsonAsync("/v1/tokens", new { email = who.Email, password = who.Password })).Json();
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", tokens.Text("accessToken"));
        return who with { Http = http };
    }

    public static Guid Id(this JsonElement thing) => thing.GetProperty("id").GetGuid();

    public static string? Text(this JsonElement thing, string member) => thing.GetProperty(member).GetString();

    /// <summary>The events of one stream, by name.</summary>
    public static async Task<string[]> EventsOf(this TheServer server, Guid stream)
    {
        await using var session = server.Services.GetRequiredService<EventStore>().OpenSession();
        return [.. (await session.FetchStreamAsync(stream)).Select(e => e.EventTypeName)];
    }

    /// <summary>Reads until it is so, woken by the server's own commits; gives up after 20 seconds.</summary>
    public static async Task<JsonElement> Until(this TheServer server, SignedIn who, string path, Func<JsonElement, bool> isSo)
    {
        var committed = server.Services.GetRequiredService<EventStore>().Committed;
        using var enough = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (true)
        {
            var next = committed.Next;
            var answer = await (await who.Http.GetAsync(path)).Json();
            if (isSo(answer))
                return answer;
            // Another process's commits raise no signal, so look again anyway.
            await Task.WhenAny(next, Task.Delay(250, enough.Token));
            Assert.False(enough.IsCancellationRequested, $"{path} still says {answer}");
        }
    }
}
