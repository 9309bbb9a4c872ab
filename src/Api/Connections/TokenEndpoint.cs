using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Muse.Domain.Meetings;
using NodaTime;

namespace Muse.Api.Connections;

/// <summary>What a provider gave.</summary>
/// <param name="RefreshToken">Null when it stays the one that was sent (RFC 6749 §6).</param>
internal sealed record Tokens(string AccessToken, string? RefreshToken, Instant ExpiresAt, string? Scopes);

/// <summary>Tokens, or why not for good.</summary>
/// <param name="Error">Of RFC 6749 §5.2, such as <c>invalid_grant</c>; null with tokens.</param>
internal sealed record TokenAnswer(Tokens? Tokens, string? Error);

/// <summary>The provider's end of RFC 6749 §4.1.3 and §6 and of RFC 7009. Tokens travel in bodies only, so that no address holds one.</summary>
internal sealed class TokenEndpoint(IHttpClientFactory http, TimeProvider time)
{
    /// <summary>The name of the HTTP client.</summary>
    public const string Wire = "connections";

    /// <summary>Of one request, so that two fit into a refresh's turn (<see cref="ConnectionRows.Turn"/>).</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public const long LongestAnswer = 64 * 1024;

    public const string InvalidGrant = "invalid_grant";

    /// <exception cref="ProviderTrouble">What may pass.</exception>
    public Task<TokenAnswer> Exchange(ConnectClient client, string code, string redirectUri, string verifier, CancellationToken ct) =>
        Ask(client, new() { ["grant_type"] = "authorization_code", ["code"] = code, ["redirect_uri"] = redirectUri, ["code_verifier"] = verifier }, ct);

    /// <inheritdoc cref="Exchange"/>
    public Task<TokenAnswer> Refresh(ConnectClient client, string refreshToken, CancellationToken ct) =>
        Ask(client, new() { ["grant_type"] = "refresh_token", ["refresh_token"] = refreshToken }, ct);

    /// <summary>
    /// The token is worthless afterwards. What the provider does not know (RFC 7009 §2.2: 200) or does not revoke (§2.2.1:
    /// <c>unsupported_token_type</c>) is done as well.
    /// </summary>
    /// <param name="kind"><c>refresh_token</c> or <c>access_token</c>.</param>
    /// <inheritdoc cref="Exchange"/>
    public async Task Revoke(ConnectClient client, string token, string kind, CancellationToken ct)
    {
        using var answer = await Send(client, client.RevokeUrl, new() { ["token"] = token, ["token_type_hint"] = kind }, ct);
        if (answer.IsSuccessStatusCode)
            return;
        var (error, reason) = await Error(answer, ct);
        if (error is "unsupported_token_type" or "invalid_token" || IsAboutTheToken(error, reason))
            return;
        throw Trouble(answer, $"{client.Provider} does not revoke: {error}.");
    }

