using System.Security.Cryptography;
using System.Text;
using Muse.Adapters.Postgres;
using Npgsql;

namespace Muse.Api.Tutors;

/// <summary>What tutors say of themselves: the text in a mutable row, its hash in <c>tutor_profile_set</c>.</summary>
internal static class Introductions
{
    public static string HashOf(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    public static async Task Write(NpgsqlConnection connection, Guid tutorId, string text, CancellationToken ct)
    {
        await using var command = connection.Command("""
            insert into introductions (tutor_id, text) values ($1, $2) on conflict (tutor_id) do update set text = excluded.text
            """, tutorId, text);
        await command.ExecuteNonQueryAsync(ct);
    }
}
