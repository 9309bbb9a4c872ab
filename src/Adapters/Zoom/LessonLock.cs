using System.Buffers.Binary;
using System.Security.Cryptography;
using Muse.Adapters.Postgres;
using Muse.Domain.Meetings;
using Npgsql;

namespace Muse.Adapters.Zoom;

/// <summary>
/// One at a time makes or unmakes a lesson's Zoom meeting, whichever server or errand it is. A session lock on a connection of its own: no
/// transaction is open during the calls, and a killed server's lock ends with its connection.
/// </summary>
internal sealed class LessonLock : IAsyncDisposable
{
    // Upper 16 bits of the one-key form; those of an append's mark are x'4d55'.
    private const long Space = 0x5a4dL << 48;

    private readonly NpgsqlConnection _connection;
    private readonly long _key;

    private LessonLock(NpgsqlConnection connection, long key) => (_connection, _key) = (connection, key);

    /// <exception cref="ProviderTrouble">Another one holds it for half a minute.</exception>
    public static async Task<LessonLock> Take(NpgsqlDataSource database, Guid lessonId, CancellationToken ct)
    {
        // Two lessons with one key only wait for each other.
        var key = Space | (BinaryPrimitives.ReadInt64BigEndian(SHA256.HashData(lessonId.ToByteArray())) & 0xffff_ffff_ffffL);
        var connection = await database.OpenConnectionAsync(ct);
        try
        {
            await using var take = connection.Command("select pg_advisory_lock($1)", key);
            take.CommandTimeout = 30;
            await take.ExecuteNonQueryAsync(ct);
            return new LessonLock(connection, key);
        }
        catch (NpgsqlException e) when (e.InnerException is TimeoutException)
        {
            await Drop(connection);
            throw new ProviderTrouble("timed_out", "Another attempt at this lesson's Zoom meeting is under way.", e);
        }
        catch
        {
            await Drop(connection);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await using (_connection)
        {
            try
            {
                await using var release = _connection.Command("select pg_advisory_unlock($1)", _key);
                await release.ExecuteNonQueryAsync(CancellationToken.None);
            }
            catch (NpgsqlException)
            {
                // The connection broke, and the lock with it.
            }
        }
    }

    // Connections keep their session when they return to the pool, so none may return with the lock.
    private static async ValueTask Drop(NpgsqlConnection connection)
    {
        await using (connection)
        {
            if (connection.State is not System.Data.ConnectionState.Open) return;
            try
            {
                await using var release = connection.Command("select pg_advisory_unlock_all()");
                await release.ExecuteNonQueryAsync(CancellationToken.None);
            }
            catch (NpgsqlException)
            {
                // It is broken and will not be used again.
            }
        }
    }
}
