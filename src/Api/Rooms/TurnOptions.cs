using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;

namespace Muse.Api.Rooms;

/// <summary>Configuration section <c>Rooms:Turn</c>: a coturn of one's own (docs/operations.md).</summary>
public sealed partial class TurnOptions
{
    /// <summary>Browsers slow down with more; WebRTC itself warns from five servers on.</summary>
    public const int MostUrls = 8;

    private const int LeastSecretLength = 16;

    /// <summary><c>stun:</c>, <c>turn:</c> and <c>turns:</c> URLs, as RFC 7064 and RFC 7065 write them, best first.</summary>
    public string[] Urls { get; set; } = [];

    /// <summary>coturn's <c>static-auth-secret</c>.</summary>
    public string? Secret { get; set; }

    /// <summary>Instead of <see cref="Secret"/>, while one is exchanged for another: the first signs. coturn has to know all of them.</summary>
    public string[] Secrets { get; set; } = [];

    internal string? SigningSecret => Secret is { Length: > 0 } ? Secret : Secrets.FirstOrDefault(secret => secret.Length > 0);

    internal static bool IsTurn(string url) => url.StartsWith("turn", StringComparison.Ordinal);

    /// <exception cref="OptionsValidationException">A setting cannot be: one line for the person who runs the server.</exception>
    internal TurnOptions Checked()
    {
        if (Urls.Length > MostUrls) throw Wrong($"at most {MostUrls} Urls");
        foreach (var url in Urls)
        {
            if (Form().Match(url) is not { Success: true } form)
                throw Wrong($"'{url}' is no stun:, turn: or turns: URL (turn:turn.example.org:3478?transport=udp)");
            // Chromium connects to a relay below 1024 on these ports only (webrtc/p2p/base/turn_port.cc).
            if (form.Groups["port"] is { Success: true, Value: var port }
                && (!ushort.TryParse(port, out var number) || number is 0 or (< 1024 and not (53 or 80 or 443))))
                throw Wrong($"browsers do not use port {port} of '{url}': 53, 80, 443, or 1024 and above");
        }
        if (Array.Exists(Urls, IsTurn) && SigningSecret is null) throw Wrong("Secret is missing: without it nobody can use the relay");
        if (SigningSecret is { Length: < LeastSecretLength }) throw Wrong($"Secret needs at least {LeastSecretLength} characters: openssl rand -hex 32");
        return this;
    }

    private static OptionsValidationException Wrong(string what) => new("Rooms:Turn", typeof(TurnOptions), [$"Rooms:Turn: {what}."]);

    [GeneratedRegex(@"^(?:stuns?:(?<host>[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::(?<port>[0-9]{1,5}))?|turns?:(?<host>[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::(?<port>[0-9]{1,5}))?(?:\?transport=(?:udp|tcp))?)$")]
    private static partial Regex Form();
}
