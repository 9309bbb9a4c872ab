using Muse.Adapters.Postgres;
using Muse.Api.Identity;
using Npgsql;

namespace Muse.Api.Tokens;

/// <summary>What a person is right now; asked at every refresh, so that a new role counts within minutes.</summary>
internal sealed class Subjects(NpgsqlDataSource database)
{
    public async Task<TokenSubject?> Of(RefreshToken token, CancellationToken ct)
    {
        await using var command = database.Command("""
            select coalesce(a.is_admin, false), coalesce(a.is_integrator, false), r.kind, r.role_id
            from people p left join accounts a on a.account_id = p.person_id left join person_roles r using (person_id)
            where p.person_id = $1
            """, token.PersonId);
        await using var rows = await command.ExecuteReaderAsync(ct);
        var roles = new SortedSet<string>(StringComparer.Ordinal);
        var ids = new Dictionary<string, Guid>();
        var exists = false;
        while (await rows.ReadAsync(ct))
        {
            exists = true;
            if (rows.GetBoolean(0))
                roles.Add(Role.Admin);
            if (rows.GetBoolean(1))
                roles.Add(Role.Integrator);
            if (await rows.IsDBNullAsync(2, ct))
                continue;
            roles.Add(rows.GetString(2));
            ids[rows.GetString(2)] = rows.GetGuid(3);
        }
        Guid? Id(string role) => ids.TryGetValue(role, out var id) ? id : null;
        return exists
            ? new TokenSubject(
                token.PersonId, token.Family, token.Client, [.. roles], Id(Role.Tutor), Id(Role.Student), Id(Role.Guardian), token.IsChildsDevice)
            : null;
    }
}
