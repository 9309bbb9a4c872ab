using System.Text.Json.Serialization;
using Muse.Adapters.Postgres;
using Muse.Api.Http;
using Muse.Api.Identity;
using Muse.Domain.Bookings;
using Muse.Domain.Scheduling;
using NodaTime;
using Npgsql;

namespace Muse.Api.Bookings;

/// <summary>One date of a series, on both clocks.</summary>
/// <param name="Index">From 0.</param>
/// <param name="Clash">Why there is no lesson on this date: <c>slot_not_offered</c>, <c>tutor_not_free</c> or <c>student_not_free</c>; null when there is one.</param>
/// <param name="BookingId">Of a series that was asked for, as <paramref name="State"/>, which is that of the booking.</param>
/// <param name="LessonId">Once the tutor said yes.</param>
public sealed record SeriesLesson(
    int Index, Instant Start, Instant End, string TutorLocal, string StudentLocal,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Clash = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Guid? BookingId = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? State = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Guid? LessonId = null);

/// <summary>A series that nobody has asked for yet.</summary>
/// <param name="Notes">In plain words what clock changes do to it.</param>
public sealed record SeriesOutlook(string TimeZoneDatabase, string TutorTimeZone, string StudentTimeZone, IReadOnlyList<SeriesLesson> Lessons, IReadOnlyList<SeriesNote> Notes)
{
    public static SeriesOutlook Of(SeriesPlan plan)
    {
        var (tutor, student) = (plan.Asks.Tutor.TimeZone, plan.Asks.Student.TimeZone);
        return new SeriesOutlook(
            Zones.DatabaseVersion, tutor, student,
            [.. plan.Lessons.Zip(plan.Clashes).Select(one => new SeriesLesson(
                one.First.Index, one.First.Start, one.First.End, TimeText.Local(one.First.Start, tutor), TimeText.Local(one.First.Start, student), one.Second))],
            plan.Pattern.Notes(0, plan.Lessons.Count, Zones.Known(plan.ViewerZone)));
    }
}

/// <summary>A weekly lesson as both people see it.</summary>
/// <param name="State">requested, confirmed, declined, cancelled or expired. Single lessons have states of their own.</param>
/// <param name="Anchor">Whose clock keeps its time.</param>
/// <param name="TimeZone">The anchor's, as <paramref name="StartLocal"/>.</param>
/// <param name="FromIndex">The lesson that <paramref name="StartLocal"/> is of; the earlier ones were under another agreement.</param>
/// <param name="EndsBefore">Lessons from this index on were called off.</param>
/// <param name="Lessons">All of them, in a list of series left out; as <paramref name="Notes"/>.</param>
public sealed record SeriesView(
    Guid Id, Guid TutorId, Guid StudentId, string TutorName, string StudentName, string State, SeriesAnchor Anchor, string TimeZone, string StartLocal,
    int FromIndex, int IntervalWeeks, int DurationMinutes, int Count, int EndsBefore, string TutorTimeZone, string StudentTimeZone, Instant? ExpiresAt, long Version,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<SeriesLesson>? Lessons = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<SeriesNote>? Notes = null);

/// <summary>Reads the table <c>series</c>, and <c>bookings</c> for its lessons.</summary>
public sealed class SeriesReader(NpgsqlDataSource database, People people)
{
    private const string Select = """
        select id, tutor_id, student_id, state, anchor, time_zone, start_local, from_index, interval_weeks, duration_minutes, count, ends_before, skipped::text,
            expires_at, made_at, version
        from series
        """;

    private sealed record Row(
        Guid Id, Guid TutorId, Guid StudentId, string State, SeriesAnchor Anchor, WeeklyPattern Pattern, int Count, int EndsBefore,
        IReadOnlyList<SkippedDate> Skipped, Instant? ExpiresAt, Instant MadeAt, long Version);

    private sealed record Place(long MadeTicks, Guid Id);

    /// <summary>With its lessons.</summary>
    public async Task<SeriesView?> Find(Guid id, CancellationToken ct)
    {
        await using var read = database.Command($"{Select} where id = $1", id);
        if (await Rows(read, ct) is not [var row])
            return null;
        var view = (await Views([row], ct))[0];
        var viewer = Zones.Known(view.Anchor is SeriesAnchor.Tutor ? view.StudentTimeZone : view.TutorTimeZone);
        var (first, standing) = (row.Pattern.FromIndex, Math.Max(row.EndsBefore, row.Pattern.FromIndex + 1));
        return view with { Lessons = await Lessons(row, view, ct), Notes = row.Pattern.Notes(first, standing - first, viewer) };
    }

