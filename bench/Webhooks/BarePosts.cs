using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;

namespace Muse.Bench.Webhooks;

/// <summary>The peer, in a process of its own: a plain HTTP client that posts a body of a delivery's size at the same pace, and keeps nothing.</summary>
internal static class BarePosts
{
    private static readonly byte[] s_body = Encoding.UTF8.GetBytes(
        """{"type":"availability.changed","timestamp":"2026-12-01T08:00:00Z","data":{"tutorId":"019aa7c0-4b1e-7c3a-9f0e-5d2f7a1b3c4f"}}""");

    /// <returns>CPU time that it took.</returns>
    public static async Task<TimeSpan> StartAsync(string url, int posts, int perSecond)
    {
        using var process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, ["bare", url, $"{posts}", $"{perSecond}"]) { RedirectStandardOutput = true })!;
        var said = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return TimeSpan.FromMilliseconds(double.Parse(said, CultureInfo.InvariantCulture));
    }

    public static async Task RunAsync(string url, int posts, int perSecond)
    {
        using var http = new HttpClient { BaseAddress = new Uri(url) };
        // What is compiled and connected once is not what a POST costs.
        for (var i = 0; i < 50; i++) await Post(http, warming: true);
        var cpu = Process.GetCurrentProcess().TotalProcessorTime;
        var (watch, underWay) = (Stopwatch.StartNew(), new List<Task>());
        for (var i = 0; i < posts; i++)
        {
            var early = TimeSpan.FromSeconds((double)i / perSecond) - watch.Elapsed;
            if (early > TimeSpan.Zero) await Task.Delay(early);
            underWay.Add(Post(http, warming: false));
        }
        await Task.WhenAll(underWay);
        Console.WriteLine((Process.GetCurrentProcess().TotalProcessorTime - cpu).TotalMilliseconds);
    }

    private static async Task Post(HttpClient http, bool warming)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, warming ? "/warming" : "/bare") { Content = new ByteArrayContent(s_body) };
        if (!warming) request.Headers.Add(Receiver.Sent, $"{Stopwatch.GetTimestamp()}");
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var answer = await http.SendAsync(request);
    }
}
