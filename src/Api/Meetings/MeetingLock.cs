using System.Buffers.Binary;
using Muse.Adapters.Postgres;
using Npgsql;

namespace Muse.Api.Meetings;

/// <summary>
/// One at a time asks a provider to change something about a lesson's meeting, in all processes: two calls at once could make two meetings,
/// and a sweep could take away what is just being made. A lock of the database's session and no row, because calls to others are made outside
/// transactions; it goes with the process that is killed.
/// </summary>
public sealed class MeetingLock(NpgsqlDataSource database)
{
    /// <summary>"MT"; with two keys, so it meets neither the writers' marks nor the agenda's persons.</summary>
    private const int Space = 0x4d54;

    private const int PatienceSeconds = 90;

    /// <summary>Waits until it is free; disposed when done.</summary>
    /// <exception cref="TimeoutException">Somebody holds it for longer than any errand may run.</exception>
    public async Task<IAsyncDisposable> Hold(Guid lessonId, CancellationToken ct)
    {
        Span<byte> bytes = stackalloc byte[16];
        lessonId.TryWriteBytes(bytes, bigEndian: true, out _);
        // The end of a UUID v7 is random; two lessons of the same key only wait for each other.
        var key = BinaryPrimitives.ReadInt32BigEndian(bytes[12..]);
        var connection = await database.OpenConnectionAsync(ct);
        try
        {
            await using var take = connection.Command("select pg_advisory_lock($1, $2)", Space, key);
            take.CommandTimeout = PatienceSeconds;
            await take.ExecuteNonQueryAsync(ct);
            return new Held(connection, key);
        }
        catch (NpgsqlException late) when (late.InnerException is TimeoutException)
        {
            await connection.DisposeAsync();
            throw new TimeoutException("Somebody is at work on this meeting for too long.", late);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private sealed class Held(NpgsqlConnection connection, int key) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await using (connection)
            {
                if (!connection.FullState.HasFlag(System.Data.ConnectionState.Open))
                    return;
                await using var free = connection.Command("select pg_advisory_unlock($1, $2)", Space, key);
                await free.ExecuteNonQueryAsync(CancellationToken.None);
            }
        }
    }
}
