using Muse.Adapters.Postgres;
using Muse.Domain.People;
using Muse.Domain.Scheduling;
using NodaTime;
using Npgsql;

namespace Muse.Api.Lessons;

/// <summary>A lesson's start on both clocks.</summary>
public sealed record TimelineTime(Instant Start, string TutorLocal, string StudentLocal);

/// <summary>One change of a lesson.</summary>
/// <param name="At">When it happened; <paramref name="TutorLocal"/> and <paramref name="StudentLocal"/> are the same moment on both clocks.</param>
/// <param name="Type">The event's name, such as <c>lesson_moved</c>.</param>
/// <param name="Who">The person's name; null for the server's own doing.</param>
/// <param name="Role">tutor, student, guardian, admin or clock.</param>
/// <param name="Why">In the person's own words (null once that person was forgotten), or the provider or rule that caused it.</param>
public sealed record TimelineItem(
    Instant At, string Type, string? Who, string? Role, string? Why, TimelineTime? Old, TimelineTime? New, string TutorLocal,
    string StudentLocal);

/// <summary>Every change, first to last. At most 1,000: a lesson with more has been joined and left by a broken device.</summary>
public sealed record TimelineView(IReadOnlyList<TimelineItem> Items);

/// <summary>Reads the table <c>lesson_timeline</c>.</summary>
public sealed class Timeline(NpgsqlDataSource database, People people, IPersonKeys keys)
{
    public const int Most = 1_000;

    private sealed record Row(Instant At, string Type, Guid? Person, string? Part, string? Why, SealedText? Words, Instant? Old, Instant? New);

    public async Task<TimelineView> Of(LessonView lesson, CancellationToken ct)
    {
        var rows = await Rows(lesson, ct);
        var names = await people.Of([.. rows.Where(r => r.Person is not null).Select(r => r.Person!.Value).Distinct()], ct);
        var sealedWords = rows.Select(r => r.Words).OfType<SealedText>().Distinct().ToArray();
        var words = sealedWords.Zip(await keys.Open(sealedWords, ct)).ToDictionary(pair => pair.First, pair => pair.Second);
        return new TimelineView([.. rows.Select(r => new TimelineItem(
            r.At, r.Type, r.Person is { } person ? names.GetValueOrDefault(person)?.DisplayName : null, r.Part,
            r.Words is { } box ? words[box] : r.Why,
            Both(lesson, r.Old), Both(lesson, r.New), TimeText.Local(r.At, lesson.TutorTimeZone),
            TimeText.Local(r.At, lesson.StudentTimeZone)))]);
    }

    private async Task<List<Row>> Rows(LessonView lesson, CancellationToken ct)
    {
        await using var read = database.Command("""
            select at, type, person, part, why, words, old_start, new_start from lesson_timeline
            where booking_id = $1 or lesson_id = $2 order by sequence limit $3
            """, lesson.BookingId, lesson.Id, Most);
        await using var rows = await read.ExecuteReaderAsync(ct);
        var found = new List<Row>();
        while (await rows.ReadAsync(ct))
            found.Add(new Row(rows.Instant(0), rows.GetString(1), rows.IsDBNull(2) ? null : rows.GetGuid(2),
                rows.IsDBNull(3) ? null : rows.GetString(3), rows.IsDBNull(4) ? null : rows.GetString(4),
                rows.IsDBNull(5) ? null : EventJson.Read<SealedText>(rows.GetString(5)),
                rows.IsDBNull(6) ? null : rows.Instant(6), rows.IsDBNull(7) ? null : rows.Instant(7)));
        return found;
    }

    private static TimelineTime? Both(LessonView lesson, Instant? at) => at is { } start
        ? new TimelineTime(start, TimeText.Local(start, lesson.TutorTimeZone), TimeText.Local(start, lesson.StudentTimeZone))
        : null;
}
