using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace Muse.Bench.Webhooks;

/// <summary>All endpoints' ends, in the measuring process: it says when it saw what. <c>/dead</c> never answers, <c>/slow</c> after three seconds.</summary>
internal sealed class Receiver(WebApplication app) : IAsyncDisposable
{
    /// <summary>Of a bare POST: when it was sent, by the machine's monotonic clock.</summary>
    public const string Sent = "Bench-Sent";

    private static readonly TimeSpan s_slow = TimeSpan.FromSeconds(3);

    private readonly ConcurrentDictionary<string, DateTimeOffset> _seen = new();
    private readonly ConcurrentQueue<double> _bare = new();
    private int _attempts, _again;

    public string Url { get; private set; } = "";

    /// <summary>The dead and the slow one's, too.</summary>
    public int Attempts => _attempts;

    /// <summary>Deliveries that came, each counted once by its <c>webhook-id</c>.</summary>
    public int Arrived => _seen.Count;

    /// <summary>Those that came once more though they were answered.</summary>
    public int Again => _again;

    public static async Task<Receiver> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var receiver = new Receiver(app);
        app.Run(receiver.Take);
        await app.StartAsync();
        receiver.Url = app.Urls.Single();
        return receiver;
    }

    public void Forget()
    {
        _seen.Clear();
        _bare.Clear();
        (_attempts, _again) = (0, 0);
    }

    /// <summary>When a delivery was first seen, by its <c>webhook-id</c>.</summary>
    public IReadOnlyDictionary<string, DateTimeOffset> Seen => _seen;

    /// <summary>Sorted: bare POSTs from sending to sight.</summary>
    public List<double> Bare() => [.. _bare.Order()];

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private async Task Take(HttpContext http)
    {
        var (tick, now) = (Stopwatch.GetTimestamp(), TimeProvider.System.GetUtcNow());
        if (http.Request.Headers[Sent] is [{ } sent])
        {
            _bare.Enqueue(Stopwatch.GetElapsedTime(long.Parse(sent, CultureInfo.InvariantCulture), tick).TotalMilliseconds);
            await http.Request.Body.CopyToAsync(Stream.Null);
            http.Response.StatusCode = StatusCodes.Status204NoContent;
            return;
        }
        Interlocked.Increment(ref _attempts);
        try
        {
            switch (http.Request.Path.Value)
            {
                case "/dead":
                    await Task.Delay(Timeout.Infinite, http.RequestAborted);
                    return;
                case "/slow":
                    await Task.Delay(s_slow, http.RequestAborted);
                    break;
                default:
                    await http.Request.Body.CopyToAsync(Stream.Null);
                    if (!_seen.TryAdd(http.Request.Headers["webhook-id"].ToString(), now)) Interlocked.Increment(ref _again);
                    break;
            }
            http.Response.StatusCode = StatusCodes.Status204NoContent;
        }
        catch (OperationCanceledException)
        {
            // The server gave up, as it should.
        }
    }
}
