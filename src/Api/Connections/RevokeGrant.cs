using Muse.Adapters.Postgres;
using Muse.Api.Meetings;
using NodaTime;

namespace Muse.Api.Connections;

/// <param name="Sealed">The tokens, sealed and in base64: an errand's body is a row like any other.</param>
/// <param name="Ends">The connection ended with it, so that coming lessons may have meetings there.</param>
internal sealed record RevokeErrand(Guid TutorId, string Provider, string Sealed, bool Ends = false);

/// <summary>
/// A tutor disconnected: what the account holds for coming lessons is taken away while the tokens are good, the lessons are settled anew, and
/// the provider is told (RFC 7009), again and again until it has heard.
/// </summary>
internal sealed class RevokeGrant(
    ConnectClients clients, TokenEndpoint endpoint, ConnectionSeals seals, LeaveAccount leaving, EventStore store) : IErrandHandler
{
    public const string ErrandKind = "revoke_connection";

    /// <summary>Attempts to take meetings away before the lessons go on without that; about two minutes with these pauses.</summary>
    private const int MostToLeave = 4;

    private static readonly Duration Pause = Duration.FromSeconds(20);

    public string Kind => ErrandKind;

    /// <summary>With pauses of at most an hour: for some days.</summary>
    public int Attempts => 80;

    public async Task Run(Errand errand, CancellationToken ct)
    {
        var body = errand.BodyAs<RevokeErrand>();
        var client = clients.Find(body.Provider);
        var tokens = seals.Open<KeptTokens>("revoke", body.Provider, body.TutorId, Convert.FromBase64String(body.Sealed));
        if (body.Ends && errand.Attempt <= MostToLeave + 1)
        {
            var mayWait = errand.Attempt < MostToLeave;
            if (tokens is not null && !await leaving.Run(body.TutorId, body.Provider, tokens, mayWait, ct) && mayWait)
                throw new ErrandLater($"{body.Provider} does not answer; meetings of coming lessons are still there.", Pause);
            // The same errand however often this one runs. What is left there by now is lost to these lessons.
            await using var session = store.OpenSession(Actor.Server("connections"));
            session.Schedule(ResettleMeetings.ErrandKind, new ResettleErrand(body.TutorId, body.Provider), errand.Id);
            await session.SaveChangesAsync(ct);
        }
        if (client is null)
            throw new ErrandIsHopeless($"{body.Provider} is no longer configured (Meetings:Connect); the tutor can end the consent there.");
        if (tokens is null)
            throw new ErrandIsHopeless("The tokens do not open: the keys of the data folder are others.");
        // The refresh token ends the whole consent (RFC 7009 §2.1). Zoom documents revoking for the access token only, so it gets both.
        if (tokens.Refresh is { } refresh)
            await endpoint.Revoke(client, refresh, "refresh_token", ct);
        await endpoint.Revoke(client, tokens.Access, "access_token", ct);
    }
}
