using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Muse.Adapters.Postgres;
using Npgsql;

namespace Muse.Bench.Booking;

/// <summary>The embedded PostgreSQL with durable commits, and the servers on it, each a process of its own.</summary>
internal sealed class House : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("muse-bench-house-").FullName;
    private readonly List<Served> _servers = [];
    private EmbeddedPostgres? _embedded;
    private NpgsqlDataSource? _source;

    public string ConnectionString => _embedded!.ConnectionString;

    public static async Task<House> OpenAsync(string bench)
    {
        var house = new House();
        // The database's own user must get through the folder.
        File.SetUnixFileMode(house._folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        house._embedded = await EmbeddedPostgres.StartAsync(
            new EmbeddedPostgresOptions(Path.Combine(house._folder, "database")) { Settings = ["shared_buffers=256MB"] });
        house._source = Wiring.OpenSource(house.ConnectionString);
        await Migrations.Apply(house._source);
        Console.WriteLine($"{bench}: PostgreSQL {await house.ScalarAsync("show server_version")}, fsync {await house.ScalarAsync("show fsync")}, " +
            $"synchronous_commit {await house.ScalarAsync("show synchronous_commit")}, {Environment.ProcessorCount} processors");
        return house;
    }

    /// <summary>The API as <c>./muse up</c> runs it, without the limits that are for strangers.</summary>
    public Task<Served> MuseAsync(params (string Name, string Value)[] settings) => StartAsync(_ => [Path.Combine(AppContext.BaseDirectory, "Muse.Api.dll")], "/v1/health",
    [
        ("ConnectionStrings__Muse", ConnectionString), ("MUSE_DATA", Path.Combine(_folder, "data")), ("MUSE_MEDIA_PORT", "0"), ("Passwords__Iterations", "1000"),
        ("Limits__Requests__Burst", "100000000"), ("Limits__SignIns__Burst", "1000000"), ("Limits__NewAccounts__Burst", "1000000"),
        ("Logging__LogLevel__Default", "Warning"), .. settings,
    ]);

    /// <param name="arguments">By the port that it is to listen on; the environment says it as MUSE_HTTP_PORT, too.</param>
    /// <param name="probe">A path that answers when it is ready.</param>
    public async Task<Served> StartAsync(Func<int, string[]> arguments, string probe, (string Name, string Value)[] settings)
    {
        var port = FreePort();
        var start = new ProcessStartInfo("dotnet", arguments(port)) { RedirectStandardOutput = true };
        start.Environment["MUSE_HTTP_PORT"] = $"{port}";
        foreach (var (name, value) in settings) start.Environment[name] = value;
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        var http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 256 }) { BaseAddress = new Uri($"http://localhost:{port}"), Timeout = TimeSpan.FromMinutes(2) };
        var server = new Served(process, http);
        _servers.Add(server);
        for (var i = 0; ; i++)
        {
            try
            {
                using var answer = await http.GetAsync(probe);
                return server;
            }
            catch (HttpRequestException) when (i < 300 && !process.HasExited)
            {
                await Task.Delay(200);
            }
        }
    }

    public async Task<object?> ScalarAsync(string sql, params object[] values)
    {
        await using var command = _source!.Command(sql, values);
        return await command.ExecuteScalarAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers)
            await server.DisposeAsync();
        if (_source is not null)
            await _source.DisposeAsync();
        if (_embedded is not null)
            await _embedded.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

/// <summary>A server under measurement.</summary>
internal sealed class Served(Process process, HttpClient http) : IAsyncDisposable
{
    public HttpClient Http => http;

    /// <returns>CPU time of the server's process alone.</returns>
    public async Task<TimeSpan> CpuWhile(Func<Task> what)
    {
        process.Refresh();
        var before = process.TotalProcessorTime;
        await what();
        process.Refresh();
        return process.TotalProcessorTime - before;
    }

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync();
        process.Dispose();
    }
}
