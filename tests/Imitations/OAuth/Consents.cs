using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.WebUtilities;

namespace Muse.Imitations.OAuth;

/// <summary>The app that asks: its id and secret at the provider.</summary>
public sealed record ConsentClient(string Id, string Secret);

/// <summary>Who may give consent here, and what the tokens stand for.</summary>
public sealed record ConsentAccount(string Id, string Email);

/// <summary>
/// How people let an app use their account: authorization code with PKCE (RFC 6749 §4.1, RFC 7636), refresh (§6), revoking (RFC 7009). An
/// imitated provider maps it at its own addresses, lets <see cref="Token"/> answer the grants that are its own, and asks
/// <see cref="AccountOf"/> whose a bearer token is. Thread-safe.
/// </summary>
/// <param name="rotates">A refresh gives a new refresh token and ends the old one, as at Zoom; else it stays, as at Google.</param>
public sealed class Consents(TimeProvider clock, ConsentClient client, bool rotates)
{
    private static readonly TimeSpan CodeLives = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Asked> _codes = [];
    private readonly Dictionary<string, Grant> _refresh = [];
    private readonly Dictionary<string, (Grant Grant, DateTimeOffset Ends)> _access = [];

    public ConsentClient Client => client;

    /// <summary>The person at the browser is signed in as this one.</summary>
    public ConsentAccount Account { get; set; } = new("imitated-tutor", "tutor@imitated.example");

    public TimeSpan AccessLives { get; set; } = TimeSpan.FromHours(1);

    /// <summary>What people tick; null for all that is asked for.</summary>
    public string? OnlyScopes { get; set; }

    /// <summary>Refreshes that took effect.</summary>
    public int Refreshes { get; private set; }

    /// <summary>Tokens that were revoked over the wire and had been good.</summary>
    public int Revoked { get; private set; }

    /// <summary>Consents that still hold.</summary>
    public int Living
    {
        get
        {
            lock (_gate) return _refresh.Values.Distinct().Count(grant => !grant.Ended);
        }
    }

    /// <summary>Null when the token is unknown, has run out, or its consent has ended.</summary>
    public ConsentAccount? AccountOf(string? bearer)
    {
        lock (_gate)
            return bearer is not null && _access.TryGetValue(bearer, out var token) && !token.Grant.Ended && token.Ends > clock.GetUtcNow() ? token.Grant.Account : null;
    }

    /// <summary>The person removes the app at the provider's own page.</summary>
    public void Withdraw()
    {
        lock (_gate)
        {
            foreach (var grant in _refresh.Values) grant.Ended = true;
        }
    }

    public void MapAuthorize(WebApplication app, string path)
    {
        app.MapGet(path, (HttpContext http) => Wrong(http.Request.Query) is { } wrong ? Results.Text(wrong, statusCode: 400) : Page(http.Request.Query));
        app.MapPost(path, async (HttpContext http) =>
        {
            if (Wrong(http.Request.Query) is { } wrong) return Results.Text(wrong, statusCode: 400);
            var form = await http.Request.ReadFormAsync();
            return Results.Redirect(Decide(http.Request.Query, form["answer"] == "allow"));
        });
    }

    public void MapRevoke(WebApplication app, string path) => app.MapPost(path, async (HttpContext http) =>
    {
        var form = await http.Request.ReadFormAsync();
        // Google asks for no client here; who names one must be it.
        if ((http.Request.Headers.Authorization.Count > 0 || form.ContainsKey("client_id")) && !IsClient(http, form)) return NoClient();
        var token = form["token"].ToString();
        lock (_gate)
        {
            var grant = _refresh.GetValueOrDefault(token) ?? (_access.TryGetValue(token, out var found) ? found.Grant : null);
            if (grant is { Ended: false })
            {
                grant.Ended = true;
                Revoked++;
            }
        }
        return Results.Json(new { status = "success" });
    });

    /// <summary>Null when the grant type is another's.</summary>
    public async Task<IResult?> Token(HttpContext http)
    {
        if (!http.Request.HasFormContentType) return null;
        var form = await http.Request.ReadFormAsync();
        var type = form["grant_type"].ToString();
        if (type is not ("authorization_code" or "refresh_token")) return null;
        if (!IsClient(http, form)) return NoClient();
        lock (_gate)
            return type == "refresh_token" ? Refreshed(form["refresh_token"].ToString()) : Exchanged(form);
    }

