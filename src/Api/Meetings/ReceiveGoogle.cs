using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Muse.Adapters.GoogleMeet;
using Muse.Adapters.Postgres;
using Muse.Api.Http;
using Muse.Api.OpenApi;
using Muse.Domain.Meetings;
using Npgsql;

namespace Muse.Api.Meetings;

/// <summary>
/// <c>POST /v1/webhooks/google-calendar</c>: something changed in a watched calendar. The push has no body and no signature, only the token of
/// its channel; it is noted, and <see cref="WatchCalendars"/> reads what changed. So a stranger's push costs one look at a table and a genuine
/// one grows nothing: the calendar's row says that it is to be read, however often that is said.
/// </summary>
public static class ReceiveGoogle
{
    private const string ChannelIsOpen = "sync";

    public static void MapReceiveGoogle(this IEndpointRouteBuilder app) =>
        app.MapPost("/v1/webhooks/google-calendar", Handle)
            .AllowAnonymous()
            .WithMetadata(new RequestSizeLimitAttribute(WebhookBody.MostBytes))
            .Described("receiveGoogleCalendar", "Webhooks", "Google says that a watched calendar changed; proved by the channel's token",
                ["malformed_push", "invalid_channel"]);

    private static async Task<Results<NoContent, ProblemHttpResult>> Handle(HttpContext http, NpgsqlDataSource database, ForgedWebhooks forged, CancellationToken ct)
    {
        if (CalendarPush.Read(name => http.Request.Headers[name].FirstOrDefault()) is not { } push)
            return Problems.Of(StatusCodes.Status400BadRequest, "malformed_push", "These are no headers of a push of Google Calendar.");
        await using var find = database.Command("select token_hash, resource from calendar_channels where id = $1", push.Channel);
        await using (var row = await find.ExecuteReaderAsync(ct))
        {
            // One answer for an unknown channel and for a wrong token: nobody learns which channels there are.
            if (!await row.ReadAsync(ct) || !push.Proves(row.GetFieldValue<byte[]>(0)) || (!row.IsDBNull(1) && row.GetString(1) != push.Resource))
            {
                forged.Note(ProviderPolicy.GoogleMeet);
                return Problems.Of(StatusCodes.Status404NotFound, "invalid_channel", "There is no such channel.");
            }
        }
        await Note(database, push, ct);
        return TypedResults.NoContent();
    }

    /// <summary>A number that is not above the last one was delivered before, or was overtaken by one that said the same.</summary>
    private static async Task Note(NpgsqlDataSource database, CalendarPush push, CancellationToken ct)
    {
        await using var note = database.Command("""
            with channel as (
                update calendar_channels set last_message = $2 where id = $1 and last_message < $2 returning calendar)
            update watched_calendars w set wanted = w.wanted + 1 from channel c where w.calendar = c.calendar and $3
            """, push.Channel, push.Number, push.State != ChannelIsOpen);
        await note.ExecuteNonQueryAsync(ct);
    }
}
