using Muse.Adapters.Postgres;
using Muse.Domain;
using Muse.Domain.Availability;
using Muse.Domain.Scheduling;
using NodaTime;
using Npgsql;

namespace Muse.Api.Bookings;

/// <summary>A live booking's place in the agendas of its two people. The ids are PersonIds: a human has one agenda, whatever the role.</summary>
/// <param name="ExpiresAt">Until when a request holds the place; null once confirmed.</param>
public sealed record Place(Guid BookingId, Guid Tutor, Guid Student, Instant Start, Instant End, Instant? ExpiresAt)
{
    /// <summary>What the tutor wants free before and after; none for a tutor who moves a lesson, because it binds others.</summary>
    public Duration Before { get; init; }

    public Duration After { get; init; }

    public Guid? SeriesId { get; init; }

    public Place ApartBy(TutorAvailability tutor) => this with
    {
        Before = Duration.FromMinutes(tutor.Rules.BufferBeforeMinutes),
        After = Duration.FromMinutes(tutor.Rules.BufferAfterMinutes),
    };
}

/// <summary>
/// The one place where a rule across streams holds: nobody is in two lessons at once (docs/decisions/0007-the-agenda.md). Every write
/// first locks its persons and looks in a later statement: a lock and a look in one statement share a snapshot from before the lock, and
/// double-book.
/// </summary>
public static class Agenda
{
    // First key of pg_advisory_xact_lock(int, int); the two-key form cannot be mistaken for an append's mark.
    private const int LockSpace = 0x61676e64;

    /// <summary>Unanswered requests of one student; more would only block tutors' hours.</summary>
    public const int MostWaiting = 20;

    private static readonly Refusal TooManyWaiting =
        new("too_many_requests_waiting", $"At most {MostWaiting} requests of one student wait for an answer.");

    private static readonly Refusal TutorNotFree = new("tutor_not_free", "The tutor has another lesson or request at that time.");
    private static readonly Refusal StudentNotFree = new("student_not_free", "The student has another lesson or request at that time.");

    /// <summary>
    /// Takes the place, or moves the booking to it. Throws <see cref="Refused"/> with <c>tutor_not_free</c>, <c>student_not_free</c> or, for a
    /// request, <c>too_many_requests_waiting</c>; a lesson that clashes already counts as taken, too.
    /// </summary>
    public static async Task Take(NpgsqlConnection connection, Place place, Instant now, CancellationToken ct)
    {
        await using var take = connection.Command("select agenda_take($1, $2::uuid, $3, $4, $5, $6::timestamptz, $7, $8, $9, $10)",
            place.BookingId, place.SeriesId, place.Tutor, place.Student, Sql.Range(place.Start, place.End), place.ExpiresAt, now, LockSpace,
            LockKeys([place.Tutor, place.Student]), MostWaiting);
        if (RefusalOf(await take.ExecuteScalarAsync(ct) as string) is { } refusal)
            throw new Refused(refusal);
        if (await IsTooClose(connection, [place], now, ct))
            throw new Refused(TutorNotFree);
    }

    /// <summary>
    /// Takes the places of one series, or moves its bookings to them, all or none: what they held before does not stand in their way.
    /// Throws <see cref="Refused"/> as <see cref="Take"/> does.
    /// </summary>
    public static async Task TakeAll(NpgsqlConnection connection, IReadOnlyList<Place> places, Instant now, CancellationToken ct)
    {
        var (tutor, student, bookings) = (places[0].Tutor, places[0].Student, places.Select(place => place.BookingId).ToArray());
        await Lock(connection, [tutor, student], ct);
        await using (var leave = connection.Command("delete from agenda where booking_id = any($1)", bookings))
            await leave.ExecuteNonQueryAsync(ct);
        await using var take = connection.Command("""
            select min(agenda_take(u.booking, $2::uuid, $3, $4, tstzrange(u.starts, u.ends), $7::timestamptz, $8, $9, $10, $11))
              from unnest($1::uuid[], $5::timestamptz[], $6::timestamptz[]) as u (booking, starts, ends)
            """, bookings, places[0].SeriesId, tutor, student, places.Select(place => place.Start).ToArray(), places.Select(place => place.End).ToArray(),
            places[0].ExpiresAt, now, LockSpace, LockKeys([tutor, student]), MostWaiting);
        if (RefusalOf(await take.ExecuteScalarAsync(ct) as string) is { } refusal)
            throw new Refused(refusal);
        if (await IsTooClose(connection, places, now, ct))
            throw new Refused(TutorNotFree);
    }

    private static Refusal? RefusalOf(string? answer) => answer switch
    {
        null => null,
        "tutor" => TutorNotFree,
        "student" => StudentNotFree,
        _ => TooManyWaiting,
    };

