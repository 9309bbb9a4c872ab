using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Muse.Adapters.Postgres;

namespace Muse.Bench.Sfu;

/// <summary>Muse as <c>./muse up</c> runs it, on core 0, with the room for load tests open.</summary>
internal sealed class MuseServer : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("muse-bench-sfu-").FullName;
    private EmbeddedPostgres _embedded = null!;
    private Process _process = null!;
    private int _port;
    private int _mediaPort;

    /// <summary>Of the rooms for load tests.</summary>
    public string Key => "a-key-for-this-run-and-this-machine-only";

    /// <summary>Where media goes.</summary>
    public IPEndPoint Media => new(IPAddress.Loopback, _mediaPort);

    public int ProcessId => _process.Id;

    public static async Task<MuseServer> StartAsync()
    {
        var server = new MuseServer();
        // The database's own user must get through the folder.
        File.SetUnixFileMode(server._folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        server._embedded = await EmbeddedPostgres.StartAsync(new EmbeddedPostgresOptions(Path.Combine(server._folder, "database")));
        server._port = FreePort(SocketType.Stream, ProtocolType.Tcp);
        server._mediaPort = FreePort(SocketType.Dgram, ProtocolType.Udp);
        var start = new ProcessStartInfo("taskset", ["-c", "0", "dotnet", Path.Combine(AppContext.BaseDirectory, "Muse.Api.dll")])
        {
            RedirectStandardOutput = true,
            Environment =
            {
                ["DOTNET_TieredCompilation"] = Environment.GetEnvironmentVariable("DOTNET_TieredCompilation") ?? "0",
                ["ConnectionStrings__Muse"] = server._embedded.ConnectionString,
                ["MUSE_DATA"] = Path.Combine(server._folder, "data"),
                ["MUSE_HTTP_PORT"] = server._port.ToString(CultureInfo.InvariantCulture),
                ["MUSE_MEDIA_PORT"] = server._mediaPort.ToString(CultureInfo.InvariantCulture),
                ["Rooms__AdvertisedAddresses__0"] = "127.0.0.1",
                ["Rooms__Bench__Key"] = server.Key,
                ["Rooms__MaxListeners"] = "2100",
                ["Limits__Streams__Burst"] = "100000000",
                ["Logging__LogLevel__Default"] = "Warning",
            },
        };
        server._process = Process.Start(start)!;
        while (await server._process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (!line.Contains("Muse is running", StringComparison.Ordinal))
                continue;
            _ = server._process.StandardOutput.ReadToEndAsync();
            return server;
        }

        throw new InvalidOperationException("The server ended at its start.");
    }

    /// <summary>Rooms have a new name each time: those of the former run may not be over yet.</summary>
    public string Options(Work work, int run)
    {
        var room = $"{Room(run)}-{{room}}";
        var watch = work.IsMesh ? "as={sub}" : "publisher={peer}";
        return $"--whip {room}/whip?as={{peer}} --whep {room}/whep?{watch} --bearer {Key}";
    }

    /// <summary>The beginning of the addresses of a run's rooms.</summary>
    public string Room(int run) => $"http://127.0.0.1:{_port}/v1/rooms/bench-{run}";

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        await _embedded.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private static int FreePort(SocketType type, ProtocolType protocol)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, type, protocol);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
