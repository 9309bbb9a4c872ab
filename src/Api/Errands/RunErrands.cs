using Muse.Adapters.Postgres;
using NodaTime;

namespace Muse.Api.Errands;

/// <summary>The worker: runs errands for as long as the server runs, and forgets the done ones in time.</summary>
internal sealed class RunErrands(ErrandRunner runner, ErrandQueue queue, TimeProvider time, ILogger<RunErrands> log) : BackgroundService
{
    private static readonly Duration KeepDone = Duration.FromDays(7);
    // Providers deliver a webhook again for some days at most (Zoom: 3 times within hours); a month is ample.
    private static readonly Duration KeepReceived = Duration.FromDays(30);
    private static readonly TimeSpan Sweep = TimeSpan.FromHours(1);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(runner.Run(stoppingToken), Forget(stoppingToken));

    private async Task Forget(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(Sweep, time);
        try
        {
            do
            {
                try
                {
                    await queue.Forget(KeepDone, KeepReceived, ct);
                }
                catch (Npgsql.NpgsqlException e)
                {
                    log.LogWarning(e, "Old errands were not deleted; again in an hour");
                }
            }
            while (await timer.WaitForNextTickAsync(ct));
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // The server stops.
        }
    }
}
