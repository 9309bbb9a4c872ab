using Muse.Adapters.Postgres;

namespace Muse.Api.Connections;

/// <param name="Sealed">The tokens, sealed and in base64: an errand's body is a row like any other.</param>
internal sealed record RevokeErrand(Guid TutorId, string Provider, string Sealed);

/// <summary>A tutor disconnected: the provider is told (RFC 7009), again and again until it has heard.</summary>
internal sealed class RevokeGrant(ConnectClients clients, TokenEndpoint endpoint, ConnectionSeals seals) : IErrandHandler
{
    public const string ErrandKind = "revoke_connection";

    public string Kind => ErrandKind;

    /// <summary>With pauses of at most an hour: for some days.</summary>
    public int Attempts => 80;

    public async Task Run(Errand errand, CancellationToken ct)
    {
        var body = errand.BodyAs<RevokeErrand>();
        if (clients.Find(body.Provider) is not { } client)
            throw new ErrandIsHopeless($"{body.Provider} is no longer configured (Meetings:Connect); the tutor can end the consent there.");
        if (seals.Open<KeptTokens>("revoke", body.Provider, body.TutorId, Convert.FromBase64String(body.Sealed)) is not { } tokens)
            throw new ErrandIsHopeless("The tokens do not open: the keys of the data folder are others.");
        // The refresh token ends the whole consent (RFC 7009 §2.1). Zoom documents revoking for the access token only, so it gets both.
        if (tokens.Refresh is { } refresh)
            await endpoint.Revoke(client, refresh, "refresh_token", ct);
        await endpoint.Revoke(client, tokens.Access, "access_token", ct);
    }
}
