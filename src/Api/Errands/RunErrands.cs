using Muse.Adapters.Postgres;

namespace Muse.Api.Errands;

/// <summary>The worker: runs errands for as long as the server runs.</summary>
internal sealed class RunErrands(ErrandRunner runner) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => runner.Run(stoppingToken);
}
