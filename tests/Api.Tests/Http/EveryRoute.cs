using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;

namespace Muse.Api.Tests.Http;

/// <summary>What the tests know of one route. A new route needs a line here.</summary>
/// <param name="Key">Method and path, parameters as <c>{}</c>.</param>
/// <param name="Wrong">A body or query (starting with <c>?</c>) of the right form with a value out of range; null when it takes none.</param>
/// <param name="Public">Open to everyone.</param>
/// <param name="Scope">By which an API key may call it; null when none may.</param>
/// <param name="ByStreamKey">Its bearer is a stream key and not a person's token: whose it is, is tested with the sessions of WHIP and WHEP.</param>
public sealed record KnownRoute(string Key, string? Wrong = null, bool Public = false, bool ByStreamKey = false, string? Scope = null)
{
    public string Method => Key[..Key.IndexOf(' ')];

    public bool TakesBody => Wrong?.StartsWith('{') is true;

    /// <summary>The path with these ids in place of its parameters, in order; the last one repeats.</summary>
    public string Path(params string[] ids)
    {
        var i = 0;
        return Regex.Replace(Key[(Key.IndexOf(' ') + 1)..], @"\{\}", _ => ids[Math.Min(i++, ids.Length - 1)]);
    }
}

public static class EveryRoute
{
    private const string LongText = "\"" + "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789x" + "\"";

    private static readonly string TooLongReason = $"\"{new string('x', 501)}\"";

