using System.IO.Compression;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.DependencyInjection;
using Muse.Adapters.Postgres;
using Muse.Api.Operations;
using Muse.Domain.Students;
using Muse.Domain.Tutors;
using NodaTime;
using Npgsql;

namespace Muse.Api.Tests.Operations;

public sealed class BackupTests : IAsyncLifetime
{
    private const string Debian = "/usr/lib/postgresql/15";

    private static readonly Instant At = Instant.FromUtc(2026, 12, 7, 8, 0);

    // The wiring itself is asked, so that a projection nobody registered shows as a table in no class.
    private static readonly Lazy<Task<IReadOnlyList<IProjection>>> ProjectionsOfMuse = new(FindProjectionsAsync);

    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"muse-test-{Guid.NewGuid():n}");
    private readonly List<IAsyncDisposable> _made = [];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private string Archive => Path.Combine(_folder, "muse.backup");

    public ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(_folder);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var one in _made.AsEnumerable().Reverse())
            await one.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Every_table_is_kept_or_rebuilt_or_a_position_and_only_one_of_them()
    {
        var server = await ServerAsync("first", (await FreshAsync()).ConnectionString);
        await using var connection = await server.Source.OpenConnectionAsync(Ct);
        var classed = TableClasses.Kept.Concat(TableClasses.Positions).Concat(server.Store.Projections.SelectMany(p => p.Tables));
        Assert.Equal((await DatabaseTables.AllAsync(connection, Ct)).Order(StringComparer.Ordinal), classed.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_restored_server_goes_on_where_the_first_stopped()
    {
        var first = await ServerAsync("first", (await FreshAsync()).ConnectionString);
        var restored = await ServerAsync("second", (await EmptyAsync()).ConnectionString);
        await GoesOnAsync(first, restored);
    }

    [Fact]
    public async Task A_backup_of_the_embedded_server_goes_on_in_Debians_PostgreSQL_15()
    {
        if (!File.Exists(Path.Combine(Debian, "bin", "postgres")))
            Assert.Skip($"{Debian} is not installed");
        var old = await EmbeddedPostgres.StartAsync(EmbeddedPostgresOptions.ForTests() with { Binaries = Debian }, Ct);
        _made.Add(old);
        var first = await ServerAsync("first", (await FreshAsync()).ConnectionString);
        var restored = await ServerAsync("second", old.ConnectionString);
        Assert.StartsWith("15.", await restored.AskAsync<string>("show server_version"), StringComparison.Ordinal);
        await GoesOnAsync(first, restored);
    }

    [Fact]
    public async Task Nobody_else_can_read_a_backup_and_none_is_overwritten()
    {
        var server = await ServerAsync("first", (await FreshAsync()).ConnectionString);
        await BackUpAsync(server);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Archive));
        var before = await File.ReadAllBytesAsync(Archive, Ct);
        await Assert.ThrowsAsync<BackupRefused>(() => BackUpAsync(server));
        Assert.Equal(before, await File.ReadAllBytesAsync(Archive, Ct));
    }

    [Fact]
    public async Task A_used_database_is_not_restored_over()
    {
        var first = await ServerAsync("first", (await FreshAsync()).ConnectionString);
        await RegisterAsync(first, 1);
        await BackUpAsync(first);
        var used = await ServerAsync("second", (await FreshAsync()).ConnectionString);
        await RegisterAsync(used, 1);
        await used.AskAsync<DateTime>("insert into setup_links (hash, made_at) values ('x', now()) returning made_at");
        var refused = await Assert.ThrowsAsync<BackupRefused>(() => RestoreAsync(used));
        Assert.Contains("is not empty", refused.Message, StringComparison.Ordinal);
        Assert.Equal(1, await used.AskAsync<long>("select count(*) from mt_events"));
        Assert.Equal(1, await used.AskAsync<long>("select count(*) from setup_links"));
    }

    [Fact]
    public async Task A_damaged_backup_changes_nothing()
    {
        var first = await ServerAsync("first", (await FreshAsync()).ConnectionString);
        await RegisterAsync(first, 3);
        await BackUpAsync(first);
        using (var zip = ZipFile.Open(Archive, ZipArchiveMode.Update))
        {
            zip.GetEntry("tables/mt_streams")!.Delete();
            using var replaced = zip.CreateEntry("tables/mt_streams").Open();
        }

        var second = await ServerAsync("second", (await FreshAsync()).ConnectionString);
        await Assert.ThrowsAsync<BackupRefused>(() => RestoreAsync(second));
        Assert.Equal(0, await second.AskAsync<long>("select count(*) from mt_events"));
    }

    [Fact]
    public async Task A_backup_of_a_newer_Muse_is_refused()
    {
        var first = await ServerAsync("first", (await FreshAsync()).ConnectionString);
        await first.AskAsync<int>("insert into schema_migrations (number, name, hash) values (9999, 'later', 'x') returning number");
        await BackUpAsync(first);
        var second = await ServerAsync("second", (await FreshAsync()).ConnectionString);
        var refused = await Assert.ThrowsAsync<BackupRefused>(() => RestoreAsync(second));
        Assert.Contains("9999", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Appends_during_a_backup_leave_it_whole()
    {
        var first = await ServerAsync("first", (await FreshAsync()).ConnectionString);
        await RegisterAsync(first, 20);
        using var enough = new CancellationTokenSource();
        var writing = Task.Run(async () =>
        {
            while (!enough.IsCancellationRequested)
                await RegisterAsync(first, 1);
        }, Ct);
        try
        {
            await BackUpAsync(first);
        }
        finally
        {
            await enough.CancelAsync();
            await writing;
        }

        var second = await ServerAsync("second", (await EmptyAsync()).ConnectionString);
        await RestoreAsync(second);
        Assert.Equal(0, await second.AskAsync<long>("""
            select count(*) from mt_streams s where s.version <> (select count(*) from mt_events e where e.stream_id = s.id)
            """));
        Assert.InRange(await second.AskAsync<long>("select count(*) from mt_events"), 20, await first.AskAsync<long>("select count(*) from mt_events"));
    }

    private async Task GoesOnAsync(Server first, Server restored)
    {
        await RegisterAsync(first, 5);
        var secret = first.Data.ReadOrCreateSecret("test", 32);
        await BackUpAsync(first);
        await RestoreAsync(restored);

        foreach (var table in TableClasses.Kept.Concat(first.Store.Projections.SelectMany(p => p.Tables)))
        {
            var rows = $"select coalesce(string_agg(t::text, E'\\n' order by t::text collate \"C\"), '') from {table} t";
            Assert.Equal(await first.AskAsync<string>(rows), await restored.AskAsync<string>(rows));
        }

        Assert.Equal(5, await restored.AskAsync<long>("select count(*) from person_roles"));
        Assert.Equal(secret, restored.Data.ReadOrCreateSecret("test", 32));
        var last = await restored.AskAsync<long>("select max(seq_id) from mt_events");
        await RegisterAsync(restored, 1);
        Assert.Equal(last + 1, await restored.AskAsync<long>("select max(seq_id) from mt_events"));
        Assert.Equal(6, await restored.AskAsync<long>("select count(*) from person_roles"));
        Assert.Equal(last + 1, await restored.AskAsync<long>("select settled()"));
    }

    private Task BackUpAsync(Server server) =>
        WriteBackup.ToFileAsync(server.Store, server.Data.Root, Muse.Api.Operations.Archive.Folders, Archive, Ct);

    private Task RestoreAsync(Server server) =>
        RestoreBackup.FromFileAsync(server.Store, server.Data.Root, Muse.Api.Operations.Archive.Folders, Archive, Ct);

    private static async Task RegisterAsync(Server server, int people)
    {
        for (var i = 0; i < people; i++)
        {
            var (role, person) = (Guid.CreateVersion7(), Guid.CreateVersion7());
            await using var session = server.Store.OpenSession();
            if (i % 2 == 0)
                session.StartStream<Tutor>(role, new TutorRegistered(role, person, At, null));
            else
                session.StartStream<Student>(role, new StudentRegistered(role, person, At, null));
            await session.SaveChangesAsync(Ct);
        }
    }

    private async Task<Muse.Given.Database> FreshAsync() => Keep(await Muse.Given.Database.FreshAsync());

    private async Task<Muse.Given.Database> EmptyAsync() => Keep(await Muse.Given.Database.EmptyAsync());

    private T Keep<T>(T made) where T : IAsyncDisposable
    {
        _made.Add(made);
        return made;
    }

    /// <summary>What a Muse with this data folder and database backs up; it is not started.</summary>
    private async Task<Server> ServerAsync(string name, string connectionString)
    {
        var source = Wiring.OpenSource(connectionString);
        return Keep(new Server(
            new DataFolder(Path.Combine(_folder, name)), source,
            new EventStore(source, EventNames.Muse, await ProjectionsOfMuse.Value, TimeProvider.System)));
    }

    private static async Task<IReadOnlyList<IProjection>> FindProjectionsAsync()
    {
        var folder = Directory.CreateTempSubdirectory("muse-test-");
        await using var database = await Muse.Given.Database.FreshAsync();
        IReadOnlyList<IProjection> found;
        await using (var muse = new WebApplicationFactory<Program>())
        await using (var here = muse.WithWebHostBuilder(b => b
            .UseSetting("ConnectionStrings:Muse", database.ConnectionString).UseSetting("MUSE_DATA", folder.FullName)))
            found = [.. here.Services.GetServices<IProjection>()];
        // Only once the server has ended: one that still runs can make a secret between the folder's last file and the folder.
        folder.Delete(recursive: true);
        return found;
    }

    private sealed record Server(DataFolder Data, NpgsqlDataSource Source, EventStore Store) : IAsyncDisposable
    {
        public async Task<T> AskAsync<T>(string sql)
        {
            await using var command = Source.CreateCommand(sql);
            return (T)(await command.ExecuteScalarAsync(Ct))!;
        }

        public ValueTask DisposeAsync() => Source.DisposeAsync();
    }
}
