using Muse.Api.Rooms;
using Muse.Domain;
using NodaTime;
using Npgsql;

namespace Muse.Api.Tests.Rooms;

public sealed class AttendanceTests(TheRoomServer server) : IClassFixture<TheRoomServer>
{
    [Fact]
    public async Task A_lesson_that_cannot_be_written_into_keeps_no_other_waiting()
    {
        var (tutor, student) = (await server.Tutor(), await server.Student());
        var stuck = await server.Lesson(tutor, student, Duration.FromMinutes(5));
        var (other, pupil) = (await server.Tutor(), await server.Student());
        var lesson = await server.Lesson(other, pupil, Duration.FromMinutes(5));
        await using var connection = new NpgsqlConnection(server.Database.ConnectionString);
        await connection.OpenAsync();
        await using (var held = await connection.BeginTransactionAsync())
        {
            await using (var command = new NpgsqlCommand("select 1 from mt_streams where id = $1 for update", connection, held))
            {
                command.Parameters.Add(new NpgsqlParameter { Value = stuck });
                Assert.Equal(1, await command.ExecuteScalarAsync());
            }
            await server.Enter(tutor, stuck);
            await server.Enter(other, lesson);
            Assert.Equal(["participant_joined"], await server.Happened(lesson, 1));
            Assert.Empty(await server.Happened(stuck, 0));
            await held.RollbackAsync();
        }
        Assert.Equal(["participant_joined"], await server.Happened(stuck, 1));
    }

    /// <summary>A host that dies in a test is disposed first and stopped afterwards; the hundred random lessons ended with that.</summary>
    [Fact]
    public async Task It_can_be_stopped_after_it_was_disposed()
    {
        var attendance = new Attendance(server.Store, server.Time, Microsoft.Extensions.Logging.Abstractions.NullLogger<Attendance>.Instance);
        attendance.Dispose();
        await attendance.StopAsync(CancellationToken.None);
    }

    [Fact]
    public void Who_comes_and_goes_without_end_loses_comings_each_with_its_going_and_the_tutor_still_ends_the_lesson()
    {
        var queue = new AttendanceQueue();
        var people = Enumerable.Range(0, 4 * AttendanceQueue.MostComings).Select(_ => Guid.NewGuid()).ToList();
        foreach (var (i, person) in people.Index())
        {
            var isTaken = i < AttendanceQueue.MostComings;
            Assert.Equal(isTaken, queue.Come(person, _ => Decision.Nothing));
            Assert.Equal(!isTaken, queue.HasLost);
            Assert.Equal(isTaken, queue.Go(person, _ => Decision.Nothing));
            Assert.False(queue.HasLost);
        }
        Assert.True(queue.Add(_ => Decision.Nothing));
        Assert.Equal((2 * AttendanceQueue.MostComings) + 1, queue.Count);

        // Each that is written makes room again.
        queue.Written();
        Assert.True(queue.Come(people[^1], _ => Decision.Nothing));
        while (queue.Count > 0) queue.Written();
        Assert.False(queue.HasLost);
    }

    [Fact]
    public void A_queue_takes_a_bounded_number_of_anything()
    {
        var queue = new AttendanceQueue();
        for (var i = 0; i < AttendanceQueue.MostOthers; i++) Assert.True(queue.Add(_ => Decision.Nothing));
        Assert.False(queue.Add(_ => Decision.Nothing));
    }
}
