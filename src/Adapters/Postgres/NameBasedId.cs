using System.Security.Cryptography;
using System.Text;

namespace Muse.Adapters.Postgres;

/// <summary>UUID version 5 (RFC 9562 section 5.5): the same id from the same two parts, for ever.</summary>
public static class NameBasedId
{
    public static Guid From(Guid space, string name)
    {
        Span<byte> bytes = stackalloc byte[16];
        space.TryWriteBytes(bytes, bigEndian: true, out _);
        var length = Encoding.UTF8.GetByteCount(name);
        var input = new byte[16 + length];
        bytes.CopyTo(input);
        Encoding.UTF8.GetBytes(name, input.AsSpan(16));
        Span<byte> hash = stackalloc byte[SHA1.HashSizeInBytes];
#pragma warning disable CA5350 // RFC 9562 says SHA-1; nothing here is secret.
        SHA1.HashData(input, hash);
#pragma warning restore CA5350
        hash[6] = (byte)((hash[6] & 0x0f) | 0x50);
        hash[8] = (byte)((hash[8] & 0x3f) | 0x80);
        return new Guid(hash[..16], bigEndian: true);
    }
}
