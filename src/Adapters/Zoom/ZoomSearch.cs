using Muse.Domain.Meetings;

namespace Muse.Adapters.Zoom;

/// <summary>What a search brought: the lesson's meetings, oldest first, or why it could not be made.</summary>
public sealed record ZoomFinding(IReadOnlyList<HeldZoomMeeting> Meetings, MeetingAnswer? Failure);

/// <summary>Finds the meetings of a lesson at Zoom itself: their agenda names the lesson.</summary>
public sealed class ZoomSearch(ZoomCalls calls)
{
    private const int MostPages = 30;
    private const int MostLookedInto = 100;

    /// <param name="known">A meeting that was this lesson's the last time, looked at even when the list lacks it or somebody rewrote its agenda.</param>
    /// <exception cref="ProviderTrouble">The list could not be read to its end: nothing may be concluded from what is missing.</exception>
    public async Task<ZoomFinding> ForLesson(ZoomHost host, MeetingOrder order, long? known, CancellationToken ct)
    {
        var found = new Dictionary<long, HeldZoomMeeting>();
        var unsaid = new List<HeldZoomMeeting>();
        var token = "";
        for (var page = 0; ; page++)
        {
            if (page == MostPages) throw new ProviderTrouble("provider_error", "Zoom's list of meetings has no end.");
            // "scheduled" and not "upcoming": the lesson may have begun by now.
            var answer = await calls.Get(host, $"users/{Uri.EscapeDataString(host.UserId)}/meetings?type=scheduled&page_size=300"
                + (token.Length > 0 ? $"&next_page_token={Uri.EscapeDataString(token)}" : ""), ct);
            if (!answer.Succeeded) return new ZoomFinding([], answer.ToFailure(host));
            if (!answer.Body.TryGetProperty("meetings", out var listed) || listed.ValueKind is not System.Text.Json.JsonValueKind.Array)
                throw new ProviderTrouble("unreadable_answer", "Zoom's list of meetings is none.");
            foreach (var one in listed.EnumerateArray())
            {
                if (HeldZoomMeeting.Read(one) is not { } meeting) continue;
                if (meeting.IsOf(order.LessonId) || meeting.Id == known) found[meeting.Id] = meeting;
                else if (meeting.Agenda is null && meeting.Topic == order.Title) unsaid.Add(meeting);
            }
            var next = ZoomAnswer.Text(answer.Body, "next_page_token");
            if (next.Length == 0) break;
            token = next;
        }
        if (known is { } id && !found.ContainsKey(id) && await Look(host, id, ct) is { } last) found[id] = last;
        if (unsaid.Count > MostLookedInto) throw new ProviderTrouble("provider_error", "Zoom lists too many meetings without their agenda.");
        foreach (var meeting in unsaid)
        {
            if (await Look(host, meeting.Id, ct) is { } whole && whole.IsOf(order.LessonId)) found[whole.Id] = whole;
        }
        return new ZoomFinding([.. found.Values.OrderBy(m => m.CreatedAt).ThenBy(m => m.Id)], null);
    }

    private async Task<HeldZoomMeeting?> Look(ZoomHost host, long id, CancellationToken ct)
    {
        var answer = await calls.Get(host, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"meetings/{id}"), ct);
        if (answer.Succeeded) return HeldZoomMeeting.Read(answer.Body);
        return answer.IsMeetingGone ? null : throw new ProviderTrouble("provider_error", "Zoom does not show a meeting that it lists.");
    }
}
