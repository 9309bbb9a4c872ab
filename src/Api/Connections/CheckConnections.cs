using Muse.Api.Clock;
using Muse.Domain.Meetings;
using NodaTime;

namespace Muse.Api.Connections;

/// <summary>
/// Refreshes the connection of every tutor who has a lesson within a day, and each other one weekly: so that a dead one is found, told and
/// replaced before the lesson and not during it. (Zoom and Google also let a consent lapse that nobody uses for months.)
/// </summary>
internal sealed partial class CheckConnections(TutorAccounts accounts, ConnectionRows rows, TimeProvider time, ILogger<CheckConnections> log)
    : ClockJob(TimeSpan.FromMinutes(15), time, log)
{
    private static readonly Duration Ahead = Duration.FromHours(24);
    private static readonly Duration BeforeLesson = Duration.FromHours(6);
    private static readonly Duration AtAll = Duration.FromDays(7);
    private const int AtOnce = 4;
    private const int Most = 500;

    protected override Task Round(CancellationToken ct) => Run(ct);

    public async Task Run(CancellationToken ct)
    {
        var due = await rows.ToCheck(Now, Now + Ahead, Now - BeforeLesson, Now - AtAll, Most, ct);
        await Parallel.ForEachAsync(due, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = ct }, async (row, cancel) =>
        {
            try
            {
                await accounts.Check(row, cancel);
            }
            catch (ProviderTrouble trouble)
            {
                // Found again by the next round.
                LogTrouble(log, row.Provider, trouble.Code);
            }
        });
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A connection at {Provider} cannot be checked now: {Code}")]
    private static partial void LogTrouble(ILogger log, string provider, string code);
}
