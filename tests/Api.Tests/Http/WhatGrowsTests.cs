using System.Text.Json;

namespace Muse.Api.Tests.Http;

/// <summary>Repeating a call makes nothing twice, and no list grows without end: for every route of the contract, or it says here why not.</summary>
public sealed class WhatGrowsTests(TheServer server) : IClassFixture<TheServer>
{
    /// <summary>POSTs that take no <c>Idempotency-Key</c>.</summary>
    private static readonly Dictionary<string, string> RepeatableOtherwise = new()
    {
        ["POST /v1/tokens"] = "the answer is a secret that nobody keeps",
        ["POST /v1/oauth/token"] = "the answer is a secret that nobody keeps",
        ["POST /v1/api-keys"] = "the answer is a secret that nobody keeps",
        ["POST /v1/api-keys/{}/rotate"] = "the answer is a secret that nobody keeps",
        ["POST /v1/guardians/{}/children/{}/device-links"] = "the answer is a secret that nobody keeps",
        ["POST /v1/lessons/{}/stream-keys"] = "the answer is a secret that nobody keeps",
        ["POST /v1/lessons/{}/guest-links"] = "the answer is a secret that nobody keeps",
        ["POST /v1/guest-visits"] = "the answer is a secret; the visit sent back is the same guest's",
        ["POST /v1/lessons/{}/recordings/{}/viewings"] = "the answer is a secret that nobody keeps",
        ["POST /v1/tutors/{}/connections/{}"] = "an address that is good once",
        ["POST /v1/preflights"] = "a room of a minute; bounded by its own limit",
        ["POST /v1/preflights/{}/result"] = "the same result again changes nothing",
        ["POST /v1/lessons/{}/marks"] = "the caller's own id makes it one",
        ["POST /v1/lessons/{}/join"] = "a ticket of a minute",
        ["POST /v1/lessons/{}/fallback"] = "asking again answers the same door",
        ["POST /v1/lessons/{}/meeting/try-again"] = "asking again does nothing more",
        ["POST /v1/lessons/{}/recordings/{}/merged"] = "asking again does nothing more",
        ["POST /v1/bookings/{}/confirm"] = "If-Match: the second one is stale",
        ["POST /v1/bookings/{}/decline"] = "If-Match: the second one is stale",
        ["POST /v1/bookings/{}/cancel"] = "If-Match: the second one is stale",
        ["POST /v1/bookings/{}/reschedule"] = "If-Match: the second one is stale",
        ["POST /v1/series/{}/confirm"] = "If-Match: the second one is stale",
        ["POST /v1/series/{}/decline"] = "If-Match: the second one is stale",
        ["POST /v1/series/{}/cancel"] = "If-Match: the second one is stale",
        ["POST /v1/series/{}/reschedule"] = "If-Match: the second one is stale",
        ["POST /v1/series/preview"] = "it computes and keeps nothing",
        ["POST /v1/rooms/{}/whip"] = "the newest session of a key wins",
        ["POST /v1/rooms/{}/whep"] = "the newest session of a key wins",
        ["POST /v1/webhooks/endpoints"] = "the answer is a secret that nobody keeps",
        ["POST /v1/webhooks/endpoints/{}/rotate-secret"] = "the answer is a secret that nobody keeps",
        ["POST /v1/webhooks/endpoints/{}/disable"] = "a disabled one stays so",
        ["POST /v1/webhooks/endpoints/{}/enable"] = "an enabled one stays so",
        ["POST /v1/webhooks/endpoints/{}/replay"] = "what waits already is not replayed",
        ["POST /v1/webhooks/deliveries/{}/replay"] = "what waits already is not replayed",
        ["POST /v1/webhooks/zoom"] = "each delivery is taken once by its id",
        ["POST /v1/webhooks/google-calendar"] = "it only says: look",
        ["POST /v1/webhooks/jaas"] = "each delivery is taken once by its id",
        ["POST /v1/webhooks/jitsi/events/{}/{}"] = "each fact is taken once",
        ["POST /v1/admin/errands/{}/replay"] = "an errand that is not dead is not replayed",
        ["POST /v1/admin/projections/{}/rebuild"] = "built again it is the same",
        ["POST /v1/scheduling/slots"] = "it computes and keeps nothing",
        ["POST /v1/scheduling/series"] = "it computes and keeps nothing",
    };

