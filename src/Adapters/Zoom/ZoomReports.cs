using System.Text.Json;
using Muse.Domain.Meetings;
using NodaTime;

namespace Muse.Adapters.Zoom;

/// <summary>
/// What happened in a meeting, asked over REST, for a server that webhooks cannot reach (<c>Meetings:Zoom:Facts</c> = <c>polling</c>). Facts have
/// the keys that webhooks give them. Who is in a running meeting Zoom tells only by webhook or to accounts of the Business plan: by polling
/// people are known once the sitting is over.
/// </summary>
public sealed class ZoomReports(ZoomOptions options, ZoomCalls calls, ZoomHosts hosts, ZoomTraces traces, TimeProvider time)
{
    /// <summary>Sittings of one lesson that are looked at, latest first: people who come back later make another.</summary>
    private const int MostSittings = 5;

    private const int MostPages = 5;
    private const string Zoom = ProviderPolicy.Zoom;

    /// <exception cref="ProviderTrouble">It may pass.</exception>
    public async Task<IReadOnlyList<MeetingReport>> Of(MeetingOrder order, MeetingPlace place, CancellationToken ct)
    {
        if (!options.Polls) return [];
        var id = Uri.EscapeDataString(place.Reference);
        var gone = false;
        foreach (var host in await hosts.For(order, await traces.Find(order.LessonId, ct), ct))
        {
            var live = await calls.Get(host, $"meetings/{id}", ct);
            if (live is { Succeeded: true }) return await Told(host, order, place, id, live, ct);
            gone |= live.IsMeetingGone;
        }
        // Somebody deleted it, as meeting.deleted says by webhook; the look finds out for sure. Ids are not given twice, so once is enough.
        return gone
            ? [new MeetingTouched(Zoom, place.Reference, ZoomFacts.Gone(place.Reference), Instant.FromDateTimeOffset(time.GetUtcNow()))]
            : [];
    }

    private async Task<IReadOnlyList<MeetingReport>> Told(
        ZoomHost host, MeetingOrder order, MeetingPlace place, string id, ZoomAnswer live, CancellationToken ct)
    {
        var reports = new List<MeetingReport>();
        if (live.Body.Text("status", 20) == "started" && live.Body.Text("uuid", 100) is { Length: > 0 } now)
            reports.Add(new MeetingBegan(Zoom, place.Reference, ZoomFacts.Began(now), live.Body.Time("start_time") ?? order.Start));
        foreach (var uuid in await Sittings(host, id, ct))
            await AddSitting(reports, host, place.Reference, uuid, ct);
        return [.. reports.OrderBy(report => report.At).ThenBy(report => report is GuestWent or MeetingOver)];
    }

    private async Task<IReadOnlyList<string>> Sittings(ZoomHost host, string id, CancellationToken ct)
    {
        var past = await calls.Get(host, $"past_meetings/{id}/instances", ct);
        return past is { Succeeded: true } && past.Body.Member("meetings") is { ValueKind: JsonValueKind.Array } sittings
            ? [.. sittings.EnumerateArray().OrderByDescending(s => s.Time("start_time") ?? Instant.MinValue)
                .Select(s => s.Text("uuid", 100)).OfType<string>().Where(uuid => uuid.Length > 0).Take(MostSittings)]
            : [];
    }

    private async Task AddSitting(List<MeetingReport> reports, ZoomHost host, string reference, string uuid, CancellationToken ct)
    {
        var escaped = ZoomRecordings.Escaped(uuid);
        var sitting = await calls.Get(host, $"past_meetings/{escaped}", ct);
        if (!sitting.Succeeded || sitting.Body.Time("start_time") is not { } began) return;
        reports.Add(new MeetingBegan(Zoom, reference, ZoomFacts.Began(uuid), began));
        await AddGuests(reports, host, reference, uuid, sitting.Body.Text("host_id", 100), ct);
        if (sitting.Body.Time("end_time") is not { } over) return;
        reports.Add(new MeetingOver(Zoom, reference, ZoomFacts.Over(uuid), over));
        // 404 with 3301: there is none, or none yet.
        if (await calls.Get(host, $"meetings/{escaped}/recordings", ct) is not { Succeeded: true } recorded) return;
        foreach (var transcripts in (bool[])[false, true])
        {
            if (ZoomFacts.Recorded(reference, uuid, over, recorded.Body, token: null, transcripts) is { } ready)
                reports.Add(ready);
        }
    }

    private async Task AddGuests(List<MeetingReport> reports, ZoomHost host, string reference, string uuid, string? hostId, CancellationToken ct)
    {
        var next = "";
        for (var page = 0; page < MostPages; page++)
        {
            var answer = await calls.Get(host, $"past_meetings/{ZoomRecordings.Escaped(uuid)}/participants?page_size=300{next}", ct);
            if (!answer.Succeeded || answer.Body.Member("participants") is not { ValueKind: JsonValueKind.Array } people) return;
            foreach (var person in people.EnumerateArray())
            {
                if (person.Text("user_id", 100) is not { Length: > 0 } key || person.Text("status", 40) == "in_waiting_room") continue;
                var guest = new ReportedGuest(
                    ZoomFacts.Stay(uuid, key), person.Text("id", 100) is { Length: > 0 } user && user == hostId, null,
                    person.Text("user_email", 320) is { Length: > 0 } mail ? mail : null, person.Text("name", 200));
                if (person.Time("join_time") is { } came)
                    reports.Add(new GuestCame(Zoom, reference, ZoomFacts.Came(uuid, key, came), came, guest));
                if (person.Time("leave_time") is { } went)
                    reports.Add(new GuestWent(Zoom, reference, ZoomFacts.Went(uuid, key, went), went, guest));
            }
            if (answer.Body.Text("next_page_token", 500) is not { Length: > 0 } token) return;
            next = "&next_page_token=" + Uri.EscapeDataString(token);
        }
    }
}
