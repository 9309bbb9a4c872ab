using Muse.Adapters.Postgres;
using Npgsql;

namespace Muse.Given;

/// <summary>
/// A fresh, migrated database of its own on a throw-away PostgreSQL server that all tests of the process share: a copy of a template, so
/// that it costs a fraction of a second. <c>MUSE_TEST_DATABASE</c> may name another server (a superuser's connection string).
/// </summary>
public sealed class Database : IAsyncDisposable
{
    private static readonly Lazy<Task<Server>> Shared = new(Server.StartAsync);
    private static int _made;

    private readonly Server _server;

    private Database(Server server, string name)
    {
        (_server, Name) = (server, name);
        ConnectionString = server.To(name);
        Source = Wiring.OpenSource(ConnectionString);
    }

    public string Name { get; }

    /// <summary>For a server under test (<c>ConnectionStrings:Muse</c>).</summary>
    public string ConnectionString { get; }

    public NpgsqlDataSource Source { get; }

    /// <summary>With all migrations applied and no rows.</summary>
    public static async Task<Database> FreshAsync()
    {
        var server = await Shared.Value;
        return await server.MakeAsync($"t{Environment.ProcessId}_{Interlocked.Increment(ref _made)}", $"template {server.Template}");
    }

    /// <summary>Without any table.</summary>
    public static async Task<Database> EmptyAsync()
    {
        var server = await Shared.Value;
        return await server.MakeAsync($"t{Environment.ProcessId}_{Interlocked.Increment(ref _made)}", "");
    }

    /// <summary>A store on this database with the given names and projections.</summary>
    public EventStore Store(EventNames names, params IEnumerable<IProjection> projections) => new(Source, names, projections, TimeProvider.System);

    /// <summary>The first column of the first row.</summary>
    public async Task<T> ScalarAsync<T>(string sql, params object?[] values)
    {
        await using var command = Source.Command(sql, values);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public async Task<int> ExecuteAsync(string sql, params object?[] values)
    {
        await using var command = Source.Command(sql, values);
        return await command.ExecuteNonQueryAsync();
    }

    /// <summary>So that a refusal's test can say that nothing was written.</summary>
    public Task<long> EventsAsync() => ScalarAsync<long>("select count(*) from mt_events");

    /// <summary>All rows of a projection's tables as text, sorted: equal when the read models are equal.</summary>
    public async Task<string> ContentsAsync(IProjection projection)
    {
        var contents = new System.Text.StringBuilder();
        foreach (var table in projection.Tables)
            contents.Append(await ScalarAsync<string>($"select '{table}: ' || coalesce(string_agg(t::text, E'\\n' order by t::text), '') || E'\\n' from {table} t"));
        return contents.ToString();
    }

    public async ValueTask DisposeAsync()
    {
        await Source.DisposeAsync();
        await _server.DropAsync(Name);
    }

    private sealed class Server(string connectionString, EmbeddedPostgres? embedded)
    {
        // CREATE DATABASE refuses while anyone is connected to the template; one at a time also spares the disk.
        private readonly SemaphoreSlim _one = new(1);

        public string Template => $"muse_template_{Environment.ProcessId}";

        public static async Task<Server> StartAsync()
        {
            var named = Environment.GetEnvironmentVariable("MUSE_TEST_DATABASE");
            var embedded = named is null ? await EmbeddedPostgres.StartAsync(EmbeddedPostgresOptions.ForTests()) : null;
            var server = new Server(named ?? embedded!.ConnectionString, embedded);
            await server.DropAsync(server.Template);
            await server.ExecuteAsync($"create database {server.Template}");
            await using (var source = Wiring.OpenSource(server.To(server.Template) + ";Pooling=false")) await Migrations.Apply(source);
            return server;
        }

        public string To(string database) => new NpgsqlConnectionStringBuilder(connectionString) { Database = database }.ConnectionString;

        public async Task<Database> MakeAsync(string name, string options)
        {
            await _one.WaitAsync();
            try
            {
                await ExecuteAsync($"create database {name} {options}");
            }
            finally
            {
                _one.Release();
            }
            return new Database(this, name);
        }

        public Task DropAsync(string name) => ExecuteAsync($"drop database if exists {name} with (force)");

        private async Task ExecuteAsync(string sql)
        {
            _ = embedded;
            await using var connection = new NpgsqlConnection(To("postgres") + ";Pooling=false");
            await connection.OpenAsync();
            await using var command = new NpgsqlCommand(sql, connection);
            await command.ExecuteNonQueryAsync();
        }
    }
}
