using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Muse.Given;

/// <summary>
/// The real coturn on loopback, as an ordinary child process, with the configuration file that Muse ships (<c>deploy/coturn</c>): only what
/// that file marks with CHANGE is changed, and the ports.
/// </summary>
public sealed class Coturn : IAsyncDisposable
{
    private const string Program = "/usr/bin/turnserver";
    private static readonly TimeSpan StartsWithin = TimeSpan.FromSeconds(20);

    private readonly string _folder = Directory.CreateTempSubdirectory("muse-coturn-").FullName;
    private readonly StringBuilder _printed = new();
    private Process? _process;

    private Coturn()
    {
    }

    /// <summary>Why it cannot run here, or null.</summary>
    public static string? Missing => File.Exists(Program) ? null : "coturn is missing (Debian's package coturn)";

    /// <summary>The file that people copy.</summary>
    public static string ShippedFile { get; } = Path.Combine(Home(), "deploy", "coturn", "turnserver.conf");

    /// <summary>UDP and TCP.</summary>
    public int Port { get; private set; }

    public int TlsPort { get; private set; }

    /// <summary>What coturn accepts, newest first.</summary>
    public IReadOnlyList<string> Secrets { get; private set; } = [];

    public string Printed
    {
        get
        {
            lock (_printed) return _printed.ToString();
        }
    }

    /// <param name="secrets">By default one that is made up.</param>
    /// <param name="allowedPeer">The one address that may be relayed to.</param>
    /// <param name="openToTheWorld">Without the two lines that refuse every other address: only the special ranges are denied.</param>
    /// <param name="more">Lines to add.</param>
    public static async Task<Coturn> StartAsync(
        string[]? secrets = null, string allowedPeer = "127.0.0.1", bool openToTheWorld = false, params string[] more)
    {
        var coturn = new Coturn { Secrets = secrets ?? [Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32))] };
        coturn.WriteCertificate();
        (coturn.Port, coturn.TlsPort) = (FreePort(), FreePort());
        await File.WriteAllLinesAsync(coturn.PathOf("turnserver.conf"), [.. coturn.Adapted(allowedPeer, openToTheWorld), .. more]);
        try
        {
            await coturn.Start();
        }
        catch
        {
            await coturn.DisposeAsync();
            throw;
        }
        return coturn;
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false } running)
        {
            running.Kill();
            await running.WaitForExitAsync();
        }
        _process?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private IEnumerable<string> Adapted(string allowedPeer, bool openToTheWorld)
    {
        foreach (var line in File.ReadLines(ShippedFile))
        {
            var name = line.Split('=')[0];
            switch (name)
            {
                case "listening-ip" or "relay-ip":
                    yield return $"{name}=127.0.0.1";
                    break;
                case "realm":
                    yield return "realm=localhost";
                    break;
                case "listening-port":
                    yield return $"{name}={Port}";
                    break;
                case "tls-listening-port":
                    yield return $"{name}={TlsPort}";
                    break;
                case "cert":
                    yield return $"cert={PathOf("certificate.pem")}";
                    break;
                case "pkey":
                    yield return $"pkey={PathOf("key.pem")}";
                    break;
                case "allowed-peer-ip":
                    yield return $"{name}={allowedPeer}";
                    break;
                case "#static-auth-secret":
                    foreach (var secret in Secrets) yield return $"static-auth-secret={secret}";
                    break;
                case "denied-peer-ip" when openToTheWorld && line.EndsWith("-255.255.255.255", StringComparison.Ordinal) && line.Contains("=0.0.0.0-", StringComparison.Ordinal):
                case "denied-peer-ip" when openToTheWorld && line.Contains("=::-ffff:", StringComparison.Ordinal):
                    break;
                default:
                    yield return line;
                    break;
            }
        }
        // Everything of a test is on this machine. coturn refuses the loopback network even when its address is allowed.
        yield return "allow-loopback-peers";
        yield return $"pidfile={PathOf("pid")}";
        yield return $"userdb={PathOf("users")}";
    }

    private async Task Start()
    {
        _process = new Process
        {
            StartInfo = new ProcessStartInfo(Program, ["-c", PathOf("turnserver.conf")])
            { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = _folder },
        };
        _process.OutputDataReceived += Keep;
        _process.ErrorDataReceived += Keep;
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        using var enough = new CancellationTokenSource(StartsWithin);
        while (!await Listens(Port) || !await Listens(TlsPort))
        {
            if (_process.HasExited || enough.IsCancellationRequested) throw new InvalidOperationException($"coturn does not start:\n{Printed}");
            await Task.Delay(100);
        }
    }

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        lock (_printed) _printed.AppendLine(line.Data);
    }

    private string PathOf(string name) => Path.Combine(_folder, name);

    private void WriteCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
        File.WriteAllText(PathOf("certificate.pem"), certificate.ExportCertificatePem());
        File.WriteAllText(PathOf("key.pem"), key.ExportPkcs8PrivateKeyPem());
    }

    private static async Task<bool> Listens(int port)
    {
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await probe.ConnectAsync(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static int FreePort()
    {
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        probe.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)probe.LocalEndPoint!).Port;
    }

    private static string Home()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Muse.sln"))) return folder.FullName;
        throw new InvalidOperationException("Muse.sln is in no folder above the tests.");
    }
}
