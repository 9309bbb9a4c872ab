using Muse.Domain.Meetings;

namespace Muse.Adapters.Zoom;

/// <summary>A token to call with, or why there is none for good.</summary>
public sealed record ZoomGrant(string? Token, MeetingAnswer? Failure)
{
    public static ZoomGrant Of(string token) => new(token, null);

    public static ZoomGrant None(string code, string detail) => new(null, MeetingAnswer.Failed(code, detail));
}
