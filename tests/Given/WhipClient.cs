using System.Diagnostics;
using System.Text;

namespace Muse.Given;

/// <summary>
/// Debian's <c>simple-whip-client</c>: a WHIP client of other people, on GStreamer. Debian 12's own build stops at its start, because it loads
/// libsoup 2 itself and libsoup 3 through libnice's port mapping (UPnP); here it gets an empty port mapping in place of that.
/// </summary>
public sealed class WhipClient : IDisposable
{
    private const string Program = "/usr/bin/whip-client";
    private const string Plugins = "/usr/lib/x86_64-linux-gnu/gstreamer-1.0";

    // Of all that may be installed only what it needs: scanning the rest takes longer than the test.
    private static readonly string[] Needed =
        ["webrtc", "nice", "dtls", "srtp", "rtp", "rtpmanager", "vpx", "opus", "coreelements", "audiotestsrc", "videotestsrc", "audioconvert", "audioresample",
            "videoconvertscale", "sctp"];

    private const string NoPortMapping = """
        unsigned long gupnp_simple_igd_get_type(void) { return 0; }
        void *gupnp_simple_igd_thread_new(void) { return 0; }
        void gupnp_simple_igd_add_port(void) {}
        void gupnp_simple_igd_remove_port_local(void) {}
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("muse-whip-").FullName;
    private readonly StringBuilder _printed = new();
    private readonly Process _process;

    private WhipClient(Uri endpoint, string token)
    {
        File.WriteAllText(Path.Combine(_folder, "port-mapping.c"), NoPortMapping);
        using (var compiler = Process.Start("cc",
            ["-shared", "-fPIC", "-Wl,-soname,libgupnp-igd-1.0.so.4", "-o", Path.Combine(_folder, "libgupnp-igd-1.0.so.4"), Path.Combine(_folder, "port-mapping.c")]))
            compiler.WaitForExit();
        foreach (var plugin in Needed) File.CreateSymbolicLink(Path.Combine(_folder, $"libgst{plugin}.so"), Path.Combine(Plugins, $"libgst{plugin}.so"));
        var start = new ProcessStartInfo(Program)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment =
            {
                ["LD_LIBRARY_PATH"] = _folder,
                ["GST_PLUGIN_SYSTEM_PATH_1_0"] = _folder,
                ["GST_REGISTRY_1_0"] = Path.Combine(_folder, "registry.bin"),
            },
        };
        foreach (var argument in new[]
        {
            "-o", "-u", endpoint.ToString(), "-t", token,
            "-A", "audiotestsrc is-live=true wave=sine ! audioconvert ! audioresample ! queue ! opusenc ! rtpopuspay pt=100 ssrc=1 ! queue ! application/x-rtp,media=audio,encoding-name=OPUS,payload=100",
            "-V", "videotestsrc is-live=true pattern=ball ! video/x-raw,width=320,height=180,framerate=15/1 ! videoconvert ! queue ! vp8enc deadline=1 keyframe-max-dist=15 ! rtpvp8pay pt=96 ssrc=2 ! queue ! application/x-rtp,media=video,encoding-name=VP8,payload=96",
        })
            start.ArgumentList.Add(argument);
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Print(line.Data);
        _process.ErrorDataReceived += (_, line) => Print(line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Why it cannot run here, or null.</summary>
    public static string? Missing =>
        !File.Exists(Program) ? "whip-client is missing (Debian's package simple-whip-client)"
        : Array.Find(Needed, plugin => !File.Exists(Path.Combine(Plugins, $"libgst{plugin}.so"))) is { } plugin ? $"GStreamer's plugin {plugin} is missing"
        : !File.Exists("/usr/bin/cc") ? "a C compiler is missing (Debian's package gcc)"
        : null;

    public string Printed
    {
        get
        {
            lock (_printed) return _printed.ToString();
        }
    }

    public static WhipClient Start(Uri endpoint, string token) => new(endpoint, token);

    /// <summary>As Ctrl-C does: it deletes its session and ends. False when it does not within ten seconds.</summary>
    public bool Stop()
    {
        using (var interrupt = Process.Start("kill", ["-INT", _process.Id.ToString(null, null)])) interrupt.WaitForExit();
        return _process.WaitForExit(TimeSpan.FromSeconds(10));
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private void Print(string? line)
    {
        lock (_printed) _printed.AppendLine(line);
    }
}
