using Muse.Adapters.Postgres;
using NodaTime;
using Npgsql;

namespace Muse.Adapters.Zoom;

/// <summary>
/// What a host has used of the creations and changes that Zoom grants in a day of UTC. Counted here and kept over restarts, so that Zoom's limit
/// is respected before it bites and the last of the day are left for moving lessons that people already know.
/// </summary>
public sealed class ZoomBudget(NpgsqlDataSource database, ZoomOptions options, TimeProvider time)
{
    private static readonly Duration Midnight = Duration.FromMinutes(10);

    /// <summary>False: the rest of the day is kept for changes.</summary>
    public Task<bool> TakeCreation(ZoomHost host, CancellationToken ct) => Take(host, options.WritesPerDay - options.WritesKeptForMoves, ct);

    /// <summary>False: nothing is left today.</summary>
    public Task<bool> TakeChange(ZoomHost host, CancellationToken ct) => Take(host, options.WritesPerDay, ct);

    /// <summary>Zoom says that nothing is left: another program uses the host as well.</summary>
    public async Task Exhaust(ZoomHost host, CancellationToken ct)
    {
        // Zoom's clock may still be in the day that has just ended for ours.
        if (Now.InUtc().TimeOfDay < LocalTime.Midnight.PlusMinutes((long)Midnight.TotalMinutes)) return;
        await using var command = database.Command("""
            insert into zoom_writes (host, day, used) values ($1, $2, $3)
            on conflict (host, day) do update set used = greatest(zoom_writes.used, excluded.used)
            """, host.BudgetKey, Today, options.WritesPerDay);
        await command.ExecuteNonQueryAsync(ct);
    }

    private async Task<bool> Take(ZoomHost host, int most, CancellationToken ct)
    {
        await using var command = database.Command("""
            insert into zoom_writes (host, day, used) values ($1, $2, 1)
            on conflict (host, day) do update set used = zoom_writes.used + 1 where zoom_writes.used < $3
            returning used
            """, host.BudgetKey, Today, most);
        if (await command.ExecuteScalarAsync(ct) is not int used) return false;
        if (used == 1) await ForgetOldDays(ct);
        return true;
    }

    private async Task ForgetOldDays(CancellationToken ct)
    {
        await using var command = database.Command("delete from zoom_writes where day < $1", Today.PlusDays(-2));
        await command.ExecuteNonQueryAsync(ct);
    }

    private Instant Now => Instant.FromDateTimeOffset(time.GetUtcNow());

    private LocalDate Today => Now.InUtc().Date;
}
