using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Muse.Imitations.Zoom;

namespace Muse.Bench.Arrange;

/// <summary>The peer: a plain HTTP client that creates meetings as fast as the imitation answers, and forgets them.</summary>
internal sealed class BareZoom(ZoomImitation zoom)
{
    private readonly HttpClient _http = new();

    /// <returns>Seconds.</returns>
    public async Task<double> CreateAsync(int count, int atOnce)
    {
        using var ask = new HttpRequestMessage(HttpMethod.Post, zoom.TokenUrl)
        {
            Content = new FormUrlEncodedContent([new("grant_type", "account_credentials"), new("account_id", zoom.AccountId)]),
        };
        ask.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{zoom.ClientId}:{zoom.ClientSecret}")));
        using var answer = await _http.SendAsync(ask);
        var token = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("access_token").GetString();
        var start = TimeProvider.System.GetUtcNow().AddDays(2).ToString("yyyy-MM-dd'T'HH:00:00'Z'");
        var next = 0;
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, atOnce).Select(async _ =>
        {
            while (Interlocked.Increment(ref next) <= count)
            {
                using var create = new HttpRequestMessage(HttpMethod.Post, $"{zoom.ApiUrl}/users/{zoom.SchoolHost.Email}/meetings")
                {
                    Content = JsonContent.Create(new { topic = "Muse lesson", type = 2, start_time = start, timezone = "Asia/Seoul", duration = 60 }),
                };
                create.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
                using var made = await _http.SendAsync(create);
                made.EnsureSuccessStatusCode();
                await made.Content.LoadIntoBufferAsync();
            }
        }));
        var seconds = watch.Elapsed.TotalSeconds;
        foreach (var meeting in zoom.Meetings.Where(m => ZoomImitation.LessonOf(m) is null)) zoom.Remove(meeting.Id);
        return seconds;
    }
}
