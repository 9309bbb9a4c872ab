using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.IdentityModel.Tokens;

namespace Muse.Api.Tokens;

/// <summary>
/// The ES256 keys of our access tokens, in one owner-only file. A key signs for <see cref="Signs"/>; the next one is published
/// <see cref="PublishedBefore"/> its first signature, so that whoever caches our JWKS knows it in time, and an old one stays published
/// until its last token has died.
/// </summary>
public sealed class SigningKeys
{
    public static readonly TimeSpan Signs = TimeSpan.FromDays(30);
    public static readonly TimeSpan PublishedBefore = TimeSpan.FromDays(2);
    public static readonly TimeSpan KeptAfter = TimeSpan.FromDays(1);

    private readonly string _file;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private List<SigningKey> _keys;

    /// <param name="file">Made when absent, its folder included.</param>
    public SigningKeys(string file, TimeProvider time)
    {
        (_file, _time) = (file, time);
        _keys = File.Exists(file) ? Read(file) : [];
    }

    /// <summary>The key that signs now.</summary>
    public SigningKey Current
    {
        get
        {
            lock (_gate)
            {
                var now = Rotated();
                return _keys.Last(key => key.SignsFrom <= now);
            }
        }
    }

    /// <summary>All that a verifier may meet: the old ones that still have live tokens, the current, and the next.</summary>
    public IReadOnlyList<SigningKey> Published
    {
        get
        {
            lock (_gate)
            {
                Rotated();
                return [.. _keys];
            }
        }
    }

    public SigningKey? Find(string? keyId)
    {
        foreach (var key in Published)
        {
            if (key.Id == keyId)
                return key;
        }
        return null;
    }

    private DateTimeOffset Rotated()
    {
        var now = _time.GetUtcNow();
        var keys = new List<SigningKey>(_keys);
        if (keys.Count == 0)
            keys.Add(SigningKey.Make(now));
        while (keys[^1].SignsFrom + Signs - PublishedBefore <= now)
        {
            var next = keys[^1].SignsFrom + Signs;
            // After a long stop: a key that nobody could have seen may sign at once, because no token of it is in any cache.
            keys.Add(SigningKey.Make(next < now ? now : next));
        }
        for (var i = keys.Count - 2; i >= 0; i--)
        {
            if (keys[i + 1].SignsFrom + KeptAfter <= now)
                keys.RemoveAt(i);
        }
        if (!keys.SequenceEqual(_keys))
        {
            Write(keys);
            _keys = keys;
        }
        return now;
    }

    private static List<SigningKey> Read(string file)
    {
        if ((File.GetUnixFileMode(file) & ~(UnixFileMode.UserRead | UnixFileMode.UserWrite)) != 0)
            throw new InvalidOperationException($"Others can read the signing keys in {file}: run 'chmod 600 {file}'.");
        var kept = JsonSerializer.Deserialize<List<KeptKey>>(File.ReadAllBytes(file)) ?? [];
        return [.. kept.Select(key => SigningKey.Of(key.Pkcs8, key.SignsFrom)).OrderBy(key => key.SignsFrom)];
    }

    private void Write(List<SigningKey> keys)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_file)!);
        var draft = $"{_file}.{Guid.NewGuid():n}";
        using (var stream = new FileStream(draft, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        }))
        {
            JsonSerializer.Serialize(stream, keys.Select(key => new KeptKey(key.Private.ExportPkcs8PrivateKey(), key.SignsFrom)));
            stream.Flush(flushToDisk: true);
        }
        File.Move(draft, _file, overwrite: true);
    }

    private sealed record KeptKey(byte[] Pkcs8, DateTimeOffset SignsFrom);
}

/// <summary>One P-256 key pair.</summary>
/// <param name="Id">The <c>kid</c>: the RFC 7638 thumbprint of the public key.</param>
public sealed record SigningKey(string Id, ECDsa Private, DateTimeOffset SignsFrom)
{
    private ECDsaSecurityKey? _securityKey;

    public ECDsaSecurityKey SecurityKey => _securityKey ??= new ECDsaSecurityKey(Private) { KeyId = Id };

    /// <summary>RFC 7517 §4 and RFC 7518 §6.2.1: the public half only.</summary>
    public PublicKey Public
    {
        get
        {
            var point = Private.ExportParameters(includePrivateParameters: false).Q;
            return new PublicKey("EC", "sig", "ES256", Id, "P-256", WebEncoders.Base64UrlEncode(point.X!), WebEncoders.Base64UrlEncode(point.Y!));
        }
    }

    internal static SigningKey Make(DateTimeOffset signsFrom) => Of(ECDsa.Create(ECCurve.NamedCurves.nistP256), signsFrom);

    internal static SigningKey Of(byte[] pkcs8, DateTimeOffset signsFrom)
    {
        var key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(pkcs8, out _);
        return Of(key, signsFrom);
    }

    public bool Equals(SigningKey? other) => other?.Id == Id && other.SignsFrom == SignsFrom;

    public override int GetHashCode() => Id.GetHashCode(StringComparison.Ordinal);

    private static SigningKey Of(ECDsa key, DateTimeOffset signsFrom)
    {
        var point = key.ExportParameters(includePrivateParameters: false).Q;
        var members = $$"""{"crv":"P-256","kty":"EC","x":"{{WebEncoders.Base64UrlEncode(point.X!)}}","y":"{{WebEncoders.Base64UrlEncode(point.Y!)}}"}""";
        return new SigningKey(WebEncoders.Base64UrlEncode(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(members))), key, signsFrom);
    }
}

/// <summary>A JSON Web Key as it is published.</summary>
public sealed record PublicKey(string Kty, string Use, string Alg, string Kid, string Crv, string X, string Y);
