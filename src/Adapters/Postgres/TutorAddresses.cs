using Npgsql;

namespace Muse.Adapters.Postgres;

/// <summary>
/// A tutor's e-mail address in Muse. Only for a school that named the hosts of its tutors by address: whoever asks whether a tutor is served has
/// no order yet, and so no address.
/// </summary>
public sealed class TutorAddresses(NpgsqlDataSource database)
{
    /// <summary>Null when there is no such tutor.</summary>
    public async Task<string?> Of(Guid tutorId, CancellationToken ct)
    {
        await using var command = database.Command("""
            select a.email from person_roles r join accounts a on a.account_id = r.person_id where r.role_id = $1
            """, tutorId);
        return await command.ExecuteScalarAsync(ct) as string;
    }
}
