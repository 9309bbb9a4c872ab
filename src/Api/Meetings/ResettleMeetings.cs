using Muse.Adapters.Postgres;
using Muse.Domain.Meetings;
using NodaTime;
using Npgsql;

namespace Muse.Api.Meetings;

/// <summary>Whose connection to which provider died or was taken away.</summary>
public sealed record ResettleErrand(Guid TutorId, string Provider);

/// <summary>
/// A tutor's account at a provider is gone: the coming lessons held with it are arranged anew, with the school's account or elsewhere, and
/// their timelines say why. Schedule it in the transaction that notes the death:
/// <c>session.Schedule(ResettleMeetings.ErrandKind, new ResettleErrand(tutorId, provider))</c>.
/// </summary>
public sealed class ResettleMeetings(EventStore store, NpgsqlDataSource database, TimeProvider time) : IErrandHandler
{
    public const string ErrandKind = "resettle_meetings";

    /// <summary>Booked ahead by one tutor; the rest is found by the look before the lesson.</summary>
    private const int Most = 1_000;

    public string Kind => ErrandKind;

    public async Task Run(Errand errand, CancellationToken ct)
    {
        var (tutorId, provider) = errand.BodyAs<ResettleErrand>();
        await using var session = store.OpenSession(Actor.Server("meetings"));
        foreach (var lesson in await Coming(tutorId, provider, ct))
        {
            // An errand each: a lesson whose provider has trouble does not hold up the others.
            session.Schedule(
                LookAtMeeting.ErrandKind, new LookErrand(lesson, LostCodes.AccountDisconnected), NameBasedId.From(errand.Id, lesson.ToString()));
        }
        await session.SaveChangesAsync(ct);
    }

    internal async Task<List<Guid>> Coming(Guid tutorId, string provider, CancellationToken ct)
    {
        await using var read = database.Command("""
            select l.id from lessons l join meetings m on m.lesson_id = l.id
            where l.tutor_id = $1 and l.state = 'scheduled' and l.end_at > $2 and m.state = 'ready' and m.provider = $3
            order by l.start_at limit $4
            """, tutorId, Instant.FromDateTimeOffset(time.GetUtcNow()), provider, Most);
        await using var rows = await read.ExecuteReaderAsync(ct);
        var coming = new List<Guid>();
        while (await rows.ReadAsync(ct))
            coming.Add(rows.GetGuid(0));
        return coming;
    }
}
