using Muse.Adapters.Postgres;
using Muse.Domain.Lessons;
using Muse.Domain.Meetings;
using Npgsql;

namespace Muse.Api.Meetings;

/// <summary>Somebody of a lesson as a provider may name them.</summary>
/// <param name="Email">Null for a child.</param>
public sealed record LessonPerson(Who Who, string DisplayName, string? Email);

/// <summary>Tutor, student and the student's guardians: whom a provider may have seen.</summary>
public sealed class PeopleOfLesson(NpgsqlDataSource database)
{
    public async Task<IReadOnlyList<LessonPerson>> Of(Lesson lesson, CancellationToken ct)
    {
        await using var read = database.Command("""
            select w.part, p.person_id, p.display_name, a.email
            from (select role_id, 'tutor' as part from person_roles where role_id = $1
                  union all select role_id, 'student' from person_roles where role_id = $2
                  union all select guardian_id, 'guardian' from guardianships where student_id = $2) w
            join person_roles r on r.role_id = w.role_id
            join people p using (person_id)
            left join accounts a on a.account_id = p.person_id
            """, lesson.TutorId, lesson.StudentId);
        await using var rows = await read.ExecuteReaderAsync(ct);
        var people = new List<LessonPerson>();
        while (await rows.ReadAsync(ct))
        {
            var part = rows.GetString(0) switch { "tutor" => Part.Tutor, "student" => Part.Student, _ => Part.Guardian };
            people.Add(new LessonPerson(new Who(rows.GetGuid(1), part), rows.GetString(2), rows.IsDBNull(3) ? null : rows.GetString(3)));
        }
        return people;
    }

    /// <summary>
    /// Who a reported guest is: by Muse's own token, the host's account, the address, or the name when just one person of the lesson has it; a
    /// guest otherwise. A name is anybody's to choose, so it never makes a tutor.
    /// </summary>
    public static Who WhoIs(ReportedGuest guest, IReadOnlyList<LessonPerson> people)
    {
        if (guest.PersonId is { } id && people.FirstOrDefault(p => p.Who.PersonId == id) is { } known)
            return known.Who;
        if (guest.IsHost && people.FirstOrDefault(p => p.Who.IsTutor()) is { } tutor)
            return tutor.Who;
        if (Trimmed(guest.Email) is { } email && people.FirstOrDefault(p => Same(p.Email, email)) is { } addressed)
            return addressed.Who;
        return Trimmed(guest.DisplayName) is { } name && people.Where(p => Same(p.DisplayName, name)).Take(2).ToArray() is [var named]
            && !named.Who.IsTutor() ? named.Who : Who.Guest;
    }

    private static string? Trimmed(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();

    private static bool Same(string? ours, string theirs) => string.Equals(ours?.Trim(), theirs, StringComparison.OrdinalIgnoreCase);
}
