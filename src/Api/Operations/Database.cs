using Muse.Adapters.Postgres;

namespace Muse.Api.Operations;

/// <summary>The database of this installation: the server that <c>ConnectionStrings__Muse</c> names, or else the embedded one.</summary>
public sealed class Database : IAsyncDisposable
{
    private readonly EmbeddedPostgres? _embedded;

    private Database(string connectionString, EmbeddedPostgres? embedded) => (ConnectionString, _embedded) = (connectionString, embedded);

    public string ConnectionString { get; }

    /// <summary>Starts the embedded server unless one is configured. Afterwards the configuration's connection string Muse is set.</summary>
    /// <param name="joinRunning">Use the embedded server of another running process instead of refusing.</param>
    /// <exception cref="EmbeddedPostgresException">It does not start; the message tells a person why.</exception>
    public static async Task<Database> OpenAsync(IConfiguration configuration, DataFolder data, bool joinRunning = false)
    {
        if (configuration.GetConnectionString("Muse") is { Length: > 0 } configured)
            return new Database(configured, null);
        var embedded = await EmbeddedPostgres.StartAsync(
            new EmbeddedPostgresOptions(data.PathOf("database")) { JoinRunning = joinRunning });
        configuration["ConnectionStrings:Muse"] = embedded.ConnectionString;
        return new Database(embedded.ConnectionString, embedded);
    }

    public async ValueTask DisposeAsync()
    {
        if (_embedded is not null)
            await _embedded.DisposeAsync();
    }
}
