using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.HttpResults;
using Muse.Adapters.Postgres;
using Muse.Api.ApiKeys;
using Muse.Api.Http;
using Muse.Api.Identity;
using Muse.Api.OpenApi;
using Muse.Domain;
using Muse.Domain.ApiKeys;
using Muse.Domain.Sandboxes;

namespace Muse.Api.Sandboxes;

public sealed record SandboxTutor(Guid TutorId, string DisplayName, string TimeZone);

/// <param name="GuardianId">Of a child.</param>
public sealed record SandboxStudent(
    Guid StudentId, string DisplayName, string TimeZone, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Guid? GuardianId);

public sealed record SandboxView(IReadOnlyList<SandboxTutor> Tutors, IReadOnlyList<SandboxStudent> Students);

/// <summary>An integrator's own sandbox, by a test key or signed in.</summary>
public static class SandboxRoutes
{
    private const string Tag = "Sandbox";
    private const string Path = "/v1/sandbox";
    private const int MostTries = 5;

    public static IServiceCollection AddSandboxes(this IServiceCollection services) => services
        .AddSingleton<FillSandbox>()
        .AddSingleton<EmptySandbox>();

    public static void MapSandboxes(this IEndpointRouteBuilder app)
    {
        app.MapPost(Path, Fill).Idempotent().ForKeys(ApiScope.SandboxManage)
            .Described("fillSandbox", Tag, "Invent tutors with hours and students; a full sandbox stays as it is", ["not_allowed", "test_key_needed"]);
        app.MapGet(Path, Read).ForKeys(ApiScope.SandboxManage).Described("getSandbox", Tag, "Who is in the sandbox", ["not_allowed", "test_key_needed"]);
        app.MapDelete(Path, Empty).ForKeys(ApiScope.SandboxManage)
            .Described("emptySandbox", Tag, "Call off what was booked in the sandbox and forget its people", ["not_allowed", "test_key_needed"]);
    }

    public static Guid StreamOf(Guid ownerId) => NameBasedId.From(ownerId, "sandbox");

    private static async Task<Results<Ok<SandboxView>, ProblemHttpResult>> Fill(
        Caller caller, Integrators integrators, FillSandbox fill, People people, CancellationToken ct)
    {
        if (await Refuse(caller, integrators, ct) is { } refused)
            return refused;
        for (var tries = 1; ; tries++)
        {
            try
            {
                return TypedResults.Ok(await View(await fill.Of(caller.PersonId, caller.As(Role.Integrator), ct), people, ct));
            }
            catch (Exception raced) when (raced is StaleVersion or StreamExists && tries < MostTries)
            {
            }
        }
    }

    private static async Task<Results<Ok<SandboxView>, ProblemHttpResult>> Read(
        Caller caller, Integrators integrators, EventStore store, People people, CancellationToken ct)
    {
        if (await Refuse(caller, integrators, ct) is { } refused)
            return refused;
        await using var session = store.OpenSession();
        var sandbox = await session.AggregateStreamAsync<Sandbox>(StreamOf(caller.PersonId), ct) ?? Sandbox.Empty(StreamOf(caller.PersonId), caller.PersonId);
        return TypedResults.Ok(await View(sandbox, people, ct));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Empty(Caller caller, Integrators integrators, EmptySandbox empty, CancellationToken ct)
    {
        if (await Refuse(caller, integrators, ct) is { } refused)
            return refused;
        await empty.Of(caller, ct);
        return TypedResults.NoContent();
    }

    private static async Task<ProblemHttpResult?> Refuse(Caller caller, Integrators integrators, CancellationToken ct) =>
        caller.Key is { IsTest: false } ? Problems.From(new Refusal("test_key_needed", "A live key never sees the sandbox; use a test key.") { Kind = RefusalKind.Forbidden })
        : await integrators.May(caller.PersonId, ct) ? null : Integrators.Refuse();

    private static async Task<SandboxView> View(Sandbox sandbox, People people, CancellationToken ct)
    {
        var known = await people.ByRole([.. sandbox.People.Select(person => person.RoleId)], ct);
        Guid? guardian = null;
        foreach (var person in sandbox.People.Where(person => person.Kind == Role.Guardian))
            guardian = person.RoleId;
        // Of whom there is a birth date is no child yet: an imported student is of an age to act alone.
        var children = guardian is { } parent ? await people.ChildrenOf(parent, ct) : new HashSet<Guid>();
        var there = sandbox.People.Where(person => known.ContainsKey(person.RoleId)).Select(person => (person.RoleId, person.Kind, Who: known[person.RoleId])).ToArray();
        return new SandboxView(
            [.. there.Where(one => one.Kind == Role.Tutor).Select(one => new SandboxTutor(one.RoleId, one.Who.DisplayName, one.Who.TimeZone))],
            [.. there.Where(one => one.Kind == Role.Student).Select(one => new SandboxStudent(
                one.RoleId, one.Who.DisplayName, one.Who.TimeZone, children.Contains(one.RoleId) ? guardian : null))]);
    }
}
