using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Muse.Domain.Meetings;
using NodaTime;

namespace Muse.Adapters.Zoom;

/// <summary>Zoom's REST interface with whose token it takes: refreshed, retried and read here, so that nobody else meets a broken wire.</summary>
public sealed partial class ZoomCalls(
    ZoomWire wire, SchoolToken school, IProviderAccounts accounts, ZoomOptions options, TimeProvider time, ILogger<ZoomCalls> log)
{
    private const int MostTries = 4;

    /// <param name="path">Below the API's address, without a slash at the start; what is in it is escaped.</param>
    /// <param name="mayTry">Asked before each try; a try that it does not allow is answered <c>provider_quota</c>.</param>
    /// <exception cref="ProviderTrouble">It may pass: a broken wire, a time-out, 429, 5xx, an answer that cannot be read.</exception>
    public async Task<ZoomAnswer> Send(
        ZoomHost host, HttpMethod method, string path, JsonObject? body, CancellationToken ct, Func<CancellationToken, Task<bool>>? mayTry = null)
    {
        // What may be repeated without harm is repeated here; a creation is looked for before it is repeated.
        var mayRepeat = method != HttpMethod.Post;
        string? refused = null;
        for (var attempt = 1; ; attempt++)
        {
            var grant = await Token(host, refused, ct);
            if (grant.Token is not { } token) return new ZoomAnswer(0, null, "", [], default) { NotAsked = grant.Failure };
            if (mayTry is not null && !await mayTry(ct))
                return new ZoomAnswer(0, null, "", [], default)
                {
                    NotAsked = MeetingAnswer.Failed(MeetingAnswer.QuotaCode, "The host's creations and changes of today are used up."),
                };
            ZoomReply reply;
            try
            {
                reply = await wire.Exchange(new Uri($"{options.ApiUrl.TrimEnd('/')}/{path}"), address => Request(address, method, token, body), ct);
            }
            catch (ProviderTrouble trouble) when (mayRepeat && attempt < MostTries - 1 && trouble.Code == "unreachable")
            {
                await Pause(attempt, ct);
                continue;
            }
            if (reply.Status >= 500 || reply.Status == 409)
            {
                if (!mayRepeat || attempt >= MostTries - 1) throw new ProviderTrouble("provider_error", $"Zoom answered {reply.Status}.");
                await Pause(attempt, ct);
                continue;
            }
            var answer = ZoomAnswer.Read(reply);
            if (reply.Status == 401 && !answer.LacksScope && refused is null)
            {
                refused = token;
                continue;
            }
            if (reply.Status == 429)
            {
                var limit = ZoomLimit.Of(reply, answer.Message, Now, Random.Shared.NextDouble());
                // The day's share of creations and changes is an answer: somebody else may carry the lesson. A question waits.
                if (limit.IsDaily && (method == HttpMethod.Post || method == HttpMethod.Patch)) return answer;
                if (limit.Wait is not { } wait || attempt >= MostTries) throw limit.ToTrouble();
                await Task.Delay(wait.ToTimeSpan(), time, ct);
                continue;
            }
            if (!answer.Succeeded && !answer.IsMeetingGone && answer.Code != ZoomAnswer.NoSuchRecording) Complain(method, reply.Status, answer);
            return answer;
        }
    }

    /// <inheritdoc cref="Send"/>
    public Task<ZoomAnswer> Get(ZoomHost host, string path, CancellationToken ct) => Send(host, HttpMethod.Get, path, null, ct);

    /// <summary>The token of this host's account.</summary>
    /// <param name="refused">The one that Zoom just answered with 401.</param>
    public async Task<ZoomGrant> Token(ZoomHost host, string? refused, CancellationToken ct)
    {
        if (host.TutorId is not { } tutor)
            return options.HasAccount ? await school.Get(refused, ct) : ZoomGrant.None(MeetingAnswer.DisconnectedCode, "The school has no Zoom account.");
        var access = await accounts.Access(tutor, ProviderPolicy.Zoom, refused, ct);
        return access.Token is { } token && !access.Dead
            ? ZoomGrant.Of(token)
            : ZoomGrant.None(MeetingAnswer.DisconnectedCode, "The tutor's own Zoom account is not connected.");
    }

    private Instant Now => Instant.FromDateTimeOffset(time.GetUtcNow());

    private Task Pause(int attempt, CancellationToken ct) =>
        Task.Delay(TimeSpan.FromMilliseconds(500 * attempt * (0.5 + Random.Shared.NextDouble())), time, ct);

    private static HttpRequestMessage Request(Uri address, HttpMethod method, string token, JsonObject? body)
    {
        var request = new HttpRequestMessage(method, address) { Headers = { Authorization = new AuthenticationHeaderValue("Bearer", token) } };
        if (body is not null) request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        return request;
    }

    private void Complain(HttpMethod method, int status, ZoomAnswer answer)
    {
        var fields = string.Join(", ", answer.Fields);
        if (answer.LacksScope) LogScope(log, method.Method, answer.Message);
        else LogRefused(log, method.Method, status, answer.Code, fields);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Zoom refuses {Method} because the app lacks a scope: {Words}")]
    private static partial void LogScope(ILogger log, string method, string words);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Zoom refuses {Method} with {Status}, code {Code} {Fields}")]
    private static partial void LogRefused(ILogger log, string method, int status, int? code, string fields);
}
