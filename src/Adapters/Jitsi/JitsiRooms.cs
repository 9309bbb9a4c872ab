using System.Security.Cryptography;
using System.Text;

namespace Muse.Adapters.Jitsi;

/// <summary>
/// The names of rooms. A room exists as soon as somebody enters it, so its name must be one that nobody can guess; and a rerun must find the
/// same name without asking anybody. Both come from a secret of this installation.
/// </summary>
/// <param name="secret">At least 32 bytes, the same for the life of the installation.</param>
public sealed class JitsiRooms(byte[] secret)
{
    /// <summary>32 letters of 5 bits: 160 bits.</summary>
    private const int Letters = 32;

    // Lower case, because Jitsi lower-cases the names of rooms.
    private const string Alphabet = "abcdefghijklmnopqrstuvwxyz234567";

    private readonly byte[] _secret = secret.Length >= 32 ? secret : throw new ArgumentException("At least 32 bytes.", nameof(secret));

    /// <summary>Another server gives another name, so that a name says which of several servers it belongs to.</summary>
    public string NameOf(Guid lessonId, JitsiServer server)
    {
        var hash = HMACSHA256.HashData(_secret, Encoding.UTF8.GetBytes($"jitsi room\n{server.Identity}\n{lessonId:D}"));
        return string.Create(Letters, hash, static (name, hash) =>
        {
            for (var i = 0; i < name.Length; i++)
            {
                var bit = i * 5;
                var pair = (hash[bit / 8] << 8) | hash[(bit / 8) + 1];
                name[i] = Alphabet[(pair >> (11 - (bit % 8))) & 31];
            }
        });
    }
}
