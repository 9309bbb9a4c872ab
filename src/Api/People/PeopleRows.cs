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

    /// <summary>What is null stays as it is.</summary>
    /// <param name="version">The one the change was made on.</param>
    /// <exception cref="StaleVersion">The row is at another version.</exception>
    public static async Task Update(
        NpgsqlConnection connection, Guid personId, long version, string? displayName, string? country, string? timeZone, string? locale, CancellationToken ct)
    {
        await using var command = connection.Command("""
            update people set display_name = coalesce($3::text, display_name), country = coalesce($4::text, country),
                time_zone = coalesce($5::text, time_zone), locale = coalesce($6::text, locale), version = version + 1
            where person_id = $1 and version = $2
            """, personId, version, displayName?.Trim(), country, timeZone, locale);
        if (await command.ExecuteNonQueryAsync(ct) == 0)
            throw new StaleVersion(personId, version);
    }
}
