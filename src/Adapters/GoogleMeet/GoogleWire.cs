using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Muse.Domain.Meetings;
using NodaTime;

namespace Muse.Adapters.GoogleMeet;

/// <summary>What Google answered, read.</summary>
/// <param name="Reason">Google's own word, empty when it went well.</param>
/// <param name="Failure">Why no answer will come for good; null when it went well or the verdict is the caller's to read.</param>
internal sealed record GoogleReply(GoogleVerdict Verdict, string Reason, ReadOnlyMemory<byte> Body, MeetingAnswer? Failure)
{
    public bool IsDone => Verdict is GoogleVerdict.Done;

    /// <summary>No longer there.</summary>
    public bool IsGone => Verdict is GoogleVerdict.Deleted or GoogleVerdict.NotFound;

    /// <summary>For callers to whom every verdict but Done is an end.</summary>
    public MeetingAnswer Ended() => Failure ?? GoogleVerdicts.Failed(Verdict, Reason);

    /// <exception cref="ProviderTrouble">It is no such JSON.</exception>
    public T Read<T>()
    {
        try
        {
            return JsonSerializer.Deserialize<T>(Body.Span, JsonSerializerOptions.Web) ?? throw new JsonException("null");
        }
        catch (JsonException unreadable)
        {
            throw new ProviderTrouble("unreadable_answer", "Google's answer is not the JSON that was expected.", unreadable);
        }
    }
}

/// <summary>
/// Calls Google: bearer token, one new token after a 401, the verdict by reason. What may pass is thrown as <see cref="ProviderTrouble"/> and
/// never repeated here: the errand comes again, not before the time that Google's back-off rule gives.
/// </summary>
internal sealed class GoogleWire(IHttpClientFactory http, GoogleAccounts accounts, TimeProvider time)
{
    public const string ClientName = "google-meet";

    /// <summary>Google: min(2^n + random(0..1 s), 64 s).</summary>
    private const double LongestPause = 64;

    /// <summary>How often in a row an account was told to slow down. One entry per calendar.</summary>
    private readonly ConcurrentDictionary<string, int> _slowDowns = new();

    /// <exception cref="ProviderTrouble">What may pass.</exception>
    public async Task<GoogleReply> Send(
        GoogleAccount account, string scope, HttpMethod method, string url, JsonObject? body, string? ifMatch, CancellationToken ct)
    {
        string? refused = null;
        while (true)
        {
            var token = await accounts.Token(account, scope, refused, ct);
            if (token.Bearer is not { } bearer)
                return new GoogleReply(GoogleVerdict.Unauthorized, "", default, token.Failure);
            var (status, answer, retryAfter) = await Call(method, url, body, ifMatch, bearer, ct);
            var reason = status is >= 200 and < 300 ? "" : GoogleVerdicts.ReasonIn(answer);
            var verdict = GoogleVerdicts.Of(status, reason);
            switch (verdict)
            {
                case GoogleVerdict.Unauthorized when refused is null:
                    refused = bearer;
                    continue;
                case GoogleVerdict.SlowDown:
                    throw new ProviderTrouble("too_many_requests", $"Google answers {status} {reason}.") { NotBefore = NotBefore(account, retryAfter) };
                case GoogleVerdict.Trouble:
                    throw new ProviderTrouble("provider_error", $"Google answers {status} {reason}.") { NotBefore = retryAfter };
            }
            _slowDowns.TryRemove(account.Calendar, out _);
            return new GoogleReply(verdict, reason, answer,
                verdict is GoogleVerdict.Unauthorized or GoogleVerdict.NotPermitted or GoogleVerdict.Quota or GoogleVerdict.Wrong
                    ? GoogleVerdicts.Failed(verdict, reason) : null);
        }
    }

    private async Task<(int Status, byte[] Body, Instant? RetryAfter)> Call(
        HttpMethod method, string url, JsonObject? body, string? ifMatch, string bearer, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(method, url);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", bearer);
        if (ifMatch is not null) request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        if (body is not null) request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        try
        {
            using var client = http.CreateClient(ClientName);
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseContentRead, ct);
            return ((int)response.StatusCode, await response.Content.ReadAsByteArrayAsync(ct), RetryAfter(response));
        }
        catch (Exception broken) when (broken is HttpRequestException or IOException)
        {
            throw new ProviderTrouble("unreachable", "Google cannot be reached, or the answer broke off.", broken);
        }
        catch (OperationCanceledException late) when (!ct.IsCancellationRequested)
        {
            throw new ProviderTrouble("timed_out", "Google does not answer in time.", late);
        }
    }

    private Instant NotBefore(GoogleAccount account, Instant? asked)
    {
        var before = _slowDowns.AddOrUpdate(account.Calendar, 1, (_, n) => Math.Min(n + 1, 10)) - 1;
        return asked ?? Now + Duration.FromSeconds(Math.Min(Math.Pow(2, before) + Random.Shared.NextDouble(), LongestPause));
    }

    private Instant? RetryAfter(HttpResponseMessage response)
    {
        if (!response.Headers.TryGetValues("Retry-After", out var values) || values.FirstOrDefault() is not { } value) return null;
        // A header of weeks is a mistake; the errand's own pauses end at an hour too.
        if (int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)) return Now + Duration.FromSeconds(Math.Min(seconds, 3_600));
        return DateTimeOffset.TryParse(value, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date)
            ? Instant.Min(Instant.FromDateTimeOffset(date), Now + Duration.FromHours(1)) : null;
    }

    private Instant Now => Instant.FromDateTimeOffset(time.GetUtcNow());
}
