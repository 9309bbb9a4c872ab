using Muse.Adapters.Postgres;
using Muse.Api.Consents;
using Muse.Api.Http;
using Muse.Api.Identity;
using Muse.Domain.Consents;
using Muse.Domain.Lessons;
using Muse.Domain.Meetings;
using Muse.Domain.Scheduling;
using NodaTime;
using Npgsql;

namespace Muse.Api.Lessons;

/// <param name="State">later (it is made four weeks before the lesson), arranging, ready, failed, no_provider_allowed or withdrawn.</param>
public sealed record MeetingView(string? Provider, string State);

/// <summary>Whether the two people of a lesson have agreed to be recorded, or a guardian for a child. Others who come are asked at the door.</summary>
/// <param name="Missing"><c>tutor</c>, <c>student</c>: for whom nobody has agreed.</param>
public sealed record RecordingConsentView(bool Everybody, IReadOnlyList<Part> Missing);

/// <summary>A lesson as its people see it.</summary>
/// <param name="Link">Muse's own address; the same for the life of the lesson.</param>
/// <param name="Clashes">New zone rules put it over another lesson; the people have to move one.</param>
public sealed record LessonView(
    Guid Id, Guid BookingId, Guid TutorId, Guid StudentId, string TutorName, string StudentName, Instant Start, Instant End,
    string TutorLocal, string StudentLocal, string TutorTimeZone, string StudentTimeZone, string State, string Link, Instant JoinOpensAt,
    MeetingView Meeting, RecordingConsentView RecordingConsent, bool Clashes, long Version);

/// <summary>Reads the tables <c>lessons</c>, <c>meetings</c> and <c>consents</c>.</summary>
public sealed class LessonReader(NpgsqlDataSource database, People people, ConsentRows consents, TimeProvider time)
{
    private const string Query = """
        select l.id, l.booking_id, l.tutor_id, l.student_id, l.start_at, l.end_at, l.time_zone, l.state, l.link, l.clashes, l.version,
               m.provider, m.state
        from lessons l left join meetings m on m.lesson_id = l.id
        """;

    private sealed record Row(
        Guid Id, Guid BookingId, Guid TutorId, Guid StudentId, Instant Start, Instant End, string Zone, string State, string Link,
        bool Clashes, long Version, MeetingView Meeting);

    private sealed record Place(long StartTicks, Guid Id);

    public async Task<LessonView?> Find(Guid id, CancellationToken ct)
    {
        await using var read = database.Command($"{Query} where l.id = $1", id);
        return (await Views(await Rows(read, ct), ct)).FirstOrDefault();
    }

    /// <summary>
    /// The caller's own lessons, of a key all that it reaches, that touch [from, to), soonest first. Refusals: <c>invalid_instant</c>, <c>malformed_cursor</c>,
    /// <c>out_of_range</c>.
    /// </summary>
    public async Task<Answer<Page<LessonView>>> List(
        Caller caller, string? from, string? to, string? after, int? limit, CancellationToken ct)
    {
        Instant? earliest = null, latest = null;
        if (from is not null)
        {
            if (TimeText.ReadInstant(from, "/from").Or(out var read1) is { } wrong)
                return wrong;
            earliest = read1;
        }
        if (to is not null)
        {
            if (TimeText.ReadInstant(to, "/to").Or(out var read2) is { } wrong)
                return wrong;
            latest = read2;
        }
        if (Cursor.TryRead<Place>(after, out var place) is { } malformed)
            return malformed;
        if (Cursor.Limit(limit, out var most) is { } outside)
            return outside;
        await using var read = database.Command($"""
            {Query}
            where (l.tutor_id = $1 or l.student_id = any($2) or ($8 and (l.tutor_id::text like $9) = $10))
              and ($3::timestamptz is null or l.end_at > $3) and ($4::timestamptz is null or l.start_at < $4)
              and ($5::timestamptz is null or (l.start_at, l.id) > ($5, $6::uuid))
            order by l.start_at, l.id limit $7
            """, caller.TutorId ?? Guid.Empty, caller.Students.ToArray(), earliest, latest,
            place is null ? null : Instant.FromUnixTimeTicks(place.StartTicks), place?.Id, most + 1, caller.Key is not null, caller.World.Like, caller.World.Is);
        var views = await Views(await Rows(read, ct), ct);
        return Cursor.PageOf(views, most, last => new Place(last.Start.ToUnixTimeTicks(), last.Id));
    }

    private async Task<List<Row>> Rows(NpgsqlCommand read, CancellationToken ct)
    {
        var found = new List<Row>();
        await using var rows = await read.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct))
            found.Add(new Row(rows.GetGuid(0), rows.GetGuid(1), rows.GetGuid(2), rows.GetGuid(3), rows.Instant(4), rows.Instant(5),
                rows.GetString(6), rows.GetString(7), rows.GetString(8), rows.GetBoolean(9), rows.GetInt64(10),
                new MeetingView(rows.IsDBNull(11) ? null : rows.GetString(11), StateOf(rows.IsDBNull(12) ? "arranging" : rows.GetString(12), rows.Instant(4)))));
        return found;
    }

    private async Task<IReadOnlyList<LessonView>> Views(List<Row> rows, CancellationToken ct)
    {
        var known = await people.ByRole([.. rows.SelectMany(r => new[] { r.TutorId, r.StudentId }).Distinct()], ct);
        var agreed = await consents.WhoAgreed(ConsentPurpose.Recording, [.. known.Values.Select(person => person.PersonId).Distinct()], ct);
        return [.. rows.Select(r =>
        {
            var tutor = known.GetValueOrDefault(r.TutorId);
            var student = known.GetValueOrDefault(r.StudentId);
            var (tutorZone, studentZone) = (tutor?.TimeZone ?? r.Zone, student?.TimeZone ?? r.Zone);
            return new LessonView(
                r.Id, r.BookingId, r.TutorId, r.StudentId, tutor?.DisplayName ?? "", student?.DisplayName ?? "", r.Start, r.End,
                TimeText.Local(r.Start, tutorZone), TimeText.Local(r.Start, studentZone), tutorZone, studentZone, r.State, r.Link,
                r.Start - Lesson.OpensBefore, r.Meeting, Agreed(tutor, student, agreed), r.Clashes, r.Version);
        })];
    }

    private string StateOf(string written, Instant start) =>
        written == "arranging" && Meeting.DueFor(start, Instant.FromDateTimeOffset(time.GetUtcNow())) is not null ? "later" : written;

    private static RecordingConsentView Agreed(Person? tutor, Person? student, IReadOnlySet<Guid> agreed)
    {
        Part[] missing = [.. new[] { (Part.Tutor, tutor), (Part.Student, student) }
            .Where(one => one.Item2 is not { } person || !agreed.Contains(person.PersonId)).Select(one => one.Item1)];
        return new RecordingConsentView(missing.Length == 0, missing);
    }
}
