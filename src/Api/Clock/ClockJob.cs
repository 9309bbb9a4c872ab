using NodaTime;

namespace Muse.Api.Clock;

/// <summary>
/// A verb of the clock: its round runs at the start and then every so often, for as long as the server runs. A round that fails is logged and
/// its work found again by the next one, so a round asks the database what is due and keeps nothing of its own.
/// </summary>
public abstract partial class ClockJob(TimeSpan every, TimeProvider time, ILogger log) : BackgroundService
{
    protected abstract Task Round(CancellationToken ct);

    protected Instant Now => Instant.FromDateTimeOffset(time.GetUtcNow());

    protected sealed override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var clock = new PeriodicTimer(every, time);
        try
        {
            do
            {
                try
                {
                    await Round(stoppingToken);
                }
                catch (Exception failed) when (!stoppingToken.IsCancellationRequested)
                {
                    LogFailed(log, GetType().Name, every, failed);
                }
            }
            while (await clock.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The server stops.
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Job} failed; again in {Every}")]
    private static partial void LogFailed(ILogger log, string job, TimeSpan every, Exception exception);
}
