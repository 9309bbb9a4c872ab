using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json.Nodes;

namespace Muse.Imitations.Zoom;

/// <summary>Tokens: the school's by account credentials, a person's by authorization code with PKCE.</summary>
public sealed partial class ZoomImitation
{
    private static readonly TimeSpan TokenLife = TimeSpan.FromHours(1);
    private static readonly TimeSpan CodeLife = TimeSpan.FromMinutes(5);

    private readonly Dictionary<string, Grant> _tokens = [];
    private readonly Dictionary<string, Grant> _refreshes = [];
    private readonly Dictionary<string, Code> _codes = [];

    /// <summary>Rights of the server-to-server app; without one its calls answer 4711.</summary>
    public HashSet<string> Scopes { get; } =
    [
        "meeting:write:meeting:admin", "meeting:update:meeting:admin", "meeting:delete:meeting:admin", "meeting:read:meeting:admin",
        "meeting:read:list_meetings:admin", "meeting:read:list_past_instances:admin", "meeting:read:past_meeting:admin",
        "meeting:read:list_past_participants:admin", "meeting:update:status:admin", "cloud_recording:read:list_recording_files:admin", "user:read:user:admin",
    ];

    /// <summary>The account's owner switched the apps off: every token is dead and none is issued.</summary>
    public bool Deactivated { get; set; }

    /// <summary>Whose account the authorize page connects; asks the visitor when null.</summary>
    public ZoomUser? ConnectsAtOnce { get; set; }

    /// <summary>How many tokens were issued.</summary>
    public int TokensIssued { get; private set; }

    /// <summary>Every token that was issued so far is worthless from now on; refresh tokens live on.</summary>
    public void ExpireTokens()
    {
        lock (_gate)
        {
            foreach (var (token, grant) in _tokens.ToList()) _tokens[token] = grant with { Expires = DateTimeOffset.MinValue };
        }
    }

    /// <summary>The person took the app's rights away in Zoom itself.</summary>
    public void Disconnect(ZoomUser user)
    {
        lock (_gate)
        {
            foreach (var token in _tokens.Where(t => t.Value.User?.Id == user.Id).Select(t => t.Key).ToList()) _tokens.Remove(token);
            foreach (var token in _refreshes.Where(t => t.Value.User?.Id == user.Id).Select(t => t.Key).ToList()) _refreshes.Remove(token);
        }
    }

    public override IReadOnlyList<string> AllowedAccounts
    {
        get
        {
            lock (_gate) return [.. _refreshes.Values.Select(grant => grant.User!.Email).Distinct().Order(StringComparer.Ordinal)];
        }
    }

    public override void TakeBack(string account)
    {
        ZoomUser? user;
        lock (_gate) user = _users.GetValueOrDefault(account);
        if (user is not null) Disconnect(user);
    }

    private void MapTokens(WebApplication app)
    {
        app.MapPost("/oauth/token", Token);
        app.MapGet("/oauth/authorize", Authorize);
        app.MapGet("/oauth/authorize/answer", Answer);
        app.MapPost("/oauth/revoke", Revoke);
    }

    private async Task<IResult> Token(HttpRequest request)
    {
        var values = await Values(request);
        if (Basic(request) is not var (id, secret)) return OAuthError(401, "Invalid client_id or client_secret", "invalid_client");
        var isSchools = id == ClientId;
        if (!(isSchools && secret == ClientSecret) && !(id == ConnectClientId && secret == ConnectClientSecret))
            return OAuthError(400, "Invalid client_id or client_secret", "invalid_client");
        if (Deactivated) return OAuthError(400, "The app has been deactivated.", "invalid_request");
        lock (_gate)
        {
            switch (values.GetValueOrDefault("grant_type"))
            {
                case "account_credentials" when isSchools:
                    return values.GetValueOrDefault("account_id") == AccountId
                        ? Issue(new Grant(AccountId, null, [.. Scopes], Clock.GetUtcNow() + TokenLife), refreshes: false)
                        : OAuthError(400, "Bad Request", "invalid_request");
                case "authorization_code" when !isSchools:
                    if (!_codes.Remove(values.GetValueOrDefault("code") ?? "", out var code) || code.Expires <= Clock.GetUtcNow()
                        || code.RedirectUri != values.GetValueOrDefault("redirect_uri"))
                        return OAuthError(400, "Invalid authorization code", "invalid_request");
                    if (!Proves(values.GetValueOrDefault("code_verifier"), code.Challenge))
                        return OAuthError(400, "Invalid code verifier", "invalid_request");
                    return Issue(OwnGrant(code.User), refreshes: true);
                case "refresh_token" when !isSchools:
                    // The old refresh token is spent by its use.
                    return _refreshes.Remove(values.GetValueOrDefault("refresh_token") ?? "", out var old)
                        ? Issue(OwnGrant(old.User!), refreshes: true)
                        : OAuthError(401, "Invalid Token!", "invalid_request");
                default:
                    return OAuthError(400, "unsupported grant type", "unsupported_grant_type");
            }
        }
    }