    private IResult Exchanged(IFormCollection form)
    {
        if (!_codes.TryGetValue(form["code"].ToString(), out var asked))
            return Refused("invalid_grant", "Invalid authorization code.");
        // RFC 6749 §10.5: a code that comes twice may be stolen.
        if (asked.Grant is { } used)
        {
            used.Ended = true;
            return Refused("invalid_grant", "The authorization code was used.");
        }
        var verifier = WebEncoders.Base64UrlEncode(SHA256.HashData(Encoding.ASCII.GetBytes(form["code_verifier"].ToString())));
        if (asked.Ends <= clock.GetUtcNow() || asked.RedirectUri != form["redirect_uri"] || asked.Challenge != verifier)
            return Refused("invalid_grant", "Invalid authorization code.");
        asked.Grant = new Grant(asked.Account, OnlyScopes ?? asked.Scopes);
        return Issue(asked.Grant, NewRefresh(asked.Grant));
    }

    private IResult Refreshed(string token)
    {
        if (!_refresh.TryGetValue(token, out var grant) || grant.Ended)
            return Refused("invalid_grant", "Invalid Token!");
        Refreshes++;
        if (!rotates) return Issue(grant, null);
        _refresh.Remove(token);
        return Issue(grant, NewRefresh(grant));
    }

    private IResult Issue(Grant grant, string? refresh)
    {
        var access = Random("access");
        _access[access] = (grant, clock.GetUtcNow() + AccessLives);
        var answer = new Dictionary<string, object>
        {
            ["access_token"] = access,
            ["token_type"] = "bearer",
            ["expires_in"] = (int)AccessLives.TotalSeconds,
            ["scope"] = grant.Scopes,
        };
        if (refresh is not null) answer["refresh_token"] = refresh;
        return Results.Json(answer);
    }

    private string NewRefresh(Grant grant)
    {
        var refresh = Random("refresh");
        _refresh[refresh] = grant;
        return refresh;
    }

    private string Decide(IQueryCollection asked, bool allow)
    {
        var back = asked["redirect_uri"].ToString();
        var state = asked["state"].ToString();
        if (!allow) return QueryHelpers.AddQueryString(back, new Dictionary<string, string?> { ["error"] = "access_denied", ["state"] = state });
        var code = Random("code");
        lock (_gate)
            _codes[code] = new Asked(Account, back, asked["code_challenge"].ToString(), asked["scope"].ToString(), clock.GetUtcNow() + CodeLives);
        return QueryHelpers.AddQueryString(back, new Dictionary<string, string?> { ["code"] = code, ["state"] = state });
    }

    /// <summary>What the provider would not show its page for, or null.</summary>
    private string? Wrong(IQueryCollection asked) =>
        asked["response_type"] != "code" ? "unsupported_response_type"
        : asked["client_id"] != client.Id ? "invalid_client"
        : !Uri.TryCreate(asked["redirect_uri"], UriKind.Absolute, out var back) || back.AbsolutePath != "/v1/connections/callback" ? "redirect_uri_mismatch"
        : asked["code_challenge_method"] != "S256" || asked["code_challenge"].ToString().Length != 43 ? "invalid_request: PKCE with S256 is required"
        : asked["state"].ToString().Length < 20 ? "invalid_request: state"
        : null;

    private IResult Page(IQueryCollection asked) => Results.Text($$"""
        <!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Allow Muse?</title>
        <style>body { font: 16px/1.5 system-ui; max-width: 30rem; margin: 3rem auto; padding: 0 1rem } button { font: inherit; min-height: 44px; padding: 0 1.2rem }</style></head>
        <body><main><h1>Allow Muse to use {{WebUtility.HtmlEncode(Account.Email)}}?</h1><p>It asks for: {{WebUtility.HtmlEncode(asked["scope"].ToString() is { Length: > 0 } scopes ? scopes : "your meetings")}}</p>
        <form method="post"><button name="answer" value="allow">Allow</button> <button name="answer" value="deny">Deny</button></form></main></body></html>
        """, "text/html; charset=utf-8");

    /// <summary>By Basic or in the body (RFC 6749 §2.3.1).</summary>
    private bool IsClient(HttpContext http, IFormCollection form) =>
        http.Request.Headers.Authorization.ToString() is { Length: > 0 } header
            ? header == "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{client.Id}:{client.Secret}"))
            : form["client_id"] == client.Id && form["client_secret"] == client.Secret;

    private static IResult NoClient() => Results.Json(new { error = "invalid_client", reason = "Invalid client_id or client_secret" }, statusCode: 401);

    /// <summary>Zoom explains in <c>reason</c>, RFC 6749 §5.2 in <c>error_description</c>.</summary>
    private static IResult Refused(string error, string reason) => Results.Json(new { error, error_description = reason, reason }, statusCode: 400);

    private static string Random(string kind) => $"imitated-{kind}-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24))}";

    private sealed class Grant(ConsentAccount account, string scopes)
    {
        public ConsentAccount Account { get; } = account;

        public string Scopes { get; } = scopes;

        public bool Ended { get; set; }
    }

    private sealed record Asked(ConsentAccount Account, string RedirectUri, string Challenge, string Scopes, DateTimeOffset Ends)
    {
        public Grant? Grant { get; set; }
    }
}
