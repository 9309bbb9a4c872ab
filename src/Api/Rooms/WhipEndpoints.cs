using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Net.Http.Headers;
using Muse.Api.Http;
using Muse.Api.OpenApi;
using Muse.SelfHostedMedia;
using Muse.SelfHostedMedia.Rooms;
using Muse.SelfHostedMedia.Sdp;

namespace Muse.Api.Rooms;

/// <summary>
/// WHIP (RFC 9725) to publish into a room and WHEP (draft-ietf-wish-whep-02) to hear and see it, for encoders such as OBS and for players:
/// one offer, one answer, one session (docs/api.md, "Encoders and players").
/// </summary>
internal static class WhipEndpoints
{
    public const string SdpType = "application/sdp";
    public const string FragmentType = "application/trickle-ice-sdpfrag";

    /// <summary>Bytes of an offer to publish, or of a fragment; Chromium's largest is a fifth of it.</summary>
    private const int MostBytes = 64 * 1024;

    /// <summary>Bytes of a player's m-lines for the sound and the picture of one person; Chromium's are 6,500.</summary>
    private const int MostBytesPerPerson = 8 * 1024;
    private const int LongestSession = 64;
    private const string Tag = "Streams";

    private static readonly string[] Refusals =
        ["stream_key_invalid", "not_allowed", "unsupported_media_type", "body_too_large", "invalid_offer", "unsupported_offer", "room_not_open", "room_full",
            "too_many_streams", "too_many_rooms", "media_unavailable", "lesson_over", "lesson_cancelled", "lesson_elsewhere"];

    private static readonly string[] SessionRefusals = ["stream_key_invalid"];

    private static readonly string[] PatchRefusals =
        [.. SessionRefusals, "precondition_required", "version_mismatch", "unsupported_media_type", "body_too_large", "invalid_fragment"];

    public static void MapWhip(this IEndpointRouteBuilder app)
    {
        var people = app.ServiceProvider.GetRequiredService<RoomsOptions>().MaxParticipants;
        Map(app, "whip", "Whip", publishes: true, MostBytes, "Publish into a room by WHIP (RFC 9725): an SDP offer for an SDP answer", []);
        Map(app, "whep", "Whep", publishes: false, MostOfViewer(people), "Hear and see a room by WHEP: an SDP offer for an SDP answer", ["not_live"]);
    }

    private static void Map(IEndpointRouteBuilder app, string path, string name, bool publishes, int mostBytes, string summary, string[] refusals)
    {
        var endpoint = $"/v1/rooms/{{room}}/{path}";
        var session = endpoint + "/{session}";
        Limited(app.MapPost(endpoint, publishes ? Publish : Watch)).Described("start" + name, Tag, summary, [.. Refusals, .. refusals]);
        Limited(app.MapPatch(session, Patch)).Described("patch" + name, Tag, "Trickle candidates of a session (204) or restart its ICE (200)", PatchRefusals);
        Limited(app.MapDelete(session, Delete)).Described("stop" + name, Tag, "End a session", SessionRefusals);
        // RFC 9725 §4.2: 2xx without content; the methods are for clients that ask before they begin.
        foreach (var (route, what) in new[] { (endpoint, name), (session, name + "Session") })
        {
            Limited(app.MapGet(route, NoContent)).Described("get" + what, Tag, "Nothing to read here");
            Limited(app.MapMethods(route, [HttpMethods.Options], Options)).Described("describe" + what, Tag, "What may be posted here");
        }

        RouteHandlerBuilder Limited(RouteHandlerBuilder route) =>
            route.AllowAnonymous().LimitedAs(Limit.Streams).WithMetadata(new RequestSizeLimitAttribute(mostBytes));
    }

    private static NoContent NoContent() => TypedResults.NoContent();

    private static Ok Options(HttpContext http)
    {
        http.Response.Headers["Accept-Post"] = SdpType;
        http.Response.Headers["Accept-Patch"] = FragmentType;
        http.Response.Headers.Allow = "GET, POST, PATCH, DELETE, OPTIONS";
        return TypedResults.Ok();
    }

    private static Task<IResult> Publish(
        string room, [FromQuery(Name = "as")] string? benchName, HttpContext http, WhipDoor door, WhipSessions sessions, MediaHost media,
        RoomsOptions options, CancellationToken ct) =>
        Start(room, null, benchName, publishes: true, http, door, sessions, media, options, ct);

