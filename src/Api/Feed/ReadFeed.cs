using System.Collections.Concurrent;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;
using Muse.Api.ApiKeys;
using Muse.Api.Http;
using Muse.Api.Identity;
using Muse.Api.OpenApi;
using Muse.Domain;
using Muse.Domain.ApiKeys;
using NodaTime;

namespace Muse.Api.Feed;

/// <summary>One thing that happened.</summary>
/// <param name="Id">The same however often it is read.</param>
/// <param name="Type">Such as <c>lesson.booked</c>.</param>
/// <param name="Timestamp">When it was written down.</param>
/// <param name="Position">In the log; grows, with holes.</param>
public sealed record PublicEvent(Guid Id, string Type, Instant Timestamp, PublicEventData Data, [property: JsonIgnore] long Position);

/// <param name="Next">Reads on behind the last of these; always there, and good for ever.</param>
/// <param name="More">There are more already.</param>
public sealed record PublicEventPage(IReadOnlyList<PublicEvent> Items, string Next, bool More);

/// <summary>
/// <c>GET /v1/events</c>: what happened, oldest first, as pages; or, to whoever accepts <c>text/event-stream</c>, one after the other as it happens
/// (server-sent events, WHATWG HTML §9.2). Nothing is missed: a cursor, or <c>Last-Event-ID</c>, goes on behind an event.
/// </summary>
public sealed class ReadFeed(FeedRows rows, IHostApplicationLifetime life, IOptions<JsonOptions> json)
{
    private const int MostOfOne = 5, MostOfAll = 200;
    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_sign = TimeSpan.FromSeconds(15);

    /// <summary>A key that was revoked reads no longer than that; whoever may comes again by itself.</summary>
    private static readonly TimeSpan s_longest = TimeSpan.FromMinutes(10);

    private readonly ConcurrentDictionary<Guid, int> _listening = [];

    private sealed record Place(long Position);

    public static void MapFeed(IEndpointRouteBuilder app) => app.MapGet("/v1/events", (
            Caller caller, string? after, int? limit, string? type, ReadFeed feed, Integrators integrators, HttpContext http, CancellationToken ct) =>
            feed.Handle(caller, after, limit, type, integrators, http, ct))
        .RequireAuthorization().ForKeys(ApiScope.EventsRead)
        .Described("listEvents", "Events", "What happened, oldest first; as text/event-stream as it happens",
            ["not_allowed", "malformed_cursor", "out_of_range", "unknown_type", "too_many_listeners"])
        .Produces<PublicEventPage>();

    private async Task<IResult> Handle(Caller caller, string? after, int? limit, string? type, Integrators integrators, HttpContext http, CancellationToken ct)
    {
        if (caller.Key is null && !await integrators.May(caller.PersonId, ct)) return Integrators.Refuse();
        var types = type?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];
        if (types.Except(PublicEvents.Types.Keys).FirstOrDefault() is { } strange)
            return Problems.From(Refusal.Invalid("unknown_type", $"There is no type {(strange.Length > 50 ? strange[..50] : strange)}."));
        var follows = http.Request.GetTypedHeaders().Accept.Any(accepted => accepted.MediaType == "text/event-stream");
        var last = follows && http.Request.Headers["Last-Event-ID"].ToString() is { Length: > 0 } id ? id : after;
        if (Cursor.TryRead<Place>(last, out var place) is { } malformed) return Problems.From(malformed);
        if (Cursor.Limit(limit, out var most) is { } outside) return Problems.From(outside);
        http.Response.Headers.CacheControl = "private, no-store";
        if (!follows)
        {
            var from = place?.Position ?? 0;
            var found = await rows.Read(caller.World, from, types, most + 1, ct);
            PublicEvent[] items = [.. found.Take(most)];
            return TypedResults.Ok(new PublicEventPage(items, CursorOf(items.Length > 0 ? items[^1].Position : from), found.Count > most));
        }
        if (_listening.AddOrUpdate(caller.PersonId, 1, (_, now) => now + 1) > MostOfOne || _listening.Values.Sum() > MostOfAll)
        {
            Left(caller.PersonId);
            return Problems.Of(StatusCodes.Status429TooManyRequests, "too_many_listeners", $"At most {MostOfOne} read as it happens; close one, or ask for pages.");
        }
        // Of the answer and not of its stream: whoever goes before the first line never begins one.
        http.Response.OnCompleted(() =>
        {
            Left(caller.PersonId);
            return Task.CompletedTask;
        });
        // Whoever says nothing of a place wants to hear from now on.
        return TypedResults.ServerSentEvents(Follow(caller.World, place?.Position ?? await rows.Newest(ct), types, ct));
    }

    private async IAsyncEnumerable<SseItem<string>> Follow((string Like, bool Is) world, long after, string[] types, [EnumeratorCancellation] CancellationToken ct)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(ct, life.ApplicationStopping);
        over.CancelAfter(s_longest);
        // At once, so that whoever asked knows that the line is open.
        yield return new SseItem<string>("", "still_there");
        for (var silent = TimeSpan.Zero; !over.IsCancellationRequested;)
        {
            foreach (var told in await rows.Read(world, after, types, Cursor.MaxLimit, ct))
            {
                (after, silent) = (told.Position, TimeSpan.Zero);
                yield return new SseItem<string>(JsonSerializer.Serialize(told, json.Value.SerializerOptions), told.Type) { EventId = CursorOf(told.Position) };
            }
            await Task.Delay(s_look, over.Token).ContinueWith(_ => { }, TaskScheduler.Default);
            if ((silent += s_look) < s_sign) continue;
            // Lines that carry nothing are closed on the way.
            silent = TimeSpan.Zero;
            yield return new SseItem<string>("", "still_there");
        }
    }

    private void Left(Guid personId)
    {
        if (_listening.AddOrUpdate(personId, 0, (_, now) => Math.Max(0, now - 1)) == 0) _listening.TryRemove(KeyValuePair.Create(personId, 0));
    }

    private static string CursorOf(long position) => Cursor.Of(new Place(position));
}
