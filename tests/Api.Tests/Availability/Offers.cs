using System.Net;
using System.Net.Http.Json;

namespace Muse.Api.Tests.Availability;

/// <summary>What tests send as a tutor's hours: every day 09:00-12:00 unless said otherwise.</summary>
internal static class Offers
{
    public static Dictionary<string, object?> Hours(string timeZone = "Asia/Seoul", string start = "09:00", string end = "12:00") => new()
    {
        ["timeZone"] = timeZone,
        ["weekly"] = Enumerable.Range(1, 7).Select(day => new { day, start, end }).ToArray(),
        ["overrides"] = Array.Empty<object>(),
        ["travel"] = Array.Empty<object>(),
        ["durationsMinutes"] = new[] { 50, 25 },
        ["stepMinutes"] = 30,
        ["bufferBeforeMinutes"] = 0,
        ["bufferAfterMinutes"] = 0,
        ["minimumNoticeMinutes"] = 0,
        ["horizonDays"] = 30,
    };

    public static Dictionary<string, object?> But(this Dictionary<string, object?> hours, string member, object? value) => new(hours) { [member] = value };

    /// <param name="ifMatch">Null: If-None-Match: *. Empty: no precondition.</param>
    public static async Task<HttpResponseMessage> Put(SignedIn by, Guid? tutorId, object hours, string? ifMatch = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Put, $"/v1/tutors/{tutorId}/availability") { Content = JsonContent.Create(hours) };
        if (ifMatch is null)
            request.Headers.Add("If-None-Match", "*");
        else if (ifMatch.Length > 0)
            request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        return await by.Http.SendAsync(request);
    }

    public static async Task<SignedIn> TutorWith(this TheServer server, object hours)
    {
        var tutor = await server.Tutor();
        var put = await Put(tutor, tutor.TutorId, hours);
        Assert.True(put.StatusCode == HttpStatusCode.OK, await put.Content.ReadAsStringAsync());
        return tutor;
    }
}
