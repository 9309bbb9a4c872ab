using Muse.Adapters.Postgres;
using Npgsql;

namespace Muse.Bench.Booking;

/// <summary>
/// The peer: the least that a durable booking over HTTP can be. One route that reads the same JSON and does one INSERT into a table with a
/// primary key, in a process of its own, on the same PostgreSQL.
/// </summary>
internal static class PlainServer
{
    internal sealed record Wish(Guid TutorId, Guid StudentId, string StartLocal, string TimeZone, int DurationMinutes);

    public static async Task RunAsync(string connectionString, int port)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenLocalhost(port));
        builder.Services.AddSingleton(Wiring.OpenSource(connectionString));
        var app = builder.Build();
        app.MapPost("/insert", async (Wish wish, NpgsqlDataSource source, CancellationToken ct) =>
        {
            var id = Guid.CreateVersion7(TimeProvider.System.GetUtcNow());
            await using var insert = source.Command("insert into plain (id, tutor_id, student_id, start_local, time_zone, minutes) values ($1, $2, $3, $4, $5, $6)",
                id, wish.TutorId, wish.StudentId, wish.StartLocal, wish.TimeZone, wish.DurationMinutes);
            await insert.ExecuteNonQueryAsync(ct);
            return TypedResults.Created($"/{id}", wish);
        });
        await app.RunAsync();
    }
}
