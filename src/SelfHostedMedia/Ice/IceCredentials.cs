using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Muse.SelfHostedMedia.Ice;

/// <summary>Our user fragment and password for one connection (RFC 8445 §5.3: at least 24 and 128 bits of randomness).</summary>
internal sealed class IceCredentials
{
    private const int UserFragmentLength = 8;
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    private IceCredentials(string userFragment, string password)
    {
        UserFragment = userFragment;
        Password = password;
        PasswordBytes = Encoding.ASCII.GetBytes(password);
        _ = TryReadKey(Encoding.ASCII.GetBytes(userFragment + ":"), out var key);
        Key = key;
    }

    /// <summary>48 random bits in 8 characters: as eight bytes it is also the key by which a check finds its connection.</summary>
    public string UserFragment { get; }

    /// <summary>144 random bits. Secret.</summary>
    public string Password { get; }

    public byte[] PasswordBytes { get; }

    public ulong Key { get; }

    public static IceCredentials Create() =>
        new(RandomNumberGenerator.GetString(Alphabet, UserFragmentLength), RandomNumberGenerator.GetString(Alphabet, 24));

    /// <summary>The key in a check's USERNAME, which is ours ":" theirs.</summary>
    public static bool TryReadKey(ReadOnlySpan<byte> user, out ulong key)
    {
        key = 0;
        if (user.Length <= UserFragmentLength || user[UserFragmentLength] != (byte)':')
            return false;
        key = BinaryPrimitives.ReadUInt64BigEndian(user);
        return true;
    }
}