    private static Task<IResult> Watch(
        string room, string? publisher, [FromQuery(Name = "as")] string? benchName, HttpContext http, WhipDoor door, WhipSessions sessions,
        MediaHost media, RoomsOptions options, CancellationToken ct) =>
        Start(room, publisher, benchName, publishes: false, http, door, sessions, media, options, ct);

    private static async Task<IResult> Start(
        string roomName, string? publisher, string? benchName, bool publishes, HttpContext http, WhipDoor door, WhipSessions sessions,
        MediaHost media, RoomsOptions options, CancellationToken ct)
    {
        http.Response.Headers.CacheControl = "no-store";
        if (WhipDoor.BearerOf(http.Request) is not { } bearer)
            return Unauthorized(http);
        if (!IsOfType(http.Request, SdpType))
            return WrongType(SdpType);
        if (await Body(http.Request, publishes ? MostBytes : MostOfViewer(options.MaxParticipants), ct) is not { } sdp)
            return TooLarge();
        var (room, refused) = await door.Open(roomName, bearer, publishes, benchName, ct);
        if (refused is not null)
        {
            if (refused.StatusCode == StatusCodes.Status401Unauthorized) return Unauthorized(http);
            if (refused.StatusCode is StatusCodes.Status503ServiceUnavailable or StatusCodes.Status409Conflict) RetryAfter(http, 10);
            return refused;
        }
        var read = publishes ? StreamOffer.OfPublisher(sdp, media.Server.Options) : StreamOffer.OfViewer(sdp, media.Server.Options);
        if (read.Refusal is { } wrong)
            return Refuse(http, wrong);
        var offer = read.Value;
        IReadOnlyDictionary<string, Guid> tracks = new Dictionary<string, Guid>();
        if (!publishes)
        {
            var live = room!.Tracks(publisher).ToList();
            if (live.Count == 0)
            {
                // draft-ietf-wish-whep-02 §4.2: the player comes again, with growing gaps from here.
                RetryAfter(http, 2);
                return Problems.Of(StatusCodes.Status409Conflict, "not_live", "Nobody publishes what you ask for yet; try again.");
            }
            tracks = offer.Assign(live);
            if (tracks.Count == 0)
                return Refuse(http, new MediaRefusal("unsupported_offer", "The offer is refused: it has no m-line for what is published."));
        }
        if (sessions.IsFull)
            return Full(http);
        if (room!.OnlyOne is { } only && sessions.Only(only) is { } former)
            await sessions.End(former);
        var entered = await room.Enter();
        if (entered.Refusal is { } shut)
            return Refuse(http, shut);
        var participant = entered.Value;
        var answer = publishes ? await participant.Publish(offer.Sdp) : await participant.Subscribe(offer.Sdp, tracks);
        if (answer.Refusal is { } not)
        {
            await room.Leave(participant);
            return Refuse(http, not);
        }
        var session = new WhipSession(Tickets.KeyOf(bearer), room, participant, offer, publishes, publisher);
        var (name, before) = sessions.Add(session);
        if (name is null)
        {
            await room.Leave(participant);
            RetryAfter(http, 10);
            return sessions.IsFull ? Full(http) : WhipDoor.Full(room.Most);
        }
        // Two at once by one key: neither saw the other above.
        if (before is not null)
            await sessions.End(before);
        if (!await door.StillLetsIn(roomName, bearer, ct))
        {
            await sessions.End(session);
            return Unauthorized(http);
        }
        var response = http.Response;
        response.Headers.Location = $"/v1/rooms/{Uri.EscapeDataString(roomName)}/{(publishes ? "whip" : "whep")}/{name}";
        response.Headers.ETag = session.ETag;
        response.Headers.Append(HeaderNames.Link, WhipLinks.Of(room.IceServers));
        return TypedResults.Text(answer.Value, SdpType, Encoding.UTF8, StatusCodes.Status201Created);
    }

