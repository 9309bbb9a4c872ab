using Muse.Adapters.Postgres;
using Muse.Domain.Consents;
using NodaTime;
using Npgsql;

namespace Muse.Api.Consents;

/// <summary>The table <c>consents</c>, inline: a revoked consent counts no longer from the commit on.</summary>
public sealed class ConsentRows(NpgsqlDataSource database, TimeProvider time) : IProjection
{
    public string Name => "consents";

    public int Version => 1;

    public ProjectionLifecycle Lifecycle => ProjectionLifecycle.Inline;

    public IReadOnlyCollection<string> EventTypes { get; } = ["consent_given", "consent_revoked"];

    public IReadOnlyList<string> Tables { get; } = ["consents"];

    public void Apply(IEvent e, NpgsqlBatch batch)
    {
        switch (e.Data)
        {
            case ConsentGiven given:
                batch.Write("""
                    insert into consents (person_id, purpose, by_id, voice, given_at) values ($1, $2, $3, $4, $5)
                    on conflict (person_id, purpose) do update set by_id = excluded.by_id, voice = excluded.voice, given_at = excluded.given_at, revoked_at = null
                    """, given.PersonId, Word(given.Purpose), given.By.PersonId, Word(given.By.Voice), given.At);
                break;
            case ConsentRevoked revoked:
                batch.Write("update consents set revoked_at = $3 where person_id = $1 and purpose = $2", revoked.PersonId, Word(revoked.Purpose), revoked.At);
                break;
            default:
                throw new InvalidOperationException($"{e.EventTypeName} is not applied to consents.");
        }
    }

    /// <summary>Who of these has agreed, or has a guardian who has: one question, whatever the number.</summary>
    /// <returns>Person ids, a subset of <paramref name="personIds"/>; unknown ones have agreed to nothing.</returns>
    public async Task<IReadOnlySet<Guid>> WhoAgreed(ConsentPurpose purpose, IReadOnlyCollection<Guid> personIds, CancellationToken ct)
    {
        var agreed = new HashSet<Guid>();
        if (personIds.Count == 0)
            return agreed;
        await using var read = database.Command("""
            select c.person_id, c.voice, p.birth_date, p.time_zone
            from consents c join people p using (person_id) where c.purpose = $1 and c.person_id = any ($2) and c.revoked_at is null
            """, Word(purpose), personIds.ToArray());
        await using var rows = await read.ExecuteReaderAsync(ct);
        var now = Instant.FromDateTimeOffset(time.GetUtcNow());
        while (await rows.ReadAsync(ct))
        {
            var isOfAge = Person.IsOfAge(rows.IsDBNull(2) ? null : rows.GetFieldValue<DateOnly>(2), rows.GetString(3), now);
            if (GivenConsent.Holds(Voice(rows.GetString(1)), isOfAge))
                agreed.Add(rows.GetGuid(0));
        }
        return agreed;
    }

    /// <summary>Whether tutor, student or one of these agreed once, or a guardian did, and it was taken back since.</summary>
    /// <param name="personIds">Who else counts, such as those who are in a recording.</param>
    public async Task<bool> HasAnyRevoked(ConsentPurpose purpose, Guid tutorId, Guid studentId, IReadOnlyCollection<Guid> personIds, CancellationToken ct) =>
        (await WhoRevoked(purpose, tutorId, studentId, personIds, ct)).Count > 0;

    /// <summary>Who of them it is.</summary>
    public async Task<IReadOnlyList<Guid>> WhoRevoked(ConsentPurpose purpose, Guid tutorId, Guid studentId, IReadOnlyCollection<Guid> personIds, CancellationToken ct)
    {
        await using var read = database.Command("""
            select person_id from consents where purpose = $1 and revoked_at is not null
              and (person_id = any ($4) or person_id in (select person_id from person_roles where role_id in ($2, $3)))
            """, Word(purpose), tutorId, studentId, personIds.ToArray());
        var found = new List<Guid>();
        await using var rows = await read.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct)) found.Add(rows.GetGuid(0));
        return found;
    }

    /// <summary>When it was taken back the last time; null when it was not, or given again since.</summary>
    public async Task<Instant?> RevokedAt(ConsentPurpose purpose, Guid personId, CancellationToken ct)
    {
        await using var read = database.Command("select revoked_at from consents where purpose = $1 and person_id = $2", Word(purpose), personId);
        await using var rows = await read.ExecuteReaderAsync(ct);
        return await rows.ReadAsync(ct) && !rows.IsDBNull(0) ? rows.Instant(0) : null;
    }

    private static string Word(ConsentPurpose purpose) => purpose switch
    {
        ConsentPurpose.Recording => "recording",
        _ => throw new InvalidOperationException($"{purpose} has no word in the table."),
    };

    private static string Word(ConsentVoice voice) => voice is ConsentVoice.Own ? "own" : "guardian";

    private static ConsentVoice Voice(string word) => word == "own" ? ConsentVoice.Own : ConsentVoice.Guardian;
}
