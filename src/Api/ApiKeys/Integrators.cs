using FluentValidation;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Muse.Adapters.Postgres;
using Muse.Api.Accounts;
using Muse.Api.Http;
using Muse.Api.Identity;
using Muse.Api.OpenApi;
using Muse.Domain;
using NodaTime;
using Npgsql;

namespace Muse.Api.ApiKeys;

/// <param name="Email">Of an account that is there already.</param>
public sealed record NewIntegrator(string Email);

public sealed record Integrator(Guid PersonId, string DisplayName, string Email);

internal sealed class NewIntegratorRules : AbstractValidator<NewIntegrator>
{
    public NewIntegratorRules() => RuleFor(integrator => integrator.Email).EmailOfAPerson();
}

/// <summary>
/// Who may build on this school: an administrator says so of an account, and takes it back. Asked of the table and not of the token, so that
/// it counts at once.
/// </summary>
public sealed class Integrators(NpgsqlDataSource database)
{
    /// <summary>An integrator, or an administrator.</summary>
    public async Task<bool> May(Guid personId, CancellationToken ct)
    {
        await using var command = database.Command("select 1 from accounts where account_id = $1 and (is_integrator or is_admin)", personId);
        return await command.ExecuteScalarAsync(ct) is not null;
    }

    public static ProblemHttpResult Refuse() => Problems.From(Refusal.Forbidden("This is for integrators; an administrator makes one of an account."));

    public async Task<IReadOnlyList<Integrator>> List(Guid? after, int most, CancellationToken ct)
    {
        await using var command = database.Command("""
            select a.account_id, p.display_name, a.email from accounts a join people p on p.person_id = a.account_id
            where a.is_integrator and ($1::uuid is null or a.account_id > $1) order by a.account_id limit $2
            """, after, most);
        await using var rows = await command.ExecuteReaderAsync(ct);
        var found = new List<Integrator>();
        while (await rows.ReadAsync(ct))
            found.Add(new Integrator(rows.GetGuid(0), rows.GetString(1), rows.GetString(2)));
        return found;
    }

    /// <returns>False when there is no such account.</returns>
    public async Task<bool> Set(Guid personId, bool isIntegrator, CancellationToken ct)
    {
        await using var command = database.Command("update accounts set is_integrator = $2 where account_id = $1", personId, isIntegrator);
        return await command.ExecuteNonQueryAsync(ct) == 1;
    }
}

internal static class IntegratorRoutes
{
    private const string Tag = "API keys";
    private const string Path = "/v1/admin/integrators";

    public static void MapIntegrators(this IEndpointRouteBuilder app)
    {
        app.MapPost(Path, Add).RequireAuthorization(Role.Admin).Validated<NewIntegrator>().Idempotent()
            .Described("addIntegrator", Tag, "Make an integrator of an account", ["not_allowed", "not_found", "wrong_email"], new NewIntegrator("timetable@example.org"));
        app.MapGet(Path, List).RequireAuthorization(Role.Admin).Described("listIntegrators", Tag, "Who is an integrator", ["not_allowed", "malformed_cursor", "out_of_range"]);
        app.MapDelete(Path + "/{personId:guid}", Remove).RequireAuthorization(Role.Admin)
            .Described("removeIntegrator", Tag, "Take it back; all keys of that person are dead at once", ["not_allowed"]);
    }

    private static async Task<Results<Created<Integrator>, ProblemHttpResult>> Add(
        NewIntegrator wanted, UserManager<Account> users, Integrators integrators, People people, CancellationToken ct)
    {
        if (await users.FindByEmailAsync(wanted.Email.Trim()) is not { } account || await people.Of(account.Id, ct) is not { } person)
            return Problems.From(Refusal.NotFound("There is no account with this address; who is to be an integrator signs up first."));
        await integrators.Set(account.Id, true, ct);
        return TypedResults.Created($"{Path}/{account.Id}", new Integrator(account.Id, person.DisplayName, account.Email));
    }

    private static async Task<Results<Ok<Page<Integrator>>, ProblemHttpResult>> List(Integrators integrators, CancellationToken ct, string? after = null, int? limit = null)
    {
        if (Cursor.TryRead<Guid?>(after, out var last) is { } malformed)
            return Problems.From(malformed);
        if (Cursor.Limit(limit, out var most) is { } outside)
            return Problems.From(outside);
        return TypedResults.Ok(Cursor.PageOf(await integrators.List(last, most + 1, ct), most, one => one.PersonId));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Remove(
        Guid personId, Caller caller, Integrators integrators, EventStore store, TimeProvider time, CancellationToken ct)
    {
        // First the role: without it the keys are dead already, one made in this very moment as well.
        if (!await integrators.Set(personId, false, ct))
            return Problems.NotFound();
        await ApiKeyRoutes.Decided(personId, caller, store, ring => ring.RevokeAll(caller.PersonId, Instant.FromDateTimeOffset(time.GetUtcNow())), ct);
        return TypedResults.NoContent();
    }
}
