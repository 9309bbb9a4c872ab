using System.Security.Cryptography;

namespace Muse.Adapters.Zoom;

/// <summary>
/// A meeting's passcode: ten characters, the most that Zoom takes, of those it allows (<c>[A-Za-z0-9@-_*]</c>) without look-alikes. People come
/// by link and rarely type it; about 49 bits keep strangers from guessing it.
/// </summary>
internal static class Passcode
{
    private const int Length = 10;
    private const string Letters = "abcdefghjkmnpqrstuvwxyz";
    private const string Digits = "23456789";

    public static string New()
    {
        // Accounts may demand both a letter and a digit.
        while (true)
        {
            var code = RandomNumberGenerator.GetString(Letters + Digits, Length);
            if (code.AsSpan().ContainsAny(Letters) && code.AsSpan().ContainsAny(Digits)) return code;
        }
    }
}
