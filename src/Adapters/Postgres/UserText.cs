using System.Buffers;
using System.Text;
using Muse.Domain;

namespace Muse.Adapters.Postgres;

/// <summary>
/// What PostgreSQL cannot hold: jsonb refuses U+0000 (22P05) and a lone surrogate (22P02), text refuses NUL (22021). Text of people is
/// cleaned or refused at the edge, or the append would fail.
/// </summary>
public static class UserText
{
    /// <summary>True when the text can be stored as it is.</summary>
    public static bool IsStorable(ReadOnlySpan<char> text)
    {
        while (!text.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(text, out var rune, out var used) != OperationStatus.Done || rune.Value == 0) return false;
            text = text[used..];
        }
        return true;
    }

    /// <summary>The text without NUL and lone surrogates; the same instance when there is nothing to remove.</summary>
    public static string Clean(string text)
    {
        if (IsStorable(text)) return text;
        var kept = new StringBuilder(text.Length);
        ReadOnlySpan<char> rest = text;
        while (!rest.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(rest, out var rune, out var used) == OperationStatus.Done && rune.Value != 0) kept.Append(rune.ToString());
            rest = rest[used..];
        }
        return kept.ToString();
    }

    /// <summary>Null when storable, else the refusal <c>unstorable_text</c> that names the member.</summary>
    public static Refusal? Refuse(string text, string pointer) => IsStorable(text)
        ? null
        : Refusal.Invalid("unstorable_text", "The text holds a NUL character or half of a surrogate pair.", pointer);
}
