using System.Globalization;
using System.Text;

namespace Muse.Fragments.Index;

/// <summary>One line of a track's index: a kind, fields, and at the end <c>#</c> with the CRC-32C of everything before it, so that a line that was
/// torn, zeroed or overwritten is recognised by itself. <c>gap 180000 3000 lost #5d2e0c11</c>. Each line is one append. Whoever has
/// a new kind of line writes it by this and reads it from <see cref="TrackRecording.Lines"/>; readers pass kinds over that they do not know.</summary>
/// <param name="Kind">A word of lower-case letters.</param>
/// <param name="Fields">Without white space and <c>#</c>, none empty.</param>
public sealed record IndexLine(string Kind, IReadOnlyList<string> Fields)
{
    /// <summary>Characters of a line, line feed included. A stranger's index may have longer ones: they are passed over.</summary>
    public const int MaxLength = 512;

    private const int CheckLength = 10;

    /// <summary>Whole numbers and words, written the same everywhere.</summary>
    public static IndexLine Of(string kind, params ReadOnlySpan<object> fields)
    {
        var texts = new string[fields.Length];
        for (var i = 0; i < texts.Length; i++)
            texts[i] = Convert.ToString(fields[i], CultureInfo.InvariantCulture)!;
        return new IndexLine(kind, texts);
    }

    /// <summary>The line's bytes with its check and its line feed.</summary>
    /// <exception cref="ArgumentException">A field cannot stand in a line, or the line is too long: a mistake of ours.</exception>
    public byte[] ToBytes()
    {
        var text = new StringBuilder(Word(Kind));
        foreach (var field in Fields)
            text.Append(' ').Append(Word(field));
        text.Append(' ');
        if (text.Length > MaxLength - CheckLength)
            throw new ArgumentException($"{text.Length} characters are too many for a line of the index");
        var check = Crc32C.Of(Encoding.ASCII.GetBytes(text.ToString()));
        return Encoding.ASCII.GetBytes(text.Append('#').Append(check.ToString("x8", CultureInfo.InvariantCulture)).Append('\n').ToString());
    }

    /// <param name="line">Without the line feed.</param>
    /// <returns>Null when it is not whole.</returns>
    public static IndexLine? Parse(ReadOnlySpan<byte> line)
    {
        var text = line.Length - CheckLength + 1;
        if (text < 2 || line.Length >= MaxLength || line[text] != '#' || line[text - 1] != ' ')
            return null;
        if (!uint.TryParse(line[(text + 1)..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var check)
            || Crc32C.Of(line[..text]) != check)
            return null;
        var words = Encoding.ASCII.GetString(line[..(text - 1)]).Split(' ');
        return words.Any(w => w.Length == 0) ? null : new IndexLine(words[0], words[1..]);
    }

    /// <returns>False when there is no such field or it is no whole number.</returns>
    public bool TryNumber(int field, out long number)
    {
        number = 0;
        return field < Fields.Count && long.TryParse(Fields[field], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);
    }

    /// <returns>False when there is no such field or it is not eight hexadecimal digits.</returns>
    public bool TryCrc(int field, out uint crc)
    {
        crc = 0;
        return field < Fields.Count && Fields[field].Length == 8
            && uint.TryParse(Fields[field], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out crc);
    }

    private static string Word(string word) =>
        word.Length > 0 && word.All(c => c is > ' ' and <= '~' and not '#') ? word : throw new ArgumentException($"'{word}' cannot stand in the index");
}
