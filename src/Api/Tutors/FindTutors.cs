using Microsoft.AspNetCore.Http.HttpResults;
using Muse.Adapters.Postgres;
using Muse.Api.ApiKeys;
using Muse.Api.Http;
using Muse.Api.Identity;
using Muse.Api.OpenApi;
using Muse.Domain.ApiKeys;
using Npgsql;

namespace Muse.Api.Tutors;

/// <param name="DurationsMinutes">Lengths of lesson the tutor offers; empty until there is an availability.</param>
public sealed record ListedTutor(
    Guid Id,
    string DisplayName,
    string TimeZone,
    IReadOnlyList<string> Instruments,
    IReadOnlyList<string> Languages,
    IReadOnlyList<string> Levels,
    string Introduction,
    IReadOnlyList<int> DurationsMinutes,
    bool ProBono);

/// <summary>Finding tutors: those who have set a profile are listed for everyone who is signed in.</summary>
internal static class FindTutors
{
    private const string Select = """
        select t.tutor_id, p.display_name, p.time_zone, t.instruments, t.languages, t.levels, coalesce(i.text, ''), t.pro_bono, t.version,
            array(select jsonb_array_elements_text(a.rules->'durationsMinutes')::int)
        from tutor_profiles t join people p using (person_id) left join introductions i using (tutor_id)
            left join availabilities a using (tutor_id)
        """;

    public static void MapFindTutors(this IEndpointRouteBuilder app)
    {
        app.MapGet("/v1/tutors", List).ForKeys(ApiScope.PeopleRead)
            .Described("listTutors", "Tutors", "Tutors, by instrument and language", ["malformed_cursor", "out_of_range", "too_long"]);
        app.MapGet("/v1/tutors/{tutorId:guid}", ReadOne).ForKeys(ApiScope.PeopleRead)
            .Described("getTutor", "Tutors", "One tutor's profile");
    }

    /// <summary>The tutor and the version of their stream, or null.</summary>
    public static async Task<(ListedTutor Tutor, long Version)?> Find(
        Guid tutorId, NpgsqlDataSource database, CancellationToken ct)
    {
        await using var command = database.Command(Select + " where t.tutor_id = $1", tutorId);
        var found = await Read(command, ct);
        return found.Count == 0 ? null : found[0];
    }

    private static async Task<Results<Ok<Page<ListedTutor>>, ProblemHttpResult>> List(
        Caller caller, NpgsqlDataSource database, CancellationToken ct,
        string? instrument = null, string? language = null, string? after = null, int? limit = null)
    {
        if ((Cursor.TryRead<Guid?>(after, out var last) ?? Cursor.Limit(limit, out var size)) is { } refusal)
            return Problems.From(refusal);
        size = limit ?? Cursor.DefaultLimit;
        if (instrument?.Length > ProfileRules.LongestInstrument || language?.Length > 35)
            return Problems.From(Domain.Refusal.Invalid("too_long", "An instrument or a language is a short word."));
        await using var command = database.Command(Select + """
             where t.is_set and ($1::text is null or t.instruments @> array[$1::text]) and ($2::text is null or t.languages @> array[$2::text])
               and ($3::uuid is null or t.tutor_id > $3) and (t.tutor_id::text like $5) = $6 order by t.tutor_id limit $4
            """, instrument?.ToLowerInvariant(), language, last, size + 1, caller.World.Like, caller.World.Is);
        var found = await Read(command, ct);
        return TypedResults.Ok(Cursor.PageOf(found.ConvertAll(row => row.Tutor), size, tutor => tutor.Id));
    }

    private static async Task<Results<Ok<ListedTutor>, ProblemHttpResult>> ReadOne(
        Guid tutorId, Caller caller, HttpContext http, NpgsqlDataSource database, CancellationToken ct)
    {
        if (!caller.Reaches(tutorId) || await Find(tutorId, database, ct) is not var (tutor, version))
            return Problems.NotFound();
        ETags.Put(http, version);
        return TypedResults.Ok(tutor);
    }

    private static async Task<List<(ListedTutor Tutor, long Version)>> Read(NpgsqlCommand command, CancellationToken ct)
    {
        var found = new List<(ListedTutor, long)>();
        await using (var rows = await command.ExecuteReaderAsync(ct))
        {
            while (await rows.ReadAsync(ct))
                found.Add((new ListedTutor(
                    rows.GetGuid(0), rows.GetString(1), rows.GetString(2), rows.GetFieldValue<string[]>(3), rows.GetFieldValue<string[]>(4),
                    rows.GetFieldValue<string[]>(5), rows.GetString(6), rows.GetFieldValue<int[]>(9), rows.GetBoolean(7)), rows.GetInt64(8)));
        }
        return found;
    }
}