    public static readonly IReadOnlyList<KnownRoute> Known =
    [
        new("GET /openapi/{}.json", Public: true),
        new("GET /v1/health", Public: true),
        new("GET /metrics", Public: true),
        new("GET /v1/admin/rooms"),
        new("GET /.well-known/jwks.json", Public: true),
        new("GET /.well-known/openid-configuration", Public: true),
        new("POST /v1/accounts", """{"email":"a@example.org","password":"short","displayName":"A","roles":["tutor"],"country":"KR","timeZone":"Asia/Seoul","locale":"ko"}""", Public: true),
        new("POST /v1/tokens", """{"email":"a@example.org"}""", Public: true),
        new("DELETE /v1/tokens", Public: true),
        new("POST /v1/oauth/token", Public: true),
        new("GET /.well-known/oauth-authorization-server", Public: true),
        new("POST /v1/api-keys", """{"name":"A","scopes":["everything"]}"""),
        new("GET /v1/api-keys", "?limit=101"),
        new("POST /v1/api-keys/{}/rotate"),
        new("DELETE /v1/api-keys/{}"),
        new("POST /v1/admin/integrators", """{"email":"nobody"}"""),
        new("GET /v1/admin/integrators", "?limit=101"),
        new("DELETE /v1/admin/integrators/{}"),
        new("POST /v1/sandbox", Scope: "sandbox:manage"),
        new("GET /v1/sandbox", Scope: "sandbox:manage"),
        new("GET /v1/events", "?limit=101", Scope: "events:read"),
        new("DELETE /v1/sandbox", Scope: "sandbox:manage"),
        new("POST /v1/imports/tutors", Scope: "people:write"),
        new("POST /v1/imports/students", Scope: "people:write"),
        new("POST /v1/imports/availability", Scope: "availability:write"),
        new("POST /v1/webhooks/endpoints", """{"url":"http://example.org/muse"}""", Scope: "webhooks:manage"),
        new("GET /v1/webhooks/endpoints", Scope: "webhooks:manage"),
        new("GET /v1/webhooks/endpoints/{}", Scope: "webhooks:manage"),
        new("PATCH /v1/webhooks/endpoints/{}", """{"types":["lesson.forgotten"]}""", Scope: "webhooks:manage"),
        new("DELETE /v1/webhooks/endpoints/{}", Scope: "webhooks:manage"),
        new("POST /v1/webhooks/endpoints/{}/disable", Scope: "webhooks:manage"),
        new("POST /v1/webhooks/endpoints/{}/enable", Scope: "webhooks:manage"),
        new("POST /v1/webhooks/endpoints/{}/rotate-secret", Scope: "webhooks:manage"),
        new("POST /v1/webhooks/endpoints/{}/test", Scope: "webhooks:manage"),
        new("POST /v1/webhooks/endpoints/{}/replay", """{"since":"2001-01-01T00:00:00Z"}""", Scope: "webhooks:manage"),
        new("GET /v1/webhooks/deliveries", "?limit=101", Scope: "webhooks:manage"),
        new("GET /v1/webhooks/deliveries/{}", Scope: "webhooks:manage"),
        new("POST /v1/webhooks/deliveries/{}/replay", Scope: "webhooks:manage"),
        new("GET /v1/me"),
        new("PATCH /v1/me", """{"displayName":""" + LongText + "}"),
        new("POST /v1/guardians/{}/children", """{"displayName":"A","birthDate":"2199-01-01","country":"AE","timeZone":"Asia/Dubai","locale":"ar"}"""),
        new("GET /v1/guardians/{}/children"),
        new("PATCH /v1/guardians/{}/children/{}", """{"country":"XX"}"""),
        new("POST /v1/guardians/{}/children/{}/device-links"),
        new("GET /v1/guardians/{}/children/{}/device-links"),
        new("DELETE /v1/guardians/{}/children/{}/device-links/{}"),
        new("GET /v1/people/{}/consents/{}"),
        new("PUT /v1/people/{}/consents/{}"),
        new("DELETE /v1/people/{}/consents/{}"),
        new("GET /v1/tutors", "?limit=101", Scope: "people:read"),
        new("GET /v1/tutors/{}", Scope: "people:read"),
        new("PUT /v1/tutors/{}/profile", """{"instruments":[],"languages":["ko"],"levels":["beginner"],"introduction":"","proBono":false}"""),
        new("GET /v1/tutors/{}/availability", Scope: "availability:read"),
        new("PUT /v1/tutors/{}/availability", """{"timeZone":"KST","weekly":[],"durationsMinutes":[60]}""", Scope: "availability:write"),
        new("GET /v1/tutors/{}/meeting-preferences"),
        new("PUT /v1/tutors/{}/meeting-preferences", """{"order":["zoom","zoom"],"musicMode":true,"recording":false}"""),
        new("GET /v1/tutors/{}/slots", "?fromDate=2026-12-01&toDate=2029-12-01&viewerZone=Asia/Seoul&durationMinutes=60", Scope: "availability:read"),
        new("GET /v1/tutors/{}/connections"),
        new("POST /v1/tutors/{}/connections/{}"),
        new("POST /v1/tutors/{}/connections/jitsi/keys", """{"domain":"https://meet.example.org/x","appId":"muse","secret":"0123456789012345678901234567890123456789"}"""),
        new("DELETE /v1/tutors/{}/connections/{}"),
        new("GET /v1/connections/callback", Public: true),
        new("POST /v1/scheduling/slots", """{"tutorZone":"Asia/Seoul","viewerZone":"Asia/Dubai","weekly":[],"fromDate":"2026-12-07","toDate":"2026-12-01","durationMinutes":60}""", Public: true),
        new("POST /v1/scheduling/series", """{"zone":"Asia/Seoul","startLocal":"2026-12-07T17:00","count":100000,"durationMinutes":60}""", Public: true),
        new("POST /v1/mentor-requests", """{"studentId":"{student}","instrument":"violin","level":"expert","languages":["ko"],"timeZone":"KST","wishedHours":[],"durationMinutes":45}""", Scope: "bookings:write"),
        new("GET /v1/mentor-requests/{}", Scope: "bookings:read"),
        new("GET /v1/mentor-requests/{}/matches", Scope: "bookings:read"),
        new("POST /v1/bookings", """{"tutorId":"{tutor}","studentId":"{student}","startLocal":"2020-01-01T10:00","timeZone":"KST","durationMinutes":60}""", Scope: "bookings:write"),
        new("GET /v1/bookings", "?limit=101", Scope: "bookings:read"),
        new("GET /v1/bookings/{}", Scope: "bookings:read"),
        new("POST /v1/bookings/{}/confirm", Scope: "bookings:write"),
        new("POST /v1/bookings/{}/decline", """{"reason":""" + TooLongReason + "}", Scope: "bookings:write"),
        new("POST /v1/bookings/{}/cancel", """{"reason":""" + TooLongReason + "}", Scope: "bookings:write"),
        new("POST /v1/bookings/{}/reschedule", """{"startLocal":"2020-01-01T10:00","timeZone":"KST"}""", Scope: "bookings:write"),
        new("POST /v1/series/preview", """{"tutorId":"{tutor}","studentId":"{student}","startLocal":"2020-01-01T10:00","timeZone":"KST","durationMinutes":60,"count":200}""", Scope: "bookings:write"),
        new("POST /v1/series", """{"tutorId":"{tutor}","studentId":"{student}","startLocal":"2020-01-01T10:00","timeZone":"KST","durationMinutes":60,"count":200}""", Scope: "bookings:write"),
        new("GET /v1/series", "?limit=101", Scope: "bookings:read"),
        new("GET /v1/series/{}", Scope: "bookings:read"),
        new("POST /v1/series/{}/confirm", Scope: "bookings:write"),
        new("POST /v1/series/{}/decline", """{"reason":""" + TooLongReason + "}", Scope: "bookings:write"),
        new("POST /v1/series/{}/cancel", """{"reason":""" + TooLongReason + "}", Scope: "bookings:write"),
        new("POST /v1/series/{}/reschedule", """{"startLocal":"2020-01-01T10:00","timeZone":"KST"}""", Scope: "bookings:write"),
        new("GET /v1/lessons", "?limit=101", Scope: "lessons:read"),
        new("GET /v1/lessons/{}", Scope: "lessons:read"),
        new("GET /v1/lessons/{}/timeline"),
        new("POST /v1/lessons/{}/join"),
        new("GET /v1/lessons/{}/meeting"),
        new("POST /v1/lessons/{}/meeting/try-again"),
        new("POST /v1/lessons/{}/fallback"),
        new("ANY /v1/rooms/{}/signal", Public: true),
        new("POST /v1/lessons/{}/stream-keys", """{"use":"watch","listeners":1001}"""),
        new("GET /v1/lessons/{}/stream-keys"),
        new("DELETE /v1/lessons/{}/stream-keys/{}"),
        new("POST /v1/lessons/{}/guest-links"),
        new("GET /v1/lessons/{}/guest-links"),
        new("DELETE /v1/lessons/{}/guest-links/{}"),
        new("GET /v1/lessons/{}/marks"),
        new("POST /v1/lessons/{}/marks", """{"id":"019aa7c0-4b1e-7c3a-9f0e-5d2f7a1b3c4d","ago":-1}"""),
        new("PUT /v1/lessons/{}/marks/{}", """{"note":""" + TooLongReason + ""","shared":false}"""),
        new("DELETE /v1/lessons/{}/marks/{}"),
        new("POST /v1/guest-visits", """{"secret":"x","displayName":" ","country":"KR"}""", Public: true),
        new("POST /v1/rooms/{}/whip", ByStreamKey: true),
        new("GET /v1/rooms/{}/whip", Public: true),
        new("OPTIONS /v1/rooms/{}/whip", Public: true),
        new("PATCH /v1/rooms/{}/whip/{}", ByStreamKey: true),
        new("DELETE /v1/rooms/{}/whip/{}", ByStreamKey: true),
        new("GET /v1/rooms/{}/whip/{}", Public: true),
        new("OPTIONS /v1/rooms/{}/whip/{}", Public: true),
        new("POST /v1/rooms/{}/whep", ByStreamKey: true),
        new("GET /v1/rooms/{}/whep", Public: true),
        new("OPTIONS /v1/rooms/{}/whep", Public: true),
        new("PATCH /v1/rooms/{}/whep/{}", ByStreamKey: true),
        new("DELETE /v1/rooms/{}/whep/{}", ByStreamKey: true),
        new("GET /v1/rooms/{}/whep/{}", Public: true),
        new("OPTIONS /v1/rooms/{}/whep/{}", Public: true),
        new("POST /v1/preflights", """{"studentId":"{student}0"}"""),
        new("POST /v1/preflights/{}/result", """{"paths":[],"line":null,"microphone":"loud","camera":"ok","sound":null,"browser":"chromium"}"""),
        new("ANY /v1/preflights/{}/signal", Public: true),
        new("GET /v1/students/{}/preflight"),
        new("GET /v1/me/preflight"),
        new("POST /v1/webhooks/zoom", Public: true),
        new("POST /v1/webhooks/google-calendar", Public: true),
        new("POST /v1/webhooks/jaas", Public: true),
        new("POST /v1/webhooks/jitsi/events/{}/{}", Public: true),
        new("GET /v1/lessons/{}/recordings"),
        new("GET /v1/lessons/{}/recordings/{}"),
        new("DELETE /v1/lessons/{}/recordings/{}"),
        new("POST /v1/lessons/{}/recordings/{}/viewings"),
        new("POST /v1/lessons/{}/recordings/{}/merged"),
        new("GET /v1/viewings/{}/aac/{}.m3u8", Public: true),
        new("GET /v1/viewings/{}/aac/{}.mp4", Public: true),
        new("GET /v1/viewings/{}/file", Public: true),
        new("GET /v1/viewings/{}/lesson.mp4", Public: true),
        new("GET /v1/viewings/{}/merged.mp4", Public: true),
        new("GET /v1/viewings/{}/poster.png", Public: true),
        new("GET /v1/viewings/{}/renditions", Public: true),
        new("GET /v1/viewings/{}/waveform.json", Public: true),
        new("GET /v1/viewings/{}/sides/{}.m3u8", Public: true),
        new("GET /v1/viewings/{}/tracks/{}.m3u8", Public: true),
        new("GET /v1/viewings/{}/tracks/{}.mp4", Public: true),
        new("GET /v1/admin/errands", "?limit=101"),
        new("POST /v1/admin/errands/{}/replay"),
        new("GET /v1/admin/projections"),
        new("POST /v1/admin/projections/{}/rebuild"),
    ];

    /// <summary>The routes of the running server, by key.</summary>
    public static IReadOnlyList<string> Of(EndpointDataSource endpoints) =>
    [
        .. endpoints.Endpoints.OfType<RouteEndpoint>()
            .SelectMany(endpoint => (endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["ANY"])
                .Select(method => Key(method, Text(endpoint.RoutePattern))))
            .Distinct().Order(StringComparer.Ordinal),
    ];

    public static string Key(string method, string path) => $"{method.ToUpperInvariant()} /{Regex.Replace(path.Trim('/'), @"\{[^}]*\}", "{}")}";

    private static string Text(RoutePattern pattern) =>
        string.Join('/', pattern.PathSegments.Select(segment => string.Concat(segment.Parts.Select(part => part switch
        {
            RoutePatternLiteralPart literal => literal.Content,
            RoutePatternSeparatorPart separator => separator.Content,
            _ => "{}",
        }))));
}
