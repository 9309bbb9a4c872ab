using Muse.Adapters.Postgres;
using NodaTime;
using Npgsql;

namespace Muse.Api.Meetings;

/// <summary>The lessons that somebody has ahead, by how their meetings stand.</summary>
public sealed class ComingLessons(NpgsqlDataSource database, TimeProvider time)
{
    /// <summary>Of one question; the rest is found by the look before the lesson.</summary>
    private const int Most = 1_000;

    /// <param name="roles">Ids of tutors and students.</param>
    /// <param name="meetingStates">As the table <c>meetings</c> writes them.</param>
    /// <param name="provider">Null: whoever holds them.</param>
    /// <returns>Soonest first.</returns>
    public async Task<List<Guid>> Of(Guid[] roles, string[] meetingStates, string? provider, CancellationToken ct)
    {
        await using var read = database.Command("""
            select l.id from lessons l join meetings m on m.lesson_id = l.id
            where (l.tutor_id = any ($1) or l.student_id = any ($1)) and l.state = 'scheduled' and l.end_at > $2
              and m.state = any ($3) and ($4::text is null or m.provider = $4)
            order by l.start_at limit $5
            """, roles, Instant.FromDateTimeOffset(time.GetUtcNow()), meetingStates, provider, Most);
        await using var rows = await read.ExecuteReaderAsync(ct);
        var coming = new List<Guid>();
        while (await rows.ReadAsync(ct))
            coming.Add(rows.GetGuid(0));
        return coming;
    }
}
