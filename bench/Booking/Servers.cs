using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Muse.Adapters.Postgres;
using Npgsql;

namespace Muse.Bench.Booking;

/// <summary>The embedded PostgreSQL with durable commits, and both servers on it, each a process of its own.</summary>
internal sealed class Servers : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("muse-bench-booking-").FullName;
    private readonly List<Process> _processes = [];
    private EmbeddedPostgres? _embedded;
    private NpgsqlDataSource? _source;

    public HttpClient Muse { get; private set; } = null!;

    public HttpClient Plain { get; private set; } = null!;

    public static async Task<Servers> StartAsync()
    {
        var servers = new Servers();
        // The database's own user must get through the folder.
        File.SetUnixFileMode(servers._folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        servers._embedded = await EmbeddedPostgres.StartAsync(
            new EmbeddedPostgresOptions(Path.Combine(servers._folder, "database")) { Settings = ["shared_buffers=256MB"] });
        var connectionString = servers._embedded.ConnectionString;
        servers._source = Wiring.OpenSource(connectionString);
        await Migrations.Apply(servers._source);
        await servers.ScalarAsync("""
            create table plain (id uuid primary key, tutor_id uuid not null, student_id uuid not null, start_local text not null,
                time_zone text not null, minutes int not null, at timestamptz not null default clock_timestamp())
            """);
        Console.WriteLine($"booking: PostgreSQL {await servers.ScalarAsync("show server_version")}, fsync {await servers.ScalarAsync("show fsync")}, " +
            $"synchronous_commit {await servers.ScalarAsync("show synchronous_commit")}, {Environment.ProcessorCount} processors");
        servers.Plain = await servers.ProcessAsync(port => [typeof(PlainServer).Assembly.Location, "plain", connectionString, $"{port}"], connectionString, "/");
        servers.Muse = await servers.ProcessAsync(_ => [Path.Combine(AppContext.BaseDirectory, "Muse.Api.dll")], connectionString, "/v1/health");
        return servers;
    }

    public async Task<object?> ScalarAsync(string sql)
    {
        await using var command = _source!.Command(sql);
        return await command.ExecuteScalarAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
            process.Dispose();
        }
        if (_source is not null)
            await _source.DisposeAsync();
        if (_embedded is not null)
            await _embedded.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task<HttpClient> ProcessAsync(Func<int, string[]> arguments, string connectionString, string probe)
    {
        var port = FreePort();
        var start = new ProcessStartInfo("dotnet", arguments(port))
        {
            RedirectStandardOutput = true,
            Environment =
            {
                ["ConnectionStrings__Muse"] = connectionString,
                ["MUSE_DATA"] = Path.Combine(_folder, "data"),
                ["MUSE_HTTP_PORT"] = $"{port}",
                ["MUSE_MEDIA_PORT"] = "0",
                ["Passwords__Iterations"] = "1000",
                ["Limits__Requests__Burst"] = "100000000",
                ["Limits__SignIns__Burst"] = "1000000",
                ["Limits__NewAccounts__Burst"] = "1000000",
                ["Logging__LogLevel__Default"] = "Warning",
            },
        };
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        _processes.Add(process);
        var http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 256 }) { BaseAddress = new Uri($"http://localhost:{port}"), Timeout = TimeSpan.FromMinutes(2) };
        for (var i = 0; ; i++)
        {
            try
            {
                using var answer = await http.GetAsync(probe);
                return http;
            }
            catch (HttpRequestException) when (i < 300 && !process.HasExited)
            {
                await Task.Delay(200);
            }
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
