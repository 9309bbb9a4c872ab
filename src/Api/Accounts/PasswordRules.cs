using Microsoft.AspNetCore.Identity;

namespace Muse.Api.Accounts;

/// <summary>
/// Length counts, character classes do not (NIST SP 800-63B §3.1.1.2): 10 to 128 characters, and not what everyone tries first: a
/// well-known word with digits around it, one character or sequence over and over, or the account's own address or name.
/// </summary>
internal sealed class PasswordRules : IPasswordValidator<Account>
{
    public const int MinChars = 10;
    public const int MaxChars = 128;

    public const string TooShort = "password_too_short";
    public const string TooLong = "password_too_long";
    public const string TooCommon = "password_too_common";

    // The heads of the published lists of leaked passwords, without their digits; ours in the last line.
    private static readonly HashSet<string> Words = new(
        ("password passwort passw pass qwerty qwertz qwertyuiop qwertyuiopasdf asdfgh asdfghjkl zxcvbn zxcvbnm azerty azertyuiop iloveyou "
            + "letmein welcome admin administrator root login master dragon monkey football baseball basketball soccer hockey sunshine princess "
            + "superman batman starwars pokemon shadow ashley michael jordan jennifer charlie daniel thomas trustno whatever freedom computer "
            + "internet secret changeme default guest test testtest hello helloworld abc abcd abcdef abcdefg abcdefgh abcdefghij abcabc qazwsx "
            + "qazwsxedc qweasd qweasdzxc google facebook samsung liverpool chelsea arsenal manchester killer cheese banana summer winter spring "
            + "autumn january february march april may june july august september october november december monday sunday lovely flower "
            + "nothing access mustang loveme lovelove babygirl butterfly purple orange cookie family happy friends forever "
            + "muse museacademy academy violin viola cello piano music teacher student lesson lessons korea seoul abudhabi london").Split(' '),
        StringComparer.Ordinal);

    public Task<IdentityResult> ValidateAsync(UserManager<Account> manager, Account user, string? password) =>
        Task.FromResult(Fault(password ?? "", user.Email) is { } code
            ? IdentityResult.Failed(new IdentityError { Code = code, Description = Explain(code) })
            : IdentityResult.Success);

    /// <summary>The code of what is wrong with it, or null.</summary>
    public static string? Fault(string password, string email)
    {
        if (password.Length < MinChars)
            return TooShort;
        if (password.Length > MaxChars)
            return TooLong;
        var lower = password.ToLowerInvariant();
        return IsRepeated(lower) || IsASequence(lower) || IsAKnownWord(lower) || IsTheAddress(lower, email.ToLowerInvariant()) ? TooCommon : null;
    }

    public static string Explain(string code) => code switch
    {
        TooShort => $"A password has at least {MinChars} characters.",
        TooLong => $"A password has at most {MaxChars} characters.",
        _ => "This password is among the first that anyone would try; choose a longer, unusual one.",
    };

    private static bool IsRepeated(string text)
    {
        for (var period = 1; period <= text.Length / 3; period++)
        {
            if (Enumerable.Range(period, text.Length - period).All(i => text[i] == text[i - period]))
                return true;
        }
        return false;
    }

    private static bool IsASequence(string text)
    {
        var steps = Enumerable.Range(1, text.Length - 1).Count(i => Math.Abs(text[i] - text[i - 1]) <= 1 || (text[i - 1], text[i]) == ('9', '0'));
        return steps == text.Length - 1;
    }

    private static bool IsAKnownWord(string text)
    {
        var plain = text.Replace('0', 'o').Replace('@', 'a').Replace('$', 's').Replace('3', 'e');
        return Words.Contains(Letters(text)) || Words.Contains(Letters(plain)) || Words.Contains(Letters(plain.Replace('1', 'i')));
    }

    private static bool IsTheAddress(string text, string email)
    {
        var name = email.Split('@')[0];
        return text == email || (name.Length >= 4 && Letters(text) == Letters(name));
    }

    private static string Letters(string text) => string.Concat(text.Where(char.IsLetter));
}
