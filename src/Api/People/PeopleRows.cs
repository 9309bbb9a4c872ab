using Muse.Adapters.Postgres;
using Npgsql;

namespace Muse.Api;

/// <summary>Writing the mutable row of a person, inside the transaction of what caused it.</summary>
internal static class PeopleRows
{
    public static async Task Insert(NpgsqlConnection connection, Person person, CancellationToken ct)
    {
        await using var command = connection.Command("""
            insert into people (person_id, display_name, country, time_zone, locale, birth_date) values ($1, $2, $3, $4, $5, $6::date)
            """, person.PersonId, person.DisplayName, person.Country, person.TimeZone, person.Locale, person.BirthDate);
        await command.ExecuteNonQueryAsync(ct);
    }
}
