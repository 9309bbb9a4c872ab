using System.Diagnostics;
using System.Globalization;
using Muse.Adapters.Postgres;
using Npgsql;

namespace Muse.Adapters.Tests.Postgres;

public sealed class EmbeddedPostgresTests : IDisposable
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"muse-test-{Guid.NewGuid():n}");

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private EmbeddedPostgresOptions Options => new(Path.Combine(_folder, "database")) { Settings = ["fsync=off"] };

    [Fact]
    public async Task A_throw_away_server_sorts_by_code_point_has_the_extensions_and_leaves_nothing_behind()
    {
        var options = EmbeddedPostgresOptions.ForTests();
        await using (var server = await EmbeddedPostgres.StartAsync(options, Ct))
        {
            Assert.Equal("muse", await AskAsync(server, "select current_database()"));
            Assert.Equal("18", ((string)(await AskAsync(server, "show server_version"))!)[..2]);
            Assert.Equal("B", await AskAsync(server, "select min(x) from unnest(array['a', 'B', 'ä', '가']) x"));
            Assert.Equal("UTC", await AskAsync(server, "show timezone"));
            Assert.Equal("", await AskAsync(server, "show unix_socket_directories"));
            await AskAsync(server, "create extension btree_gist");
        }

        Assert.False(Directory.Exists(options.Folder));
    }

    [Fact]
    public async Task A_second_start_finds_the_data_again()
    {
        await using (var first = await EmbeddedPostgres.StartAsync(Options, Ct))
            await AskAsync(first, "create table lesson as select 42 as number");
        await using var second = await EmbeddedPostgres.StartAsync(Options, Ct);
        Assert.Equal(42, await AskAsync(second, "select number from lesson"));
    }

    [Fact]
    public async Task Only_the_servers_user_can_enter_the_folder()
    {
        await using var server = await EmbeddedPostgres.StartAsync(Options, Ct);
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Options.Folder));
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(Options.Folder, "password")));
    }

    [Fact]
    public async Task A_folder_in_use_is_refused_or_joined_and_a_joined_server_goes_on_when_its_guest_leaves()
    {
        await using var owner = await EmbeddedPostgres.StartAsync(Options, Ct);
        var refused = await Assert.ThrowsAsync<EmbeddedPostgresException>(() => EmbeddedPostgres.StartAsync(Options, Ct));
        Assert.StartsWith("Another Muse is running on ", refused.Message, StringComparison.Ordinal);
        await using (var guest = await EmbeddedPostgres.StartAsync(Options with { JoinRunning = true }, Ct))
        {
            Assert.True(guest.Joined);
            Assert.Equal(1, await AskAsync(guest, "select 1"));
        }

        Assert.Equal(1, await AskAsync(owner, "select 1"));
    }

    [Fact]
    public async Task A_first_start_that_was_cut_off_is_begun_again()
    {
        Directory.CreateDirectory(Path.Combine(Options.Folder, "cluster.new", "base"));
        await using var server = await EmbeddedPostgres.StartAsync(Options, Ct);
        Assert.Equal(1, await AskAsync(server, "select 1"));
    }

    [Fact]
    public async Task A_database_of_another_version_is_named_instead_of_started()
    {
        Directory.CreateDirectory(Path.Combine(Options.Folder, "cluster"));
        await File.WriteAllTextAsync(Path.Combine(Options.Folder, "cluster", "PG_VERSION"), "15\n", Ct);
        var refused = await Assert.ThrowsAsync<EmbeddedPostgresException>(() => EmbeddedPostgres.StartAsync(Options, Ct));
        Assert.Contains("is of PostgreSQL 15, this Muse brings 18", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_whose_watchdog_was_killed_too_is_stopped_by_the_next_start()
    {
        int orphan;
        await using (var first = await EmbeddedPostgres.StartAsync(Options, Ct))
        {
            await AskAsync(first, "create table lesson as select 42 as number");
            orphan = Postmaster();
            var watchdog = Parent(orphan);
            foreach (var pid in Processes().Where(p => p != orphan && Parent(p) == watchdog).Append(watchdog).ToList())
                Kill(pid);
        }

        Assert.True(Runs(orphan), "the server should have outlived its watchdog in this test");
        await using var second = await EmbeddedPostgres.StartAsync(Options, Ct);
        Assert.False(Runs(orphan));
        Assert.Equal(42, await AskAsync(second, "select number from lesson"));
    }

    [Fact]
    public async Task A_killed_server_recovers_at_the_next_start()
    {
        await using (var first = await EmbeddedPostgres.StartAsync(Options, Ct))
        {
            await AskAsync(first, "create table lesson as select 42 as number");
            Kill(Postmaster());
        }

        await using var second = await EmbeddedPostgres.StartAsync(Options, Ct);
        Assert.Equal(42, await AskAsync(second, "select number from lesson"));
    }

    public void Dispose()
    {
        if (Directory.Exists(_folder))
            Directory.Delete(_folder, recursive: true);
    }

    private int Postmaster() =>
        int.Parse(File.ReadLines(Path.Combine(Options.Folder, "cluster", "postmaster.pid")).First(), CultureInfo.InvariantCulture);

    private static IEnumerable<int> Processes() =>
        Directory.GetDirectories("/proc").Select(Path.GetFileName).Where(n => int.TryParse(n, out _)).Select(n => int.Parse(n!, CultureInfo.InvariantCulture));

    // proc_pid_stat(5): pid (name) state ppid …; the name may hold spaces.
    private static string[] Stat(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/stat").Split(')')[^1].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        }
        catch (IOException)
        {
            return ["Z", "0"];
        }
    }

    private static int Parent(int pid) => int.Parse(Stat(pid)[1], CultureInfo.InvariantCulture);

    private static bool Runs(int pid) => Stat(pid)[0] != "Z";

    private static void Kill(int pid)
    {
        using var process = Process.GetProcessById(pid);
        process.Kill();
    }

    private static async Task<object?> AskAsync(EmbeddedPostgres server, string sql)
    {
        await using var connection = new NpgsqlConnection(server.ConnectionString + ";Pooling=false");
        await connection.OpenAsync(Ct);
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(Ct);
    }
}
