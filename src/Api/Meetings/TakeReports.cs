using Muse.Adapters.Postgres;
using Muse.Api.Recordings;
using Muse.Domain;
using Muse.Domain.Lessons;
using Muse.Domain.Meetings;
using NodaTime;
using Npgsql;

namespace Muse.Api.Meetings;

/// <summary>
/// Takes what providers tell, by webhook or by polling, into the lesson's and the meeting's streams. Reports may come twice, late and in any
/// order; one of a meeting that Muse did not arrange is passed over. Quick enough to be awaited before a webhook is answered: nobody else is
/// asked anything.
/// </summary>
public sealed partial class TakeReports(
    EventStore store, NpgsqlDataSource database, PeopleOfLesson people, FoundRecordings recordings, TimeProvider time, ILogger<TakeReports> log)
{
    /// <summary>Reports of one call that are read; a provider's answer with more is somebody's mistake or mischief.</summary>
    public const int MostAtOnce = 1_000;

    private const int MostKeyLength = 128;
    private const int Tries = 20;

    private readonly record struct Place(string Provider, string Reference);

    public async Task Take(IReadOnlyList<MeetingReport> reports, CancellationToken ct)
    {
        if (reports.Count > MostAtOnce)
            LogTooMany(log, reports.Count, reports[0].Provider);
        var read = reports.Take(MostAtOnce).Where(r => r.Key.Length is > 0 and <= MostKeyLength && UserText.IsStorable(r.Key)).ToArray();
        if (read.Length == 0)
            return;
        var lessons = await LessonsOf([.. read.Select(r => new Place(r.Provider, r.Reference)).Distinct()], ct);
        var known = read.Where(r => lessons.ContainsKey(new Place(r.Provider, r.Reference))).ToArray();
        var received = await Received(known, ct);
        // In the order in which it happened, as far as this call knows: the timeline reads better, and nothing depends on it.
        foreach (var report in known.Where(r => !received.Contains((r.Provider, r.Key))).OrderBy(r => r.At))
            await TakeOne(report, lessons[new Place(report.Provider, report.Reference)], ct);
    }

    private async Task TakeOne(MeetingReport report, Guid lessonId, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await using var session = store.OpenSession(Actor.Server(report.Provider));
                session.ReceiveOnce(report.Provider, report.Key);
                await Note(session, report, lessonId, ct);
                await session.SaveChangesAsync(ct);
                return;
            }
            catch (Refused again) when (again.Refusal.Code == "already_received")
            {
                return;
            }
            catch (Exception late) when (late is StaleVersion or StreamExists && attempt < Tries)
            {
                // Somebody else wrote to the stream in this moment.
            }
        }
    }

    private async Task Note(EventSession session, MeetingReport report, Guid lessonId, CancellationToken ct)
    {
        var stream = await session.FetchForWriting<Lesson>(lessonId, ct);
        if (stream.Aggregate is not { } lesson)
            return;
        switch (report)
        {
            case GuestCame came:
                stream.AppendMany(lesson.Came(StayOf(came, came.Guest), await WhoIs(came.Guest, lesson, ct), came.Provider, came.At, Now).Events);
                break;
            case GuestWent went:
                stream.AppendMany(lesson.Went(StayOf(went, went.Guest), await WhoIs(went.Guest, lesson, ct), went.Provider, went.At, Now).Events);
                break;
            case MeetingBegan began:
                await OfMeeting(session, lessonId, meeting => meeting.Began(began.Provider, began.At, Now), ct);
                break;
            case MeetingOver over:
                stream.AppendMany(lesson.EveryoneWent(over.Provider, over.At, Now).Events);
                await OfMeeting(session, lessonId, meeting => meeting.Over(over.Provider, over.At, Now), ct);
                break;
            case GuestWaits waits when !lesson.IsClosed():
                var who = await WhoIs(waits.Guest, lesson, ct);
                await OfMeeting(session, lessonId, meeting => meeting.NoteGuest(waits.Provider, who, Instant.Min(waits.At, Now)), ct);
                break;
            case MeetingTouched touched when !lesson.IsClosed():
                session.Schedule(LookAtMeeting.ErrandKind, new LookErrand(lessonId), NameBasedId.From(lessonId, $"{touched.Provider}:{touched.Key}"));
                break;
            case RecordingReady ready:
                await recordings.Take(session, lesson, ready, ct);
                break;
        }
    }

    private static async Task OfMeeting(EventSession session, Guid lessonId, Func<Meeting, Decision> decide, CancellationToken ct)
    {
        var stream = await session.FetchForWriting<Meeting>(SettleMeeting.StreamOf(lessonId), ct);
        if (stream.Aggregate is { } meeting)
            stream.AppendMany(decide(meeting).Events);
    }

    /// <summary>The same stay has the same id, whichever of its two reports comes first.</summary>
    private static Guid StayOf(MeetingReport report, ReportedGuest guest) =>
        NameBasedId.From(NameBasedId.From(Guid.Empty, report.Provider), $"{report.Reference}\n{guest.Stay}");

    private async Task<Who> WhoIs(ReportedGuest guest, Lesson lesson, CancellationToken ct) =>
        PeopleOfLesson.WhoIs(guest, await people.Of(lesson, ct));

    private async Task<Dictionary<Place, Guid>> LessonsOf(Place[] places, CancellationToken ct)
    {
        var found = new Dictionary<Place, Guid>();
        await using var read = database.Command("""
            select m.provider, m.reference, m.lesson_id from meeting_places m
            join unnest($1, $2) as asked (provider, reference) using (provider, reference)
            """, Texts(places, p => p.Provider), Texts(places, p => p.Reference));
        await using var rows = await read.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct))
            found[new Place(rows.GetString(0), rows.GetString(1))] = rows.GetGuid(2);
        return found;
    }

    /// <summary>Polling tells everything again each time: most of it is known without a transaction each.</summary>
    private async Task<HashSet<(string, string)>> Received(MeetingReport[] reports, CancellationToken ct)
    {
        var found = new HashSet<(string, string)>();
        if (reports.Length == 0)
            return found;
        await using var read = database.Command("""
            select r.source, r.id from received r join unnest($1, $2) as asked (source, id) using (source, id)
            """, Texts(reports, r => r.Provider), Texts(reports, r => r.Key));
        await using var rows = await read.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct))
            found.Add((rows.GetString(0), rows.GetString(1)));
        return found;
    }

    private static string[] Texts<T>(T[] of, Func<T, string> text) => [.. of.Select(item => UserText.Clean(text(item)))];

    private Instant Now => Instant.FromDateTimeOffset(time.GetUtcNow());

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} reports of {Provider} at once; only the first are read")]
    private static partial void LogTooMany(ILogger log, int count, string provider);
}
