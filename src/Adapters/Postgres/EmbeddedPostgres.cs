using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Npgsql;

namespace Muse.Adapters.Postgres;

/// <param name="Folder">Where the database lives; made when absent, mode 0700, owned by the user that runs the server.</param>
public sealed record EmbeddedPostgresOptions(string Folder)
{
    /// <summary>The database that the connection string names; made when absent.</summary>
    public string Database { get; init; } = "muse";

    /// <summary>For tests: no fsync, and the folder is deleted when the server ends, however its owner ends.</summary>
    public bool ThrowAway { get; init; }

    /// <summary>When another process already runs a server on this folder, connect to that one instead of refusing.</summary>
    public bool JoinRunning { get; init; }

    /// <summary>Further server settings, e.g. <c>shared_buffers=256MB</c>.</summary>
    public IReadOnlyList<string> Settings { get; init; } = [];

    /// <summary>Another server to run than the one from npm: its folder with bin/postgres, bin/initdb and bin/pg_ctl. For tests.</summary>
    public string? Binaries { get; init; }

    /// <summary>A server in a new folder below the system's temporary folder.</summary>
    public static EmbeddedPostgresOptions ForTests() =>
        new(Path.Combine(Path.GetTempPath(), $"muse-postgres-{Guid.NewGuid():n}")) { ThrowAway = true };
}

/// <summary>
/// A PostgreSQL server that lives and dies with this process: on loopback only, on a free port, stopped by a watchdog even when this
/// process is killed. docs/decisions/0004 says why it is built so.
/// </summary>
public sealed class EmbeddedPostgres : IAsyncDisposable
{
    // Starts the server ($3…) and stops it when standard input ends: the kernel closes that pipe however our process ends.
    // - In a session of its own, so that Ctrl-C in the terminal reaches us first and not the database below our feet, and kill -9 of our
    //   whole group not the watchdog.
    // - INT is "fast shutdown" (postgres(1)); repeated, because one that comes before the server has its handler is lost.
    // - Descriptors 1 and 2 go to a file: a server that held the terminal's pipe would hang whoever reads it.
    private const string Watchdog = """
        trap '' INT TERM HUP
        log=$1 delete=$2; shift 2
        exec 3<&0 </dev/null >"$log" 2>&1
        "$@" 3<&- & server=$!
        (read _ <&3; while kill -INT $server 2>/dev/null; do sleep 1; done) & watch=$!
        exec 3<&-
        wait $server; code=$?
        kill -9 $watch
        [ -z "$delete" ] || rm -rf "$delete"
        exit $code
        """;

    private static readonly TimeSpan StartsWithin = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan RecoversWithin = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan StopsWithin = TimeSpan.FromSeconds(60);

    private readonly Process? _watchdog;
    private readonly FileStream? _lock;
    private readonly EmbeddedPostgresOptions _options;

    private EmbeddedPostgres(EmbeddedPostgresOptions options, Process? watchdog, FileStream? @lock, int port, string password)
    {
        (_options, _watchdog, _lock, Port) = (options, watchdog, @lock, port);
        ConnectionString = Connection(port, options.Database, password);
    }

    /// <summary>For Npgsql; holds the password, so it belongs in no log.</summary>
    public string ConnectionString { get; }

    /// <summary>On 127.0.0.1.</summary>
    public int Port { get; }

    /// <summary>True when the server was found running and belongs to another process.</summary>
    public bool Joined => _watchdog is null;

    /// <summary>Makes the database's files at the first time, stops a server that a killed process left behind, and starts.</summary>
    /// <exception cref="EmbeddedPostgresException">It does not start; the message tells a person why.</exception>
    public static async Task<EmbeddedPostgres> StartAsync(EmbeddedPostgresOptions options, CancellationToken ct = default)
    {
        var user = await PostgresUser.ForThisProcessAsync(ct);
        var binaries = options.Binaries ?? await PostgresBinaries.FindOrFetchAsync(ct);
        options = options with { Folder = await ReachableFolder.ForAsync(Path.GetFullPath(options.Folder), user, ct) };
        var held = TryLock(options.Folder);
        if (held is null)
            return options.JoinRunning
                ? new EmbeddedPostgres(options, null, null, RunningPort(options.Folder), await PasswordAsync(options.Folder, user, ct))
                : throw new EmbeddedPostgresException($"Another Muse is running on {options.Folder}: stop it, or choose another MUSE_DATA.");
        try
        {
            var password = await PasswordAsync(options.Folder, user, ct);
            await InitialiseAsync(options, binaries, user, ct);
            await StopOrphanAsync(options, binaries, user, ct);
            var (watchdog, port) = await LaunchAsync(options, binaries, user, password, ct);
            var server = new EmbeddedPostgres(options, watchdog, held, port, password);
            await server.MakeDatabaseAsync(password, ct);
            return server;
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>Ends all connections and stops the server cleanly; a joined server is left alone.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_watchdog is not null)
        {
            _watchdog.StandardInput.Close();
            using var patience = new CancellationTokenSource(StopsWithin);
            try
            {
                await _watchdog.WaitForExitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                // The shutdown checkpoint of a slow disk goes on without us; the next start waits for it.
            }

            _watchdog.Dispose();
        }

        _lock?.Dispose();
        if (_options.ThrowAway && Directory.Exists(_options.Folder))
            Directory.Delete(_options.Folder, recursive: true);
    }

