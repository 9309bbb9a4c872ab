using System.Security.Cryptography;

namespace Muse.Domain.Sandboxes;

/// <summary>
/// The ids of tutors and students in a sandbox say so themselves (UUID version 8, RFC 9562 §5.8, beginning with six bytes that are the
/// owner's): whether two belong to one world needs no look-up, and no query can forget to ask. Nobody chooses the ids of tutors and students.
/// </summary>
public static class SandboxId
{
    private const int OwnerBytes = 6;

    /// <summary>For SQL's <c>like</c>: the text of an id in any sandbox.</summary>
    public const string AnyPattern = "________-____-8%";

    public static Guid New(Guid owner)
    {
        Span<byte> bytes = stackalloc byte[16];
        RandomNumberGenerator.Fill(bytes);
        BytesOf(owner).CopyTo(bytes);
        bytes[6] = (byte)(0x80 | (bytes[6] & 0x0f));
        bytes[8] = (byte)(0x80 | (bytes[8] & 0x3f));
        return new Guid(bytes, bigEndian: true);
    }

    public static bool IsOne(Guid id) => id.Version == 8;

    public static bool IsOf(Guid owner, Guid id) => IsOne(id) && id.ToByteArray(bigEndian: true).AsSpan(0, OwnerBytes).SequenceEqual(BytesOf(owner));

    /// <summary>Both real, or both of one sandbox.</summary>
    public static bool AreOfOneWorld(Guid one, Guid other) => IsOne(one) == IsOne(other)
        && (!IsOne(one) || one.ToByteArray(bigEndian: true).AsSpan(0, OwnerBytes).SequenceEqual(other.ToByteArray(bigEndian: true).AsSpan(0, OwnerBytes)));

    /// <summary>For SQL's <c>like</c>: the text of an id in this owner's sandbox.</summary>
    public static string PatternOf(Guid owner)
    {
        var hex = Convert.ToHexStringLower(BytesOf(owner));
        return $"{hex[..8]}-{hex[8..]}-8%";
    }

    private static ReadOnlySpan<byte> BytesOf(Guid owner) => SHA256.HashData(owner.ToByteArray(bigEndian: true)).AsSpan(0, OwnerBytes);
}
