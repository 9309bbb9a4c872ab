using System.Security.Cryptography;
using System.Text;

namespace Muse.Api.ApiKeys;

/// <summary>
/// How an API key is written: <c>muse_live_</c> or <c>muse_test_</c>, 43 characters of 256 random bits, 6 of a checksum. The prefix lets
/// scanners find a key that got into a repository, the checksum tells a slip of the pen from a key that was revoked.
/// </summary>
internal static class KeyText
{
    public const string Live = "muse_live_";
    public const string Test = "muse_test_";
    private const string Digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    // 62^43 > 2^256.
    private const int Random = 43;
    private const int Check = 6;
    private const int Length = 10 + Random + Check;

    public static string Make(bool isTest)
    {
        var text = (isTest ? Test : Live) + RandomNumberGenerator.GetString(Digits, Random);
        return text + ChecksumOf(text);
    }

    /// <summary>It is meant to be an API key, whether or not it is one.</summary>
    public static bool IsOne(string text) =>
        text.StartsWith(Live, StringComparison.Ordinal) || text.StartsWith(Test, StringComparison.Ordinal);

    /// <summary>Every character is as it was given out.</summary>
    public static bool IsWhole(string text) =>
        text.Length == Length && IsOne(text) && ChecksumOf(text[..^Check]) == text[^Check..];

    public static string HashOf(string text) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static string ChecksumOf(string text)
    {
        var rest = BitConverter.ToUInt32(SHA256.HashData(Encoding.UTF8.GetBytes(text)), 0);
        return string.Create(Check, rest, static (digits, value) =>
        {
            for (var i = digits.Length - 1; i >= 0; i--, value /= (uint)Digits.Length)
                digits[i] = Digits[(int)(value % (uint)Digits.Length)];
        });
    }
}
