using Microsoft.Extensions.Logging;
using Muse.Domain.Lessons;
using Muse.Domain.Meetings;
using NodaTime;

namespace Muse.Adapters.GoogleMeet;

/// <summary>
/// Lessons as Calendar events with a Meet link, in the tutor's own calendar or in one of the school's. The event's id follows from the lesson,
/// so a second insert is refused as a duplicate and the first one adopted: there are never two.
/// </summary>
internal sealed partial class GoogleMeetings(
    GoogleAccounts accounts, CalendarEvents events, MeetSpaces spaces, GoogleFacts facts, GooglePeople people, GoogleMeetOptions options,
    TimeProvider time, ILogger<GoogleMeetings> log) : IMeetingProvider
{
    /// <summary>Pauses between looks at a conference that Google is still making.</summary>
    private static readonly TimeSpan[] Patience = [TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(4)];

    private static readonly TimeSpan PatienceAtTheDoor = TimeSpan.FromSeconds(3);

    /// <summary>Times that somebody else's change is read again before giving up for now.</summary>
    private const int MostRereads = 4;

    /// <summary>Nobody knocks: <see cref="MeetSpaces.Open"/>.</summary>
    public MeetingAbilities Abilities { get; } =
        new(ProviderPolicy.GoogleMeet, Records: true, MusicMode: false, WaitingRoom: false, Seats: 100);

    public Task<bool> Serves(Guid tutorId, CancellationToken ct) => accounts.Serves(tutorId, ct);

    public async Task<MeetingAnswer> Arrange(MeetingOrder order, CancellationToken ct)
    {
        var last = MeetingAnswer.Failed(MeetingAnswer.DisconnectedCode, "There is no Google account for this tutor.");
        foreach (var account in await accounts.Of(order.TutorId, order.TutorEmail, ct))
        {
            last = (await Arrange(account, order, ct)).With(tutorsOwn: account.IsOwn);
            // A connection that dies in this moment: the school's account may still serve.
            if (last.FailureCode != MeetingAnswer.DisconnectedCode) return last;
        }
        return last;
    }

    public async Task<MeetingAnswer> Move(MeetingOrder order, string reference, CancellationToken ct)
    {
        if (accounts.Behind(reference, order.TutorId, order.TutorEmail) is not { } account) return NoAccount;
        var (found, answer) = await Find(account, reference, ct);
        return found is null ? answer! : await Settle(account, order, found, ct);
    }

    public async Task<MeetingAnswer> Withdraw(MeetingOrder order, string? reference, CancellationToken ct)
    {
        if (reference is not null)
        {
            if (accounts.Behind(reference, order.TutorId, order.TutorEmail) is not { } account) return NoAccount;
            var deleted = await events.Delete(account, reference, ct);
            return deleted.IsDone || deleted.IsGone ? MeetingAnswer.At(reference, "") : deleted.Ended();
        }
        MeetingAnswer? failure = null;
        foreach (var account in await accounts.Of(order.TutorId, order.TutorEmail, ct))
            failure ??= await Sweep(account, order, ct);
        return failure ?? MeetingAnswer.At("", "");
    }

    public async Task<MeetingSighting> Look(MeetingOrder order, string reference, CancellationToken ct)
    {
        if (accounts.Behind(reference, order.TutorId, order.TutorEmail) is not { } account)
            return new MeetingSighting(MeetingPresence.Gone, MeetingAnswer.DisconnectedCode);
        var (found, answer) = await Find(account, reference, ct);
        if (answer?.FailureCode == MeetingAnswer.QuotaCode) throw new ProviderTrouble("too_many_requests", answer.FailureDetail!);
        // By its code an account that is gone is told from an event that somebody deleted.
        if (answer?.FailureCode == MeetingAnswer.DisconnectedCode) return new MeetingSighting(MeetingPresence.Gone, MeetingAnswer.DisconnectedCode);
        if (found is null) return new MeetingSighting(MeetingPresence.Gone, answer!.FailureDetail ?? "");
        // Arranging adopts the event and makes a conference for it.
        if (found.MeetLink is not { } link) return new MeetingSighting(MeetingPresence.Gone, "Somebody took the Meet link out of the event.");
        return LessonEvent.IsAt(found, order)
            ? new MeetingSighting(MeetingPresence.There, await spaces.Open(account, link, ct))
            : new MeetingSighting(MeetingPresence.AtAnotherTime);
    }

    /// <summary>
    /// The Meet link. A tutor who is signed in with several Google accounts would come in as a guest of their own lesson, so the account that
    /// holds the meeting is named.
    /// </summary>
    public async Task<string> DoorFor(MeetingGuest guest, MeetingOrder order, MeetingPlace place, CancellationToken ct)
    {
        if (guest.Part is not Part.Tutor || place.JoinUrl.Contains('?') || accounts.Behind(place.Reference, order.TutorId, order.TutorEmail) is not { } account)
            return place.JoinUrl;
        return (account.Host ?? await AddressOf(account, ct)) is { } host ? $"{place.JoinUrl}?authuser={Uri.EscapeDataString(host)}" : place.JoinUrl;
    }

    /// <summary>Null when Google does not say it in time: somebody stands at the door, and the link works without.</summary>
    private async Task<string?> AddressOf(GoogleAccount own, CancellationToken ct)
    {
        using var patience = new CancellationTokenSource(PatienceAtTheDoor, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(ct, patience.Token);
        try
        {
            return (await people.Behind(own, both.Token))?.Email;
        }
        catch (Exception late) when (late is ProviderTrouble or OperationCanceledException && !ct.IsCancellationRequested)
        {
            return null;
        }
    }

    public async Task<IReadOnlyList<MeetingReport>> Reports(MeetingOrder order, MeetingPlace place, CancellationToken ct) =>
        accounts.Behind(place.Reference, order.TutorId, order.TutorEmail) is { } account ? await facts.Of(account, place, ct) : [];

    /// <summary>Deletes whatever was made for the lesson in this calendar; null when that is done.</summary>
    private async Task<MeetingAnswer?> Sweep(GoogleAccount account, MeetingOrder order, CancellationToken ct)
    {
        for (var nth = 0; nth < LessonEvent.MostIds; nth++)
        {
            var deleted = await events.Delete(account, LessonEvent.Id(account, order.LessonId, nth), ct);
            if (deleted.Verdict is GoogleVerdict.NotFound) break;
            if (!deleted.IsDone && !deleted.IsGone) return deleted.Ended();
        }
        return null;
    }

    private async Task<MeetingAnswer> Arrange(GoogleAccount account, MeetingOrder order, CancellationToken ct)
    {
        for (var nth = 0; nth < LessonEvent.MostIds; nth++)
        {
            var id = LessonEvent.Id(account, order.LessonId, nth);
            var inserted = await Insert(account, id, order, ct);
            if (inserted.IsDone) return await Settle(account, order, inserted.Read<CalendarEvent>(), ct);
            if (inserted.Verdict is not GoogleVerdict.Duplicate) return inserted.Ended();
            var (found, answer) = await Find(account, id, ct);
            if (found is not null) return await Settle(account, order, found, ct);
            // Deleted. Its id stays taken, and of a deleted event Google promises nothing but the id, so it is not revived.
            if (answer!.FailureCode != MeetingAnswer.GoneCode) return answer;
        }
        return MeetingAnswer.Failed(MeetingAnswer.NotPermittedCode, $"The lesson's event was deleted {LessonEvent.MostIds} times.");
    }

    /// <summary>
    /// With its attendees where the school wants them. Google may refuse them by reasons of their own, such as a quota of invitations that lasts for
    /// hours; the lesson needs its link more than its guests, so the event is then made without.
    /// </summary>
    private async Task<GoogleReply> Insert(GoogleAccount account, string id, MeetingOrder order, CancellationToken ct)
    {
        var attendees = AttendeesOf(account, order);
        var inserted = await events.Insert(account, LessonEvent.Body(id, order, LessonEvent.RequestId(order, Now), attendees), ct);
        if (attendees.Count == 0 || inserted.Verdict is not (GoogleVerdict.Quota or GoogleVerdict.NotPermitted or GoogleVerdict.Wrong)) return inserted;
        LogUninvited(log, order.LessonId, inserted.Failure!.FailureDetail!);
        return await events.Insert(account, LessonEvent.Body(id, order, LessonEvent.RequestId(order, Now), []), ct);
    }

    /// <summary>The tutor, too, where a calendar of the school's holds the lesson.</summary>
    private IReadOnlyList<string> AttendeesOf(GoogleAccount account, MeetingOrder order)
    {
        if (!options.InviteAdults) return [];
        string[] all = account.IsOwn ? [.. order.Adults] : [order.TutorEmail, .. order.Adults];
        return [.. all.Where(email => email.Length > 0 && !string.Equals(email, account.Host, StringComparison.OrdinalIgnoreCase)).Distinct(StringComparer.OrdinalIgnoreCase)];
    }

    /// <summary>Brings an event that is there to the order's time and to a conference.</summary>
    private async Task<MeetingAnswer> Settle(GoogleAccount account, MeetingOrder order, CalendarEvent found, CancellationToken ct)
    {
        var asked = false;
        var pauses = 0;
        for (var rereads = 0; rereads < MostRereads;)
        {
            GoogleReply changed;
            if (!LessonEvent.IsAt(found, order))
            {
                changed = await events.Patch(account, found.Id, LessonEvent.NewTime(order), found.Etag, ct);
            }
            else if (found.Conference is ConferenceState.Made)
            {
                await OpenQuietly(account, order, found.MeetLink!, ct);
                return MeetingAnswer.At(found.Id, found.MeetLink!);
            }
            else if (found.Conference is ConferenceState.Pending)
            {
                if (pauses == Patience.Length)
                    throw new ProviderTrouble("provider_error", "Google is still making the conference.") { NotBefore = Now + Duration.FromSeconds(8) };
                await Task.Delay(Patience[pauses++], time, ct);
                changed = await events.Get(account, found.Id, ct);
            }
            else if (!asked)
            {
                // It failed, or was ignored, or somebody took it out: asked for once more, under a request id that Google has not seen.
                asked = true;
                changed = await events.Patch(account, found.Id, LessonEvent.NewConference(LessonEvent.RequestId(order, Now)), found.Etag, ct);
            }
            else
            {
                return await GiveUp(account, found, ct);
            }
            if (changed.Verdict is GoogleVerdict.Changed)
            {
                rereads++;
                changed = await events.Get(account, found.Id, ct);
            }
            if (changed.IsGone) return Gone;
            if (!changed.IsDone) return changed.Ended();
            found = changed.Read<CalendarEvent>();
            if (found.IsCancelled) return Gone;
        }
        throw new ProviderTrouble("provider_error", "The event changes faster than it can be read.");
    }

    /// <summary>Nothing may be left behind, because another provider is tried next.</summary>
    private async Task<MeetingAnswer> GiveUp(GoogleAccount account, CalendarEvent found, CancellationToken ct)
    {
        var deleted = await events.Delete(account, found.Id, ct);
        return deleted.IsDone || deleted.IsGone
            ? MeetingAnswer.Failed(MeetingAnswer.NotPermittedCode, found.Conference is ConferenceState.Failed
                ? "Google failed twice to make a conference for the event."
                : "The calendar makes no Meet conference: Meet may be switched off for its owner.")
            : deleted.Ended();
    }

    /// <returns>The event, or why there is none.</returns>
    private async Task<(CalendarEvent? Found, MeetingAnswer? Answer)> Find(GoogleAccount account, string id, CancellationToken ct)
    {
        var reply = await events.Get(account, id, ct);
        if (reply.IsGone) return (null, Gone);
        if (!reply.IsDone) return (null, reply.Ended());
        var found = reply.Read<CalendarEvent>();
        return found.IsCancelled ? (null, Gone) : (found, null);
    }

    private async Task OpenQuietly(GoogleAccount account, MeetingOrder order, string link, CancellationToken ct)
    {
        try
        {
            if (await spaces.Open(account, link, ct) is { Length: > 0 } why) LogClosed(log, order.LessonId, why);
        }
        catch (ProviderTrouble trouble)
        {
            // The meeting stands; it is tried again when the meeting is looked at before the lesson.
            LogClosed(log, order.LessonId, trouble.Message);
        }
    }

    private Instant Now => Instant.FromDateTimeOffset(time.GetUtcNow());

    private static readonly MeetingAnswer Gone = MeetingAnswer.Failed(MeetingAnswer.GoneCode, "The event was deleted in Google Calendar.");

    private static readonly MeetingAnswer NoAccount =
        MeetingAnswer.Failed(MeetingAnswer.DisconnectedCode, "The school's Google account for this tutor is no longer configured.");

    [LoggerMessage(Level = LogLevel.Warning, Message = "The Meet space of lesson {Lesson} is not open to everyone with the link: {Why}")]
    private static partial void LogClosed(ILogger log, Guid lesson, string why);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The event of lesson {Lesson} is made without attendees: {Why}")]
    private static partial void LogUninvited(ILogger log, Guid lesson, string why);
}
