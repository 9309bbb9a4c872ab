using Microsoft.Extensions.Primitives;

namespace Muse.Api.Rooms;

/// <summary>
/// ICE servers as <c>Link</c> fields (RFC 9725 §4.6): one field for each server. OBS splits at commas and semicolons, wherever they stand,
/// does not recognise a link behind a comma, and knows <c>stun:</c> and <c>turn:</c> only (whip-output.cpp); so <c>turns:</c> comes last.
/// </summary>
internal static class WhipLinks
{
    public static StringValues Of(IReadOnlyList<IceServer> servers) =>
        new([.. servers.SelectMany(server => server.Urls.Select(url => (Url: url, server.Username, server.Credential)))
            .OrderBy(link => link.Url.StartsWith("turns:", StringComparison.Ordinal))
            .Select(link => $"<{link.Url}>; rel=\"ice-server\"" + (link.Username is null ? "" : $"; username=\"{link.Username}\"; credential=\"{link.Credential}\""))]);
}
