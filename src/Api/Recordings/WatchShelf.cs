using Muse.Adapters.Shelf;
using Muse.Domain.Recordings;

namespace Muse.Api.Recordings;

/// <summary>Asks at the start and then each minute whether the bucket opens, for the health page: before a recording finds out.</summary>
public sealed partial class WatchShelf(BucketShelf bucket, TimeProvider time, ILogger<WatchShelf> log) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(1);

    private volatile string _state = "unknown";

    /// <summary><c>ok</c>; <c>unknown</c> before the first answer; else a code of <see cref="ShelfTrouble"/>.</summary>
    public string State => _state;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var clock = new PeriodicTimer(Every, time);
        do
        {
            await Look(stoppingToken);
        }
        while (await clock.WaitForNextTickAsync(stoppingToken));
    }

    internal async Task Look(CancellationToken ct)
    {
        var before = _state;
        try
        {
            await bucket.Check(ct);
            _state = "ok";
        }
        catch (ShelfTrouble trouble)
        {
            _state = trouble.Code;
            if (before != _state) LogTrouble(log, trouble.Code, trouble.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The bucket for recordings does not serve: {Code} ({Detail}); recordings wait on this machine's disk")]
    private static partial void LogTrouble(ILogger log, string code, string detail);
}
