using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Muse.Domain.Lessons;
using Muse.Domain.Meetings;
using NodaTime;
using NodaTime.Text;
using Npgsql;

namespace Muse.Adapters.Zoom;

/// <summary>
/// Lessons as scheduled Zoom meetings. Zoom knows no idempotency key: the agenda names the lesson, and a meeting is looked for before it may be
/// created again (docs/decisions/0013-zoom-one-meeting.md).
/// </summary>
public sealed partial class ZoomMeetings(
    ZoomCalls calls, ZoomHosts hosts, ZoomSearch search, ZoomTraces traces, ZoomBudget budget, ZoomReports reports, ZoomOptions options,
    NpgsqlDataSource database, TimeProvider time, ILogger<ZoomMeetings> log) : IMeetingProvider
{
    /// <summary>Minutes before the start from which the student may be in there without the tutor.</summary>
    private const int EarlyMinutes = 10;

    private const int LongestTopic = 200;

    /// <summary>Somebody stands at the door.</summary>
    private static readonly TimeSpan PatienceAtTheDoor = TimeSpan.FromSeconds(8);

    /// <summary>Muse switches Zoom's waiting room off: the student may be in there before the tutor.</summary>
    public MeetingAbilities Abilities { get; } =
        new(ProviderPolicy.Zoom, Records: true, MusicMode: false, WaitingRoom: false, Seats: 100);

    public Task<bool> Serves(Guid tutorId, CancellationToken ct) => hosts.Serves(tutorId, ct);

    public async Task<MeetingAnswer> Arrange(MeetingOrder order, CancellationToken ct)
    {
        await using var alone = await LessonLock.Take(database, order.LessonId, ct);
        var trace = await traces.Find(order.LessonId, ct);
        var answer = MeetingAnswer.Failed(MeetingAnswer.DisconnectedCode, "No Zoom account serves this tutor.");
        foreach (var host in await hosts.For(order, trace, ct))
        {
            answer = (await ArrangeAt(host, trace?.Host == host ? trace : null, order, ct)).With(tutorsOwn: host.IsOwn);
            if (answer.FailureCode is not MeetingAnswer.DisconnectedCode) return answer;
        }
        return answer;
    }

    public async Task<MeetingAnswer> Move(MeetingOrder order, string reference, CancellationToken ct)
    {
        var trace = await traces.Find(order.LessonId, ct);
        if (IdOf(reference) is not { } id) return Gone();
        if (await HostOf(id, trace, order, ct) is not { } host) return NoAccount();
        if (trace?.UnsureSince is not null) await Sweep(host, order, id, ct);
        return await BringToTime(host, id, order, ct);
    }

    public async Task<MeetingAnswer> Withdraw(MeetingOrder order, string? reference, CancellationToken ct)
    {
        await using var alone = await LessonLock.Take(database, order.LessonId, ct);
        var trace = await traces.Find(order.LessonId, ct);
        var candidates = await hosts.For(order, trace, ct);
        if (candidates.Count == 0 && (reference is not null || trace is not null)) return NoAccount();
        var id = reference is null ? null : IdOf(reference);
        MeetingAnswer? unseen = null;
        foreach (var host in candidates)
        {
            // One that is known and was made without doubt needs no search.
            var mustSearch = id is null || trace?.MeetingId != id || trace?.UnsureSince is not null;
            var finding = mustSearch ? await search.ForLesson(host, order, trace?.Host == host ? trace.MeetingId : null, ct) : new ZoomFinding([], null);
            if (id is null) unseen ??= finding.Failure;
            var doomed = finding.Meetings.Select(m => m.Id).ToHashSet();
            if (id is { } known && (trace?.Host ?? candidates[0]) == host) doomed.Add(known);
            foreach (var meeting in doomed)
            {
                if (await Delete(host, meeting, ct) is { } refused) return refused;
            }
            if (!mustSearch) break;
        }
        if (unseen is not null) return unseen;
        if (!traces.StillUnsure(trace?.UnsureSince)) await traces.Forget(order.LessonId, ct);
        return MeetingAnswer.At(reference ?? "", "");
    }

    public async Task<MeetingSighting> Look(MeetingOrder order, string reference, CancellationToken ct)
    {
        var trace = await traces.Find(order.LessonId, ct);
        if (IdOf(reference) is not { } id) return new MeetingSighting(MeetingPresence.Gone, "It is no Zoom meeting.");
        if (await HostOf(id, trace, order, ct) is not { } host) return new MeetingSighting(MeetingPresence.Gone, MeetingAnswer.DisconnectedCode);
        if (trace?.UnsureSince is not null) await Sweep(host, order, id, ct);
        var answer = await calls.Get(host, PathOf(id), ct);
        if (!answer.Succeeded)
        {
            var failure = answer.ToFailure(host);
            return failure.FailureCode is MeetingAnswer.GoneCode or MeetingAnswer.DisconnectedCode
                ? new MeetingSighting(MeetingPresence.Gone, failure.FailureCode)
                : throw new ProviderTrouble("provider_error", failure.FailureDetail!);
        }
        var meeting = Whole(answer);
        return IsAtTime(meeting, order)
            ? new MeetingSighting(MeetingPresence.There)
            : new MeetingSighting(MeetingPresence.AtAnotherTime, $"Zoom has {meeting.Start} for {meeting.Minutes} minutes.");
    }

    /// <summary>The tutor's is asked for at the click: it carries the host's key and does not live long.</summary>
    /// <exception cref="ProviderTrouble">Also with the code of what will not pass: <c>meeting_gone</c>, <c>account_disconnected</c>, <c>not_permitted</c>.</exception>
    public async Task<string> DoorFor(MeetingGuest guest, MeetingOrder order, MeetingPlace place, CancellationToken ct)
    {
        if (guest.Part is not Part.Tutor) return Named(place.JoinUrl, guest.DisplayName);
        if (IdOf(place.Reference) is not { } id) throw new ProviderTrouble(MeetingAnswer.GoneCode, "It is no Zoom meeting.");
        if (await HostOf(id, await traces.Find(order.LessonId, ct), order, ct) is not { } host)
            throw new ProviderTrouble(MeetingAnswer.DisconnectedCode, "No Zoom account is left that holds the meeting.");
        using var patience = new CancellationTokenSource(PatienceAtTheDoor, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(ct, patience.Token);
        try
        {
            var answer = await calls.Get(host, PathOf(id), both.Token);
            if (answer.Succeeded && Whole(answer).StartUrl is { Length: > 0 } start) return start;
            var failure = answer.Succeeded ? null : answer.ToFailure(host);
            throw new ProviderTrouble(failure?.FailureCode ?? "unreadable_answer", failure?.FailureDetail ?? "Zoom gives no start link.");
        }
        catch (OperationCanceledException e) when (!ct.IsCancellationRequested)
        {
            throw new ProviderTrouble("timed_out", "Zoom gives no start link in time.", e);
        }
    }

    public Task<IReadOnlyList<MeetingReport>> Reports(MeetingOrder order, MeetingPlace place, CancellationToken ct) => reports.Of(order, place, ct);

    /// <param name="trace">Of an earlier attempt at this host, or null when there was none.</param>
    private async Task<MeetingAnswer> ArrangeAt(ZoomHost host, ZoomTrace? trace, MeetingOrder order, CancellationToken ct)
    {
        if (trace is { MeetingId: not null } or { UnsureSince: not null })
        {
            var earlier = await search.ForLesson(host, order, trace.MeetingId, ct);
            if (earlier.Failure is { } failure) return failure;
            if (await Adopt(host, trace, earlier.Meetings, order, ct) is { } adopted) return adopted;
        }
        await traces.Sending(order.LessonId, host, ct);
        ZoomAnswer created;
        try
        {
            created = await Create(host, order, ct);
        }
        catch (ProviderTrouble trouble)
        {
            // Refused without effect: only an earlier creation may still be unknown.
            if (trouble.Code == "too_many_requests") await traces.Holds(order.LessonId, host, null, trace?.UnsureSince, ct);
            else if (await AfterTrouble(host, order, ct) is { } happened) return happened;
            throw;
        }
        if (!created.Succeeded)
        {
            await traces.Holds(order.LessonId, host, null, trace?.UnsureSince, ct);
            if (created.Status == 429) await budget.Exhaust(host, ct);
            return created.ToFailure(host);
        }
        var meeting = Whole(created);
        return await KeepOne(host, trace, meeting, order, ct);
    }

    /// <summary>The creation's answer was lost: it may have happened.</summary>
    private async Task<MeetingAnswer?> AfterTrouble(ZoomHost host, MeetingOrder order, CancellationToken ct)
    {
        try
        {
            var finding = await search.ForLesson(host, order, null, ct);
            var trace = await traces.Find(order.LessonId, ct);
            return await Adopt(host, trace, finding.Meetings, order, ct);
        }
        catch (ProviderTrouble)
        {
            // The first trouble is the one to tell; the next attempt looks again before it creates.
            return null;
        }
    }

    /// <summary>
    /// After a creation everything of the lesson is looked at once more: an earlier attempt's request may have taken effect meanwhile. One that
    /// somebody may have been told stays, otherwise the oldest; the others go.
    /// </summary>
    private async Task<MeetingAnswer> KeepOne(ZoomHost host, ZoomTrace? trace, HeldZoomMeeting made, MeetingOrder order, CancellationToken ct)
    {
        await traces.Holds(order.LessonId, host, made.Id, trace?.UnsureSince, ct);
        CheckRecording(made, order);
        ZoomFinding all;
        try
        {
            all = await search.ForLesson(host, order, made.Id, ct);
        }
        catch (ProviderTrouble trouble)
        {
            // It is made and known; whoever looks next sweeps.
            await traces.Holds(order.LessonId, host, made.Id, Instant.FromDateTimeOffset(time.GetUtcNow()), ct);
            LogUnswept(log, order.LessonId, trouble.Code);
            return MeetingAnswer.At(made.Reference, made.JoinUrl);
        }
        if (all.Meetings.Count <= 1) return MeetingAnswer.At(made.Reference, made.JoinUrl);
        return await Adopt(host, trace, all.Meetings, order, ct) ?? MeetingAnswer.At(made.Reference, made.JoinUrl);
    }

    /// <summary>Keeps one of what was found, deletes the others, and brings it to the order's time; null when nothing was found.</summary>
    private async Task<MeetingAnswer?> Adopt(ZoomHost host, ZoomTrace? trace, IReadOnlyList<HeldZoomMeeting> found, MeetingOrder order, CancellationToken ct)
    {
        if (found.Count == 0) return null;
        var kept = found.FirstOrDefault(m => m.Id == trace?.MeetingId) ?? found[0];
        foreach (var stray in found.Where(m => m.Id != kept.Id))
        {
            LogStray(log, order.LessonId, stray.Id);
            if (await Delete(host, stray.Id, ct) is { } refused) return refused;
        }
        var answer = await BringToTime(host, kept.Id, order, ct);
        if (answer.FailureCode is MeetingAnswer.GoneCode) return null;
        if (answer.Place is not null)
        {
            await traces.Holds(order.LessonId, host, kept.Id, trace?.UnsureSince, ct);
            return answer;
        }
        // Another provider will carry the lesson, so none may stay here. Deleting is not counted.
        if (await Delete(host, kept.Id, ct) is null) await traces.Holds(order.LessonId, host, null, trace?.UnsureSince, ct);
        return answer;
    }

    /// <summary>Meetings of the lesson that an attempt left of which nobody knew; <paramref name="kept"/> is the one people were told.</summary>
    private async Task Sweep(ZoomHost host, MeetingOrder order, long kept, CancellationToken ct)
    {
        await using var alone = await LessonLock.Take(database, order.LessonId, ct);
        var trace = await traces.Find(order.LessonId, ct);
        var all = await search.ForLesson(host, order, kept, ct);
        if (all.Failure is not null || all.Meetings.All(m => m.Id != kept)) return;
        foreach (var stray in all.Meetings.Where(m => m.Id != kept))
        {
            LogStray(log, order.LessonId, stray.Id);
            if (await Delete(host, stray.Id, ct) is not null) return;
        }
        await traces.Holds(order.LessonId, host, kept, trace?.UnsureSince, ct);
    }

    private async Task<ZoomAnswer> Create(ZoomHost host, MeetingOrder order, CancellationToken ct)
    {
        var path = $"users/{Uri.EscapeDataString(host.UserId)}/meetings";
        var body = new JsonObject
        {
            ["topic"] = order.Title.Length > LongestTopic ? order.Title[..LongestTopic] : order.Title,
            ["type"] = 2,
            // UTC with Z and the zone beside it: rules of daylight saving cannot move the lesson.
            ["start_time"] = InstantPattern.General.Format(order.Start),
            ["timezone"] = order.TimeZone,
            ["duration"] = order.DurationMinutes,
            ["password"] = Passcode.New(),
            ["agenda"] = HeldZoomMeeting.AgendaOf(order.LessonId, order.Link),
            ["settings"] = new JsonObject
            {
                ["host_video"] = true,
                ["participant_video"] = true,
                ["join_before_host"] = true,
                ["jbh_time"] = EarlyMinutes,
                ["mute_upon_entry"] = false,
                ["waiting_room"] = false,
                ["use_pmi"] = false,
                ["approval_type"] = 2,
                ["audio"] = "voip",
                // Nothing is recorded before there is consent.
                ["auto_recording"] = "none",
                ["meeting_authentication"] = false,
                ["private_meeting"] = true,
                ["email_notification"] = false,
            },
        };
        var answer = await calls.Send(host, HttpMethod.Post, path, body, ct, token => budget.TakeCreation(host, token));
        // An account may have a rule of its own for passcodes: without one, Zoom makes one that fits.
        if (answer.IsInvalid && answer.Fields is ["password"])
        {
            body.Remove("password");
            answer = await calls.Send(host, HttpMethod.Post, path, body, ct, token => budget.TakeCreation(host, token));
        }
        return answer;
    }

    /// <summary>Changes only what differs, and nothing when it is already there: each change counts against the host's day.</summary>
    private async Task<MeetingAnswer> BringToTime(ZoomHost host, long id, MeetingOrder order, CancellationToken ct)
    {
        var answer = await calls.Get(host, PathOf(id), ct);
        if (!answer.Succeeded) return answer.ToFailure(host);
        var meeting = Whole(answer);
        CheckRecording(meeting, order);
        var changes = new JsonObject();
        if (meeting.Start != order.Start) changes["start_time"] = InstantPattern.General.Format(order.Start);
        if (meeting.TimeZone != order.TimeZone) changes["timezone"] = order.TimeZone;
        if (meeting.Minutes != order.DurationMinutes) changes["duration"] = order.DurationMinutes;
        // The zone is only for Zoom's own display, and not worth a change.
        if (IsAtTime(meeting, order)) return MeetingAnswer.At(meeting.Reference, meeting.JoinUrl);
        var changed = await calls.Send(host, HttpMethod.Patch, PathOf(id), changes, ct, token => budget.TakeChange(host, token));
        if (changed.Succeeded) return MeetingAnswer.At(meeting.Reference, meeting.JoinUrl);
        if (changed.Status == 429) await budget.Exhaust(host, ct);
        return changed.ToFailure(host);
    }

    /// <summary>Null when it is gone afterwards.</summary>
    private async Task<MeetingAnswer?> Delete(ZoomHost host, long id, CancellationToken ct)
    {
        var answer = await calls.Send(host, HttpMethod.Delete, PathOf(id), null, ct);
        if (answer.Code == ZoomAnswer.InProgress)
        {
            await calls.Send(host, HttpMethod.Put, PathOf(id) + "/status", new JsonObject { ["action"] = "end" }, ct);
            answer = await calls.Send(host, HttpMethod.Delete, PathOf(id), null, ct);
            if (answer.Code == ZoomAnswer.InProgress) throw new ProviderTrouble("provider_error", "The Zoom meeting is still ending.");
        }
        return answer.Succeeded || answer.IsMeetingGone ? null : answer.ToFailure(host);
    }

    /// <summary>Whose account holds the meeting; null when none is left that could.</summary>
    private async Task<ZoomHost?> HostOf(long id, ZoomTrace? trace, MeetingOrder order, CancellationToken ct)
    {
        if (trace is not null && trace.MeetingId == id) return trace.Host.IsOwn || options.HasAccount ? trace.Host : null;
        return (await hosts.For(order, trace, ct)) is [var first, ..] ? first : null;
    }

    private void CheckRecording(HeldZoomMeeting meeting, MeetingOrder order)
    {
        if (meeting.AutoRecording is not ("none" or "")) LogRecords(log, order.LessonId, meeting.Id, meeting.AutoRecording);
    }

    private string Named(string joinUrl, string name) => options.NameParameter.Length == 0 || name.Length == 0
        ? joinUrl
        : $"{joinUrl}{(joinUrl.Contains('?') ? '&' : '?')}{options.NameParameter}={Uri.EscapeDataString(name)}";

    private static HeldZoomMeeting Whole(ZoomAnswer answer) =>
        HeldZoomMeeting.Read(answer.Body) is { JoinUrl.Length: > 0 } meeting ? meeting : throw new ProviderTrouble("unreadable_answer", "Zoom's answer is no meeting.");

    private static bool IsAtTime(HeldZoomMeeting meeting, MeetingOrder order) => meeting.Start == order.Start && meeting.Minutes == order.DurationMinutes;

    private static long? IdOf(string reference) => long.TryParse(reference, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : null;

    private static string PathOf(long id) => string.Create(CultureInfo.InvariantCulture, $"meetings/{id}");

    private static MeetingAnswer Gone() => MeetingAnswer.Failed(MeetingAnswer.GoneCode, "It is no Zoom meeting.");

    private static MeetingAnswer NoAccount() => MeetingAnswer.Failed(MeetingAnswer.DisconnectedCode, "No Zoom account is left that holds the meeting.");

    [LoggerMessage(Level = LogLevel.Error, Message = "Zoom meeting {MeetingId} of lesson {LessonId} records by itself ({How}) although Muse asked for none: an administrator's lock in Zoom?")]
    private static partial void LogRecords(ILogger log, Guid lessonId, long meetingId, string how);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Lesson {LessonId} had a second Zoom meeting {MeetingId}; it is deleted")]
    private static partial void LogStray(ILogger log, Guid lessonId, long meetingId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Whether lesson {LessonId} has a second Zoom meeting could not be seen: {Code}")]
    private static partial void LogUnswept(ILogger log, Guid lessonId, string code);
}
