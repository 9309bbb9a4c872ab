using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.DataProtection;

namespace Muse.Api.Connections;

/// <summary>The tokens of one consent.</summary>
internal sealed record KeptTokens(string Access, string? Refresh);

/// <summary>A tutor's own Jitsi server; the member names are those of <see cref="Domain.Meetings.AccountAccess.Token"/>.</summary>
internal sealed record JitsiKeys(string Domain, string AppId, string Secret);

/// <summary>
/// Seals what is kept of connections, with keys that lie in the data folder and not in the database. The purpose names provider and tutor,
/// so that a row copied to another tutor's place does not open there.
/// </summary>
internal sealed class ConnectionSeals(IDataProtectionProvider protection)
{
    private static readonly JsonSerializerOptions Camel = new(JsonSerializerDefaults.Web);

    /// <param name="what"><c>tokens</c>, <c>keys</c>, <c>verifier</c> or <c>revoke</c>.</param>
    public byte[] Seal<T>(string what, string provider, Guid tutorId, T content) =>
        Of(what, provider, tutorId).Protect(JsonSerializer.SerializeToUtf8Bytes(content, Camel));

    /// <summary>Null when it was not sealed for this, or the keys are gone.</summary>
    public T? Open<T>(string what, string provider, Guid tutorId, byte[] box) where T : class
    {
        try
        {
            return JsonSerializer.Deserialize<T>(Of(what, provider, tutorId).Unprotect(box), Camel);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    /// <summary>The sealed JSON as it was written.</summary>
    public string? OpenText(string what, string provider, Guid tutorId, byte[] box) =>
        Open<JsonDocument>(what, provider, tutorId, box)?.RootElement.GetRawText();

    private IDataProtector Of(string what, string provider, Guid tutorId) =>
        protection.CreateProtector("Muse.Connections", what, provider, tutorId.ToString("n"));
}