    // A later statement than the one that locked, so that it sees what was taken while waiting for the lock.
    private static async Task<bool> IsTooClose(NpgsqlConnection connection, IReadOnlyList<Place> places, Instant now, CancellationToken ct)
    {
        if (places[0].Before + places[0].After == Duration.Zero)
            return false;
        await using var look = connection.Command("""
            select exists (select from unnest($2::timestamptz[], $3::timestamptz[]) as wide (starts, ends) join agenda a
                on a.person = $1 and a.booking_id <> all ($4) and a.during && tstzrange(wide.starts, wide.ends) and (a.expires_at is null or a.expires_at > $5))
            """, places[0].Tutor, places.Select(place => place.Start - place.Before).ToArray(),
            places.Select(place => place.End + place.After).ToArray(), places.Select(place => place.BookingId).ToArray(), now);
        return await look.ExecuteScalarAsync(ct) is true;
    }

    /// <summary>
    /// Requests became lessons: their places no longer expire. Throws <see cref="StaleVersion"/> when one has gone since the stream was read:
    /// somebody called it off, or its time ran out.
    /// </summary>
    /// <param name="stream">The booking's, or the series', with its version when it was read.</param>
    public static async Task Keep(
        NpgsqlConnection connection, IReadOnlyCollection<Guid> bookings, (Guid Id, long Seen) stream, IReadOnlyCollection<Guid> persons, CancellationToken ct)
    {
        await Lock(connection, persons, ct);
        await using var keep = connection.Command("update agenda set expires_at = null where booking_id = any($1)", bookings.ToArray());
        if (await keep.ExecuteNonQueryAsync(ct) != 2 * bookings.Count)
            throw new StaleVersion(stream.Id, stream.Seen);
    }

    public static async Task Free(
        NpgsqlConnection connection, IReadOnlyCollection<Guid> bookings, IReadOnlyCollection<Guid> persons, CancellationToken ct)
    {
        await Lock(connection, persons, ct);
        await using var free = connection.Command("delete from agenda where booking_id = any($1)", bookings.ToArray());
        await free.ExecuteNonQueryAsync(ct);
    }

    /// <summary>
    /// Puts lessons where new zone rules say they are, all at once, because adjacent ones move together. Those that clash are marked, so that
    /// they can stand and be solved by people.
    /// </summary>
    public static async Task MoveTogether(
        NpgsqlConnection connection, IReadOnlyList<(Guid BookingId, Instant Start, Instant End, bool Clashes)> moves,
        IReadOnlyCollection<Guid> persons, CancellationToken ct)
    {
        await Lock(connection, persons, ct);
        await using var move = new NpgsqlBatch(connection);
        foreach (var (bookingId, start, end, clashes) in moves)
            move.Write("update agenda set during = $2, clash = $3 where booking_id = $1", bookingId, Sql.Range(start, end), clashes);
        move.Write("set constraints agenda_one_place_at_a_time immediate");
        await move.ExecuteNonQueryAsync(ct);
    }

    /// <summary>When a person is taken between two instants: lessons, and requests that have not expired. For slots.</summary>
    /// <param name="except">Bookings that are about to move, or null.</param>
    public static async Task<IReadOnlyList<BusyTime>> Busy(
        NpgsqlDataSource database, Guid person, Instant from, Instant to, Instant now, IReadOnlyCollection<Guid>? except = null, CancellationToken ct = default) =>
        (await Busy(database, [person], from, to, now, except, ct)).GetValueOrDefault(person, []);

    /// <summary>As above for several persons at once; who is free throughout is absent.</summary>
    public static async Task<Dictionary<Guid, List<BusyTime>>> Busy(
        NpgsqlDataSource database, IReadOnlyCollection<Guid> persons, Instant from, Instant to, Instant now, IReadOnlyCollection<Guid>? except = null,
        CancellationToken ct = default)
    {
        await using var read = database.Command("""
            select person, lower(during), upper(during) from agenda
            where person = any($1) and during && $2 and (expires_at is null or expires_at > $3) and booking_id <> all ($4)
            """, persons.ToArray(), Sql.Range(from, to), now, except?.ToArray() ?? []);
        await using var rows = await read.ExecuteReaderAsync(ct);
        var busy = new Dictionary<Guid, List<BusyTime>>();
        while (await rows.ReadAsync(ct))
        {
            if (!busy.TryGetValue(rows.GetGuid(0), out var times))
                busy[rows.GetGuid(0)] = times = [];
            times.Add(new BusyTime(rows.Instant(1), rows.Instant(2)));
        }
        return busy;
    }

    /// <summary>In one order everywhere, so that two bookings of the same two people cannot wait for each other.</summary>
    private static async Task Lock(NpgsqlConnection connection, IReadOnlyCollection<Guid> persons, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(connection);
        foreach (var key in LockKeys(persons))
            batch.Write("select pg_advisory_xact_lock($1, $2)", LockSpace, key);
        await batch.ExecuteNonQueryAsync(ct);
    }

    private static int[] LockKeys(IReadOnlyCollection<Guid> persons) => [.. persons.Select(KeyOf).Distinct().Order()];

    // The random tail of a UUID v7. Two persons with the same key only wait for each other without need.
    private static int KeyOf(Guid person)
    {
        Span<byte> bytes = stackalloc byte[16];
        person.TryWriteBytes(bytes);
        return BitConverter.ToInt32(bytes[12..]);
    }
}
