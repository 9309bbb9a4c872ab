using System.Globalization;
using System.Text.Json.Nodes;
using Muse.Domain.Meetings;
using NodaTime;
using NodaTime.Text;

namespace Muse.Adapters.GoogleMeet;

/// <summary>A push channel that Google has opened.</summary>
/// <param name="Resource">Google's id of the calendar's events; it comes with every push and is needed to stop the channel.</param>
/// <param name="ExpiresAt">Google may give less than was asked for.</param>
public sealed record OpenedChannel(string Resource, Instant ExpiresAt);

/// <summary>What changed in a calendar, and the token from which to go on; without a token it could not be read, for the reason given.</summary>
public sealed record CalendarChanges(IReadOnlyList<MeetingTouched> Touched, string? SyncToken, string? Failure);

/// <summary>
/// Changes that people make to lessons' events in Google Calendar. Of a tutor's other events nothing is asked for but ids: what is not a
/// lesson's is nobody's business here.
/// </summary>
public sealed class GoogleCalendars
{
    /// <summary>2,500 events each: no calendar has more between now and the end of time.</summary>
    private const int MostPages = 40;

    private const string Fields = "nextPageToken,nextSyncToken,items(id,status,updated,etag)";
    private const string TutorKey = "tutor:";
    private const string SchoolKey = "school:";

    private readonly GoogleAccounts _accounts;
    private readonly GoogleWire _wire;
    private readonly GoogleMeetOptions _options;
    private readonly TimeProvider _time;

    internal GoogleCalendars(GoogleAccounts accounts, GoogleWire wire, GoogleMeetOptions options, TimeProvider time) =>
        (_accounts, _wire, _options, _time) = (accounts, wire, options, time);

    private string Base => _options.CalendarUrl.TrimEnd('/');

    /// <summary>The calendars that may hold this tutor's lessons, by names that stay the same.</summary>
    public async Task<IReadOnlyList<string>> Of(Guid tutorId, string? tutorEmail, CancellationToken ct) =>
        [.. (await _accounts.Of(tutorId, tutorEmail, ct)).Select(account => account.Calendar)];

    /// <summary>Opens a push channel; null when Google does not permit it.</summary>
    /// <param name="address">https, with a certificate that Google trusts.</param>
    /// <param name="token">Comes back with every push: at most 256 characters.</param>
    /// <exception cref="ProviderTrouble">What may pass.</exception>
    public async Task<OpenedChannel?> Watch(string calendar, Guid channelId, string address, string token, Instant until, CancellationToken ct)
    {
        var body = new JsonObject
        {
            ["id"] = channelId.ToString(),
            ["type"] = "web_hook",
            ["address"] = address,
            ["token"] = token,
            ["expiration"] = until.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture),
        };
        var reply = await _wire.Send(Account(calendar), GoogleScopes.Events, HttpMethod.Post, $"{Base}/calendars/primary/events/watch", body, null, ct);
        if (!reply.IsDone) return null;
        var opened = reply.Read<Channel>();
        return opened.ResourceId is not { } resource ? null : new OpenedChannel(resource,
            long.TryParse(opened.Expiration, CultureInfo.InvariantCulture, out var ms) ? Instant.FromUnixTimeMilliseconds(ms) : until);
    }

    /// <summary>One that is already gone counts as stopped.</summary>
    /// <exception cref="ProviderTrouble">What may pass.</exception>
    public async Task Stop(string calendar, Guid channelId, string resource, CancellationToken ct)
    {
        var body = new JsonObject { ["id"] = channelId.ToString(), ["resourceId"] = resource };
        // What Google does not let us stop ends by itself when it expires.
        await _wire.Send(Account(calendar), GoogleScopes.Events, HttpMethod.Post, $"{Base}/channels/stop", body, null, ct);
    }

    /// <summary>
    /// Lessons' events that were changed or deleted since <paramref name="syncToken"/>. Without one, or when Google finds it too old, all that
    /// are still to come: their reports' keys are the same as long as nobody changes them, so nothing happens twice.
    /// </summary>
    /// <exception cref="ProviderTrouble">What may pass.</exception>
    public async Task<CalendarChanges> Changes(string calendar, string? syncToken, CancellationToken ct)
    {
        var touched = new List<MeetingTouched>();
        string? page = null;
        for (var pages = 0; pages < MostPages; pages++)
        {
            var reply = await _wire.Send(Account(calendar), GoogleScopes.Events, HttpMethod.Get, ListUrl(syncToken, page), null, null, ct);
            if (reply.Verdict is GoogleVerdict.FullSync or GoogleVerdict.Deleted && syncToken is not null)
            {
                (syncToken, page) = (null, null);
                touched.Clear();
                continue;
            }
            if (!reply.IsDone) return new CalendarChanges([], null, reply.Ended().FailureDetail);
            var list = reply.Read<EventList>();
            touched.AddRange((list.Items ?? []).Where(item => LessonEvent.IsOurs(item.Id)).Select(Touched));
            if (list.NextSyncToken is { } next) return new CalendarChanges(touched, next, null);
            if (list.NextPageToken is null) break;
            page = list.NextPageToken;
        }
        return new CalendarChanges([], null, "Google's list of events has no end.");
    }

    private MeetingTouched Touched(EventItem item)
    {
        var at = item.Updated is { } text && OffsetDateTimePattern.Rfc3339.Parse(text) is { Success: true } parsed
            ? parsed.Value.ToInstant() : Instant.FromDateTimeOffset(_time.GetUtcNow());
        // Of a deleted event nothing but the id is certain.
        var version = (item.Etag ?? item.Updated ?? item.Status ?? "")[..Math.Min(64, (item.Etag ?? item.Updated ?? item.Status ?? "").Length)];
        return new MeetingTouched(ProviderPolicy.GoogleMeet, item.Id, $"touched:{item.Id}:{version.Trim('"')}", at);
    }

    /// <summary>What goes with a sync token must be the same as without, except <c>timeMin</c>, which may not go with one.</summary>
    private string ListUrl(string? syncToken, string? page)
    {
        var url = $"{Base}/calendars/primary/events?maxResults=2500&showDeleted=true&fields={Uri.EscapeDataString(Fields)}";
        url += syncToken is null
            ? $"&timeMin={Uri.EscapeDataString(Hour())}"
            : $"&syncToken={Uri.EscapeDataString(syncToken)}";
        return page is null ? url : $"{url}&pageToken={Uri.EscapeDataString(page)}";
    }

    /// <summary>Cut to the hour, so that all pages of one list are asked for in the same words.</summary>
    private string Hour()
    {
        var now = Instant.FromDateTimeOffset(_time.GetUtcNow());
        return InstantPattern.General.Format(Instant.FromUnixTimeSeconds(now.ToUnixTimeSeconds() / 3_600 * 3_600));
    }

    private static GoogleAccount Account(string calendar) => calendar.StartsWith(TutorKey, StringComparison.Ordinal)
        ? new GoogleAccount(Guid.Parse(calendar.AsSpan(TutorKey.Length)), null)
        : new GoogleAccount(Guid.Empty, calendar[SchoolKey.Length..]);

    private sealed record Channel(string? ResourceId, string? Expiration);

    private sealed record EventList(IReadOnlyList<EventItem>? Items, string? NextPageToken, string? NextSyncToken);

    private sealed record EventItem(string Id, string? Status, string? Updated, string? Etag);
}
