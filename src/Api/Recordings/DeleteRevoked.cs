using Muse.Adapters.Postgres;
using Muse.Api.Consents;
using Muse.Domain.Consents;
using Muse.Domain.Lessons;
using Muse.Domain.Recordings;
using NodaTime;

namespace Muse.Api.Recordings;

/// <param name="PersonId">Who no longer agrees.</param>
/// <param name="At">When that was said: what was recorded later was agreed to anew.</param>
public sealed record DeleteRevokedErrand(Guid PersonId, Instant At);

/// <summary>
/// Some days after a consent was taken back: the recordings of that person are deleted, unless it was given again. Until then they are only kept
/// from view (<see cref="RecordingView"/>), so that whoever decided in anger, or a guardian, can think again.
/// </summary>
public sealed class DeleteRevoked(ConsentRows consents, RoomRecordingRows rows, DeleteRecording delete) : IErrandHandler
{
    public const string ErrandKind = "delete_revoked_recordings";

    public string Kind => ErrandKind;

    public async Task Run(Errand errand, CancellationToken ct)
    {
        var (person, at) = errand.BodyAs<DeleteRevokedErrand>();
        if ((await consents.WhoAgreed(ConsentPurpose.Recording, [person], ct)).Count > 0) return;
        foreach (var row in await rows.With(person, at, ct))
        {
            if (await delete.Delete(row.Id, DeletedBecause.ConsentRevoked, Who.Clock, Actor.Server("recordings"), ct) is { } refusal)
                throw new ErrandLater($"{refusal.Code}: {refusal.Detail}", Duration.FromMinutes(10));
        }
    }
}
