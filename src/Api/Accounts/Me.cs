using System.Text.Json.Serialization;
using FluentValidation;
using Microsoft.AspNetCore.Http.HttpResults;
using Muse.Adapters.Postgres;
using Muse.Api.Http;
using Muse.Api.Identity;
using Muse.Api.Meetings;
using Muse.Api.OpenApi;
using Muse.Domain;
using Npgsql;

namespace Muse.Api.Accounts;

public sealed record ChildOfMine(Guid StudentId, Guid PersonId, string DisplayName, string TimeZone, string Country);

public sealed record MyAccount(
    Guid Id,
    string DisplayName,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Email,
    IReadOnlyList<string> Roles,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Guid? TutorId,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Guid? StudentId,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Guid? GuardianId,
    string Country,
    string TimeZone,
    string Locale,
    IReadOnlyList<ChildOfMine> Children);

/// <summary>Members left out stay as they are.</summary>
public sealed record MyChanges(string? DisplayName = null, string? Country = null, string? TimeZone = null, string? Locale = null);

internal sealed class MyChangesRules : AbstractValidator<MyChanges>
{
    public MyChangesRules()
    {
        When(change => change.DisplayName is not null, () => RuleFor(change => change.DisplayName!).DisplayName());
        When(change => change.Country is not null, () => RuleFor(change => change.Country!).Country());
        When(change => change.TimeZone is not null, () => RuleFor(change => change.TimeZone!).TimeZone());
        When(change => change.Locale is not null, () => RuleFor(change => change.Locale!).Locale());
    }
}

internal static class Me
{
    public static void MapMe(this IEndpointRouteBuilder app)
    {
        app.MapGet("/v1/me", Read)
            .Described("getMe", "Accounts", "The caller: name, zone, roles, children");
        app.MapPatch("/v1/me", Change)
            .Validated<MyChanges>()
            .Described("changeMe", "Accounts", "Changes the caller's name, country, zone or language",
                ["precondition_required", "version_mismatch", "guardian_needed", .. PersonRules.NameCodes, "unknown_country", "unknown_time_zone", "unknown_locale"],
                new MyChanges(TimeZone: "Europe/London"));
    }

    private static async Task<Results<Ok<MyAccount>, ProblemHttpResult>> Read(
        Caller caller, HttpContext http, NpgsqlDataSource database, People people, CancellationToken ct)
    {
        if (await Find(caller, database, people, ct) is not var (me, version))
            return Problems.NotFound();
        ETags.Put(http, version);
        return TypedResults.Ok(me);
    }

    private static async Task<Results<Ok<MyAccount>, ProblemHttpResult>> Change(
        MyChanges request, Caller caller, IfMatch seen, HttpContext http, EventStore store, NpgsqlDataSource database, People people, LookAfterMove meetings,
        CancellationToken ct)
    {
        if (await people.Of(caller.PersonId, ct) is not { } before)
            return Problems.NotFound();
        await using var session = store.OpenSession(Actor.Server("meetings"));
        if (request.Country is { } country && country != before.Country)
        {
            // By which law a child's lessons are held is for who answers for the child.
            if (caller.IsChildsDevice)
                return Problems.From(new Refusal("guardian_needed", "Where the child lives is for a guardian to say.") { Kind = RefusalKind.Forbidden });
            await meetings.Schedule(session, [caller.TutorId, caller.StudentId], before.Country, country, ct);
        }
        session.Before((connection, cancel) => PeopleRows.Update(
            connection, caller.PersonId, seen.Version, request.DisplayName, request.Country, request.TimeZone, request.Locale, cancel));
        await session.SaveChangesAsync(ct);
        return await Read(caller, http, database, people, ct);
    }

    private static async Task<(MyAccount Me, long Version)?> Find(Caller caller, NpgsqlDataSource database, People people, CancellationToken ct)
    {
        var children = await people.ByRole([.. caller.Children], ct);
        await using var command = database.Command("""
            select p.display_name, a.email, p.country, p.time_zone, p.locale, p.version
            from people p left join accounts a on a.account_id = p.person_id where p.person_id = $1
            """, caller.PersonId);
        await using var rows = await command.ExecuteReaderAsync(ct);
        if (!await rows.ReadAsync(ct))
            return null;
        return (new MyAccount(
            caller.PersonId,
            rows.GetString(0),
            await rows.IsDBNullAsync(1, ct) ? null : rows.GetString(1),
            [.. caller.Roles.Order(StringComparer.Ordinal)],
            caller.TutorId,
            caller.StudentId,
            caller.GuardianId,
            rows.GetString(2),
            rows.GetString(3),
            rows.GetString(4),
            [.. children.OrderBy(child => child.Key).Select(child =>
                new ChildOfMine(child.Key, child.Value.PersonId, child.Value.DisplayName, child.Value.TimeZone, child.Value.Country))]), rows.GetInt64(5));
    }
}
