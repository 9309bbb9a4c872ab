using Muse.Adapters.Postgres;
using Muse.Domain.Meetings;
using NodaTime;
using Npgsql;

namespace Muse.Api.Meetings;

/// <summary>Somebody is in another country: their coming lessons are looked at, since another law may say where they can be held.</summary>
public sealed class LookAfterMove(EventStore store, NpgsqlDataSource database, TimeProvider time)
{
    /// <summary>Of one person; the rest is found by the look before the lesson.</summary>
    private const int Most = 1_000;

    /// <param name="roles">Of the person, as tutor and as student.</param>
    public async Task Of(Guid?[] roles, string from, string to, CancellationToken ct)
    {
        if (CountryRules.Of(from) is null && CountryRules.Of(to) is null)
            return;
        await using var session = store.OpenSession(Actor.Server("meetings"));
        var now = time.GetUtcNow();
        foreach (var lesson in await Coming([.. roles.OfType<Guid>()], Instant.FromDateTimeOffset(now), ct))
            session.Schedule(LookAtMeeting.ErrandKind, new LookErrand(lesson), Guid.CreateVersion7(now));
        await session.SaveChangesAsync(ct);
    }

    private async Task<List<Guid>> Coming(Guid[] roles, Instant now, CancellationToken ct)
    {
        await using var read = database.Command("""
            select l.id from lessons l join meetings m on m.lesson_id = l.id
            where (l.tutor_id = any ($1) or l.student_id = any ($1)) and l.state = 'scheduled' and l.end_at > $2
              and m.state in ('ready', 'no_provider_allowed')
            order by l.start_at limit $3
            """, roles, now, Most);
        await using var rows = await read.ExecuteReaderAsync(ct);
        var coming = new List<Guid>();
        while (await rows.ReadAsync(ct))
            coming.Add(rows.GetGuid(0));
        return coming;
    }
}
