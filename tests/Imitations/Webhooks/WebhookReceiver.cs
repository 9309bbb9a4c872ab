using System.Collections.Concurrent;

namespace Muse.Imitations.Webhooks;

/// <summary>An integrator's end of a webhook: it keeps every attempt as it came and answers by script.</summary>
public sealed class WebhookReceiver : Imitation
{
    private readonly ConcurrentQueue<Reaction> _script = new();

    public override string Title => "A receiver of webhooks";

    protected override int MostSeen => 1_000_000;

    /// <summary>Where it takes deliveries, whatever the path behind it.</summary>
    public string Url => Address;

    public int Port => new Uri(Address).Port;

    /// <summary>Every delivery that arrived, oldest first, whatever came of it.</summary>
    public IReadOnlyCollection<SeenRequest> Attempts => Seen;

    /// <summary>What becomes of a delivery for which the script says nothing.</summary>
    public Reaction Otherwise { get; set; } = Reaction.Takes;

    /// <summary>The next deliveries are answered so, one each.</summary>
    public void Answer(params IEnumerable<Reaction> script)
    {
        foreach (var reaction in script) _script.Enqueue(reaction);
    }

    protected override void Map(WebApplication app) =>
        app.MapFallback(http => (_script.TryDequeue(out var next) ? next : Otherwise).Show(http));

    protected override Task Refuse(HttpContext http, Fault fault)
    {
        http.Response.StatusCode = fault switch
        {
            Fault.Unauthorized => StatusCodes.Status401Unauthorized,
            Fault.TooMany or Fault.TooManyWithWait => StatusCodes.Status429TooManyRequests,
            Fault.BadGateway => StatusCodes.Status502BadGateway,
            _ => StatusCodes.Status500InternalServerError,
        };
        if (fault is Fault.TooManyWithWait) http.Response.Headers.RetryAfter = "30";
        return Task.CompletedTask;
    }
}
