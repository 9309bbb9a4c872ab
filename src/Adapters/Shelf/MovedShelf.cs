using Muse.Domain.Recordings;

namespace Muse.Adapters.Shelf;

/// <summary>A shelf that stood elsewhere before: what is there can still be seen and deleted, what comes goes to where it stands now.</summary>
public sealed class MovedShelf(IRecordingShelf now, IRecordingShelf before) : IRecordingShelf
{
    public async Task<long> LengthOf(Guid recordingId, CancellationToken ct)
    {
        await using var earlier = await before.Open(recordingId, ct);
        return earlier?.Length ?? await now.LengthOf(recordingId, ct);
    }

    public Task<long> Append(Guid recordingId, long offset, Stream bytes, long most, CancellationToken ct) => now.Append(recordingId, offset, bytes, most, ct);

    public Task StartAnew(Guid recordingId, CancellationToken ct) => now.StartAnew(recordingId, ct);

    public async Task<ShelvedFile> Finish(Guid recordingId, long? size, CancellationToken ct)
    {
        bool isEarlier;
        await using (var earlier = await before.Open(recordingId, ct)) isEarlier = earlier is not null;
        return await (isEarlier ? before : now).Finish(recordingId, size, ct);
    }

    public async Task<Stream?> Open(Guid recordingId, CancellationToken ct) => await before.Open(recordingId, ct) ?? await now.Open(recordingId, ct);

    public async Task Delete(Guid recordingId, CancellationToken ct)
    {
        await before.Delete(recordingId, ct);
        await now.Delete(recordingId, ct);
    }
}
