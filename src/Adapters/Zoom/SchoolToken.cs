using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Muse.Domain.Meetings;

namespace Muse.Adapters.Zoom;

/// <summary>
/// The token of the school's server-to-server app. It lives an hour and has no refresh token: a new one is asked for, one request at a time,
/// however many wait for it.
/// </summary>
public sealed class SchoolToken(ZoomWire wire, ZoomOptions options, TimeProvider time)
{
    private static readonly TimeSpan Early = TimeSpan.FromMinutes(5);

    private readonly SemaphoreSlim _one = new(1);
    private volatile Held? _held;

    /// <param name="refused">A token that Zoom just answered with 401: ten such answers cause one request.</param>
    /// <exception cref="ProviderTrouble">Zoom could not be asked, or its answer could not be read.</exception>
    public async Task<ZoomGrant> Get(string? refused, CancellationToken ct)
    {
        if (Good(refused) is { } at) return at;
        await _one.WaitAsync(ct);
        try
        {
            return Good(refused) ?? await Ask(ct);
        }
        finally
        {
            _one.Release();
        }
    }

    private ZoomGrant? Good(string? refused) =>
        _held is { } held && held.Token != refused && time.GetUtcNow() < held.RenewAt ? ZoomGrant.Of(held.Token) : null;

    private async Task<ZoomGrant> Ask(CancellationToken ct)
    {
        // The hour begins before Zoom answers, so it is counted from before the request.
        var before = time.GetUtcNow();
        var reply = await wire.Exchange(new Uri(options.TokenUrl), Request, ct);
        if (reply.Status is 429 or >= 500)
            throw new ProviderTrouble(reply.Status == 429 ? "too_many_requests" : "provider_error", $"Zoom answered the request for a token with {reply.Status}.");
        if (Read(reply.Text) is not { ValueKind: JsonValueKind.Object } body)
            throw new ProviderTrouble("unreadable_answer", $"Zoom answered the request for a token with {reply.Status} and nothing to read.");
        if (reply.Status is not 200 || !body.TryGetProperty("access_token", out var token) || token.GetString() is not { Length: > 0 } value)
            return ZoomGrant.None(MeetingAnswer.NotPermittedCode, $"Zoom gives no token: {ZoomAnswer.Text(body, "error")} ({ZoomAnswer.Text(body, "reason")}).");
        var life = TimeSpan.FromSeconds(body.TryGetProperty("expires_in", out var seconds) && seconds.TryGetInt32(out var s) && s > 0 ? s : 3_600);
        _held = new Held(value, before + (life > 2 * Early ? life - Early : life / 2));
        return ZoomGrant.Of(value);
    }

    private HttpRequestMessage Request(Uri address) => new(HttpMethod.Post, address)
    {
        Headers = { Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{options.ClientId}:{options.ClientSecret}"))) },
        Content = new FormUrlEncodedContent([new("grant_type", "account_credentials"), new("account_id", options.AccountId)]),
    };

    // An empty body with 200 has been met in the field.
    private static JsonElement? Read(string text)
    {
        try
        {
            return JsonDocument.Parse(text).RootElement;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private sealed record Held(string Token, DateTimeOffset RenewAt);
}
