using Muse.Adapters.Postgres;
using Muse.Adapters.Zoom;
using Muse.Domain.Meetings;
using Npgsql;

namespace Muse.Api.Meetings;

/// <summary>
/// Zoom said that a user was deactivated or deleted, or took the app back. Each tutor with coming lessons on Zoom is looked at again: a dead
/// account of one's own is told its owner, and lessons that a lost host of the school would have held are arranged anew.
/// </summary>
public sealed class LookAgainAtZoomHosts(
    NpgsqlDataSource database, EventStore store, ZoomOptions options, IProviderAccounts accounts, TimeProvider time) : IErrandHandler
{
    public const string ErrandKind = "look_again_at_zoom_hosts";

    public string Kind => ErrandKind;

    public async Task Run(Errand errand, CancellationToken ct)
    {
        var lost = errand.BodyAs<LostZoomUser>();
        foreach (var (tutor, email) in await TutorsOnZoom(ct))
        {
            if (await accounts.HasLive(tutor, ProviderPolicy.Zoom, ct))
            {
                // Whose account the lost user's is cannot be told from here; a refresh asks Zoom, and notes the death if it is one.
                if ((await accounts.Access(tutor, ProviderPolicy.Zoom, null, ct)).Token is { } token)
                    await accounts.Access(tutor, ProviderPolicy.Zoom, refused: token, ct);
            }
            else if (options.HostOf(tutor, email) is { } host && (Same(host, lost.UserId) || Same(host, lost.Email)))
            {
                await using var session = store.OpenSession(Actor.Server("zoom"));
                session.Schedule(ResettleMeetings.ErrandKind, new ResettleErrand(tutor, ProviderPolicy.Zoom), causedBy: NameBasedId.From(errand.Id, tutor.ToString()));
                await session.SaveChangesAsync(ct);
            }
        }
    }

    private async Task<List<(Guid Tutor, string? Email)>> TutorsOnZoom(CancellationToken ct)
    {
        await using var read = database.Command("""
            select distinct l.tutor_id, a.email
            from lessons l join meetings m on m.lesson_id = l.id
              left join person_roles r on r.role_id = l.tutor_id left join accounts a on a.account_id = r.person_id
            where m.provider = $1 and m.state = 'ready' and l.end_at > $2
            """, ProviderPolicy.Zoom, time.GetUtcNow());
        await using var rows = await read.ExecuteReaderAsync(ct);
        var found = new List<(Guid, string?)>();
        while (await rows.ReadAsync(ct))
            found.Add((rows.GetGuid(0), rows.IsDBNull(1) ? null : rows.GetString(1)));
        return found;
    }

    private static bool Same(string host, string? other) => string.Equals(host, other, StringComparison.OrdinalIgnoreCase);
}
