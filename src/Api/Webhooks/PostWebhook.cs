using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;
using Muse.Adapters.Outgoing;
using Muse.Adapters.Webhooks;
using NodaTime;

namespace Muse.Api.Webhooks;

/// <summary>One attempt, as it went. Nothing of the receiver's body: what an address answers is not to be read through Muse.</summary>
/// <param name="Status">Null when there was no answer.</param>
/// <param name="Error">Why there was none: <c>timeout</c>, <c>name_not_found</c>, <c>not_reached</c>, <c>tls</c>, <c>bad_answer</c>, <c>no_secret</c>.</param>
/// <param name="RetryAfter">What the receiver asked for.</param>
internal sealed record Attempt(Instant At, int TookMs, int? Status, string? Error, Duration? RetryAfter)
{
    public Instant EndedAt => At + Duration.FromMilliseconds(TookMs);

    public bool IsTaken => Status is >= 200 and <= 299;

    public bool IsGone => Status is StatusCodes.Status410Gone;

    /// <summary>Too much, or nobody home: the endpoint as a whole is left alone for a while.</summary>
    public bool IsThrottle => Status is StatusCodes.Status429TooManyRequests or StatusCodes.Status502BadGateway or StatusCodes.Status503ServiceUnavailable
        or StatusCodes.Status504GatewayTimeout;
}

/// <summary>Posts one delivery by Standard Webhooks 1.0, to an address that is looked at when it is connected to.</summary>
internal sealed class PostWebhook : IDisposable
{
    private readonly HttpClient _http;
    private readonly EndpointSecrets _secrets;
    private readonly TimeProvider _time;
    private readonly TimeSpan _patience;

    public PostWebhook(VettedConnections connections, EndpointSecrets secrets, WebhookOptions options, TimeProvider time)
    {
        var handler = connections.Handler();
        // An answer's body is nobody's business; a short one is read away so that the connection can be used again.
        handler.MaxResponseDrainSize = 16 * 1024;
        handler.ResponseDrainTimeout = TimeSpan.FromSeconds(1);
        // As many connections to a host as deliveries are under way: one host may serve many endpoints, and what waits for a connection uses up its time to answer.
        _http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        (_secrets, _time, _patience) = (secrets, time, TimeSpan.FromSeconds(options.TimeoutSeconds));
    }

    /// <exception cref="OperationCanceledException">The server stops.</exception>
    public async Task<Attempt> Try(Taken delivery, CancellationToken ct)
    {
        var (at, began) = (Instant.FromDateTimeOffset(_time.GetUtcNow()), Stopwatch.GetTimestamp());
        Attempt Ended(int? status, string? error, Duration? retryAfter = null) =>
            new(at, (int)Stopwatch.GetElapsedTime(began).TotalMilliseconds, status, error, retryAfter);

        var secrets = await _secrets.Open(delivery.EndpointId, at, ct);
        if (secrets.Count == 0)
            return Ended(null, "no_secret");
        var body = Encoding.UTF8.GetBytes(delivery.Body);
        using var request = new HttpRequestMessage(HttpMethod.Post, delivery.Url) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.UserAgent.ParseAdd("Muse-Webhooks/1.0");
        foreach (var (name, value) in StandardWebhook.Sign(secrets, $"msg_{delivery.Id:n}", at, body))
            request.Headers.TryAddWithoutValidation(name, value);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
        patience.CancelAfter(_patience);
        try
        {
            using var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience.Token);
            return Ended((int)answer.StatusCode, null, Asked(answer.Headers.RetryAfter, at));
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return Ended(null, "timeout");
        }
        catch (HttpRequestException e)
        {
            return Ended(null, e.HttpRequestError switch
            {
                HttpRequestError.NameResolutionError => "name_not_found",
                HttpRequestError.SecureConnectionError => "tls",
                HttpRequestError.ConnectionError => "not_reached",
                _ => "bad_answer",
            });
        }
    }

    public void Dispose() => _http.Dispose();

    private static Duration? Asked(RetryConditionHeaderValue? header, Instant now) => header switch
    {
        { Delta: { } delta } => Duration.FromTimeSpan(delta),
        { Date: { } date } => Duration.Max(Duration.Zero, Instant.FromDateTimeOffset(date) - now),
        _ => null,
    };
}