    private IResult Issue(Grant grant, bool refreshes)
    {
        foreach (var dead in _tokens.Where(t => t.Value.Expires <= Clock.GetUtcNow().AddHours(-1)).Select(t => t.Key).ToList()) _tokens.Remove(dead);
        var token = "eyJ" + Secret() + Secret();
        _tokens[token] = grant;
        TokensIssued++;
        var answer = new JsonObject
        {
            ["access_token"] = token,
            ["token_type"] = "bearer",
            ["expires_in"] = (int)TokenLife.TotalSeconds,
            ["scope"] = string.Join(' ', grant.Scopes),
            ["api_url"] = Address,
        };
        if (refreshes)
        {
            var refresh = "rt" + Secret() + Secret();
            _refreshes[refresh] = grant;
            answer["refresh_token"] = refresh;
        }
        return Json(200, answer);
    }

    private Grant OwnGrant(ZoomUser user) => new(user.AccountId, user,
        ["meeting:write:meeting", "meeting:update:meeting", "meeting:delete:meeting", "meeting:read:meeting", "meeting:read:list_meetings",
            "meeting:read:list_past_instances", "meeting:read:past_meeting", "meeting:read:list_past_participants", "meeting:update:status", "cloud_recording:read:list_recording_files", "user:read:user"], Clock.GetUtcNow() + TokenLife);

    private IResult Authorize(HttpRequest request)
    {
        var query = request.Query;
        if (query["response_type"] != "code" || query["client_id"] != ConnectClientId || !Uri.TryCreate(query["redirect_uri"], UriKind.Absolute, out _))
            return Json(400, new JsonObject { ["code"] = 4700, ["message"] = "Invalid client id or redirect." });
        if (query["code_challenge"].ToString().Length != 43 || query["code_challenge_method"] != "S256")
            return Json(400, new JsonObject { ["code"] = 4700, ["message"] = "A challenge of PKCE (S256) is needed." });
        if (ConnectsAtOnce is { } user) return Grants(request, user);
        var page = new StringBuilder("""
            <h1>Let Muse use your Zoom account?</h1>
            <p>Muse asks for leave to</p>
            <ul>
            <li>make, change and delete meetings in your account</li>
            <li>see who came to them, and when they began and ended</li>
            <li>fetch their cloud recordings</li>
            <li>see your name and mail address</li>
            </ul>
            <p>Whose account is it? At the real Zoom you would be signed in.</p><p>
            """);
        lock (_gate)
        {
            foreach (var one in _users.Values.Distinct())
            {
                page.Append($"<a class=\"button\" href=\"/oauth/authorize/answer{HtmlEncoder.Default.Encode(request.QueryString.Add("as", one.Id).Value!)}\">");
                page.Append($"Allow as {HtmlEncoder.Default.Encode(one.Email)}</a>");
            }
        }
        page.Append($"</p><p><a class=\"button\" href=\"/oauth/authorize/answer{HtmlEncoder.Default.Encode(request.QueryString.Value!)}\">Decline</a></p>");
        return Trying.ImitatedPage.Of(StatusCodes.Status200OK, Title, page.ToString());
    }

