using Muse.Adapters.Postgres;
using Muse.Api.Identity;
using Muse.Api.Meetings;
using Muse.Domain;
using Muse.Domain.Meetings;
using NodaTime;

namespace Muse.Api.Connections;

/// <summary>
/// Writes what becomes of a connection: the event, the row and the errands in one transaction. Lessons to come are looked at again by
/// errands: after a loss another account or provider has to carry them, after a gain one that had no meeting may get it.
/// </summary>
internal sealed class ConnectionDesk(EventStore store, ConnectionRows rows, ConnectionSeals seals, TimeProvider time)
{
    private const int MostRounds = 8;

    private Instant Now => Instant.FromDateTimeOffset(time.GetUtcNow()).Cut();

    public static Guid StreamOf(Guid tutorId, string provider) => NameBasedId.From(tutorId, $"connection:{provider}");

    /// <param name="expiresAt">Null for keys that do not expire.</param>
    /// <param name="keysTaken">Of Jitsi only: its server was shown the keys and took them.</param>
    /// <param name="keepsMeetings">As of <see cref="Connection.Connect"/>.</param>
    /// <returns>Why not, and then nothing was kept; else null.</returns>
    public Task<Refusal?> Connect(
        Guid tutorId, Guid personId, string provider, byte[] box, Instant? expiresAt, string scopes, string? label, CancellationToken ct,
        bool keysTaken = false, bool keepsMeetings = false)
    {
        var grant = Guid.CreateVersion7(time.GetUtcNow());
        return Write(tutorId, provider, new Actor(personId, Role.Tutor), grant, connection => connection.Connect(grant, Now, keepsMeetings), session =>
            session.After((connection, cancel) =>
                ConnectionRows.Keep(connection, tutorId, provider, grant, box, expiresAt, scopes, label, keysTaken, Now, cancel)), ct);
    }

    /// <summary>
    /// The account is used no more at once. An errand keeps its tokens until the meetings of coming lessons are taken away there, then tells the
    /// provider, however long that takes; the lessons are settled anew between the two.
    /// </summary>
    public async Task Disconnect(Guid tutorId, string provider, Caller caller, CancellationToken ct)
    {
        var row = await rows.Find(tutorId, provider, ct);
        var tokens = row?.Sealed is { } box && provider != ProviderPolicy.Jitsi
            ? seals.Open<KeptTokens>("tokens", provider, tutorId, box)
            : null;
        var by = caller.IsTutor(tutorId) ? Role.Tutor : Role.Admin;
        await Write(tutorId, provider, new Actor(caller.PersonId, by), row?.Grant ?? Guid.Empty, connection => connection.Disconnect(by, Now), session =>
        {
            session.After((connection, cancel) => ConnectionRows.Forget(connection, tutorId, provider, cancel));
            if (tokens is not null)
                Schedule(session, tutorId, provider, row!.Grant, row.Generation, tokens, ends: true);
        }, ct, ends: tokens is not null);
    }

    public Task Die(ConnectionRow row, string code, CancellationToken ct) =>
        Write(row.TutorId, row.Provider, Actor.Server("connections"), row.Grant, connection => connection.Die(row.Grant, code, Now), session =>
            session.After((connection, cancel) => ConnectionRows.KeepDead(connection, row, code, Now, cancel)), ct);

    /// <summary>Tokens that nobody keeps: the provider is told so.</summary>
    public async Task Revoke(Guid tutorId, string provider, Guid grant, long generation, KeptTokens tokens, CancellationToken ct)
    {
        await using var session = store.OpenSession(Actor.Server("connections"));
        Schedule(session, tutorId, provider, grant, generation, tokens);
        await session.SaveChangesAsync(ct);
    }

    private void Schedule(EventSession session, Guid tutorId, string provider, Guid grant, long generation, KeptTokens tokens, bool ends = false) =>
        session.Schedule(RevokeGrant.ErrandKind, new RevokeErrand(tutorId, provider, Convert.ToBase64String(seals.Seal("revoke", provider, tutorId, tokens)), ends),
            NameBasedId.From(grant, $"revoke:{generation}"));

    private async Task<Refusal?> Write(
        Guid tutorId, string provider, Actor who, Guid grant, Func<Connection, Decision> decide, Action<EventSession> also, CancellationToken ct,
        bool ends = false)
    {
        for (var round = 1; ; round++)
        {
            await using var session = store.OpenSession(who);
            var stream = await session.FetchForWriting<Connection>(StreamOf(tutorId, provider), ct);
            var decision = decide(stream.Aggregate ?? Connection.None(stream.Id, tutorId, provider));
            if (decision.IsRefused)
                return decision.Refusal;
            if (!decision.ChangesNothing)
            {
                stream.AppendMany(decision.Events);
                if (decision.Events is [.., ProviderConnected])
                {
                    // A cause of its own for each lesson and connection, so that the next one looks at them again.
                    foreach (var lesson in await rows.LessonsWithoutMeeting(tutorId, Now, ct))
                        session.Schedule(LookAtMeeting.ErrandKind, new LookErrand(lesson), NameBasedId.From(lesson, $"connected:{grant}"));
                }
                else if (!ends)
                    session.Schedule(ResettleMeetings.ErrandKind, new ResettleErrand(tutorId, provider));
            }
            also(session);
            try
            {
                await session.SaveChangesAsync(ct);
                return null;
            }
            catch (Exception late) when (late is StaleVersion or StreamExists && round < MostRounds)
            {
                // Somebody else wrote it meanwhile: decide on what it is now.
            }
        }
    }
}
