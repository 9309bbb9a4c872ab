using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Muse.Adapters.Jitsi;
using Muse.Api.Http;
using Muse.Api.OpenApi;
using Muse.Domain.Meetings;

namespace Muse.Api.Meetings;

/// <summary>
/// <c>POST /v1/webhooks/jitsi/events/…</c>: what prosody's plugin <c>event_sync</c> of a self-hosted server tells. The plugin adds
/// <c>/events/room/created</c> and the like to its <c>api_prefix</c>; the body says the same.
/// </summary>
public static class ReceiveJitsi
{
    public static void MapJitsiEvents(this IEndpointRouteBuilder app) =>
        app.MapPost("/v1/webhooks/jitsi/events/{subject:regex(^(room|occupant)$)}/{what:regex(^(created|destroyed|joined|left)$)}", Handle).AllowAnonymous().WithMetadata(new RequestSizeLimitAttribute(WebhookBody.MostBytes))
            .Described("receiveJitsiEvent", "Webhooks", "What prosody's event_sync tells about rooms; carries the bearer token of the configuration",
                ["not_configured", "invalid_token", "malformed_body", "body_too_large"]);

    private static async Task<Results<NoContent, ProblemHttpResult>> Handle(
        string subject, string what, HttpContext http, JitsiOptions options, TakeReports take, ForgedWebhooks forged, CancellationToken ct)
    {
        if (options.EventSyncToken is not { Length: > 0 })
            return Problems.Of(StatusCodes.Status404NotFound, "not_configured", "This server takes no events of a Jitsi server.");
        // Nothing is read before it is known who wrote it.
        if (!EventSync.IsGenuine(options, http.Request.Headers.Authorization))
        {
            forged.Note(ProviderPolicy.Jitsi);
            return Problems.Of(StatusCodes.Status401Unauthorized, "invalid_token", "The event does not carry the token of the configuration.");
        }
        if (await WebhookBody.Read(http) is not { } body)
            return Problems.Of(StatusCodes.Status413PayloadTooLarge, "body_too_large", "The body is larger than this call takes.");
        if (EventSync.Parse(body) is not { } reports)
            return Problems.Of(StatusCodes.Status400BadRequest, "malformed_body", "The event cannot be read.");
        if (reports.Count > 0) await take.Take(reports, ct);
        return TypedResults.NoContent();
    }
}