    private IResult Answer(HttpRequest request)
    {
        ZoomUser? user;
        lock (_gate) user = _users.GetValueOrDefault(request.Query["as"].ToString());
        return user is null ? Back(request, "error", "access_denied") : Grants(request, user);
    }

    private IResult Grants(HttpRequest request, ZoomUser user)
    {
        var code = Secret();
        lock (_gate)
        {
            _codes[code] = new Code(user, request.Query["redirect_uri"]!, request.Query["code_challenge"]!, Clock.GetUtcNow() + CodeLife);
        }
        return Back(request, "code", code);
    }

    private static IResult Back(HttpRequest request, string name, string value)
    {
        var target = request.Query["redirect_uri"].ToString();
        var state = request.Query["state"].ToString();
        return Results.Redirect($"{target}{(target.Contains('?') ? '&' : '?')}{name}={value}{(state.Length > 0 ? "&state=" + Uri.EscapeDataString(state) : "")}");
    }

    private async Task<IResult> Revoke(HttpRequest request)
    {
        var values = await Values(request);
        if (Basic(request) is not var (id, secret) || id != ConnectClientId || secret != ConnectClientSecret)
            return OAuthError(401, "Invalid client_id or client_secret", "invalid_client");
        lock (_gate)
        {
            var token = values.GetValueOrDefault("token") ?? "";
            var user = _tokens.GetValueOrDefault(token)?.User ?? _refreshes.GetValueOrDefault(token)?.User;
            if (user is null) return OAuthError(400, "Invalid Token!", "invalid_request");
        }
        var known = Whose(values["token"]);
        if (known is not null) Disconnect(known);
        return Json(200, new JsonObject { ["status"] = "success" });
    }

    private ZoomUser? Whose(string token)
    {
        lock (_gate) return _tokens.GetValueOrDefault(token)?.User ?? _refreshes.GetValueOrDefault(token)?.User;
    }

    /// <summary>The grant of a request's bearer token, or Zoom's refusal.</summary>
    private (Grant? Grant, IResult? Refusal) Bearer(HttpRequest request)
    {
        if (!AuthenticationHeaderValue.TryParse(request.Headers.Authorization, out var header) || header.Scheme != "Bearer" || header.Parameter is null)
            return (null, ZoomError(401, 124, "Invalid access token."));
        lock (_gate)
        {
            if (Deactivated || !_tokens.TryGetValue(header.Parameter, out var grant)) return (null, ZoomError(401, 124, "Invalid access token."));
            return grant.Expires > Clock.GetUtcNow() ? (grant, null) : (null, ZoomError(401, 124, "Access token is expired."));
        }
    }

    private static bool Proves(string? verifier, string challenge) => verifier is { Length: >= 43 and <= 128 }
        && Convert.ToBase64String(SHA256.HashData(Encoding.ASCII.GetBytes(verifier))).TrimEnd('=').Replace('+', '-').Replace('/', '_') == challenge;

    private static (string Id, string Secret)? Basic(HttpRequest request)
    {
        if (!AuthenticationHeaderValue.TryParse(request.Headers.Authorization, out var header) || header.Scheme != "Basic" || header.Parameter is null)
            return null;
        try
        {
            var text = Encoding.UTF8.GetString(Convert.FromBase64String(header.Parameter)).Split(':', 2);
            return text.Length == 2 ? (text[0], text[1]) : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    /// <summary>Of the form or the query: both are accepted.</summary>
    private static async Task<Dictionary<string, string>> Values(HttpRequest request)
    {
        var values = request.Query.ToDictionary(q => q.Key, q => q.Value.ToString());
        if (request.HasFormContentType)
        {
            foreach (var (name, value) in await request.ReadFormAsync()) values[name] = value.ToString();
        }
        return values;
    }

    private static IResult OAuthError(int status, string reason, string error) => Json(status, new JsonObject { ["reason"] = reason, ["error"] = error });

    /// <param name="User">Whose own account it is; null for the school's app.</param>
    private sealed record Grant(string AccountId, ZoomUser? User, string[] Scopes, DateTimeOffset Expires);

    private sealed record Code(ZoomUser User, string RedirectUri, string Challenge, DateTimeOffset Expires);
}
