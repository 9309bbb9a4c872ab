using System.Collections.Concurrent;
using Muse.Adapters.Postgres;
using Muse.Domain;
using Muse.Domain.Lessons;
using Muse.Domain.Meetings;
using NodaTime;

namespace Muse.Api.Meetings;

/// <summary>What a look from the door showed.</summary>
public enum DoorSight
{
    There,
    /// <summary>The provider did not answer in time, or with trouble.</summary>
    Trouble,
    Deleted,
    /// <summary>The account that holds it is gone.</summary>
    AccountGone,
}

/// <summary>
/// Looks, while somebody stands at the door, whether the meeting behind it is still at its provider, and has another arranged when it is not.
/// People of one lesson share a look; what was seen is forgotten with the process.
/// </summary>
internal sealed partial class MeetingSights(
    EventStore store, MeetingProviders providers, MeetingOrders orders, MeetingLock meetingLock, SettleMeeting meetings, TimeProvider time,
    ILogger<MeetingSights> log)
{
    /// <summary>Twelve people who come at once make one call.</summary>
    public static readonly Duration Shared = Duration.FromSeconds(30);

    /// <summary>For the one on whom the others wait, and for whoever says that the provider does not work.</summary>
    public static readonly Duration Fresh = Duration.FromSeconds(3);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan PatienceToReplace = TimeSpan.FromSeconds(12);

    private const int MostRemembered = 1_000;

    private sealed class Seen(string reference, Instant at, Func<Task<DoorSight>> look)
    {
        private readonly Lazy<Task<DoorSight>> _sight = new(look);

        public Instant At => at;

        public Task<DoorSight> Sight => _sight.Value;

        public bool IsOf(string other) => reference == other;

        public bool IsTrouble => Sight is { IsCompletedSuccessfully: true, Result: DoorSight.Trouble };
    }

    private readonly ConcurrentDictionary<Guid, Seen> _seen = new();

    /// <param name="seenAt">When it was last known to be there; null when not.</param>
    /// <param name="notOlderThan">An earlier look, or <paramref name="seenAt"/>, is as good when it is not older.</param>
    /// <returns>Within some seconds.</returns>
    public async Task<DoorSight> Of(Lesson lesson, string provider, string reference, Instant? seenAt, Duration notOlderThan, CancellationToken ct)
    {
        while (true)
        {
            var known = _seen.GetValueOrDefault(lesson.Id);
            var suffices = known is not null && known.IsOf(reference) && known.At + notOlderThan > Now;
            // Trouble is the newer knowledge: a place that was given back counts as seen, for nobody else took the lesson.
            if (seenAt + notOlderThan > Now && !(suffices && known!.IsTrouble))
                return DoorSight.There;
            if (suffices)
                return await known!.Sight.WaitAsync(ct);
            // One who goes away does not spoil the look for the others.
            var mine = new Seen(reference, Now, () => Look(lesson, provider, reference));
            if (!(known is null ? _seen.TryAdd(lesson.Id, mine) : _seen.TryUpdate(lesson.Id, mine, known)))
                continue;
            Forget();
            return await mine.Sight.WaitAsync(ct);
        }
    }

    /// <summary>A request that was no look met trouble there: whoever comes next knows it, too.</summary>
    public void NoteTrouble(Guid lessonId, string reference)
    {
        _seen[lessonId] = new Seen(reference, Now, () => Task.FromResult(DoorSight.Trouble));
        Forget();
    }

    /// <summary>The meeting is gone: another is arranged, at the same provider or the next. An errand goes on where time does not suffice.</summary>
    /// <returns>False when it is still under way.</returns>
    public async Task<bool> Replace(Guid lessonId, string provider, string reference, DoorSight sight, CancellationToken ct)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
        patience.CancelAfter(PatienceToReplace);
        try
        {
            await using var held = await meetingLock.Hold(lessonId, patience.Token);
            await using (var session = store.OpenSession(Actor.Server("meetings")))
            {
                var stream = await session.FetchForWriting<Meeting>(SettleMeeting.StreamOf(lessonId), patience.Token);
                if (stream.Aggregate is not { } meeting)
                    return true;
                // Nothing when somebody else found it out a moment ago.
                var lost = Lost(meeting, provider, reference, sight, Now);
                if (!lost.ChangesNothing)
                {
                    // If this process dies in the next seconds, the errand finishes what was begun.
                    session.Schedule(ArrangeMeeting.ErrandKind, new MeetingErrand(lessonId), Guid.CreateVersion7(time.GetUtcNow()));
                    await meetings.Save(session, stream, lost, meeting, [], patience.Token);
                }
            }
            await meetings.RunHeld(lessonId, patience.Token);
            return true;
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return false;
        }
    }

    internal static Decision Lost(Meeting meeting, string provider, string reference, DoorSight sight, Instant now) => sight switch
    {
        DoorSight.Deleted => meeting.Lost(provider, reference, LostCodes.DeletedAtProvider, "Seen when somebody came in.", now),
        DoorSight.AccountGone => meeting.Lost(provider, reference, LostCodes.AccountDisconnected, "Seen when somebody came in.", now),
        _ => throw new ArgumentOutOfRangeException(nameof(sight), sight, "It is not gone."),
    };

    /// <summary>What a provider said by its code; null for what is no loss.</summary>
    public static DoorSight? GoneBy(string? code) => SettleMeeting.LostAt(code) switch
    {
        LostCodes.DeletedAtProvider => DoorSight.Deleted,
        LostCodes.AccountDisconnected => DoorSight.AccountGone,
        _ => null,
    };

    private async Task<DoorSight> Look(Lesson lesson, string name, string reference)
    {
        await Task.Yield();
        using var patience = new CancellationTokenSource(Patience, time);
        try
        {
            if (providers.Find(name) is not { } provider || !await provider.Serves(lesson.TutorId, patience.Token))
                return DoorSight.AccountGone;
            // A provider's code may not heed the token while it waits its turn.
            var sighting = await provider.Look(await orders.Of(lesson, patience.Token), reference, patience.Token).WaitAsync(patience.Token);
            // At another time it still lets people in; the look before the lesson puts it back.
            return sighting.Presence is not MeetingPresence.Gone ? DoorSight.There
                : GoneBy(sighting.Detail) ?? DoorSight.Deleted;
        }
        catch (Exception shut)
        {
            // Its message may quote an address with a secret in it.
            LogUnseen(log, name, lesson.Id, (shut as ProviderTrouble)?.Code ?? shut.GetType().Name);
            return DoorSight.Trouble;
        }
    }

    private void Forget()
    {
        if (_seen.Count <= MostRemembered)
            return;
        foreach (var (lesson, seen) in _seen)
        {
            if (seen.At + Shared < Now)
                _seen.TryRemove(lesson, out _);
        }
    }

    private Instant Now => Instant.FromDateTimeOffset(time.GetUtcNow());

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Provider} does not say at the door whether the meeting of lesson {Lesson} is there: {Code}")]
    private static partial void LogUnseen(ILogger log, string provider, Guid lesson, string code);
}
