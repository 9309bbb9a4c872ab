using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Muse.Imitations.Zoom;

/// <summary>Webhooks: signed, tried again, and only for an endpoint that has shown that it knows the secret.</summary>
public sealed partial class ZoomImitation
{
    private const string WebhookPath = "/v1/webhooks/zoom";

    private static readonly TimeSpan[] Ladder = [TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(25), TimeSpan.FromMinutes(85)];
    private static readonly TimeSpan ValidFor = TimeSpan.FromHours(72);

    // Hangul goes out as UTF-8: what is signed are bytes, not characters.
    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly SemaphoreSlim _one = new(1);
    private readonly List<Undelivered> _undelivered = [];
    private readonly List<Task> _later = [];
    private (string Origin, DateTimeOffset At)? _validated;

    /// <summary>Adds to each signature's time: a provider whose clock is wrong.</summary>
    public TimeSpan SignedLate { get; set; }

    /// <summary>Messages that Zoom will try again.</summary>
    public int WaitingToRetry
    {
        get
        {
            lock (_gate) return _undelivered.Count;
        }
    }

    /// <summary>Once nothing is on its way any more that no call waited for.</summary>
    public async Task Told()
    {
        Task[] underWay;
        lock (_gate) underWay = [.. _later];
        await Task.WhenAll(underWay);
        lock (_gate) _later.RemoveAll(t => t.IsCompleted);
    }

    /// <summary>Tries again what is due by the imitation's clock: 5, 25 and 85 minutes after the first try; then it is lost.</summary>
    public async Task RetryDue()
    {
        await _one.WaitAsync();
        try
        {
            Undelivered[] due;
            lock (_gate)
            {
                due = [.. _undelivered.Where(u => u.Due(Clock.GetUtcNow()))];
                _undelivered.RemoveAll(due.Contains);
            }
            foreach (var one in due) await Deliver(one with { Tries = one.Tries + 1 });
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Asks Muse to prove that it knows the secret; true when it does.</summary>
    public async Task<bool> Validate()
    {
        if (MuseOrigin is not { } origin) return false;
        var token = Convert.ToBase64String(RandomNumberGenerator.GetBytes(16)).TrimEnd('=').Replace('+', '-').Replace('/', '_');
        var body = new JsonObject
        {
            ["event"] = "endpoint.url_validation",
            ["event_ts"] = Clock.GetUtcNow().ToUnixTimeMilliseconds(),
            ["payload"] = new JsonObject { ["plainToken"] = token },
        }.ToJsonString(Plain);
        try
        {
            using var request = Signed(origin, body);
            using var answer = await Webhooks.Ask(request);
            var right = answer.IsSuccessStatusCode && JsonNode.Parse(await answer.Content.ReadAsStringAsync()) is JsonObject told
                && (string?)told["plainToken"] == token
                && (string?)told["encryptedToken"] == Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(WebhookSecret), Encoding.UTF8.GetBytes(token)));
            lock (_gate) _validated = right ? (origin, Clock.GetUtcNow()) : null;
            return right;
        }
        catch (Exception nobody) when (nobody is HttpRequestException or TaskCanceledException or JsonException)
        {
            return false;
        }
    }

    private Task Tell(string name, string account, JsonObject thing, string? operated = null, string? downloadToken = null)
    {
        var payload = new JsonObject { ["account_id"] = account };
        if (operated is not null) (payload["operator"], payload["operator_id"]) = (operated, "z8yCxjabcdEFGHfp8uQ");
        if (name is "meeting.updated")
        {
            payload["scope"] = "single";
            payload["time_stamp"] = Clock.GetUtcNow().ToUnixTimeMilliseconds();
        }
        else if (name.StartsWith("meeting.", StringComparison.Ordinal) && operated is not null) payload["operation"] = "single";
        payload["object"] = thing;
        var body = new JsonObject { ["event"] = name, ["event_ts"] = Clock.GetUtcNow().ToUnixTimeMilliseconds() };
        if (downloadToken is not null) body["download_token"] = downloadToken;
        body["payload"] = payload;
        return MuseOrigin is null ? Task.CompletedTask : Deliver(new Undelivered(name, body.ToJsonString(Plain), Clock.GetUtcNow(), 0));
    }

    private async Task Deliver(Undelivered one)
    {
        if (MuseOrigin is not { } origin) return;
        bool valid;
        lock (_gate) valid = _validated is { } seen && seen.Origin == origin && Clock.GetUtcNow() - seen.At < ValidFor;
        var status = valid || await Validate() ? await Webhooks.Send(one.Name, () => Signed(origin, one.Body)) : 0;
        if (status is null or 200 or 204 || one.Tries >= Ladder.Length) return;
        lock (_gate) _undelivered.Add(one);
    }

    private HttpRequestMessage Signed(string origin, string body)
    {
        var time = (Clock.GetUtcNow() + SignedLate).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var bytes = Encoding.UTF8.GetBytes(body);
        byte[] signed = [.. Encoding.UTF8.GetBytes($"v0:{time}:"), .. bytes];
        var mac = HMACSHA256.HashData(Encoding.UTF8.GetBytes(WebhookSecret), signed);
        var request = new HttpRequestMessage(HttpMethod.Post, origin + WebhookPath) { Content = new ByteArrayContent(bytes) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json", "utf-8");
        request.Headers.Add("x-zm-signature", "v0=" + Convert.ToHexStringLower(mac));
        request.Headers.Add("x-zm-request-timestamp", time);
        request.Headers.TryAddWithoutValidation("authorization", "imitated-verification-token");
        return request;
    }

    private void Later(Task telling)
    {
        lock (_gate)
        {
            _later.RemoveAll(t => t.IsCompleted);
            _later.Add(telling);
        }
    }

    /// <summary>Retries by themselves, for people who try Muse; a test calls <see cref="RetryDue"/>.</summary>
    private async Task RetryNowAndThen(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(5));
        try
        {
            while (await timer.WaitForNextTickAsync(stopping)) await RetryDue();
        }
        catch (OperationCanceledException)
        {
            // The imitation ends.
        }
    }

    /// <param name="First">When it was first tried.</param>
    /// <param name="Tries">Retries so far.</param>
    private sealed record Undelivered(string Name, string Body, DateTimeOffset First, int Tries)
    {
        public bool Due(DateTimeOffset now) => Tries < Ladder.Length && now >= First + Ladder[Tries];
    }
}
