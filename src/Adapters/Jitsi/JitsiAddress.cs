using System.Net;

namespace Muse.Adapters.Jitsi;

/// <summary>Where a Jitsi server is: the one place that makes an address of what people write.</summary>
public static class JitsiAddress
{
    /// <summary>The longest name of DNS (RFC 1035, section 2.3.4), with scheme and port.</summary>
    public const int Longest = 253 + 14;

    /// <summary>
    /// Of whoever runs Muse: a host name (with a port, if need be) or an https address without a path; http for this machine only, because
    /// browsers give no camera to other pages without TLS. Null for anything else.
    /// </summary>
    public static Uri? OfSchool(string text)
    {
        var address = text.Contains("://", StringComparison.Ordinal) ? text : $"https://{text}";
        return text.Length <= Longest && Uri.TryCreate(address, UriKind.Absolute, out var uri)
            && uri is { AbsolutePath: "/", Query: "", Fragment: "", UserInfo: "", Host.Length: > 0 }
            && (uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && IsThisMachine(uri.Host)))
            ? new Uri(uri.GetLeftPart(UriPartial.Authority))
            : null;
    }

    /// <summary>
    /// Of a tutor, to whose server students are sent: a public host name and nothing else, so that nobody is led to a device in their own
    /// network. Null for anything else.
    /// </summary>
    /// <param name="local">Whoever runs Muse trusts its tutors with local servers: <see cref="JitsiOptions.AllowLocalServers"/>.</param>
    public static Uri? OfTutor(string text, bool local) => local || IsPublicName(text) ? OfSchool(text) : null;

    /// <summary>No address, no port, no path, no user.</summary>
    private static bool IsPublicName(string text) =>
        text.Length is > 3 and <= 253 && text.Contains('.') && text == text.ToLowerInvariant()
        && Uri.CheckHostName(text) is UriHostNameType.Dns && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.')
        && !text.EndsWith('.');

    private static bool IsThisMachine(string host) => host == "localhost" || (IPAddress.TryParse(host.Trim('[', ']'), out var ip) && IPAddress.IsLoopback(ip));
}
