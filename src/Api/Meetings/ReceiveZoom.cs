using Microsoft.AspNetCore.Mvc;
using Muse.Adapters.Postgres;
using Muse.Adapters.Zoom;
using Muse.Api.Http;
using Muse.Api.OpenApi;
using Muse.Domain.Meetings;
using NodaTime;

namespace Muse.Api.Meetings;

/// <summary>Zoom's answer to a question only the owner of the secret can answer.</summary>
public sealed record ZoomValidation(string PlainToken, string EncryptedToken);

/// <summary>
/// <c>POST /v1/webhooks/zoom</c>. Zoom waits three seconds and then tries again after 5, 25 and 85 minutes; so what cannot be written in time is
/// answered with 503 and comes again, and what was written is answered with 204 however often it comes.
/// </summary>
public static partial class ReceiveZoom
{
    /// <summary>Half a second of Zoom's three is for the way.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(2.5);

    public static void MapReceiveZoom(this IEndpointRouteBuilder app) =>
        app.MapPost("/v1/webhooks/zoom", Handle)
            .AllowAnonymous()
            .WithMetadata(new RequestSizeLimitAttribute(ZoomWebhook.MostBytes))
            .Described("receiveZoom", "Webhooks", "Zoom tells what happened in a meeting; signed with a secret of Meetings:Zoom:WebhookSecrets",
                ["not_configured", "invalid_signature", "malformed_body", "body_too_large", "not_in_time"])
            .Produces<ZoomValidation>().Produces(StatusCodes.Status204NoContent);

    private static async Task<IResult> Handle(
        HttpContext http, ZoomOptions options, TakeReports reports, EventStore store, TimeProvider time, ForgedWebhooks forged,
        ILogger<ZoomWebhook> log, CancellationToken ct)
    {
        string[] secrets = [.. options.WebhookSecrets.Where(secret => !string.IsNullOrWhiteSpace(secret))];
        if (secrets.Length == 0)
            return Problems.Of(StatusCodes.Status404NotFound, "not_configured", "This server takes no webhooks of Zoom.");
        if (await Body(http.Request, ct) is not { } body)
            return Problems.Of(StatusCodes.Status413PayloadTooLarge, "body_too_large", "The body is larger than this call takes.");
        var secret = new ZoomWebhook(secrets).SignedWith(
            http.Request.Headers[ZoomWebhook.TimestampHeader], http.Request.Headers[ZoomWebhook.SignatureHeader], body.Span,
            Instant.FromDateTimeOffset(time.GetUtcNow()));
        if (secret is null)
        {
            forged.Note(ProviderPolicy.Zoom);
            return Problems.Of(StatusCodes.Status401Unauthorized, "invalid_signature", "The signature is not that of a configured secret, or it is too old.");
        }
        if (ZoomWebhook.Read(body) is not { } message)
            return Problems.Of(StatusCodes.Status400BadRequest, "malformed_body", "The body is no message of Zoom's.");
        if (message.PlainToken is { } token)
            return TypedResults.Ok(new ZoomValidation(token, ZoomWebhook.Encrypt(secret, token)));

        using var late = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var saving = Save(message, reports, store, late.Token);
        if (await Task.WhenAny(saving, Task.Delay(Patience, ct)) == saving)
        {
            await saving;
            return TypedResults.NoContent();
        }
        await late.CancelAsync();
        _ = saving.ContinueWith(late => late.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        LogLate(log, message.Event);
        return Problems.Of(StatusCodes.Status503ServiceUnavailable, "not_in_time", "It could not be written in time; send it again.");
    }

    private static async Task Save(ZoomMessage message, TakeReports reports, EventStore store, CancellationToken ct)
    {
        if (message.Reports.Count > 0)
            await reports.Take(message.Reports, ct);
        if (message.Lost is { } lost)
        {
            await using var session = store.OpenSession(Actor.Server("zoom"));
            session.Schedule(LookAgainAtZoomHosts.ErrandKind, lost, causedBy: Guid.CreateVersion7());
            await session.SaveChangesAsync(ct);
        }
    }

    /// <summary>Null when it is longer than it may be, announced or not.</summary>
    private static async Task<ReadOnlyMemory<byte>?> Body(HttpRequest request, CancellationToken ct)
    {
        using var body = new MemoryStream();
        var piece = new byte[16 * 1024];
        while (await request.Body.ReadAsync(piece, ct) is > 0 and var read)
        {
            if (body.Length + read > ZoomWebhook.MostBytes) return null;
            body.Write(piece, 0, read);
        }
        return body.GetBuffer().AsMemory(0, (int)body.Length);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Zoom's {Event} could not be written in time; Zoom will send it again")]
    private static partial void LogLate(ILogger log, string @event);
}
