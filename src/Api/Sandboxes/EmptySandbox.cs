using Muse.Adapters.Postgres;
using Muse.Api.Bookings;
using Muse.Api.Identity;
using Muse.Api.Imports;
using Muse.Domain.Sandboxes;
using Npgsql;

namespace Muse.Api.Sandboxes;

/// <summary>
/// Calls off what was booked for the sandbox's tutors and forgets its people. Repeatable: whatever a broken run left is done by the next.
/// </summary>
internal sealed class EmptySandbox(EventStore store, NpgsqlDataSource database, BookingDesk desk)
{
    private const int MostTries = 5;

    public async Task Of(Caller caller, CancellationToken ct)
    {
        await using var session = store.OpenSession(caller.As(Role.Integrator));
        var stream = await session.FetchForWriting<Sandbox>(SandboxRoutes.StreamOf(caller.PersonId), ct);
        if (stream.Aggregate is not { } sandbox || sandbox.IsEmpty())
            return;
        // Whoever owns the sandbox acts in it, by a key or signed in.
        var owner = caller.Key is { IsTest: true } ? caller : caller with { Key = new KeyUse(Guid.Empty, new HashSet<string>(), true) };
        foreach (var booking in await Coming([.. sandbox.People.Select(person => person.RoleId)], ct))
            await CallOff(booking, owner, ct);
        var emptied = sandbox.MakeEmpty(caller.PersonId, desk.Now);
        stream.AppendMany(emptied.Events);
        session.After(async (connection, cancel) =>
        {
            var persons = sandbox.People.Select(person => person.PersonId).ToArray();
            foreach (var table in new[] { "person_keys", "people" })
            {
                await using var forget = connection.Command($"delete from {table} where person_id = any($1)", persons);
                await forget.ExecuteNonQueryAsync(cancel);
            }
            await using var introductions = connection.Command(
                "delete from introductions where tutor_id = any($1)", sandbox.People.Select(person => person.RoleId).ToArray());
            await introductions.ExecuteNonQueryAsync(cancel);
            await ImportedPeople.ForgetSandbox(connection, caller.PersonId, cancel);
        });
        await session.SaveChangesAsync(ct);
    }

    private async Task<List<Guid>> Coming(Guid[] tutors, CancellationToken ct)
    {
        await using var command = database.Command(
            "select id from bookings where tutor_id = any($1) and state in ('requested', 'confirmed') and start_at > $2", tutors, desk.Now);
        await using var rows = await command.ExecuteReaderAsync(ct);
        var found = new List<Guid>();
        while (await rows.ReadAsync(ct))
            found.Add(rows.GetGuid(0));
        return found;
    }

    // What expired or began in this moment refuses, and stays as it is.
    private async Task CallOff(Guid booking, Caller owner, CancellationToken ct)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                await using var on = await desk.LayOut(booking, owner, ct);
                if (on is null || await CancelBooking.CallOff(on, desk.Now, ct) is { IsRefused: true } or { ChangesNothing: true })
                    return;
                await on.Session.SaveChangesAsync(ct);
                return;
            }
            catch (StaleVersion) when (tries < MostTries)
            {
            }
        }
    }
}