    private static string Cluster(string folder) => Path.Combine(folder, "cluster");

    private static string Connection(int port, string database, string password) => new NpgsqlConnectionStringBuilder
    {
        Host = "127.0.0.1",
        Port = port,
        Username = "muse",
        Password = password,
        Database = database,
        SslMode = SslMode.Disable,
        GssEncryptionMode = GssEncryptionMode.Disable,
        MaxPoolSize = 100,
    }.ConnectionString;

    private static FileStream? TryLock(string folder)
    {
        try
        {
            return new FileStream(Path.Combine(folder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>The fourth line of postmaster.pid (PostgreSQL, miscadmin.h, LOCK_FILE_LINE_PORT).</summary>
    private static int RunningPort(string folder)
    {
        var file = Path.Combine(Cluster(folder), "postmaster.pid");
        return File.Exists(file) && File.ReadAllLines(file) is [_, _, _, var port, ..] && int.TryParse(port, out var number)
            ? number
            : throw new EmbeddedPostgresException($"Another Muse is just starting or stopping on {folder}: try again in a moment.");
    }

    private static async Task<string> PasswordAsync(string folder, PostgresUser user, CancellationToken ct)
    {
        var file = Path.Combine(folder, "password");
        if (!File.Exists(file))
        {
            var draft = file + ".new";
            await using (var stream = new FileStream(draft, new FileStreamOptions
            {
                Mode = FileMode.Create,
                Access = FileAccess.Write,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            }))
                await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes(RandomNumberGenerator.GetHexString(48, lowercase: true)), ct);
            // initdb reads it as the server's user, and /dev/fd cannot be opened across users.
            if (user.Other is not null)
                await Commands.RunAsync(null, "chown", [user.Other, draft], ct);
            File.Move(draft, file, overwrite: true);
        }

        return (await File.ReadAllTextAsync(file, ct)).Trim();
    }

    private static async Task InitialiseAsync(EmbeddedPostgresOptions options, string binaries, PostgresUser user, CancellationToken ct)
    {
        var initdb = Path.Combine(binaries, "bin", "initdb");
        var (_, version) = await Commands.RunAsync(null, initdb, ["--version"], ct);
        var major = new string([.. version.SkipWhile(c => !char.IsDigit(c)).TakeWhile(char.IsDigit)]);
        var cluster = Cluster(options.Folder);
        var mark = Path.Combine(cluster, "PG_VERSION");
        if (File.Exists(mark))
        {
            var existing = File.ReadAllText(mark).Trim();
            if (existing != major)
                throw new EmbeddedPostgresException(
                    $"The database in {options.Folder} is of PostgreSQL {existing}, this Muse brings {major}: back it up with the Muse that made it, restore it here.");
            return;
        }

        // Made beside and renamed, so that a first start that is cut off leaves nothing that looks finished.
        var draft = cluster + ".new";
        if (Directory.Exists(draft))
            Directory.Delete(draft, recursive: true);
        List<string> arguments =
        [
            "-D", draft, "-U", "muse", "-A", "scram-sha-256", "--pwfile", Path.Combine(options.Folder, "password"), "-E", "UTF8",
            .. int.Parse(major, System.Globalization.CultureInfo.InvariantCulture) >= 17
                ? (ReadOnlySpan<string>)["--locale-provider=builtin", "--locale=C.UTF-8"]
                : ["--locale=C.UTF-8"],
        ];
        if (options.ThrowAway)
            arguments.Add("--no-sync");
        var made = await user.RunAsync(initdb, arguments, ct);
        if (made.ExitCode != 0)
            throw new EmbeddedPostgresException($"The database could not be made in {options.Folder}: {made.LastLine}");
        Directory.Move(draft, cluster);
    }

    /// <summary>We hold the folder's lock, so whatever runs there lost its owner.</summary>
    private static async Task StopOrphanAsync(EmbeddedPostgresOptions options, string binaries, PostgresUser user, CancellationToken ct)
    {
        var control = Path.Combine(binaries, "bin", "pg_ctl");
        if (await user.RunAsync(control, ["status", "-D", Cluster(options.Folder)], ct) is { ExitCode: 0 })
            await user.RunAsync(control, ["stop", "-D", Cluster(options.Folder), "-m", "fast", "-w", "-t", "60"], ct);
    }

    private static async Task<(Process Watchdog, int Port)> LaunchAsync(
        EmbeddedPostgresOptions options, string binaries, PostgresUser user, string password, CancellationToken ct)
    {
        // A killed server's pid may still be a zombie, and then its lock file counts as held for a while: try again, never delete it.
        var since = Stopwatch.StartNew();
        while (true)
        {
            var port = FreePort();
            var watchdog = Spawn(options, binaries, user, port);
            if (await AnswersAsync(watchdog, port, password, ct))
                return (watchdog, port);
            watchdog.Dispose();
            if (since.Elapsed > StartsWithin)
                throw new EmbeddedPostgresException($"PostgreSQL does not start: {LastLogLine(options.Folder)}");
            await Task.Delay(TimeSpan.FromMilliseconds(250), ct);
        }
    }

    private static Process Spawn(EmbeddedPostgresOptions options, string binaries, PostgresUser user, int port)
    {
        List<string> settings =
        [
            "listen_addresses=127.0.0.1", "unix_socket_directories=", "timezone=UTC", "log_timezone=UTC", "max_connections=200",
            // A week of logs, one file a weekday, so that they never fill the disk.
            .. options.ThrowAway
                ? (ReadOnlySpan<string>)["fsync=off", "full_page_writes=off", "synchronous_commit=off", "max_wal_size=256MB"]
                : ["logging_collector=on", "log_directory=log", "log_filename=postgresql-%a.log", "log_truncate_on_rotation=on"],
            .. options.Settings,
        ];
        var start = new ProcessStartInfo("setsid",
        [
            "/bin/sh", "-c", Watchdog, "sh", Path.Combine(options.Folder, "start.log"), options.ThrowAway ? options.Folder : "",
            Path.Combine(binaries, "bin", "postgres"), "-D", Cluster(options.Folder), "-p", $"{port}",
            .. settings.SelectMany(s => new[] { "-c", s }),
        ])
        { RedirectStandardInput = true, WorkingDirectory = "/" };
        if (user.Other is not null)
            start.UserName = user.Other;
        start.Environment["LC_ALL"] = "C";
        return Process.Start(start)!;
    }

    private static async Task<bool> AnswersAsync(Process watchdog, int port, string password, CancellationToken ct)
    {
        var connection = new NpgsqlConnectionStringBuilder(Connection(port, "postgres", password)) { Pooling = false, Timeout = 5 };
        var since = Stopwatch.StartNew();
        while (!watchdog.HasExited && since.Elapsed < RecoversWithin)
        {
            try
            {
                await using var probe = new NpgsqlConnection(connection.ConnectionString);
                await probe.OpenAsync(ct);
                return true;
            }
            catch (NpgsqlException e) when (e is not PostgresException || e.SqlState == PostgresErrorCodes.CannotConnectNow)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(25), ct);
            }
            catch (PostgresException wrong)
            {
                watchdog.StandardInput.Close();
                throw new EmbeddedPostgresException($"PostgreSQL does not let Muse in: {wrong.MessageText}");
            }
            catch (OperationCanceledException)
            {
                watchdog.StandardInput.Close();
                throw;
            }
        }

        return false;
    }

    private async Task MakeDatabaseAsync(string password, CancellationToken ct)
    {
        var connection = new NpgsqlConnectionStringBuilder(Connection(Port, "postgres", password)) { Pooling = false };
        await using var admin = new NpgsqlConnection(connection.ConnectionString);
        await admin.OpenAsync(ct);
        await using var known = new NpgsqlCommand("select exists (select from pg_database where datname = $1)", admin)
        { Parameters = { new() { Value = _options.Database } } };
        if (await known.ExecuteScalarAsync(ct) is true)
            return;
        var name = _options.Database.Replace("\"", "\"\"", StringComparison.Ordinal);
        await using var make = new NpgsqlCommand($"create database \"{name}\"", admin);
        await make.ExecuteNonQueryAsync(ct);
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    private static string LastLogLine(string folder)
    {
        var file = Path.Combine(folder, "start.log");
        return File.Exists(file) && File.ReadAllLines(file) is [.., var last] ? last : "it wrote no log";
    }
}
