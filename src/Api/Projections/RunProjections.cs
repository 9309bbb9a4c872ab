using Muse.Adapters.Postgres;

namespace Muse.Api.Projections;

/// <summary>Keeps the async projections up with the log for as long as the server runs.</summary>
internal sealed class RunProjections(ProjectionRunner runner) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => runner.Run(stoppingToken);
}
