using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Muse.Adapters.GoogleMeet;

internal sealed record MeetSpace(string Name, string? MeetingCode, MeetSpaceConfig? Config);

internal sealed record MeetSpaceConfig(string? AccessType);

/// <summary>The space behind a Meet link: who may come in without knocking.</summary>
internal sealed partial class MeetSpaces(GoogleWire wire, GoogleMeetOptions options)
{
    private string Base => options.MeetUrl.TrimEnd('/');

    /// <summary>The code in a Meet link, or null when the link is none.</summary>
    public static string? CodeOf(string joinUrl) =>
        // Without its scheme a path would do: on Linux "/x" is the address of a file.
        Uri.TryCreate(joinUrl, UriKind.Absolute, out var uri) && (uri.Scheme == Uri.UriSchemeHttps || uri.Scheme == Uri.UriSchemeHttp)
        && Code().Match(uri.AbsolutePath.Trim('/')) is { Success: true } code ? code.Value : null;

    /// <summary>
    /// A child has no Google account, and a conference that Calendar made has its organiser's default, by which such a guest has to knock. So the
    /// space is opened to whoever has the link. Where the school does not grant it the meeting stands all the same.
    /// </summary>
    /// <returns>Empty when it is open, else why it is not.</returns>
    public async Task<string> Open(GoogleAccount account, string joinUrl, CancellationToken ct)
    {
        if (CodeOf(joinUrl) is not { } code) return "The link is not of the form that Meet's spaces have.";
        // A code is an alias for reading only: changing needs the space's own name.
        var found = await wire.Send(account, GoogleScopes.SpaceSettings, HttpMethod.Get, $"{Base}/v2/spaces/{code}", null, null, ct);
        if (!found.IsDone) return Knock(found);
        var space = found.Read<MeetSpace>();
        if (space.Config?.AccessType == "OPEN") return "";
        var body = new JsonObject { ["config"] = new JsonObject { ["accessType"] = "OPEN" } };
        var opened = await wire.Send(account, GoogleScopes.SpaceSettings, HttpMethod.Patch,
            $"{Base}/v2/{space.Name}?updateMask=config.accessType", body, null, ct);
        return opened.IsDone ? "" : Knock(opened);
    }

    private static string Knock(GoogleReply refused) =>
        $"Guests without a Google account have to knock: {refused.Ended().FailureDetail}";

    [GeneratedRegex("^[a-z]+-[a-z]+-[a-z]+$")]
    private static partial Regex Code();
}
