using Muse.Adapters.Postgres;
using Muse.Domain.Guardians;
using Muse.Domain.Lessons;
using Muse.Domain.Meetings;
using Npgsql;

namespace Muse.Api.Meetings;

/// <summary>What a lesson asks of a provider.</summary>
public sealed class MeetingOrders(NpgsqlDataSource database)
{
    /// <summary>Names nobody: a provider shows it to whoever is invited, and in its own lists.</summary>
    private const string Title = "Muse lesson";

    public async Task<MeetingOrder> Of(Lesson lesson, CancellationToken ct)
    {
        var (tutor, adults) = await AddressesOf(lesson, ct);
        return new MeetingOrder(
            lesson.Id, lesson.TutorId, tutor ?? "", Title, lesson.Time.Start, lesson.Time.DurationMinutes, lesson.Time.Zone, lesson.Link)
        {
            Adults = adults,
        };
    }

    /// <summary>With which the tutor signs in, and the other adults; a child has none of its own, or it is left out.</summary>
    private async Task<(string? Tutor, IReadOnlyList<string> Adults)> AddressesOf(Lesson lesson, CancellationToken ct)
    {
        await using var read = database.Command("""
            select true, a.email from person_roles r join accounts a on a.account_id = r.person_id where r.role_id = $1
            union all
            select false, a.email from person_roles r join accounts a on a.account_id = r.person_id join people p using (person_id)
             where r.role_id = $2 and (p.birth_date is null or p.birth_date <= $3)
               and not exists (select from guardianships g where g.student_id = $2)
            union all
            select false, a.email from guardianships g
              join person_roles r on r.role_id = g.guardian_id join accounts a on a.account_id = r.person_id
             where g.student_id = $2
            """, lesson.TutorId, lesson.StudentId, lesson.Time.Start.InUtc().Date.PlusYears(-Guardian.AgeOfMajority));
        await using var rows = await read.ExecuteReaderAsync(ct);
        string? tutor = null;
        var adults = new List<string>();
        while (await rows.ReadAsync(ct))
        {
            if (rows.GetBoolean(0)) tutor = rows.GetString(1);
            else adults.Add(rows.GetString(1));
        }
        return (tutor, adults);
    }
}
