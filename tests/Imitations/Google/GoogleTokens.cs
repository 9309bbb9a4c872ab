using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.IdentityModel.Tokens;

namespace Muse.Imitations.Google;

/// <summary>accounts.google.com and oauth2.googleapis.com: assertions of a service account (RFC 7523), consent of a person (PKCE), revoking.</summary>
public sealed partial class GoogleImitation
{
    private const string ServiceAccountEmail = "muse@school-project.iam.gserviceaccount.com";
    private const string KeyId = "imitated-key-1";
    private static readonly TimeSpan MostSkew = TimeSpan.FromMinutes(5);

    /// <summary>Made at random once in a process: making one takes a good part of a second.</summary>
    private static readonly Lazy<RSA> Key = new(() => RSA.Create(2048));

    private readonly Dictionary<string, Granted> _granted = [];
    private readonly Dictionary<string, Consent> _codes = [];
    private readonly Dictionary<string, Consent> _refresh = [];

    public string ConnectClientId { get; } = "imitated-client.apps.googleusercontent.com";

    public string ConnectClientSecret { get; } = "GOCSPX-" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12));

    /// <summary>The key file as Google's console gives it.</summary>
    public string ServiceAccountJson => JsonSerializer.Serialize(new Dictionary<string, string>
    {
        ["type"] = "service_account",
        ["project_id"] = "school-project",
        ["private_key_id"] = KeyId,
        ["private_key"] = Key.Value.ExportPkcs8PrivateKeyPem(),
        ["client_email"] = ServiceAccountEmail,
        ["client_id"] = "100000000000000000001",
        ["token_uri"] = $"{Address}/token",
    });

    /// <summary>Users of the school's Workspace: the only ones whom the service account may act as.</summary>
    public HashSet<string> WorkspaceUsers { get; } = new(StringComparer.OrdinalIgnoreCase) { SchoolHost, "second@school.example" };

    /// <summary>Scopes that the Workspace delegates to the service account.</summary>
    public HashSet<string> Delegated { get; } =
    [
        "https://www.googleapis.com/auth/calendar.events.owned",
        "https://www.googleapis.com/auth/meetings.space.settings",
        "https://www.googleapis.com/auth/meetings.space.readonly",
        "https://www.googleapis.com/auth/drive.meet.readonly",
        "https://www.googleapis.com/auth/userinfo.email",
    ];

    /// <summary>Seconds that an access token lives.</summary>
    public int TokenSeconds { get; set; } = 3599;

    /// <summary>Who clicks "Allow" on the consent page, unless the request's <c>login_hint</c> names somebody.</summary>
    public string Person { get; set; } = "tutor@gmail.example";

    /// <summary>Access tokens given out since the start.</summary>
    public int TokensGiven { get; private set; }

    /// <summary>The number by which Google knows an account everywhere: OpenID Connect's <c>sub</c>, and the user of a participant at Meet.</summary>
    public static string IdOf(string person) =>
        "1" + (BitConverter.ToUInt64(SHA256.HashData(Encoding.UTF8.GetBytes(person.ToLowerInvariant()))) % 100_000_000_000_000_000).ToString("D20", CultureInfo.InvariantCulture);

    /// <summary>From now on no access token that was given is honoured.</summary>
    public void ForgetTokens()
    {
        lock (_gate) _granted.Clear();
    }

    /// <summary>The person takes back the consent in their Google account: neither access nor refresh tokens are honoured any more.</summary>
    public void TakeBackConsent(string person)
    {
        lock (_gate)
        {
            foreach (var (token, _) in _granted.Where(g => g.Value.User == person).ToArray()) _granted.Remove(token);
            foreach (var (token, _) in _refresh.Where(g => g.Value.Person == person).ToArray()) _refresh.Remove(token);
        }
    }

    public override IReadOnlyList<string> AllowedAccounts
    {
        get
        {
            lock (_gate) return [.. _refresh.Values.Select(consent => consent.Person).Distinct().Order(StringComparer.Ordinal)];
        }
    }

    public override void TakeBack(string account) => TakeBackConsent(account);

    /// <summary>An access token of a person, as if they had consented.</summary>
    public string TokenOf(string person, params string[] scopes)
    {
        lock (_gate) return Grant(person, scopes.Length == 0 ? [.. Delegated] : scopes);
    }

    private void MapTokens(WebApplication app)
    {
        app.MapPost("/token", Token);
        app.MapPost("/revoke", Revoke);
        app.MapGet("/o/oauth2/v2/auth", AskConsent);
        app.MapPost("/o/oauth2/v2/auth", GiveConsent);
        app.MapGet("/userinfo", async (HttpContext http) =>
        {
            if (await Authorize(http, "email", "https://www.googleapis.com/auth/userinfo.email") is { } person)
                await http.Response.WriteAsJsonAsync(new { sub = IdOf(person), email = person, email_verified = true });
        });
    }

    private async Task Token(HttpContext http)
    {
        var form = await http.Request.ReadFormAsync();
        var (answer, error, description) = form["grant_type"].ToString() switch
        {
            "urn:ietf:params:oauth:grant-type:jwt-bearer" => Assertion(form["assertion"].ToString()),
            "authorization_code" => Code(http, form),
            "refresh_token" => Refresh(http, form),
            _ => (null, "unsupported_grant_type", "Invalid grant_type"),
        };
        if (answer is not null)
        {
            await Write(http, answer);
            return;
        }
        http.Response.StatusCode = error is "unauthorized_client" or "invalid_client" ? 401 : 400;
        await Write(http, new JsonObject { ["error"] = error, ["error_description"] = description });
    }

    private (JsonObject? Answer, string? Error, string? Description) Assertion(string jwt)
    {
        var parts = jwt.Split('.');
        JsonElement header, claims;
        try
        {
            if (parts.Length != 3) return (null, "invalid_grant", "Bad Request");
            header = JsonDocument.Parse(Base64UrlEncoder.DecodeBytes(parts[0])).RootElement;
            claims = JsonDocument.Parse(Base64UrlEncoder.DecodeBytes(parts[1])).RootElement;
        }
        catch (Exception unreadable) when (unreadable is FormatException or JsonException)
        {
            return (null, "invalid_grant", "Invalid JWT.");
        }
        string? Claim(string name) => claims.TryGetProperty(name, out var value) ? value.ToString() : null;
        if (header.GetProperty("alg").GetString() != "RS256" || (header.TryGetProperty("kid", out var kid) && kid.GetString() != KeyId)
            || !Key.Value.VerifyData(Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), Base64UrlEncoder.DecodeBytes(parts[2]), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))
            return (null, "invalid_grant", "Invalid JWT Signature.");
        if (Claim("iss") != ServiceAccountEmail) return (null, "invalid_grant", "Invalid issuer.");
        // Google's library names the real address whatever address it is told to ask.
        if (Claim("aud") != "https://oauth2.googleapis.com/token") return (null, "invalid_grant", "Invalid JWT: Failed audience check.");
        var now = Clock.GetUtcNow();
        if (!long.TryParse(Claim("iat"), out var iat) || !long.TryParse(Claim("exp"), out var exp) || exp - iat > 3600
            || DateTimeOffset.FromUnixTimeSeconds(iat) > now + MostSkew || DateTimeOffset.FromUnixTimeSeconds(exp) < now - MostSkew
            || DateTimeOffset.FromUnixTimeSeconds(iat) < now - MostSkew)
            return (null, "invalid_grant", "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.");
        if (Claim("sub") is not { } user || !WorkspaceUsers.Contains(user)) return (null, "invalid_grant", "Invalid email or User ID");
        var scopes = (Claim("scope") ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (scopes.Length == 0 || !scopes.All(scope => scope.StartsWith("https://www.googleapis.com/auth/", StringComparison.Ordinal)))
            return (null, "invalid_scope", "Invalid OAuth scope or ID token audience provided.");
        if (!scopes.All(Delegated.Contains))
            return (null, "unauthorized_client", "Client is unauthorized to retrieve access tokens using this method, or client not authorized for any of the scopes requested.");
        lock (_gate) return (Answer(Grant(user, scopes)), null, null);
    }

    private (JsonObject? Answer, string? Error, string? Description) Code(HttpContext http, IFormCollection form)
    {
        if (!IsClient(http, form)) return (null, "invalid_client", "The OAuth client was not found.");
        lock (_gate)
        {
            if (!_codes.Remove(form["code"].ToString(), out var consent) || consent.Until < Clock.GetUtcNow())
                return (null, "invalid_grant", "Malformed auth code.");
            if (consent.RedirectUri != form["redirect_uri"].ToString()) return (null, "redirect_uri_mismatch", "Bad Request");
            if (consent.Challenge is not null
                && Base64UrlEncoder.Encode(SHA256.HashData(Encoding.ASCII.GetBytes(form["code_verifier"].ToString()))) != consent.Challenge)
                return (null, "invalid_grant", "Invalid code verifier.");
            var answer = Answer(Grant(consent.Person, consent.Scopes));
            answer["scope"] = string.Join(' ', consent.Scopes);
            if (consent.Offline)
            {
                var refresh = "1//" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24));
                _refresh[refresh] = consent;
                answer["refresh_token"] = refresh;
            }
            return (answer, null, null);
        }
    }

    private (JsonObject? Answer, string? Error, string? Description) Refresh(HttpContext http, IFormCollection form)
    {
        if (!IsClient(http, form)) return (null, "invalid_client", "The OAuth client was not found.");
        lock (_gate)
        {
            if (!_refresh.TryGetValue(form["refresh_token"].ToString(), out var consent))
                return (null, "invalid_grant", "Token has been expired or revoked.");
            // A refresh gives no new refresh token.
            var answer = Answer(Grant(consent.Person, consent.Scopes));
            answer["scope"] = string.Join(' ', consent.Scopes);
            return (answer, null, null);
        }
    }

    private async Task Revoke(HttpContext http)
    {
        var token = http.Request.HasFormContentType ? (await http.Request.ReadFormAsync())["token"].ToString() : "";
        if (token.Length == 0) token = http.Request.Query["token"].ToString();
        string? person;
        lock (_gate) person = _granted.GetValueOrDefault(token)?.User ?? _refresh.GetValueOrDefault(token)?.Person;
        if (person is null)
        {
            http.Response.StatusCode = 400;
            await Write(http, new JsonObject { ["error"] = "invalid_token", ["error_description"] = "Token expired or revoked" });
            return;
        }
        // Google ends the whole consent, whichever of its tokens is named.
        TakeBackConsent(person);
        await Write(http, new JsonObject());
    }

    private async Task AskConsent(HttpContext http)
    {
        var query = http.Request.Query;
        http.Response.ContentType = "text/html; charset=utf-8";
        var wrong = query["client_id"] != ConnectClientId ? "invalid_client: The OAuth client was not found."
            : query["response_type"] != "code" ? "Invalid response_type"
            : !Uri.TryCreate(query["redirect_uri"], UriKind.Absolute, out _) ? "redirect_uri_mismatch"
            : query["code_challenge"].Count > 0 && query["code_challenge_method"] != "S256" ? "Only S256 is imitated."
            : query["scope"].ToString().Length == 0 ? "Missing required parameter: scope" : null;
        if (wrong is not null)
        {
            http.Response.StatusCode = 400;
            await http.Response.WriteAsync($"<!doctype html><title>Error 400</title><h1>Access blocked</h1><p>{WebUtility.HtmlEncode(wrong)}</p>");
            return;
        }
        var hidden = string.Concat(query.Select(pair => $"<input type=hidden name=\"{WebUtility.HtmlEncode(pair.Key)}\" value=\"{WebUtility.HtmlEncode(pair.Value)}\">"));
        var who = query["login_hint"].ToString() is { Length: > 0 } hint ? hint : Person;
        await http.Response.WriteAsync($"""
            <!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><title>Imitated Google: sign in</title>
            <body style="font-family:system-ui;max-width:34rem;margin:3rem auto;padding:0 1rem">
            <h1>Muse wants to access your Google Account</h1>
            <p>This is an imitation of Google on this machine. You are signed in as <b>{WebUtility.HtmlEncode(who)}</b>. Muse asks for:</p>
            <ul>{string.Concat(query["scope"].ToString().Split(' ').Select(scope => $"<li>{InPlainWords(scope)}</li>"))}</ul>
            <form method="post">{hidden}
            <button name="decision" value="deny" style="padding:.8rem 1.5rem">Cancel</button>
            <button name="decision" value="allow" style="padding:.8rem 1.5rem">Allow</button></form></body></html>
            """);
    }

    /// <summary>As Google's own page says it, more or less; a scope that it does not know here is shown as it is.</summary>
    private static string InPlainWords(string scope) => scope switch
    {
        "openid" => "know that it is you",
        "email" or "https://www.googleapis.com/auth/userinfo.email" => "see the address of your account",
        "https://www.googleapis.com/auth/calendar.events.owned" => "make, change and delete events in your own calendars",
        "https://www.googleapis.com/auth/meetings.space.settings" => "change the settings of your Google Meet calls",
        "https://www.googleapis.com/auth/meetings.space.readonly" => "read who came to your Google Meet calls, and when",
        "https://www.googleapis.com/auth/drive.meet.readonly" => "see and download recordings that Google Meet made for you",
        _ => $"<code>{WebUtility.HtmlEncode(scope)}</code>",
    };

    private async Task GiveConsent(HttpContext http)
    {
        var form = await http.Request.ReadFormAsync();
        var back = form["redirect_uri"].ToString();
        var state = $"state={Uri.EscapeDataString(form["state"].ToString())}";
        if (form["client_id"] != ConnectClientId || !Uri.TryCreate(back, UriKind.Absolute, out _))
        {
            http.Response.StatusCode = 400;
            return;
        }
        var join = back.Contains('?') ? '&' : '?';
        if (form["decision"] != "allow")
        {
            http.Response.Redirect($"{back}{join}error=access_denied&{state}");
            return;
        }
        var code = "4/" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24));
        var scopes = form["scope"].ToString().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        lock (_gate)
        {
            _codes[code] = new Consent(
                form["login_hint"].ToString() is { Length: > 0 } hint ? hint : Person, scopes, back,
                form["code_challenge"].ToString() is { Length: > 0 } challenge ? challenge : null,
                form["access_type"] == "offline", Clock.GetUtcNow().AddMinutes(10));
        }
        http.Response.Redirect($"{back}{join}{state}&code={Uri.EscapeDataString(code)}&scope={Uri.EscapeDataString(string.Join(' ', scopes))}");
    }

    private bool IsClient(HttpContext http, IFormCollection form)
    {
        var (id, secret) = (form["client_id"].ToString(), form["client_secret"].ToString());
        if (http.Request.Headers.Authorization.ToString() is ['B', 'a', 's', 'i', 'c', ' ', .. var basic])
        {
            var both = Encoding.UTF8.GetString(Convert.FromBase64String(basic)).Split(':', 2);
            if (both.Length == 2) (id, secret) = (Uri.UnescapeDataString(both[0]), Uri.UnescapeDataString(both[1]));
        }
        return id == ConnectClientId && secret == ConnectClientSecret;
    }

    private string Grant(string user, IReadOnlyCollection<string> scopes)
    {
        var token = "ya29." + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        _granted[token] = new Granted(user, [.. scopes], Clock.GetUtcNow().AddSeconds(TokenSeconds));
        TokensGiven++;
        return token;
    }

    private JsonObject Answer(string token) => new()
    {
        ["access_token"] = token,
        ["expires_in"] = TokenSeconds,
        ["token_type"] = "Bearer",
    };

    private sealed record Granted(string User, HashSet<string> Scopes, DateTimeOffset Expires);

    private sealed record Consent(string Person, string[] Scopes, string RedirectUri, string? Challenge, bool Offline, DateTimeOffset Until);
}
