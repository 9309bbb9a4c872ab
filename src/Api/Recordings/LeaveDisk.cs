using Muse.Adapters.Postgres;
using Muse.Domain.Recordings;
using NodaTime;

namespace Muse.Api.Recordings;

public sealed record LeaveDiskErrand(Guid RecordingId);

/// <summary>Some days after a room's recording was brought into the bucket its media leave this machine's disk; the indexes are small and stay.</summary>
public sealed class LeaveDisk(EventStore store, RoomFiles files, IRecordingShelf shelf) : IErrandHandler
{
    public const string ErrandKind = "leave_disk";

    public string Kind => ErrandKind;

    public async Task Run(Errand errand, CancellationToken ct)
    {
        var id = errand.BodyAs<LeaveDiskErrand>().RecordingId;
        await using var session = store.OpenSession(Actor.Server("recordings"));
        if (await session.AggregateStreamAsync<RoomRecording>(id, ct) is not { State: RoomRecordingState.Finalised } recording) return;
        foreach (var file in files.OnDisk(id).Where(file => file.Extension == ".media"))
        {
            // Asked once more: of what nobody else has, this is the only copy.
            var shelved = recording.Shelved.FirstOrDefault(each => each.Name == file.Name);
            if (shelved is null || shelved.Size != file.Length || await shelf.LengthOf(RoomFiles.IdOf(id, file.Name), ct) != shelved.Size)
                throw new ErrandLater($"not_on_shelf: {file.Name} does not lie on the shelf as it lies here.", Duration.FromHours(1));
            file.Delete();
        }
    }
}
