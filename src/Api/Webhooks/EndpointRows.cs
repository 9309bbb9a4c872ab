using Muse.Adapters.Postgres;
using Muse.Domain.Sandboxes;
using Muse.Domain.Webhooks;
using NodaTime;
using Npgsql;

namespace Muse.Api.Webhooks;

/// <summary>One row of <c>webhook_endpoints</c>.</summary>
/// <param name="Disabled">One of <see cref="WebhookDisabled"/>; null while it is sent to.</param>
/// <param name="FailingSince">Nothing was taken since.</param>
public sealed record EndpointRow(
    Guid Id, Guid OwnerId, bool IsTest, string Url, IReadOnlyList<string> Types, Instant MadeAt, Instant? OldUntil, string? Disabled, Instant? DisabledAt,
    Instant? FailingSince, long Version);

/// <summary>The table <c>webhook_endpoints</c>, inline: what is made is sent to at once.</summary>
public sealed class EndpointRows(NpgsqlDataSource database) : IProjection
{
    private const string Select = """
        select e.endpoint_id, e.owner_id, e.sandbox is not null, e.url, e.types, e.made_at, e.old_until, e.disabled, e.disabled_at, p.failing_since, e.version
        from webhook_endpoints e left join webhook_paces p on p.endpoint_id = e.endpoint_id
        """;

    public string Name => "webhook_endpoints";

    public int Version => 1;

    public ProjectionLifecycle Lifecycle => ProjectionLifecycle.Inline;

    public IReadOnlyCollection<string> EventTypes { get; } =
    [
        "webhook_endpoint_made", "webhook_endpoint_changed", "webhook_endpoint_secret_rotated", "webhook_endpoint_disabled", "webhook_endpoint_enabled",
        "webhook_endpoint_removed",
    ];

    public IReadOnlyList<string> Tables { get; } = ["webhook_endpoints"];

    public void Apply(IEvent e, NpgsqlBatch batch)
    {
        switch (e.Data)
        {
            case WebhookEndpointMade made:
                batch.Write("""
                    insert into webhook_endpoints (endpoint_id, owner_id, made_seq, sandbox, url, types, made_at, version) values ($1, $2, $3, $4, $5, $6, $7, $8)
                    """, made.EndpointId, made.OwnerId, e.Sequence, made.IsTest ? SandboxId.PatternOf(made.OwnerId) : null, made.Url, made.Types.ToArray(), made.At, e.Version);
                break;
            case WebhookEndpointChanged changed:
                batch.Write("update webhook_endpoints set url = $2, types = $3, version = $4 where endpoint_id = $1",
                    changed.EndpointId, changed.Url, changed.Types.ToArray(), e.Version);
                break;
            case WebhookEndpointSecretRotated rotated:
                batch.Write("update webhook_endpoints set old_until = $2, version = $3 where endpoint_id = $1", rotated.EndpointId, rotated.OldUntil, e.Version);
                break;
            case WebhookEndpointDisabled disabled:
                batch.Write("update webhook_endpoints set disabled = $2, disabled_at = $3, version = $4 where endpoint_id = $1",
                    disabled.EndpointId, disabled.Because, disabled.At, e.Version);
                break;
            case WebhookEndpointEnabled enabled:
                batch.Write("update webhook_endpoints set disabled = null, disabled_at = null, version = $2 where endpoint_id = $1", enabled.EndpointId, e.Version);
                break;
            case WebhookEndpointRemoved removed:
                batch.Write("delete from webhook_endpoints where endpoint_id = $1", removed.EndpointId);
                break;
            default:
                throw new InvalidOperationException($"{e.EventTypeName} is not applied to webhook_endpoints.");
        }
    }

    public async Task<EndpointRow?> Find(Guid id, CancellationToken ct) =>
        await Read(database.Command(Select + " where e.endpoint_id = $1", id), ct) is [var row] ? row : null;

    /// <summary>Oldest first; there are few of a person.</summary>
    /// <param name="isTest">Null: both.</param>
    public Task<IReadOnlyList<EndpointRow>> Of(Guid ownerId, bool? isTest, CancellationToken ct) => Read(database.Command(
        Select + " where e.owner_id = $1 and ($2::boolean is null or (e.sandbox is not null) = $2) order by e.made_at, e.endpoint_id", ownerId, isTest), ct);

    private static async Task<IReadOnlyList<EndpointRow>> Read(NpgsqlCommand command, CancellationToken ct)
    {
        await using (command)
        {
            await using var rows = await command.ExecuteReaderAsync(ct);
            var found = new List<EndpointRow>();
            Instant? At(int column) => rows.IsDBNull(column) ? null : rows.Instant(column);
            while (await rows.ReadAsync(ct))
                found.Add(new EndpointRow(
                    rows.GetGuid(0), rows.GetGuid(1), rows.GetBoolean(2), rows.GetString(3), rows.GetFieldValue<string[]>(4), rows.Instant(5), At(6),
                    rows.IsDBNull(7) ? null : rows.GetString(7), At(8), At(9), rows.GetInt64(10)));
            return found;
        }
    }
}