    /// <summary>Whose account it is; null when the provider does not say: it is for display only.</summary>
    public async Task<string?> Label(ConnectClient client, string accessToken, CancellationToken ct)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, client.AccountUrl);
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", accessToken);
            // A person waits for the page: a name to show is not worth more.
            using var enough = CancellationTokenSource.CreateLinkedTokenSource(ct);
            enough.CancelAfter(TimeSpan.FromSeconds(3));
            using var answer = await http.CreateClient(Wire).SendAsync(request, enough.Token);
            if (!answer.IsSuccessStatusCode)
                return null;
            using var json = JsonDocument.Parse(await answer.Content.ReadAsByteArrayAsync(ct));
            return Text(json.RootElement, "email") is { Length: > 0 and <= 254 } email && !email.Any(char.IsControl) ? email : null;
        }
        catch (Exception unknown) when (unknown is HttpRequestException or JsonException or TaskCanceledException && !ct.IsCancellationRequested)
        {
            return null;
        }
    }

    private async Task<TokenAnswer> Ask(ConnectClient client, Dictionary<string, string> members, CancellationToken ct)
    {
        // Counted from before the request: the token is never thought to live longer than it does.
        var asked = Instant.FromDateTimeOffset(time.GetUtcNow());
        using var answer = await Send(client, client.TokenUrl, members, ct);
        if (answer.IsSuccessStatusCode)
            return new TokenAnswer(await Read(client, answer, asked, ct), null);
        var (error, reason) = await Error(answer, ct);
        if (IsAboutTheToken(error, reason))
            return new TokenAnswer(null, InvalidGrant);
        throw Trouble(answer, $"{client.Provider} gives no token: {error ?? "no reason"}.");
    }

    /// <summary>Zoom says <c>invalid_request</c> and names the token or the code in its own member <c>reason</c> where RFC 6749 §5.2 has a code.</summary>
    private static bool IsAboutTheToken(string? error, string? reason) => error == InvalidGrant
        || (error == "invalid_request" && reason is not null
            && (reason.Contains("invalid token", StringComparison.OrdinalIgnoreCase) || reason.Contains("authorization code", StringComparison.OrdinalIgnoreCase)));

    private static async Task<Tokens> Read(ConnectClient client, HttpResponseMessage answer, Instant asked, CancellationToken ct)
    {
        try
        {
            using var json = JsonDocument.Parse(await answer.Content.ReadAsByteArrayAsync(ct));
            var root = json.RootElement;
            if (Text(root, "access_token") is { Length: > 0 } access && root.TryGetProperty("expires_in", out var seconds) && Seconds(seconds) is { } lives)
                return new Tokens(access, Text(root, "refresh_token"), asked + Duration.FromSeconds(lives), Text(root, "scope"));
        }
        catch (Exception broken) when (broken is JsonException or HttpRequestException or IOException)
        {
            // The same as an answer without a token. Its text holds tokens, so no message quotes it.
        }
        throw new ProviderTrouble("unreadable_answer", $"{client.Provider} answered without a token.");
    }

    private async Task<HttpResponseMessage> Send(ConnectClient client, Uri address, Dictionary<string, string> members, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, address);
        if (client.SecretInHeader)
            request.Headers.Authorization = new AuthenticationHeaderValue(
                "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{client.ClientId}:{client.ClientSecret}")));
        else
            (members["client_id"], members["client_secret"]) = (client.ClientId, client.ClientSecret);
        request.Content = new FormUrlEncodedContent(members);
        request.Headers.Accept.ParseAdd("application/json");
        try
        {
            return await http.CreateClient(Wire).SendAsync(request, ct);
        }
        catch (TaskCanceledException late) when (!ct.IsCancellationRequested)
        {
            throw new ProviderTrouble("timed_out", $"{client.Provider} did not answer within {Patience.TotalSeconds} s.", late);
        }
        catch (HttpRequestException broken)
        {
            throw new ProviderTrouble("unreachable", $"{client.Provider} cannot be reached.", broken);
        }
    }

    private ProviderTrouble Trouble(HttpResponseMessage answer, string message)
    {
        var wait = answer.Headers.RetryAfter;
        var after = wait?.Date ?? (wait?.Delta is { } pause ? time.GetUtcNow() + pause : null);
        return new ProviderTrouble(answer.StatusCode is HttpStatusCode.TooManyRequests ? "too_many_requests" : "provider_error", message)
        {
            NotBefore = after is { } then ? Instant.FromDateTimeOffset(then) : null,
        };
    }

    private static async Task<(string? Error, string? Reason)> Error(HttpResponseMessage answer, CancellationToken ct)
    {
        try
        {
            using var json = JsonDocument.Parse(await answer.Content.ReadAsByteArrayAsync(ct));
            // A code of RFC 6749 is short and plain; anything else stays out of messages.
            var error = Text(json.RootElement, "error") is { Length: <= 40 } code && code.All(c => c is '_' || char.IsAsciiLetterLower(c)) ? code : null;
            return (error, Text(json.RootElement, "reason"));
        }
        catch (Exception unreadable) when (unreadable is JsonException or HttpRequestException or IOException)
        {
            return (null, null);
        }
    }

    private static string? Text(JsonElement root, string name) =>
        root.ValueKind is JsonValueKind.Object && root.TryGetProperty(name, out var member) && member.ValueKind is JsonValueKind.String ? member.GetString() : null;

    private static double? Seconds(JsonElement member) => member.ValueKind switch
    {
        JsonValueKind.Number when member.TryGetDouble(out var number) && number is >= 0 and <= 1e9 => number,
        // RFC 6749 says number; some servers quote it.
        JsonValueKind.String when long.TryParse(member.GetString(), out var quoted) && quoted is >= 0 and <= 1_000_000_000 => quoted,
        _ => null,
    };
}
