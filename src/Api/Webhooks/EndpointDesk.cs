using Muse.Adapters.Outgoing;
using Muse.Adapters.Postgres;
using Muse.Adapters.Webhooks;
using Muse.Api.ApiKeys;
using Muse.Api.Feed;
using Muse.Api.Identity;
using Muse.Domain;
using Muse.Domain.Webhooks;
using NodaTime;
using Npgsql;

namespace Muse.Api.Webhooks;

/// <summary>What the routes of endpoints have in common: whose they are, and deciding on one.</summary>
internal sealed class EndpointDesk(EventStore store, EndpointRows rows, EndpointSecrets secrets, Integrators integrators, NamedAddress addresses, TimeProvider time)
{
    private const int MostTries = 5;

    public Instant Now => Instant.FromDateTimeOffset(time.GetUtcNow());

    public async Task<bool> May(Caller caller, CancellationToken ct) => caller.Key is not null || await integrators.May(caller.PersonId, ct);

    /// <summary>Of the caller, and of a key's own world.</summary>
    public Task<IReadOnlyList<EndpointRow>> Of(Caller caller, CancellationToken ct) => rows.Of(caller.PersonId, caller.Key?.IsTest, ct);

    /// <summary>Null when it is not the caller's.</summary>
    public async Task<EndpointRow?> Find(Guid id, Caller caller, CancellationToken ct) =>
        await rows.Find(id, ct) is { } row && row.OwnerId == caller.PersonId && (caller.Key is null || caller.Key.IsTest == row.IsTest)
        && await May(caller, ct) ? row : null;

    /// <summary>Null: they are all of the catalogue.</summary>
    public static Refusal? Unknown(IReadOnlyList<string> types) => types.All(PublicEvents.Types.ContainsKey)
        ? null
        : Refusal.Invalid("unknown_type", "A type is one of those that GET /v1/events tells; docs/events.md lists them.", "/types");

    /// <summary>Null: webhooks may go there, as far as it can be seen now.</summary>
    public Task<Refusal?> WhyNot(string url, CancellationToken ct) => addresses.WhyNot(url, "/url", ct);

    public async Task<Refusal?> Make(Guid id, WantedEndpoint wanted, WebhookSecret secret, Caller caller, CancellationToken ct)
    {
        var isTest = caller.Key?.IsTest ?? wanted.Test ?? false;
        if (wanted.Test is { } world && world != isTest)
            return Refusal.Invalid("wrong_world", "A test key makes endpoints of its sandbox, a live key live ones.", "/test");
        if ((Unknown(wanted.Types ?? []) ?? await WhyNot(wanted.Url, ct)) is { } wrong)
            return wrong;
        await using var session = store.OpenSession(caller.As(Role.Integrator));
        session.StartStream<WebhookEndpoint>(id, [.. WebhookEndpoint.Make(id, caller.PersonId, isTest, wanted.Url, wanted.Types ?? [], Now).Events]);
        session.Before(async (connection, cancel) =>
        {
            // One integrator's endpoints are counted by one at a time.
            await using (var alone = connection.Command("select pg_advisory_xact_lock(hashtext('webhook_endpoints'), hashtext($1))", caller.PersonId.ToString()))
                await alone.ExecuteNonQueryAsync(cancel);
            await using var count = connection.Command("select count(*) from webhook_endpoints where owner_id = $1", caller.PersonId);
            if ((long)(await count.ExecuteScalarAsync(cancel))! >= WebhookEndpoint.Most)
                throw new Refused(new Refusal("too_many_endpoints", $"At most {WebhookEndpoint.Most} endpoints of one integrator; remove one first."));
        });
        session.After((connection, cancel) => secrets.Keep(connection, id, secret, cancel));
        await session.SaveChangesAsync(ct);
        return null;
    }

    /// <summary>Whoever sent no <c>If-Match</c> decides again when somebody else was faster.</summary>
    /// <param name="seen">The version of <c>If-Match</c>.</param>
    /// <param name="after">In the same transaction, when something is written.</param>
    public async Task<Refusal?> Decided(
        Guid id, Actor by, long? seen, Func<WebhookEndpoint, Decision> decide, CancellationToken ct, Func<NpgsqlConnection, CancellationToken, Task>? after = null)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                await using var session = store.OpenSession(by);
                var stream = seen is { } version ? await session.FetchForWriting<WebhookEndpoint>(id, version, ct) : await session.FetchForWriting<WebhookEndpoint>(id, ct);
                if (stream.Aggregate is not { } endpoint)
                    return Refusal.NotFound();
                var decision = decide(endpoint);
                if (decision.IsRefused)
                    return decision.Refusal;
                if (decision.ChangesNothing)
                    return null;
                stream.AppendMany(decision.Events);
                if (after is not null)
                    session.After(after);
                await session.SaveChangesAsync(ct);
                return null;
            }
            catch (StaleVersion) when (seen is null && tries < MostTries)
            {
            }
        }
    }
}
