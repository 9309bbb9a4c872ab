using Muse.Adapters.Postgres;
using Muse.Api.Clock;
using NodaTime;

namespace Muse.Api.Errands;

/// <summary>Hourly: forgets errands that are done, and what was received long ago.</summary>
internal sealed class ForgetErrands(ErrandQueue queue, TimeProvider time, ILogger<ForgetErrands> log)
    : ClockJob(TimeSpan.FromHours(1), time, log)
{
    private static readonly Duration KeepDone = Duration.FromDays(7);
    // Providers deliver a webhook again for some days at most (Zoom: 3 times within hours); a month is ample.
    private static readonly Duration KeepReceived = Duration.FromDays(30);

    protected override Task Round(CancellationToken ct) => queue.Forget(KeepDone, KeepReceived, ct);
}
