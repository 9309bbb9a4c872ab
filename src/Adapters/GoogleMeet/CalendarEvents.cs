using System.Text.Json.Nodes;

namespace Muse.Adapters.GoogleMeet;

/// <summary>What we read of an event.</summary>
/// <param name="Status"><c>confirmed</c>, <c>tentative</c> or <c>cancelled</c>, which means deleted.</param>
internal sealed record CalendarEvent(
    string Id, string? Status, string? Etag, string? Updated, string? HangoutLink, CalendarTime? Start, CalendarTime? End, CalendarConference? ConferenceData)
{
    public bool IsCancelled => Status == "cancelled";

    /// <summary>The address of the conference, once it is made.</summary>
    public string? MeetLink => HangoutLink ?? ConferenceData?.EntryPoints?.FirstOrDefault(entry => entry.EntryPointType == "video")?.Uri;

    public ConferenceState Conference =>
        MeetLink is not null ? ConferenceState.Made
        : ConferenceData?.CreateRequest?.Status?.StatusCode switch
        {
            "pending" => ConferenceState.Pending,
            "failure" => ConferenceState.Failed,
            // The answer to an insert may come before Google has looked at the request.
            null when ConferenceData?.CreateRequest is not null => ConferenceState.Pending,
            _ => ConferenceState.None,
        };
}

internal enum ConferenceState
{
    None,
    Pending,
    Failed,
    Made,
}

internal sealed record CalendarTime(string? DateTime, string? Date, string? TimeZone);

internal sealed record CalendarConference(CalendarConferenceRequest? CreateRequest, IReadOnlyList<CalendarEntryPoint>? EntryPoints);

internal sealed record CalendarConferenceRequest(string? RequestId, CalendarConferenceStatus? Status);

internal sealed record CalendarConferenceStatus(string? StatusCode);

internal sealed record CalendarEntryPoint(string? EntryPointType, string? Uri);

/// <summary>Calendar's calls for one event. <c>conferenceDataVersion=1</c> goes with every change: without it Google ignores the conference.</summary>
internal sealed class CalendarEvents(GoogleWire wire, GoogleMeetOptions options)
{
    private string Events => $"{options.CalendarUrl.TrimEnd('/')}/calendars/primary/events";

    public Task<GoogleReply> Insert(GoogleAccount account, JsonObject body, CancellationToken ct) =>
        wire.Send(account, GoogleScopes.Events, HttpMethod.Post, $"{Events}?conferenceDataVersion=1&sendUpdates=none", body, null, ct);

    public Task<GoogleReply> Get(GoogleAccount account, string id, CancellationToken ct) =>
        wire.Send(account, GoogleScopes.Events, HttpMethod.Get, One(id), null, null, ct);

    public Task<GoogleReply> Patch(GoogleAccount account, string id, JsonObject body, string? etag, CancellationToken ct) =>
        wire.Send(account, GoogleScopes.Events, HttpMethod.Patch, $"{One(id)}?conferenceDataVersion=1&sendUpdates=none", body, etag, ct);

    public Task<GoogleReply> Delete(GoogleAccount account, string id, CancellationToken ct) =>
        wire.Send(account, GoogleScopes.Events, HttpMethod.Delete, $"{One(id)}?sendUpdates=none", null, null, ct);

    private string One(string id) => $"{Events}/{Uri.EscapeDataString(id)}";
}
