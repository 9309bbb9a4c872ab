using Muse.Adapters.Postgres;
using Npgsql;

namespace Muse.Api.Imports;

/// <summary><c>imported_people</c>: who was imported under which id of an integrator's own, apart for the school and for the sandbox.</summary>
internal sealed class ImportedPeople(NpgsqlDataSource database)
{
    /// <summary>People whom one integrator has imported into the school.</summary>
    public const int Most = 20_000;

    public async Task<IReadOnlyDictionary<string, Guid>> Find(
        Guid ownerId, bool sandbox, string kind, IEnumerable<string> externalIds, CancellationToken ct)
    {
        await using var command = database.Command("""
            select external_id, role_id from imported_people where owner_id = $1 and sandbox = $2 and kind = $3 and external_id = any($4)
            """, ownerId, sandbox, kind, externalIds.ToArray());
        await using var rows = await command.ExecuteReaderAsync(ct);
        var found = new Dictionary<string, Guid>(StringComparer.Ordinal);
        while (await rows.ReadAsync(ct))
            found[rows.GetString(0)] = rows.GetGuid(1);
        return found;
    }

    public async Task<long> Count(Guid ownerId, CancellationToken ct)
    {
        await using var command = database.Command("select count(*) from imported_people where owner_id = $1 and not sandbox", ownerId);
        return (long)(await command.ExecuteScalarAsync(ct))!;
    }

    /// <exception cref="StaleVersion">Another import was first with one of them.</exception>
    public static async Task Insert(
        NpgsqlConnection connection, Guid ownerId, bool sandbox, string kind, IReadOnlyCollection<(string ExternalId, Guid RoleId)> people, CancellationToken ct)
    {
        // In order, so that two imports of the same people wait for one another and do not lock each other out.
        await using var command = connection.Command("""
            insert into imported_people (owner_id, sandbox, kind, external_id, role_id)
            select $1, $2, $3, external_id, role_id from unnest($4, $5) as p (external_id, role_id) order by external_id
            on conflict (owner_id, sandbox, kind, external_id) do nothing
            """, ownerId, sandbox, kind, people.Select(one => one.ExternalId).ToArray(), people.Select(one => one.RoleId).ToArray());
        if (await command.ExecuteNonQueryAsync(ct) != people.Count)
            throw new StaleVersion(people.First().RoleId, 0);
    }

    public static async Task ForgetSandbox(NpgsqlConnection connection, Guid ownerId, CancellationToken ct)
    {
        await using var command = connection.Command("delete from imported_people where owner_id = $1 and sandbox", ownerId);
        await command.ExecuteNonQueryAsync(ct);
    }
}
