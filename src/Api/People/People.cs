using Npgsql;

namespace Muse.Api;

/// <summary>
/// Looks people up, by their own id or by the id of one of their roles (tutor, student, guardian). The batch variants ask once,
/// whatever the number of ids; unknown ids are absent from the answer.
/// </summary>
public sealed class People(NpgsqlDataSource database)
{
    private const string Columns = "p.person_id, p.display_name, p.country, p.time_zone, p.locale, p.birth_date, p.version";

    public async Task<Person?> Of(Guid personId, CancellationToken ct = default) =>
        (await Of([personId], ct)).GetValueOrDefault(personId);

    public Task<IReadOnlyDictionary<Guid, Person>> Of(IReadOnlyCollection<Guid> personIds, CancellationToken ct = default) =>
        Read($"select p.person_id, {Columns} from people p where p.person_id = any($1)", personIds, ct);

    /// <param name="roleId">A tutorId, studentId or guardianId.</param>
    public async Task<Person?> ByRole(Guid roleId, CancellationToken ct = default) =>
        (await ByRole([roleId], ct)).GetValueOrDefault(roleId);

    /// <summary>Keyed by the role ids asked for.</summary>
    public Task<IReadOnlyDictionary<Guid, Person>> ByRole(IReadOnlyCollection<Guid> roleIds, CancellationToken ct = default) =>
        Read($"select r.role_id, {Columns} from person_roles r join people p using (person_id) where r.role_id = any($1)", roleIds, ct);

    /// <summary>The student ids of this guardian's children.</summary>
    public async Task<IReadOnlySet<Guid>> ChildrenOf(Guid guardianId, CancellationToken ct = default)
    {
        await using var command = database.CreateCommand("select student_id from guardianships where guardian_id = $1");
        command.Parameters.AddWithValue(guardianId);
        await using var rows = await command.ExecuteReaderAsync(ct);
        var children = new HashSet<Guid>();
        while (await rows.ReadAsync(ct))
            children.Add(rows.GetGuid(0));
        return children;
    }

    private async Task<IReadOnlyDictionary<Guid, Person>> Read(string sql, IReadOnlyCollection<Guid> ids, CancellationToken ct)
    {
        var found = new Dictionary<Guid, Person>(ids.Count);
        if (ids.Count == 0)
            return found;
        await using var command = database.CreateCommand(sql);
        command.Parameters.AddWithValue(ids.ToArray());
        await using var rows = await command.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct))
            found[rows.GetGuid(0)] = new Person(
                rows.GetGuid(1),
                rows.GetString(2),
                rows.GetString(3),
                rows.GetString(4),
                rows.GetString(5),
                await rows.IsDBNullAsync(6, ct) ? null : rows.GetFieldValue<DateOnly>(6),
                rows.GetInt64(7));
        return found;
    }
}
