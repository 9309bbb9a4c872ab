using Muse.Api.Clock;
using NodaTime;

namespace Muse.Api.Webhooks;

/// <summary>Hourly: forgets deliveries of long ago.</summary>
internal sealed class ForgetDeliveries(DeliveryRows rows, TimeProvider time, ILogger<ForgetDeliveries> log) : ClockJob(TimeSpan.FromHours(1), time, log)
{
    public static readonly Duration Kept = Duration.FromDays(30);

    protected override Task Round(CancellationToken ct) => rows.Forget(Now - Kept, ct);
}