    private static async Task<IResult> Patch(string room, string session, HttpContext http, WhipSessions sessions, CancellationToken ct)
    {
        var (found, refused) = Find(session, http, sessions);
        if (found is null)
            return refused!;
        if (!IsOfType(http.Request, FragmentType))
            return WrongType(FragmentType);
        if (http.Request.Headers.IfMatch is not [{ } tag])
            return Problems.Of(StatusCodes.Status428PreconditionRequired, "precondition_required", "Send If-Match with the ETag of the ICE session, or * to restart it.");
        if (await Body(http.Request, MostBytes, ct) is not { } text)
            return TooLarge();
        var read = IceFragment.Parse(text);
        if (read.Refusal is { } wrong)
            return Refuse(http, wrong);
        await found.Turn.WaitAsync(ct);
        try
        {
            // RFC 9725 §4.3.1: a restart comes with "*", quoted in its examples; late candidates of the ICE session before it are 412.
            var matches = tag.Trim() == found.ETag || tag.Trim() is "*" or "\"*\"";
            if (!matches)
                return IfMatch.Stale();
            if (read.Value.UserFragment is not { } userFragment || userFragment == found.UserFragment)
                // Candidates are of no use to an ICE-lite server: it learns addresses from the checks (RFC 8445 §2.5).
                return TypedResults.NoContent();
            var restarted = await found.Media.RestartIce(found.Kind, read.Value, found.Offer);
            if (restarted.IsRefused)
                return Problems.NotFound();
            found.Restarted(userFragment);
            http.Response.Headers.ETag = found.ETag;
            return TypedResults.Text(restarted.Value, FragmentType, Encoding.UTF8);
        }
        finally
        {
            found.Turn.Release();
        }
    }

    // 200 and not 204: OBS takes anything else for a failure (whip-output.cpp).
    private static async Task<IResult> Delete(string room, string session, HttpContext http, WhipSessions sessions)
    {
        var (found, refused) = Find(session, http, sessions);
        if (found is null)
            return refused!;
        return await sessions.End(found) ? TypedResults.Ok() : Problems.NotFound();
    }

    /// <summary>Only the bearer that began a session may touch it, though its name is a secret, too.</summary>
    private static (WhipSession? Found, IResult? Refused) Find(string name, HttpContext http, WhipSessions sessions)
    {
        if (WhipDoor.BearerOf(http.Request) is not { } bearer)
            return (null, Unauthorized(http));
        if (name.Length > LongestSession || sessions.Find(name) is not { } session)
            return (null, Problems.NotFound());
        return session.BearerKey == Tickets.KeyOf(bearer) ? (session, null) : (null, Unauthorized(http));
    }

    private static ProblemHttpResult Refuse(HttpContext http, MediaRefusal refusal)
    {
        var status = refusal.Code switch
        {
            "invalid_offer" or "invalid_fragment" => StatusCodes.Status400BadRequest,
            "unsupported_offer" or "too_many_tracks" => StatusCodes.Status422UnprocessableEntity,
            "not_allowed" => StatusCodes.Status403Forbidden,
            "participant_left" or "unknown_track" => StatusCodes.Status404NotFound,
            _ => StatusCodes.Status503ServiceUnavailable,
        };
        if (status == StatusCodes.Status503ServiceUnavailable) RetryAfter(http, 10);
        return Problems.Of(status, refusal.Code, refusal.Detail);
    }

    private static ProblemHttpResult Unauthorized(HttpContext http)
    {
        http.Response.Headers.WWWAuthenticate = http.Request.Headers.Authorization.Count == 0 ? "Bearer" : "Bearer error=\"invalid_token\"";
        return WhipDoor.Unknown();
    }

    private static ProblemHttpResult Full(HttpContext http)
    {
        RetryAfter(http, 10);
        return Problems.Of(StatusCodes.Status503ServiceUnavailable, "too_many_streams", "This server takes no further session now.");
    }

    private static ProblemHttpResult WrongType(string type) =>
        Problems.Of(StatusCodes.Status415UnsupportedMediaType, "unsupported_media_type", $"Send {type}.");

    private static ProblemHttpResult TooLarge() =>
        Problems.Of(StatusCodes.Status413PayloadTooLarge, "body_too_large", "The body is larger than this call takes.");

    private static void RetryAfter(HttpContext http, int seconds) =>
        http.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);

    private static bool IsOfType(HttpRequest request, string type) =>
        MediaTypeHeaderValue.TryParse(request.ContentType, out var sent) && sent.MediaType.Equals(type, StringComparison.OrdinalIgnoreCase);

    /// <summary>A player of a whole room has m-lines for everybody in it.</summary>
    private static int MostOfViewer(int people) => MostBytes + (people * MostBytesPerPerson);

    /// <returns>Null when it is larger than so many bytes.</returns>
    private static async Task<string?> Body(HttpRequest request, int most, CancellationToken ct)
    {
        if (request.ContentLength > most) return null;
        while (true)
        {
            var read = await request.BodyReader.ReadAsync(ct);
            var sent = read.Buffer;
            var text = read.IsCompleted && sent.Length <= most ? Encoding.UTF8.GetString(sent) : null;
            request.BodyReader.AdvanceTo(text is null ? sent.Start : sent.End, sent.End);
            if (text is not null || sent.Length > most) return text;
        }
    }
}
