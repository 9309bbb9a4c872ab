using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Muse.Adapters.Jitsi;
using Muse.Api.Http;
using Muse.Api.OpenApi;
using NodaTime;

namespace Muse.Api.Meetings;

/// <summary><c>POST /v1/webhooks/jaas</c>: what 8x8 tells about rooms of JaaS. Any 2xx ends its repetitions.</summary>
public static class ReceiveJaas
{
    public static void MapJaasWebhook(this IEndpointRouteBuilder app) =>
        app.MapPost("/v1/webhooks/jaas", Handle).AllowAnonymous().WithMetadata(new RequestSizeLimitAttribute(WebhookBody.MostBytes))
            .Described("receiveJaasWebhook", "Webhooks", "What JaaS (8x8) tells about rooms; signed by it", ["not_configured", "invalid_signature", "malformed_body", "body_too_large"]);

    private static async Task<Results<NoContent, ProblemHttpResult>> Handle(
        HttpContext http, JitsiOptions options, TakeReports take, TimeProvider time, ForgedWebhooks forged, CancellationToken ct)
    {
        if (options is { JaasWebhookSecret: null or "", JaasAuthorization: null or "" })
            return Problems.Of(StatusCodes.Status404NotFound, "not_configured", "This server takes no webhooks of JaaS.");
        if (await WebhookBody.Read(http) is not { } body)
            return Problems.Of(StatusCodes.Status413PayloadTooLarge, "body_too_large", "The body is larger than this call takes.");
        // Nothing is read before it is known who wrote it.
        if (!JaasWebhook.IsGenuine(options, http.Request.Headers[JaasWebhook.SignatureHeader], http.Request.Headers.Authorization, body,
            Instant.FromDateTimeOffset(time.GetUtcNow())))
        {
            forged.Note("jaas");
            return Problems.Of(StatusCodes.Status401Unauthorized, "invalid_signature", "The webhook is not signed as configured.");
        }
        if (JaasWebhook.Parse(body, options.AppId) is not { } reports)
            return Problems.Of(StatusCodes.Status400BadRequest, "malformed_body", "The webhook cannot be read.");
        if (reports.Count > 0) await take.Take(reports, ct);
        return TypedResults.NoContent();
    }
}
