using Muse.Adapters.Postgres;
using Muse.Api.Bookings;
using Muse.Given;
using NodaTime;
using Npgsql;

namespace Muse.Api.Tests.Bookings;

public sealed class AgendaTests : IAsyncLifetime
{
    private static readonly Instant Now = Instant.FromUtc(2026, 12, 1, 8, 0);
    private static readonly Instant Noon = Instant.FromUtc(2026, 12, 7, 12, 0);
    private readonly Guid _tutor = Guid.CreateVersion7(), _student = Guid.CreateVersion7(), _other = Guid.CreateVersion7();
    private Database _database = null!;

    public async ValueTask InitializeAsync() => _database = await Database.FreshAsync();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task A_request_whose_time_ran_out_gives_way_and_a_live_one_does_not()
    {
        await Take(PlaceOf(_student, Noon, expires: Now + Duration.FromHours(1)));
        Assert.Equal("tutor_not_free", await Take(PlaceOf(_other, Noon)));
        Assert.Null(await Take(PlaceOf(_other, Noon), Now + Duration.FromHours(1)));
        // The first student's own row has expired, too, and waits for the clock's job; it stands in nobody's way.
        Assert.Equal(3, await Rows());
        Assert.Null(await Take(PlaceOf(_student, Noon) with { Tutor = Guid.CreateVersion7() }, Now + Duration.FromHours(1)));
    }

    [Fact]
    public async Task A_booking_moves_over_its_own_place_but_not_over_anothers()
    {
        var booking = PlaceOf(_student, Noon);
        await Take(booking);
        var half = Duration.FromMinutes(30);
        Assert.Null(await Take(booking with { Start = Noon + half, End = Noon + half + half }));
        await Take(PlaceOf(_other, Noon - half));
        Assert.Equal("tutor_not_free", await Take(booking with { Start = Noon, End = Noon + half }));
        Assert.Equal(4, await Rows());
    }

    [Fact]
    public async Task A_place_keeps_the_tutors_buffers_free_of_what_others_have_taken_meanwhile()
    {
        var (hour, half) = (Duration.FromHours(1), Duration.FromMinutes(30));
        await Take(PlaceOf(_student, Noon, expires: Now + hour));
        var next = PlaceOf(_other, Noon + hour);
        Assert.Equal("tutor_not_free", await Take(next with { Before = half }));
        Assert.Equal("tutor_not_free", await Take(PlaceOf(_other, Noon - hour) with { After = half }));
        Assert.Equal(2, await Rows());
        // Touching is free, an expired request is nothing, and the booking's own place is not in its way.
        Assert.Null(await Take(PlaceOf(_other, Noon - hour - half) with { After = half }));
        Assert.Null(await Take(next with { Before = half }, Now + hour));
        Assert.Null(await Take(next with { Start = Noon + hour + half, End = Noon + hour + hour + half, Before = half }, Now + hour));
    }

    [Fact]
    public async Task A_student_in_another_lesson_is_named_as_the_one_who_is_not_free()
    {
        await Take(PlaceOf(_student, Noon) with { Tutor = _other });
        Assert.Equal("student_not_free", await Take(PlaceOf(_student, Noon)));
    }

    [Fact]
    public async Task Under_the_look_lies_a_constraint_that_holds_against_writers_who_do_not_lock()
    {
        await using var first = await _database.Source.OpenConnectionAsync();
        await using var open = await first.BeginTransactionAsync();
        await Agenda.Take(first, PlaceOf(_student, Noon), Now, CancellationToken.None);
        // Neither sees the other's row, and this one takes no lock: only the constraint is left.
        var late = _database.ExecuteAsync("insert into agenda (booking_id, side, person, during) values ($1, 'tutor', $2, $3)",
            Guid.NewGuid(), _tutor, Sql.Range(Noon, Noon + Duration.FromHours(1)));
        await open.CommitAsync();
        var refused = await Assert.ThrowsAsync<PostgresException>(() => late);
        Assert.Equal(PostgresErrorCodes.ExclusionViolation, refused.SqlState);
    }

    [Fact]
    public async Task A_place_that_has_gone_cannot_be_kept()
    {
        var booking = PlaceOf(_student, Noon, expires: Now + Duration.FromHours(1));
        await Take(booking);
        await Take(PlaceOf(_other, Noon), Now + Duration.FromHours(2));
        await using var connection = await _database.Source.OpenConnectionAsync();
        var stale = await Assert.ThrowsAsync<StaleVersion>(() =>
            Agenda.Keep(connection, [booking.BookingId], (booking.BookingId, 1), [_tutor, _student], CancellationToken.None));
        Assert.Equal(booking.BookingId, stale.StreamId);
    }

    [Fact]
    public async Task Adjacent_lessons_move_together_and_a_clash_is_stored_and_still_counts_as_taken()
    {
        var hour = Duration.FromHours(1);
        var (first, second) = (PlaceOf(_student, Noon), PlaceOf(_other, Noon + hour));
        await Take(first);
        await Take(second);
        await Transact(c => Agenda.MoveTogether(c,
            [(first.BookingId, Noon + hour, Noon + hour + hour, false), (second.BookingId, Noon + hour + hour, Noon + 3 * hour, false)],
            [_tutor, _student, _other], CancellationToken.None));
        await Transact(c => Agenda.MoveTogether(c, [(second.BookingId, Noon + hour, Noon + hour + hour, true)], [_tutor, _other], CancellationToken.None));
        Assert.Equal("tutor_not_free", await Take(PlaceOf(Guid.NewGuid(), Noon + hour)));
        var busy = await Agenda.Busy(_database.Source, _tutor, Noon, Noon + 5 * hour, Now);
        Assert.Equal(2, busy.Count);
    }

    [Fact]
    public async Task Busy_leaves_out_what_has_expired_and_the_booking_that_is_about_to_move()
    {
        var booking = PlaceOf(_student, Noon, expires: Now + Duration.FromHours(1));
        await Take(booking);
        var (from, to) = (Noon - Duration.FromHours(1), Noon + Duration.FromHours(2));
        Assert.Single(await Agenda.Busy(_database.Source, _student, from, to, Now));
        Assert.Empty(await Agenda.Busy(_database.Source, _student, from, to, Now, except: [booking.BookingId]));
        Assert.Empty(await Agenda.Busy(_database.Source, _student, from, to, Now + Duration.FromHours(1)));
        Assert.Empty(await Agenda.Busy(_database.Source, _student, to, to + Duration.FromHours(1), Now));
    }

    private Place PlaceOf(Guid student, Instant start, Instant? expires = null) =>
        new(Guid.CreateVersion7(), _tutor, student, start, start + Duration.FromHours(1), expires);

    private async Task<string?> Take(Place place, Instant? now = null)
    {
        try
        {
            await Transact(c => Agenda.Take(c, place, now ?? Now, CancellationToken.None));
            return null;
        }
        catch (Refused refused)
        {
            return refused.Refusal.Code;
        }
    }

    private async Task Transact(Func<NpgsqlConnection, Task> work)
    {
        await using var connection = await _database.Source.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await work(connection);
        await transaction.CommitAsync();
    }

    private Task<long> Rows() => _database.ScalarAsync<long>("select count(*) from agenda");
}
