using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;

namespace Muse.SelfHostedMedia.Tests.Browser;

/// <summary>A real Chromium with one page that asks for scripts, runs them and says what they return. Its camera is Chromium's moving test
/// picture. Needs nothing but the browser: no driver, no web client, no database.</summary>
internal sealed class Chromium : IAsyncDisposable
{
    private readonly HttpListener _listener;
    private readonly Process _process;
    private readonly string _profile;
    private readonly Channel<string> _scripts = Channel.CreateUnbounded<string>();
    private readonly Channel<string> _results = Channel.CreateUnbounded<string>();
    private readonly Task _serving;

    private Chromium(HttpListener listener, Process process, string profile)
    {
        (_listener, _process, _profile) = (listener, process, profile);
        _serving = Serve();
    }

    public static string Path => Environment.GetEnvironmentVariable("MUSE_CHROMIUM") ?? "/usr/bin/chromium";

    /// <summary>Skips the test on a machine without Chromium.</summary>
    public static Chromium Open()
    {
        Assert.SkipUnless(File.Exists(Path), $"There is no Chromium at {Path} (MUSE_CHROMIUM).");
        var port = FreePort();
        var listener = new HttpListener();
        listener.Prefixes.Add($"http://127.0.0.1:{port}/");
        listener.Start();
        var profile = Directory.CreateTempSubdirectory("muse-browser-").FullName;
        var start = new ProcessStartInfo(Path) { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (var argument in new[]
        {
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--mute-audio", $"--user-data-dir={profile}",
            "--use-fake-device-for-media-stream=fps=20", "--use-fake-ui-for-media-stream", "--allow-loopback-in-peer-connection",
            "--autoplay-policy=no-user-gesture-required", "--disable-backgrounding-occluded-windows", "--disable-renderer-backgrounding",
            "--disable-background-timer-throttling", $"http://127.0.0.1:{port}/",
        })
            start.ArgumentList.Add(argument);
        var process = Process.Start(start)!;
        // A full pipe would stop it.
        process.ErrorDataReceived += (_, _) => { };
        process.OutputDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        return new(listener, process, profile);
    }

    /// <summary>Runs a script's body on the page and waits for what it returns.</summary>
    public async Task<JsonElement> Run(string script)
    {
        await _scripts.Writer.WriteAsync(script);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(90));
        var result = JsonDocument.Parse(await _results.Reader.ReadAsync(patience.Token)).RootElement;
        Assert.False(result.TryGetProperty("error", out var error), error.ToString());
        return result.TryGetProperty("value", out var value) ? value : default;
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Close();
        _scripts.Writer.TryComplete();
        await _serving;
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        try
        {
            Directory.Delete(_profile, recursive: true);
        }
        catch (IOException)
        {
            // A child that is just ending still writes there; the folder is the system's to sweep.
        }
    }

    private async Task Serve()
    {
        while (true)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception closed) when (closed is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            _ = Answer(context);
        }
    }

    private async Task Answer(HttpListenerContext context)
    {
        try
        {
            var body = "";
            if (context.Request.Url!.AbsolutePath == "/next")
            {
                if (context.Request.HttpMethod == "POST")
                {
                    using var reader = new StreamReader(context.Request.InputStream, Encoding.UTF8);
                    await _results.Writer.WriteAsync(await reader.ReadToEndAsync());
                }

                body = await _scripts.Reader.ReadAsync();
            }
            else
            {
                context.Response.ContentType = "text/html; charset=utf-8";
                using var page = typeof(Chromium).Assembly.GetManifestResourceStream("page.html")!;
                using var reader = new StreamReader(page);
                body = await reader.ReadToEndAsync();
            }

            await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(body));
            context.Response.Close();
        }
        catch (Exception gone) when (gone is HttpListenerException or ObjectDisposedException or ChannelClosedException or InvalidOperationException)
        {
            // The page or the test has ended.
        }
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
