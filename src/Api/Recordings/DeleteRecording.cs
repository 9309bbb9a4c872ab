using Muse.Adapters.Postgres;
using Muse.Domain;
using Muse.Domain.Lessons;
using Muse.Domain.Recordings;
using NodaTime;

namespace Muse.Api.Recordings;

public sealed record DeleteRecordingErrand(Guid RecordingId, DeletedBecause Because);

/// <summary>Deletes a recording, of a built-in room or a provider's file, when its time has come or somebody wants it gone.</summary>
public sealed class DeleteRecording(EventStore store, RoomFiles files, IRecordingShelf shelf, TimeProvider time) : IErrandHandler
{
    public const string ErrandKind = "delete_recording";

    private const int MostTries = 5;

    public string Kind => ErrandKind;

    public async Task Run(Errand errand, CancellationToken ct)
    {
        var wanted = errand.BodyAs<DeleteRecordingErrand>();
        if (await Delete(wanted.RecordingId, wanted.Because, Who.Clock, Actor.Server("recordings"), ct) is { } refusal)
            throw new ErrandLater($"{refusal.Code}: {refusal.Detail}", Duration.FromHours(1));
    }

    /// <summary>The media first and then the word for it: killed between the two, it is deleted again. Repeatable.</summary>
    /// <returns>Null when it is gone.</returns>
    internal async Task<Refusal?> Delete(Guid id, DeletedBecause because, Who by, Actor actor, CancellationToken ct)
    {
        for (var tries = 1; ; tries++)
        {
            await using var session = store.OpenSession(actor);
            var (room, file) = (await session.FetchForWriting<RoomRecording>(id, ct), await session.FetchForWriting<Recording>(id, ct));
            var now = Instant.FromDateTimeOffset(time.GetUtcNow());
            if ((room.Aggregate?.Delete(because, by, now) ?? file.Aggregate?.Delete(because, by, now)) is not { } decision) return null;
            if (decision.IsRefused) return decision.Refusal;
            var mayComeAgain = await files.Delete(id, ct);
            await shelf.Delete(id, ct);
            if (decision.ChangesNothing) return null;
            if (room.Aggregate is not null) room.AppendMany(decision.Events);
            else file.AppendMany(decision.Events);
            if (mayComeAgain) session.Schedule(ShelveRoom.ErrandKind, new ShelveRoomErrand(id), dueAt: now + ShelveRoom.Clearing);
            try
            {
                await session.SaveChangesAsync(ct);
                return null;
            }
            catch (StaleVersion) when (tries < MostTries)
            {
            }
        }
    }
}
