using Muse.Adapters.Postgres;
using Muse.Api.Http;
using Muse.Api.Identity;
using Muse.Domain;
using Muse.Domain.Bookings;
using Muse.Domain.Scheduling;
using NodaTime;
using Npgsql;

namespace Muse.Api.Bookings;

/// <summary>A booking as both people see it: every time on both clocks.</summary>
/// <param name="State">requested, confirmed, declined, cancelled or expired.</param>
/// <param name="TutorLocal">The start with the tutor's offset.</param>
/// <param name="TutorTimeZone">IANA id, as the student's.</param>
/// <param name="ExpiresAt">Until when a request waits for the tutor; null otherwise.</param>
/// <param name="Series">Of a weekly lesson: which series, and which of its lessons.</param>
public sealed record BookingView(
    Guid Id, Guid TutorId, Guid StudentId, string TutorName, string StudentName, string State, Instant Start, Instant End,
    string TutorLocal, string StudentLocal, string TutorTimeZone, string StudentTimeZone, int DurationMinutes, Instant? ExpiresAt, Guid? LessonId,
    long Version, PlaceInSeries? Series = null)
{
    public static BookingView Of(Booking booking, long version, Person tutor, Person student) => new(
        booking.Id, booking.TutorId, booking.StudentId, tutor.DisplayName, student.DisplayName, booking.State.ToString().ToLowerInvariant(),
        booking.Time.Start, booking.Time.End(), TimeText.Local(booking.Time.Start, tutor.TimeZone),
        TimeText.Local(booking.Time.Start, student.TimeZone), tutor.TimeZone, student.TimeZone, booking.Time.DurationMinutes, booking.ExpiresAt,
        booking.LessonId, version, booking.Series);
}

/// <summary>Reads the table <c>bookings</c>.</summary>
public sealed class BookingReader(NpgsqlDataSource database, People people)
{
    private const string Columns =
        "id, tutor_id, student_id, state, start_at, end_at, duration_minutes, time_zone, expires_at, lesson_id, version, series_id, series_index";

    private sealed record Row(
        Guid Id, Guid TutorId, Guid StudentId, string State, Instant Start, Instant End, int Minutes, string Zone, Instant? ExpiresAt,
        Guid? LessonId, long Version, PlaceInSeries? Series);

    private sealed record Place(long StartTicks, Guid Id);

    public async Task<BookingView?> Find(Guid id, CancellationToken ct)
    {
        await using var read = database.Command($"select {Columns} from bookings where id = $1", id);
        return (await Views(await Rows(read, ct), ct)).FirstOrDefault();
    }

    /// <summary>The caller's own bookings, of a key all that it reaches, soonest first. Refusals: <c>malformed_cursor</c>, <c>out_of_range</c>, <c>unknown_state</c>.</summary>
    public async Task<Answer<Page<BookingView>>> List(Caller caller, string? state, string? after, int? limit, CancellationToken ct)
    {
        if (UnknownState(state) is { } unknown)
            return unknown;
        if (Cursor.TryRead<Place>(after, out var place) is { } malformed)
            return malformed;
        if (Cursor.Limit(limit, out var most) is { } outside)
            return outside;
        await using var read = database.Command($"""
            select {Columns} from bookings
            where (tutor_id = $1 or student_id = any($2) or ($7 and (tutor_id::text like $8) = $9)) and ($3::text is null or state = $3)
              and ($4::timestamptz is null or (start_at, id) > ($4, $5::uuid))
            order by start_at, id limit $6
            """, caller.TutorId ?? Guid.Empty, caller.Students.ToArray(), state,
            place is null ? null : Instant.FromUnixTimeTicks(place.StartTicks), place?.Id, most + 1, caller.Key is not null, caller.World.Like, caller.World.Is);
        var views = await Views(await Rows(read, ct), ct);
        return Cursor.PageOf(views, most, last => new Place(last.Start.ToUnixTimeTicks(), last.Id));
    }

    /// <summary>Of a booking or a series.</summary>
    internal static Refusal? UnknownState(string? state) => state is null or "requested" or "confirmed" or "declined" or "cancelled" or "expired"
        ? null
        : Refusal.Invalid("unknown_state", "state is requested, confirmed, declined, cancelled or expired.");

    private static async Task<List<Row>> Rows(NpgsqlCommand read, CancellationToken ct)
    {
        var found = new List<Row>();
        await using var rows = await read.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct))
            found.Add(new Row(rows.GetGuid(0), rows.GetGuid(1), rows.GetGuid(2), rows.GetString(3), rows.Instant(4), rows.Instant(5),
                rows.GetInt32(6), rows.GetString(7), rows.IsDBNull(8) ? null : rows.Instant(8), rows.IsDBNull(9) ? null : rows.GetGuid(9),
                rows.GetInt64(10), rows.IsDBNull(11) ? null : new PlaceInSeries(rows.GetGuid(11), rows.GetInt32(12))));
        return found;
    }

    private async Task<IReadOnlyList<BookingView>> Views(List<Row> rows, CancellationToken ct)
    {
        var known = await people.ByRole([.. rows.SelectMany(r => new[] { r.TutorId, r.StudentId }).Distinct()], ct);
        return [.. rows.Select(r =>
        {
            var tutor = known.GetValueOrDefault(r.TutorId);
            var student = known.GetValueOrDefault(r.StudentId);
            var (tutorZone, studentZone) = (tutor?.TimeZone ?? r.Zone, student?.TimeZone ?? r.Zone);
            return new BookingView(
                r.Id, r.TutorId, r.StudentId, tutor?.DisplayName ?? "", student?.DisplayName ?? "", r.State, r.Start, r.End,
                TimeText.Local(r.Start, tutorZone), TimeText.Local(r.Start, studentZone), tutorZone, studentZone, r.Minutes, r.ExpiresAt,
                r.LessonId, r.Version, r.Series);
        })];
    }
}
