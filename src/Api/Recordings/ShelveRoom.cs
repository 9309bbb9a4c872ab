using System.Security.Cryptography;
using Muse.Adapters.Postgres;
using Muse.Domain.Recordings;
using NodaTime;

namespace Muse.Api.Recordings;

/// <param name="Leg">What takes longer than one run of an errand goes in legs, each an errand of its own.</param>
public sealed record ShelveRoomErrand(Guid RecordingId, int Leg = 0);

/// <summary>
/// Brings the files of a room's recording into the bucket, after they were looked through: each run goes on where the last one stopped, whatever
/// stopped it. It is there when every file has the hash that it has on the disk.
/// </summary>
public sealed class ShelveRoom(EventStore store, RoomFiles files, IRecordingShelf shelf, RecordingsOptions options, TimeProvider time) : IErrandHandler
{
    public const string ErrandKind = "shelve_room_recording";

    /// <summary>As long as <see cref="FetchRecording"/> takes.</summary>
    public TimeSpan LegTime { get; init; } = TimeSpan.FromSeconds(75);

    /// <summary>After a deletion somebody may just have been bringing it.</summary>
    internal static readonly Duration Clearing = Duration.FromMinutes(5);

    public string Kind => ErrandKind;

    /// <summary>After a few quick ones every hour: as long as a bucket may be away. The disk has it all the while.</summary>
    public int Attempts => 200;

    public async Task Run(Errand errand, CancellationToken ct)
    {
        var wanted = errand.BodyAs<ShelveRoomErrand>();
        var id = wanted.RecordingId;
        await using var session = store.OpenSession(Actor.Server("recordings"));
        var stream = await session.FetchForWriting<RoomRecording>(id, ct);
        var recording = stream.Aggregate ?? throw new ErrandIsHopeless("not_found: there is no such recording.");
        if (recording.State is RoomRecordingState.Deleted)
        {
            await files.Delete(id, ct);
            await files.Forget(id, ct);
            return;
        }
        if (recording.State is not RoomRecordingState.Finalised || recording.Shelved.Count > 0) return;

        var onDisk = files.OnDisk(id);
        foreach (var file in onDisk) await files.Note(id, file, await shelf.LengthOf(RoomFiles.IdOf(id, file.Name), ct), ct);
        using var leg = CancellationTokenSource.CreateLinkedTokenSource(ct);
        leg.CancelAfter(LegTime);
        var shelved = new List<ShelvedRoomFile>();
        try
        {
            foreach (var file in onDisk) shelved.Add(await Shelve(id, file, leg.Token));
        }
        catch (Exception cut) when (cut is OperationCanceledException or ShelfTrouble { InnerException: OperationCanceledException } && leg.IsCancellationRequested && !ct.IsCancellationRequested)
        {
            session.Schedule(ErrandKind, wanted with { Leg = wanted.Leg + 1 }, causedBy: NameBasedId.From(id, $"leg {wanted.Leg + 1} of {errand.Id}"));
            await session.SaveChangesAsync(ct);
            return;
        }
        catch (ShelfTrouble trouble)
        {
            throw new InvalidOperationException($"{trouble.Code}: {trouble.Message}", trouble);
        }
        var decision = recording.Shelve(shelved, Now);
        if (decision.ChangesNothing || decision.IsRefused) return;
        stream.AppendMany(decision.Events);
        if (options.KeptOnDisk is { } kept)
            session.Schedule(LeaveDisk.ErrandKind, new LeaveDiskErrand(id), dueAt: Now + kept);
        // Deleted meanwhile: the version is another, and the next run clears away what this one brought.
        await session.SaveChangesAsync(ct);
    }

    private async Task<ShelvedRoomFile> Shelve(Guid id, FileInfo file, CancellationToken ct)
    {
        var name = RoomFiles.IdOf(id, file.Name);
        await using var media = new FileStream(file.FullName, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 128 * 1024, FileOptions.Asynchronous);
        if (await shelf.LengthOf(name, ct) is var from && from < media.Length)
        {
            media.Position = from;
            await shelf.Append(name, from, media, media.Length, ct);
        }
        var there = await shelf.Finish(name, media.Length, ct);
        media.Position = 0;
        if (there.Sha256 != Convert.ToHexStringLower(await SHA256.HashDataAsync(media, ct)))
        {
            await shelf.Delete(name, ct);
            throw new ShelfTrouble(ShelfTrouble.Broken, $"What lies on the shelf as {file.Name} is not what was sent.");
        }
        await files.Note(id, file, there.Size, ct);
        return new ShelvedRoomFile(file.Name, there.Size, there.Sha256);
    }

    private Instant Now => Instant.FromDateTimeOffset(time.GetUtcNow());
}
