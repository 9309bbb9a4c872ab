using System.Diagnostics;
using System.Globalization;
using Muse.Adapters.Postgres;
using Npgsql;

namespace Muse.Bench.Events;

/// <summary>
/// The embedded PostgreSQL as <c>./muse up</c> runs it, durable commits and all, in a folder that goes afterwards. <c>MUSE_BENCH_DATABASE</c>
/// names another, empty database instead.
/// </summary>
internal sealed class BenchServer(string connectionString, EmbeddedPostgres? embedded, string? folder) : IAsyncDisposable
{
    public NpgsqlDataSource Source { get; } = Wiring.OpenSource(connectionString);

    public NpgsqlConnectionStringBuilder Address { get; } = new(connectionString);

    public static async Task<BenchServer> StartAsync()
    {
        var named = Environment.GetEnvironmentVariable("MUSE_BENCH_DATABASE");
        var folder = named is null ? Path.Combine(Path.GetTempPath(), $"muse-bench-{Guid.NewGuid():n}") : null;
        var embedded = folder is null ? null : await EmbeddedPostgres.StartAsync(new EmbeddedPostgresOptions(folder) { Settings = ["shared_buffers=256MB"] });
        var server = new BenchServer(named ?? embedded!.ConnectionString, embedded, folder);
        await Migrations.Apply(server.Source);
        Console.WriteLine($"events: PostgreSQL {await server.ScalarAsync<string>("show server_version")}, fsync {await server.ScalarAsync<string>("show fsync")}, synchronous_commit {await server.ScalarAsync<string>("show synchronous_commit")}, {Environment.ProcessorCount} processors");
        return server;
    }

    public async Task ExecuteAsync(string sql)
    {
        await using var command = Source.Command(sql);
        command.CommandTimeout = 0;
        await command.ExecuteNonQueryAsync();
    }

    public async Task<T> ScalarAsync<T>(string sql)
    {
        await using var command = Source.Command(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>Transactions per second of pgbench with this script, or null when there is no pgbench.</summary>
    public async Task<double?> PgbenchAsync(string script, int clients, int seconds)
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, script);
        try
        {
            using var pgbench = Process.Start(new ProcessStartInfo("pgbench",
            [
                "-n", "-M", "prepared", "-f", file, "-c", $"{clients}", "-j", "2", "-T", $"{seconds}",
                "-h", Address.Host!, "-p", $"{Address.Port}", "-U", Address.Username!, Address.Database!,
            ])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                Environment = { ["PGPASSWORD"] = Address.Password, ["PGSSLMODE"] = "disable", ["PGGSSENCMODE"] = "disable" },
            })!;
            var errors = pgbench.StandardError.ReadToEndAsync();
            var output = await pgbench.StandardOutput.ReadToEndAsync();
            await pgbench.WaitForExitAsync();
            var line = Array.Find(output.Split('\n'), l => l.StartsWith("tps = ", StringComparison.Ordinal))
                ?? throw new InvalidOperationException($"pgbench failed: {await errors}");
            return double.Parse(line.Split(' ')[2], CultureInfo.InvariantCulture);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
        finally
        {
            File.Delete(file);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Source.DisposeAsync();
        if (embedded is not null) await embedded.DisposeAsync();
        if (folder is not null && Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
    }
}
