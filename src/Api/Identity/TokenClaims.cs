namespace Muse.Api.Identity;

/// <summary>Names of the access token's claims: RFC 9068 §2.2, RFC 7519 §4.1, OpenID Connect's <c>sid</c>, and our role ids.</summary>
public static class TokenClaims
{
    public const string Subject = "sub";
    public const string ClientId = "client_id";
    public const string Session = "sid";
    public const string Roles = "roles";
    public const string TutorId = "tutor_id";
    public const string StudentId = "student_id";
    public const string GuardianId = "guardian_id";

    /// <summary>There, and true, when the session began with a device link.</summary>
    public const string ChildsDevice = "childs_device";

    /// <summary>RFC 9068 §2.2.3: in the token of a client, not of a person.</summary>
    public const string Scope = "scope";

    /// <summary>Of a caller by an API key, never on the wire: its id, one claim for each of its scopes, and whether it is a test key.</summary>
    public const string Key = "muse:key", KeyScope = "muse:key_scope", TestKey = "muse:test_key";
}
