using Muse.Adapters.Postgres;
using Muse.Api.Consents;
using Muse.Domain.Consents;
using Muse.Domain.Lessons;
using Muse.Domain.Recordings;
using NodaTime;
using Npgsql;

namespace Muse.Api.Recordings;

/// <param name="PersonId">Who no longer agrees.</param>
/// <param name="At">When that was said: what was recorded later was agreed to anew.</param>
public sealed record DeleteRevokedErrand(Guid PersonId, Instant At);

/// <summary>
/// Some days after a consent was taken back: the recordings of that person, ours and providers', are deleted, unless it was given again. Until then
/// they are only kept from view (<see cref="RecordingViewers"/>), so that whoever decided in anger, or a guardian, can think again.
/// </summary>
public sealed class DeleteRevoked(ConsentRows consents, NpgsqlDataSource database, DeleteRecording delete) : IErrandHandler
{
    public const string ErrandKind = "delete_revoked_recordings";

    public string Kind => ErrandKind;

    public async Task Run(Errand errand, CancellationToken ct)
    {
        var (person, at) = errand.BodyAs<DeleteRevokedErrand>();
        // Given again; or taken back once more since, and then that errand deletes, when its own days are over.
        if (await consents.RevokedAt(ConsentPurpose.Recording, person, ct) is not { } revoked || revoked > at) return;
        foreach (var id in await With(person, at, ct))
        {
            if (await delete.Delete(id, DeletedBecause.ConsentRevoked, Who.Clock, Actor.Server("recordings"), ct) is { } refusal)
                throw new ErrandLater($"{refusal.Code}: {refusal.Detail}", Duration.FromMinutes(10));
        }
    }

    /// <summary>Those in which this person is, or could be: of the person's own lessons, and where a track is theirs; begun until then.</summary>
    private async Task<IReadOnlyList<Guid>> With(Guid personId, Instant until, CancellationToken ct)
    {
        await using var read = database.Command("""
            with roles as (select role_id from person_roles where person_id = $1 union select student_id from guardianships where person_id = $1),
              own as (select id from lessons where tutor_id in (select role_id from roles) or student_id in (select role_id from roles))
            select id from room_recordings r where state <> 'deleted' and started_at <= $2 and (
              lesson_id in (select id from own) or r.tracks @> jsonb_build_array(jsonb_build_object('who', jsonb_build_object('personId', $1::text))))
            union all
            select id from recordings where state <> 'deleted' and from_at <= $2 and lesson_id in (select id from own)
            order by id
            """, personId, until);
        var found = new List<Guid>();
        await using var rows = await read.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct)) found.Add(rows.GetGuid(0));
        return found;
    }
}