    /// <summary>Lists without a cursor, and how many they hold at most.</summary>
    private static readonly Dictionary<string, string> Bounded = new()
    {
        ["GET /v1/guardians/{}/children"] = "20 children of a guardian",
        ["GET /v1/guardians/{}/children/{}/device-links"] = "10 of a child",
        ["GET /v1/lessons/{}/timeline"] = "1,000 changes",
        ["GET /v1/lessons/{}/stream-keys"] = "200",
        ["GET /v1/lessons/{}/guest-links"] = "5 live ones",
        ["GET /v1/lessons/{}/marks"] = "300 of a person",
        ["GET /v1/lessons/{}/recordings"] = "of one lesson",
        ["GET /v1/viewings/{}/renditions"] = "one of each kind",
        ["GET /v1/mentor-requests/{}/matches"] = "50",
        ["GET /v1/tutors/{}/connections"] = "one of each provider",
        ["GET /v1/webhooks/endpoints"] = "20 of an integrator",
        ["GET /v1/admin/projections"] = "those of the program",
        ["GET /v1/admin/rooms"] = "the rooms of this process",
    };

    private async Task<JsonElement> Document() => await (await server.Anyone().GetAsync("/openapi/v1.json")).Json();

    private static IEnumerable<(string Key, JsonElement Operation)> Operations(JsonElement document, string method) =>
        from path in document.GetProperty("paths").EnumerateObject()
        where path.Value.TryGetProperty(method, out _)
        select (EveryRoute.Key(method, path.Name), path.Value.GetProperty(method));

    private static bool Takes(JsonElement operation, string parameter) => operation.TryGetProperty("parameters", out var parameters)
        && parameters.EnumerateArray().Any(one => one.GetProperty("name").GetString() == parameter);

    [Fact]
    public async Task Every_POST_takes_an_idempotency_key_or_is_repeatable_in_another_way()
    {
        var without = Operations(await Document(), "post").Where(post => !Takes(post.Operation, "Idempotency-Key")).Select(post => post.Key);

        Assert.Equal(RepeatableOtherwise.Keys.Order(StringComparer.Ordinal), without.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Every_list_has_a_cursor_and_a_limit_or_an_end()
    {
        var document = await Document();
        var schemas = document.GetProperty("components").GetProperty("schemas");
        bool HasItems(JsonElement operation) => operation.GetProperty("responses").TryGetProperty("200", out var ok)
            && ok.TryGetProperty("content", out var content) && content.TryGetProperty("application/json", out var json)
            && json.GetProperty("schema").TryGetProperty("$ref", out var reference)
            && schemas.GetProperty(reference.GetString()!.Split('/')[^1]).TryGetProperty("properties", out var members) && members.TryGetProperty("items", out _);
        var endless = Operations(document, "get").Where(get => HasItems(get.Operation) && !(Takes(get.Operation, "after") && Takes(get.Operation, "limit"))).Select(get => get.Key).ToArray();

        Assert.Equal(Bounded.Keys.Order(StringComparer.Ordinal), endless.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Every_answer_says_what_is_left_of_a_limit()
    {
        var faults = new List<string>();
        foreach (var route in EveryRoute.Known.Where(route => route.Method != "ANY"))
        {
            var answer = await server.Anyone().SendAsync(new HttpRequestMessage(new HttpMethod(route.Method), route.Path(Guid.NewGuid().ToString())));
            if (!answer.Headers.Contains("RateLimit") || !answer.Headers.Contains("RateLimit-Policy"))
                faults.Add(route.Key);
        }
        Assert.Empty(faults);
    }
}
