using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Muse.Bench.Webhooks;

/// <summary>All endpoints' ends, in the measuring process: it says when it saw what. <c>/dead</c> never answers, <c>/slow</c> after three seconds.</summary>
internal sealed class Receiver(WebApplication app) : IAsyncDisposable
{
    /// <summary>Of a bare POST: when it was sent, by the machine's monotonic clock.</summary>
    public const string Sent = "Bench-Sent";

    private static readonly TimeSpan s_slow = TimeSpan.FromSeconds(3);

    private readonly ConcurrentDictionary<(string Path, Guid Lesson), long> _seen = new();
    private readonly ConcurrentDictionary<Guid, long> _committed = new();
    private readonly ConcurrentQueue<double> _bare = new();
    private int _attempts;

    public string Url { get; private set; } = "";

    /// <summary>The dead and the slow one's, too.</summary>
    public int Attempts => _attempts;

    public int Arrived => _seen.Count;

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
        _committed.Clear();
        _bare.Clear();
        _attempts = 0;
    }

    public void Committed(Guid lesson, long at) => _committed[lesson] = at;

    /// <summary>Sorted: from commit to first sight, or of bare POSTs from sending to sight. What is seen before the commit has returned counts as 0.</summary>
    public List<double> Milliseconds() =>
    [
        .. _seen.Where(seen => _committed.ContainsKey(seen.Key.Lesson))
            .Select(seen => Math.Max(0, Stopwatch.GetElapsedTime(_committed[seen.Key.Lesson], seen.Value).TotalMilliseconds)).Concat(_bare).Order(),
    ];

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private async Task Take(HttpContext http)
    {
        var now = Stopwatch.GetTimestamp();
        if (http.Request.Headers[Sent] is [{ } sent])
        {
            _bare.Enqueue(Stopwatch.GetElapsedTime(long.Parse(sent, CultureInfo.InvariantCulture), now).TotalMilliseconds);
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
                case { } path:
                    using (var body = await JsonDocument.ParseAsync(http.Request.Body))
                        _seen.TryAdd((path, body.RootElement.GetProperty("data").GetProperty("lessonId").GetGuid()), now);
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
