using Muse.Adapters.Postgres;
using Muse.Api.Availability;
using Muse.Api.Identity;
using Muse.Domain;
using Muse.Domain.Availability;
using Muse.Domain.Guardians;
using Muse.Domain.Sandboxes;
using Muse.Domain.Scheduling;
using Muse.Domain.Students;
using Muse.Domain.Tutors;
using NodaTime;

namespace Muse.Api.Sandboxes;

/// <summary>
/// Invents two tutors with hours and three students, one of them a child with a guardian, in one transaction. They live where Muse's own room
/// may be used, so that a lesson of theirs gets a meeting.
/// </summary>
internal sealed class FillSandbox(EventStore store, TimeProvider time)
{
    private static readonly (string Name, string Country, string Zone, string Locale)[] Tutors =
        [("Kim Min-ji (sandbox)", "KR", "Asia/Seoul", "ko-KR"), ("Clara Vogel (sandbox)", "DE", "Europe/Berlin", "de-DE")];

    private static readonly (string Name, string Country, string Zone, string Locale)[] Students =
        [("Oliver Hughes (sandbox)", "GB", "Europe/London", "en-GB"), ("Park Ji-ho (sandbox)", "KR", "Asia/Seoul", "ko-KR")];

    public async Task<Sandbox> Of(Guid owner, Actor actor, CancellationToken ct)
    {
        var now = Instant.FromDateTimeOffset(time.GetUtcNow());
        await using var session = store.OpenSession(actor);
        var stream = await session.FetchForWriting<Sandbox>(SandboxRoutes.StreamOf(owner), ct);
        var sandbox = stream.Aggregate ?? Sandbox.Empty(SandboxRoutes.StreamOf(owner), owner);
        if (sandbox.IsFilled)
            return sandbox;
        var people = new List<(SandboxPerson Role, Person Person)>();
        foreach (var (name, country, zone, locale) in Tutors)
            people.Add(Invent(owner, Role.Tutor, name, country, zone, locale));
        foreach (var (name, country, zone, locale) in Students)
            people.Add(Invent(owner, Role.Student, name, country, zone, locale));
        var guardian = Invent(owner, Role.Guardian, "Grace Hughes (sandbox)", "GB", "Europe/London", "en-GB");
        var born = now.InUtc().Date.PlusYears(-10);
        var child = Invent(owner, Role.Student, "Emily Hughes (sandbox)", "GB", "Europe/London", "en-GB", born.ToDateOnly());
        people.AddRange([guardian, child]);

        foreach (var (role, person) in people)
        {
            switch (role.Kind)
            {
                case Role.Tutor:
                    var registered = Events(Tutor.Register(null, role.RoleId, role.PersonId, now, owner));
                    var tutor = Tutor.Create((TutorRegistered)registered[0]);
                    session.StartStream<Tutor>(role.RoleId, [.. registered, .. Events(tutor.SetProfile(
                        new TutorProfile(["violin", "piano"], ["en", "ko"], [.. Tutor.AllLevels], "", false), "", now))]);
                    session.StartStream<TutorAvailability>(AvailabilityRoutes.StreamOf(role.RoleId), [.. Events(TutorAvailability.Set(
                        null, role.RoleId, Hours(person.TimeZone), now))]);
                    break;
                case Role.Student:
                    session.StartStream<Student>(role.RoleId, [.. Events(Student.Register(null, role.RoleId, role.PersonId, now, owner))]);
                    break;
                default:
                    var began = Events(Guardian.Register(null, role.RoleId, role.PersonId, now));
                    session.StartStream<Guardian>(role.RoleId, [.. began, .. Events(Guardian.Create((GuardianRegistered)began[0]).AddChild(
                        child.Role.RoleId, child.Role.PersonId, born, now.InUtc().Date, now))]);
                    break;
            }
        }
        session.Before(async (connection, cancel) =>
        {
            foreach (var (_, person) in people)
                await PeopleRows.Insert(connection, person, cancel);
        });
        var filled = sandbox.Fill([.. people.Select(one => one.Role)], now);
        stream.AppendMany(filled.Events);
        await session.SaveChangesAsync(ct);
        return sandbox.Apply((SandboxFilled)filled.Events[0]);
    }

    private static (SandboxPerson Role, Person Person) Invent(
        Guid owner, string kind, string name, string country, string zone, string locale, DateOnly? born = null)
    {
        var role = new SandboxPerson(SandboxId.New(owner), Guid.CreateVersion7(), kind);
        return (role, new Person(role.PersonId, name, country, zone, locale, born));
    }

    /// <summary>Every day from nine to nine, so that a test need not look for an hour.</summary>
    private static AvailabilityWish Hours(string zone) => new()
    {
        TimeZone = zone,
        Weekly = [.. Enumerable.Range(1, 7).Select(day => new WeeklyHours(day, "09:00", "21:00"))],
        DurationsMinutes = [25, 50],
        StepMinutes = 30,
        MinimumNoticeMinutes = 0,
    };

    private static IReadOnlyList<object> Events(Decision decision) =>
        decision.IsRefused ? throw new InvalidOperationException($"The sandbox's own people are refused: {decision.Refusal.Code}.") : decision.Events;
}
