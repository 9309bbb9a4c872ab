using Muse.Adapters.Postgres;
using Muse.Domain.Webhooks;
using NodaTime;

namespace Muse.Api.Webhooks;

/// <summary>The workers: one hands events to endpoints, the other posts what is due, many at once, each outside any transaction.</summary>
internal sealed partial class DeliverWebhooks(
    FanOut fanOut, DeliveryRows rows, PostWebhook post, EndpointDesk desk, EventStore store, ILogger<DeliverWebhooks> log) : BackgroundService
{
    private const int AtOnce = 256;

    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan AfterTrouble = TimeSpan.FromSeconds(2);

    /// <summary>An endpoint that said "too much" and not for how long.</summary>
    private static readonly Duration LeftAlone = Duration.FromSeconds(5);

    private readonly CommitSignal _handed = new();

    /// <summary>Something became due: look now.</summary>
    public void Look() => _handed.Raise();

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(HandOut(stoppingToken), Post(stoppingToken));

    private async Task HandOut(CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            try
            {
                var projected = store.Projected.Next;
                if (await fanOut.Round(ct))
                    _handed.Raise();
                else
                    await Task.WhenAny(projected, Task.Delay(Poll, ct));
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                await Trouble(e, ct);
            }
        }
    }

    private async Task Post(CancellationToken ct)
    {
        var underWay = new List<Task>();
        while (!ct.IsCancellationRequested)
        {
            try
            {
                var handed = _handed.Next;
                underWay.RemoveAll(task => task.IsCompleted);
                var room = AtOnce - underWay.Count;
                // Taking is not cut short: it could be committed already, and then nobody would know what to give back before the lease ends.
                var taken = room == 0 ? [] : await rows.Take(room, desk.Now, CancellationToken.None);
                underWay.AddRange(taken.Select(delivery => One(delivery, ct)));
                if (taken.Count > 0 && room > taken.Count)
                    continue;
                var pause = underWay.Count > 0 ? Poll : await rows.UntilNext(desk.Now, Poll, ct);
                await Task.WhenAny([handed, Task.Delay(pause, ct), .. underWay]);
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                break;
            }
            catch (Exception e)
            {
                await Trouble(e, ct);
            }
        }
        await Task.WhenAll(underWay);
    }

    private async Task One(Taken delivery, CancellationToken ct)
    {
        try
        {
            var attempt = await post.Try(delivery, ct);
            await Settle(delivery, attempt);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            await Quietly(() => rows.Released(delivery, CancellationToken.None), delivery);
        }
        catch (Exception e)
        {
            // The lease runs out and it is taken again, with the same id.
            LogUnsettled(log, e, delivery.Id);
        }
    }

    private async Task Settle(Taken delivery, Attempt attempt)
    {
        if (attempt.IsTaken)
        {
            await rows.Delivered(delivery, attempt, CancellationToken.None);
            return;
        }
        var asked = attempt.IsThrottle ? attempt.RetryAfter : null;
        var pause = attempt.IsGone ? null : RetryLadder.After(delivery.Round, Random.Shared.NextDouble(), asked);
        Instant? pausedUntil = attempt.IsThrottle ? attempt.EndedAt + Duration.Min(asked ?? LeftAlone, RetryLadder.LongestWait) : null;
        await rows.Failed(delivery, attempt, attempt.EndedAt + pause, pausedUntil, CancellationToken.None);
        if (attempt.IsGone)
            await Disable(delivery.EndpointId, WebhookDisabled.Gone);
        else if (attempt.At - await rows.FailingSince(delivery.EndpointId, CancellationToken.None) >= WebhookEndpoint.Patience)
            await Disable(delivery.EndpointId, WebhookDisabled.Failing);
    }

    private async Task Disable(Guid endpointId, string because)
    {
        LogDisabled(log, endpointId, because);
        await desk.Decided(endpointId, Actor.Server("webhooks"), null, endpoint => endpoint.Disable(because, null, desk.Now), CancellationToken.None,
            (connection, ct) => DeliveryRows.GiveUp(connection, endpointId, desk.Now, ct));
    }

    private async Task Quietly(Func<Task> settle, Taken delivery)
    {
        try
        {
            await settle();
        }
        catch (Exception e)
        {
            LogUnsettled(log, e, delivery.Id);
        }
    }

    private async Task Trouble(Exception e, CancellationToken ct)
    {
        LogTrouble(log, e);
        await Task.Delay(AfterTrouble, ct).ContinueWith(_ => { }, TaskScheduler.Default);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Webhook endpoint {EndpointId} is disabled: {Because}")]
    private static partial void LogDisabled(ILogger log, Guid endpointId, string because);

    [LoggerMessage(Level = LogLevel.Error, Message = "Webhook delivery {Id} could not be settled; it will be tried again when its lease ends")]
    private static partial void LogUnsettled(ILogger log, Exception e, Guid id);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Webhooks cannot be sent now")]
    private static partial void LogTrouble(ILogger log, Exception e);
}
