using FluentValidation;
using Muse.Adapters.Postgres;
using Muse.Api.Http;
using Muse.Api.Identity;
using Muse.Api.Sandboxes;
using Muse.Api.Tutors;
using Muse.Domain;
using Muse.Domain.Sandboxes;
using Muse.Domain.Students;
using Muse.Domain.Tutors;
using NodaTime;

namespace Muse.Api.Imports;

/// <summary>
/// Tutors and students of an integrator's own list, by the same decisions as one by one: into the school, or with a test key into the
/// sandbox. All rows in one transaction, or none.
/// </summary>
internal sealed class ImportPeople(EventStore store, People people, ImportedPeople imported, TimeProvider time,
    IValidator<TutorRow> tutorRules, IValidator<StudentRow> studentRules)
{
    public Task<ImportReport> Tutors(IReadOnlyList<FileRow> rows, Caller caller, bool dryRun, CancellationToken ct) =>
        Of<TutorRow>(Role.Tutor, rows, tutorRules, caller, dryRun, async (session, known) =>
        {
            var streams = await session.FetchForWriting<Tutor>(known, ct);
            return (roleId, row, before, now) => DecideTutor(session, streams, SandboxOf(caller), roleId, row, before, now);
        }, ct);

    private static Decision DecideTutor(
        EventSession session, IReadOnlyDictionary<Guid, IEventStream<Tutor>> streams, Guid? sandbox, (Guid Role, Guid Person) roleId, TutorRow row, Person? before, Instant now)
    {
        var hash = Introductions.HashOf(row.Introduction);
        var profile = new TutorProfile(row.Instruments, row.Languages, row.Levels, row.Introduction, row.ProBono);
        Decision decision;
        if (before is null)
        {
            var registered = Tutor.Register(null, roleId.Role, roleId.Person, now, sandbox).Events;
            decision = Tutor.Create((TutorRegistered)registered[0]).SetProfile(profile, hash, now);
            if (!decision.IsRefused)
                session.StartStream<Tutor>(roleId.Role, [.. registered, .. decision.Events]);
        }
        else
        {
            var stream = streams[roleId.Role];
            decision = stream.Aggregate!.SetProfile(profile, hash, now);
            stream.AppendMany(decision.Events);
        }
        if (decision.Events.Count > 0)
            session.After((connection, cancel) => Introductions.Write(connection, roleId.Role, row.Introduction, cancel));
        return decision;
    }

    public Task<ImportReport> Students(IReadOnlyList<FileRow> rows, Caller caller, bool dryRun, CancellationToken ct) =>
        Of<StudentRow>(Role.Student, rows, studentRules, caller, dryRun, (session, _) => Task.FromResult<Decide<StudentRow>>((roleId, row, before, now) =>
        {
            if (before is not null)
                return row.BirthDate == before.BirthDate ? Decision.Nothing
                    : Refusal.Invalid("birth_date_differs", "The birth date was another when this student was imported.", "/birthDate");
            var decision = Student.Register(null, roleId.Role, roleId.Person, now, SandboxOf(caller));
            session.StartStream<Student>(roleId.Role, [.. decision.Events]);
            return decision;
        }), ct);

    private delegate Decision Decide<T>((Guid Role, Guid Person) roleId, T row, Person? before, Instant now);

    /// <param name="known">Role ids of the file's people who are there already: what has to be read of them is read at once.</param>
    private delegate Task<Decide<T>> Begin<T>(EventSession session, IReadOnlyCollection<Guid> known);

    private async Task<ImportReport> Of<T>(
        string kind, IReadOnlyList<FileRow> rows, IValidator<T> rules, Caller caller, bool dryRun, Begin<T> begin, CancellationToken ct) where T : PersonRow
    {
        var (now, isTest) = (Instant.FromDateTimeOffset(time.GetUtcNow()), SandboxOf(caller) is not null);
        await using var session = store.OpenSession(caller.As(Role.Integrator));
        var known = await imported.Find(caller.PersonId, isTest, kind, rows.Select(row => row.ExternalId).OfType<string>(), ct);
        var there = await people.ByRole([.. known.Values], ct);
        var decide = await begin(session, [.. known.Values]);
        var report = new List<ImportedRow>(rows.Count);
        var made = new List<(string ExternalId, SandboxPerson Role, Person Person)>();
        var changed = new List<(Person Before, PersonRow After)>();
        foreach (var fileRow in rows)
        {
            var (row, wrong) = fileRow.As<T>();
            if (row is null || (wrong = Wrong(rules, row)) is not null)
            {
                report.Add(Refuse(fileRow, wrong!));
                continue;
            }
            var before = known.TryGetValue(fileRow.ExternalId!, out var roleId) ? there[roleId] : null;
            var role = before is null
                ? new SandboxPerson(isTest ? SandboxId.New(caller.PersonId) : Guid.CreateVersion7(time.GetUtcNow()), Guid.CreateVersion7(time.GetUtcNow()), kind)
                : new SandboxPerson(roleId, before.PersonId, kind);
            var decision = decide((role.RoleId, role.PersonId), row, before, now);
            if (decision.IsRefused)
            {
                report.Add(Refuse(fileRow, decision.Refusal));
                continue;
            }
            var differs = before is not null && !IsSame(before, row);
            if (before is null)
                made.Add((fileRow.ExternalId!, role, new Person(role.PersonId, row.DisplayName.Trim(), row.Country, row.TimeZone, row.Locale, (row as StudentRow)?.BirthDate)));
            else if (differs)
                changed.Add((before, row));
            report.Add(new ImportedRow(fileRow.Line, fileRow.ExternalId,
                before is null ? RowResult.Made : differs || !decision.ChangesNothing ? RowResult.Changed : RowResult.Unchanged, role.RoleId));
        }
        var mayWrite = report.TrueForAll(row => row.Result != RowResult.Refused);
        await Join(session, caller, made, now, ct);
        if (dryRun || !mayWrite)
            return ImportReport.Of(dryRun, written: false, report);
        session.Before(async (connection, cancel) =>
        {
            if (made.Count > 0)
                await ImportedPeople.Insert(connection, caller.PersonId, isTest, kind, [.. made.Select(one => (one.ExternalId, one.Role.RoleId))], cancel);
            foreach (var (_, _, person) in made)
                await PeopleRows.Insert(connection, person, cancel);
            foreach (var (before, after) in changed)
                await PeopleRows.Update(connection, before.PersonId, before.Version, after.DisplayName, after.Country, after.TimeZone, after.Locale, cancel);
        });
        await session.SaveChangesAsync(ct);
        return ImportReport.Of(dryRun, written: true, report);
    }

    /// <exception cref="Refused">There would be too many.</exception>
    private async Task Join(EventSession session, Caller caller, List<(string, SandboxPerson Role, Person)> made, Instant now, CancellationToken ct)
    {
        if (made.Count == 0)
            return;
        if (SandboxOf(caller) is not { } owner)
        {
            if (await imported.Count(caller.PersonId, ct) + made.Count > ImportedPeople.Most)
                throw new Refused(new Refusal("too_many_people", $"An integrator imports at most {ImportedPeople.Most} people."));
            return;
        }
        var stream = await session.FetchForWriting<Sandbox>(SandboxRoutes.StreamOf(owner), ct);
        var joined = (stream.Aggregate ?? Sandbox.Empty(SandboxRoutes.StreamOf(owner), owner)).Join([.. made.Select(one => one.Role)], now);
        if (joined.IsRefused)
            throw new Refused(joined.Refusal);
        stream.AppendMany(joined.Events);
    }

    private static Guid? SandboxOf(Caller caller) => caller.Key is { IsTest: true } ? caller.PersonId : null;

    private static bool IsSame(Person person, PersonRow row) =>
        person.DisplayName == row.DisplayName.Trim() && person.Country == row.Country && person.TimeZone == row.TimeZone && person.Locale == row.Locale;

    private static Refusal? Wrong<T>(IValidator<T> rules, T row)
    {
        if (rules.Validate(row).Errors is not [var first, ..])
            return null;
        var error = Problems.ErrorOf(first);
        return Refusal.Invalid(error.Code, error.Detail, error.Pointer![1..]);
    }

    internal static ImportedRow Refuse(FileRow row, Refusal why) =>
        new(row.Line, row.ExternalId, RowResult.Refused, null, why.Code, why.Pointer?.Split('/') is [_, { Length: > 0 } field, ..] ? field : null, why.Detail);
}