    /// <summary>The caller's own, of a key all that it reaches, newest first. Refusals: <c>malformed_cursor</c>, <c>out_of_range</c>, <c>unknown_state</c>.</summary>
    public async Task<Answer<Page<SeriesView>>> List(Caller caller, string? state, string? after, int? limit, CancellationToken ct)
    {
        if (BookingReader.UnknownState(state) is { } unknown)
            return unknown;
        if (Cursor.TryRead<Place>(after, out var place) is { } malformed)
            return malformed;
        if (Cursor.Limit(limit, out var most) is { } outside)
            return outside;
        await using var read = database.Command($"""
            {Select}
            where (tutor_id = $1 or student_id = any($2) or ($7 and (tutor_id::text like $8) = $9)) and ($3::text is null or state = $3)
              and ($4::timestamptz is null or (made_at, id) < ($4, $5::uuid))
            order by made_at desc, id desc limit $6
            """, caller.TutorId ?? Guid.Empty, caller.Students.ToArray(), state,
            place is null ? null : Instant.FromUnixTimeTicks(place.MadeTicks), place?.Id, most + 1, caller.Key is not null, caller.World.Like, caller.World.Is);
        var rows = await Rows(read, ct);
        var page = Cursor.PageOf(rows, most, last => new Place(last.MadeAt.ToUnixTimeTicks(), last.Id));
        return new Page<SeriesView>(await Views([.. page.Items], ct), page.Next);
    }

    private static async Task<List<Row>> Rows(NpgsqlCommand read, CancellationToken ct)
    {
        var found = new List<Row>();
        await using var rows = await read.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct))
            found.Add(new Row(
                rows.GetGuid(0), rows.GetGuid(1), rows.GetGuid(2), rows.GetString(3), rows.GetString(4) == "tutor" ? SeriesAnchor.Tutor : SeriesAnchor.Student,
                new WeeklyPattern(rows.GetInt32(7), rows.Local(6), rows.GetString(5), rows.GetInt32(8), rows.GetInt32(9)), rows.GetInt32(10), rows.GetInt32(11),
                EventJson.Read<IReadOnlyList<SkippedDate>>(rows.GetString(12)), rows.IsDBNull(13) ? null : rows.Instant(13), rows.Instant(14), rows.GetInt64(15)));
        return found;
    }

    private async Task<IReadOnlyList<SeriesView>> Views(IReadOnlyList<Row> rows, CancellationToken ct)
    {
        var known = await people.ByRole([.. rows.SelectMany(r => new[] { r.TutorId, r.StudentId }).Distinct()], ct);
        return [.. rows.Select(r =>
        {
            var (tutor, student) = (known.GetValueOrDefault(r.TutorId), known.GetValueOrDefault(r.StudentId));
            return new SeriesView(
                r.Id, r.TutorId, r.StudentId, tutor?.DisplayName ?? "", student?.DisplayName ?? "", r.State, r.Anchor, r.Pattern.Zone,
                TimeText.Of(r.Pattern.StartLocal), r.Pattern.FromIndex, r.Pattern.IntervalWeeks, r.Pattern.DurationMinutes, r.Count, r.EndsBefore,
                tutor?.TimeZone ?? r.Pattern.Zone, student?.TimeZone ?? r.Pattern.Zone, r.ExpiresAt, r.Version);
        })];
    }

    private async Task<IReadOnlyList<SeriesLesson>> Lessons(Row row, SeriesView view, CancellationToken ct)
    {
        await using var read = database.Command(
            "select series_index, id, state, start_at, end_at, lesson_id from bookings where series_id = $1 order by series_index", row.Id);
        await using var rows = await read.ExecuteReaderAsync(ct);
        var found = row.Skipped.Select(skipped => Of(row.Pattern.Occurrences(skipped.Index, 1)[0], skipped.Code)).ToList();
        while (await rows.ReadAsync(ct))
        {
            var start = rows.Instant(3);
            found.Add(new SeriesLesson(
                rows.GetInt32(0), start, rows.Instant(4), TimeText.Local(start, view.TutorTimeZone), TimeText.Local(start, view.StudentTimeZone), null,
                rows.GetGuid(1), rows.GetString(2), rows.IsDBNull(5) ? null : rows.GetGuid(5)));
        }
        return [.. found.OrderBy(lesson => lesson.Index)];

        SeriesLesson Of(Occurrence one, string code) =>
            new(one.Index, one.Start, one.End, TimeText.Local(one.Start, view.TutorTimeZone), TimeText.Local(one.Start, view.StudentTimeZone), code);
    }
}
