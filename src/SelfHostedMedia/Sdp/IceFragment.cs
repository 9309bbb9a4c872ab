namespace Muse.SelfHostedMedia.Sdp;

/// <summary>The ICE data of one bundle without the rest of a session (RFC 8840, <c>application/trickle-ice-sdpfrag</c>).</summary>
/// <param name="UserFragment">Null when the fragment has only candidates.</param>
/// <param name="Candidates">How many <c>a=candidate</c> lines there are. An ICE-lite server needs none of them (RFC 8445 §2.5).</param>
public sealed record IceFragment(string? UserFragment, string? Password, string? Mid, int Candidates, bool IsComplete)
{
    private const int MaxLines = 512;
    private const int MaxLine = 1_024;

    /// <returns>The fragment, or <c>invalid_fragment</c>.</returns>
    public static Outcome<IceFragment> Parse(string text)
    {
        string? user = null, password = null, mid = null;
        int lines = 0, candidates = 0;
        var complete = false;
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            if (line.IsEmpty)
                continue;
            if (++lines > MaxLines || line.Length > MaxLine)
                return Refuse($"more than {MaxLines} lines, or one of more than {MaxLine} characters");
            if (line.Length < 3 || line[1] != '=')
                return Refuse("a line is not type=value");
            if (TryValue(line, "a=ice-ufrag:", out var value))
                user ??= value;
            else if (TryValue(line, "a=ice-pwd:", out value))
                password ??= value;
            else if (TryValue(line, "a=mid:", out value))
                mid ??= value;
            else if (line.StartsWith("a=candidate:", StringComparison.Ordinal))
                candidates++;
            else if (line.SequenceEqual("a=end-of-candidates"))
                complete = true;
        }

        if (user is null != password is null)
            return Refuse("of ice-ufrag and ice-pwd there is only one");
        // RFC 8839 §5.4.
        if (user is not null && (user.Length is < 4 or > 256 || password!.Length is < 22 or > 256))
            return Refuse("ice-ufrag has 4 to 256 characters, ice-pwd 22 to 256");
        if (user is null && candidates == 0 && !complete)
            return Refuse("it has neither credentials nor candidates");
        return new IceFragment(user, password, mid, candidates, complete);
    }

    private static bool TryValue(ReadOnlySpan<char> line, string name, out string value)
    {
        var found = line.StartsWith(name, StringComparison.Ordinal);
        value = found ? line[name.Length..].Trim().ToString() : "";
        return found;
    }

    private static MediaRefusal Refuse(string detail) => new("invalid_fragment", $"The SDP fragment is refused: {detail}.");
}
