using System.Security.Cryptography;
using Microsoft.Extensions.Options;

namespace Muse.Adapters.Jitsi;

/// <summary>
/// Configuration section <c>Meetings:Jitsi</c>: the school's own Jitsi server with token authentication, or its JaaS account (an
/// <see cref="AppId"/> that begins with <c>vpaas-magic-cookie-</c>). Empty: only tutors' own servers are used.
/// </summary>
public sealed class JitsiOptions
{
    /// <summary>How 8x8 names every app of JaaS.</summary>
    public const string JaasPrefix = "vpaas-magic-cookie-";

    /// <summary>Host name of the server, such as <c>meet.example.org</c>; or <see cref="BaseUrl"/>.</summary>
    public string? Domain { get; set; }

    /// <summary>Address of the server when it is not <c>https://</c> + <see cref="Domain"/>. JaaS: <c>https://8x8.vc</c>.</summary>
    public string? BaseUrl { get; set; }

    /// <summary>The first part of a room's path on a server with tenants. JaaS: the app id, and nothing needs to be set.</summary>
    public string? Tenant { get; set; }

    /// <summary>Prosody's <c>app_id</c>, or the app id of JaaS.</summary>
    public string? AppId { get; set; }

    /// <summary>Prosody's <c>app_secret</c> (HS256), at least 32 bytes.</summary>
    public string? Secret { get; set; }

    /// <summary>PEM file with the private RSA key (RS256), at least 2048 bits; with <see cref="KeyId"/>. JaaS knows this way only.</summary>
    public string? PrivateKeyFile { get; set; }

    /// <summary>The key's id at the server. JaaS: <c>&lt;app id&gt;/4f4910</c>, or the part after the slash.</summary>
    public string? KeyId { get; set; }

    /// <summary>One of prosody's <c>asap_accepted_audiences</c>.</summary>
    public string Audience { get; set; } = "jitsi";

    /// <summary>One of prosody's <c>asap_accepted_issuers</c>; by default the app id. JaaS: <c>chat</c>.</summary>
    public string? Issuer { get; set; }

    /// <summary>Checks <c>X-Jaas-Signature</c> of JaaS's webhooks.</summary>
    public string? JaasWebhookSecret { get; set; }

    /// <summary>The fixed Authorization header that JaaS's console was told to send; may stand beside the secret or instead of it.</summary>
    public string? JaasAuthorization { get; set; }

    /// <summary>The bearer token of prosody's <c>event_sync</c> plugin (<c>api_headers</c>), at least 16 characters.</summary>
    public string? EventSyncToken { get; set; }

    /// <summary>
    /// May tutors connect servers of their own in a private network or on this machine? Off: public host names only. A tutor who is let names
    /// any address to which students are then sent, so it is for schools that know their tutors.
    /// </summary>
    public bool AllowLocalServers { get; set; }

    /// <summary>How long a Jitsi server, or the store of JaaS's recordings, may take to answer. 1–120.</summary>
    public int TimeoutSeconds { get; set; } = 20;

    /// <summary>How Muse learns what happened: <c>webhooks</c>. There is nothing at a Jitsi server that could be asked.</summary>
    public string Facts { get; set; } = "webhooks";

    /// <summary>Is there a school's server?</summary>
    public bool IsConfigured => AppId is { Length: > 0 } || Domain is { Length: > 0 } || BaseUrl is { Length: > 0 };

    public bool IsJaas => AppId?.StartsWith(JaasPrefix, StringComparison.OrdinalIgnoreCase) == true;

    /// <summary>The school's server, or null.</summary>
    /// <exception cref="OptionsValidationException">A setting is missing or cannot be: one line for the person who runs the server.</exception>
    public JitsiServer? Server()
    {
        if (EventSyncToken is { Length: < 16 }) throw Wrong("EventSyncToken needs at least 16 characters");
        if (JaasWebhookSecret is { Length: < 8 }) throw Wrong("JaasWebhookSecret needs at least 8 characters");
        if (JaasAuthorization is { Length: < 16 }) throw Wrong("JaasAuthorization needs at least 16 characters");
        if (Facts == "polling") throw Wrong("Facts cannot be polling, because a Jitsi server cannot be asked what happened; leave it out, and let event_sync or JaaS's webhooks tell it");
        if (Facts is not ("webhooks" or "")) throw Wrong($"Facts is '{Facts}'; it is webhooks");
        if (TimeoutSeconds is < 1 or > 120) throw Wrong("TimeoutSeconds is a number from 1 to 120");
        if (!IsConfigured) return null;
        if (AppId is not { Length: > 0 and <= 200 } appId) throw Wrong("AppId is missing");
        var address = BaseUrl is { Length: > 0 } ? BaseUrl : Domain is { Length: > 0 } ? Domain : IsJaas ? "https://8x8.vc" : throw Wrong("Domain is missing");
        if (JitsiAddress.OfSchool(address) is not { } baseUrl)
            throw Wrong($"'{address}' is neither a host name nor an https address without a path");
        if (IsJaas && PrivateKeyFile is not { Length: > 0 }) throw Wrong("JaaS needs PrivateKeyFile and KeyId");
        return new JitsiServer(baseUrl, IsJaas ? appId : Tenant, appId, Key(appId)) { Audience = Audience, Issuer = Issuer is { Length: > 0 } ? Issuer : IsJaas ? "chat" : appId };
    }

    private JitsiKey Key(string appId)
    {
        if (PrivateKeyFile is { Length: > 0 } file)
        {
            if (KeyId is not { Length: > 0 } kid) throw Wrong("KeyId is missing");
            return JitsiKey.Rs256(Rsa(file), IsJaas && !kid.Contains('/', StringComparison.Ordinal) ? $"{appId}/{kid}" : kid);
        }
        return Secret is { Length: > 0 } secret
            ? JitsiKey.Hs256(secret) ?? throw Wrong("Secret needs at least 32 bytes (RFC 7518, section 3.2)")
            : throw Wrong("Secret, or PrivateKeyFile with KeyId, is missing");
    }

    private static RSA Rsa(string file)
    {
        var rsa = RSA.Create();
        try
        {
            rsa.ImportFromPem(File.ReadAllText(file));
            if (rsa.KeySize >= 2048) return rsa;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or ArgumentException or CryptographicException)
        {
            throw Wrong($"PrivateKeyFile {file} cannot be read as an RSA key in PEM");
        }
        throw Wrong($"PrivateKeyFile {file} holds a key of less than 2048 bits");
    }

    private static OptionsValidationException Wrong(string what) => new("Meetings:Jitsi", typeof(JitsiOptions), [$"Meetings:Jitsi: {what}."]);
}
