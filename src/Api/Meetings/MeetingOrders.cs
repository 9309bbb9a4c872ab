using Muse.Adapters.Postgres;
using Muse.Domain.Lessons;
using Muse.Domain.Meetings;
using Npgsql;

namespace Muse.Api.Meetings;

/// <summary>What a lesson asks of a provider.</summary>
public sealed class MeetingOrders(NpgsqlDataSource database)
{
    /// <summary>Names nobody: a provider shows it to whoever is invited, and in its own lists.</summary>
    private const string Title = "Muse lesson";

    public async Task<MeetingOrder> Of(Lesson lesson, CancellationToken ct) => new(
        lesson.Id, lesson.TutorId, await EmailOf(lesson.TutorId, ct) ?? "", Title, lesson.Time.Start, lesson.Time.DurationMinutes,
        lesson.Time.Zone, lesson.Link);

    /// <summary>The address with which the person of this role signs in; null for a child.</summary>
    private async Task<string?> EmailOf(Guid roleId, CancellationToken ct)
    {
        await using var read = database.Command(
            "select a.email from person_roles r join accounts a on a.account_id = r.person_id where r.role_id = $1", roleId);
        return (string?)await read.ExecuteScalarAsync(ct);
    }
}
