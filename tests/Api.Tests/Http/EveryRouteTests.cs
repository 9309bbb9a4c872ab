using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Muse.Api.Tests.ApiKeys;
using Muse.Api.Tests.Bookings;

namespace Muse.Api.Tests.Http;

/// <summary>What holds for every route of the server, also for the one that is added tomorrow.</summary>
public sealed class EveryRouteTests(TheServer server) : IClassFixture<TheServer>
{
    private static readonly string[] NotBodies =
        ["", "{", "[]", "null", "7", "\"text\"", "{\"noSuchMember\":1}", "{\"a\":1,\"a\":2}", "\u0000", "{\"displayName\":\"\\ud800\"}"];

    private IReadOnlyList<string> Served => EveryRoute.Of(server.Services.GetRequiredService<EndpointDataSource>());

    private static IEnumerable<KnownRoute> Routes => EveryRoute.Known;

    private async Task<SignedIn> Everyone()
    {
        var everyone = await server.SignUp(["tutor", "student", "guardian"], "All Roles", "KR", "Asia/Seoul", "ko-KR");
        await server.Integrates(everyone);
        return everyone;
    }

    private static string OwnPath(KnownRoute route, SignedIn person) =>
        route.Key.Contains("/tutors/") ? route.Path(person.TutorId.ToString()!)
        : route.Key.Contains("/guardians/") ? route.Path(person.GuardianId.ToString()!, person.StudentId.ToString()!)
        : route.Path(Guid.NewGuid().ToString());

    private static HttpRequestMessage Request(KnownRoute route, string path, string? body = null, string type = "application/json")
    {
        var request = new HttpRequestMessage(route.Method == "ANY" ? HttpMethod.Get : new HttpMethod(route.Method), path);
        if (body is not null)
            request.Content = new StringContent(body, new UTF8Encoding(false), new MediaTypeHeaderValue(type));
        if (route.Method == "PUT")
            request.Headers.Add("If-None-Match", "*");
        else if (route.Method is "PATCH" || route.Key.StartsWith("POST /v1/bookings/", StringComparison.Ordinal) || route.Key.StartsWith("POST /v1/series/{}", StringComparison.Ordinal))
            request.Headers.TryAddWithoutValidation("If-Match", "\"1\"");
        return request;
    }

    private Dictionary<string, string[]>? _listed;

    /// <summary>The codes that the contract lists for each route.</summary>
    private async Task<Dictionary<string, string[]>> Listed()
    {
        var document = await (await server.Anyone().GetAsync("/openapi/v1.json")).Json();
        return (from path in document.GetProperty("paths").EnumerateObject()
                from operation in path.Value.EnumerateObject()
                where operation.Value.TryGetProperty("x-error-codes", out _)
                select (Key: EveryRoute.Key(operation.Name, path.Name), operation.Value))
            .ToDictionary(o => o.Key, o => o.Value.GetProperty("x-error-codes").EnumerateArray().Select(code => code.GetString()!).ToArray());
    }

    private async Task<string?> Wrong(HttpResponseMessage answer, string what, params int[] allowed)
    {
        var text = await answer.Content.ReadAsStringAsync();
        var status = (int)answer.StatusCode;
        if (allowed.Length > 0 ? !allowed.Contains(status) : status is < 400 or >= 500)
            return $"{what}: {status} {text}";
        if (answer.Content.Headers.ContentType?.MediaType != "application/problem+json")
            return $"{what}: {status} is no problem";
        using var problem = JsonDocument.Parse(text);
        if (!problem.RootElement.TryGetProperty("code", out var member) || member.GetString() is not { Length: > 0 } code)
            return $"{what}: {status} without code";
        _listed ??= await Listed();
        var key = what.Split(" with ")[0].Split(" as ")[0];
        return !_listed.TryGetValue(key, out var codes) || codes.Contains(code) ? null : $"{what}: the contract does not list {code}";
    }

    [Fact]
    public void Every_route_of_the_server_has_a_line_in_the_table() => Assert.Empty(Served.Except(Routes.Select(route => route.Key)));

    [Fact]
    public void Every_line_of_the_table_is_a_route_of_the_server() => Assert.Empty(Routes.Select(route => route.Key).Except(Served));

    [Fact]
    public async Task Without_an_account_only_the_public_ones_answer()
    {
        var faults = new List<string>();
        var http = server.Anyone();
        foreach (var route in Routes)
        {
            var answer = await http.SendAsync(Request(route, route.Path(route.Key.StartsWith("GET /openapi", StringComparison.Ordinal) ? "v1" : Guid.NewGuid().ToString()), route.TakesBody ? route.Wrong : null));
            if (route.Public)
            {
                if (answer.StatusCode is HttpStatusCode.Unauthorized)
                    faults.Add($"{route.Key} is public and says 401");
            }
            else if (await Wrong(answer, route.Key, 401) is { } fault)
                faults.Add(fault);
        }
        Assert.Empty(faults);
    }

    [Fact]
    public async Task What_is_no_body_for_a_route_is_refused_with_a_code_and_nothing_is_written()
    {
        var person = await Everyone();
        var events = await server.EventsAsync();
        var faults = new List<string>();
        foreach (var route in Routes.Where(route => route.TakesBody))
        {
            foreach (var body in NotBodies)
            {
                // "{}"-like members may be optional; an empty body may mean "no body".
                var answer = await person.Http.SendAsync(Request(route, OwnPath(route, person), body));
                if (await Wrong(answer, $"{route.Key} with {body}") is { } fault)
                    faults.Add(fault);
            }
            if (await Wrong(await person.Http.SendAsync(Request(route, OwnPath(route, person), "x=1", "text/plain")), $"{route.Key} as text/plain") is { } text)
                faults.Add(text);
            if (await Wrong(await person.Http.SendAsync(Request(route, OwnPath(route, person), "{\"a\":\"" + new string('x', 2_000_000) + "\"}")), $"{route.Key} with 2 MB", route.Key.Contains("/admin/") ? 403 : 413) is { } large)
                faults.Add(large);
        }
        Assert.Empty(faults);
        Assert.Equal(events, await server.EventsAsync());
    }

    [Fact]
    public async Task Every_example_of_the_contract_is_a_body_that_its_route_can_read()
    {
        var person = await Everyone();
        var document = await (await server.Anyone().GetAsync("/openapi/v1.json")).Json();
        var faults = new List<string>();
        foreach (var route in Routes.Where(route => route.TakesBody))
        {
            var operation = document.GetProperty("paths").EnumerateObject().Single(path => EveryRoute.Key("", path.Name).Trim() == route.Key[(route.Key.IndexOf(' ') + 1)..])
                .Value.GetProperty(route.Method.ToLowerInvariant());
            var example = operation.GetProperty("requestBody").GetProperty("content").GetProperty("application/json").GetProperty("example").GetRawText();
            var answer = await person.Http.SendAsync(Request(route, OwnPath(route, person), example));
            var text = await answer.Content.ReadAsStringAsync();
            if (answer.StatusCode is HttpStatusCode.BadRequest || (int)answer.StatusCode >= 500)
                faults.Add($"{route.Key}: {text}");
        }
        Assert.Empty(faults);
    }

    [Fact]
    public async Task A_value_out_of_range_is_refused_with_a_code_and_nothing_is_written()
    {
        var person = await Everyone();
        var admin = await server.Admin();
        var tutor = await server.A_tutor_with_hours();
        var (booking, series) = (await server.A_request(tutor, person), await server.A_series(tutor, person, days: 4));
        var events = await server.EventsAsync();
        var faults = new List<string>();
        foreach (var route in Routes.Where(route => route.Wrong is not null))
        {
            var wrong = route.Wrong!.Replace("{tutor}", tutor.TutorId.ToString()).Replace("{student}", person.StudentId.ToString());
            var path = route.Key.Contains("/bookings/{}") ? route.Path(booking.Id().ToString())
                : route.Key.Contains("/series/{}") ? route.Path(series.Id().ToString()) : OwnPath(route, person);
            var request = route.TakesBody ? Request(route, path, wrong) : Request(route, path + wrong);
            // Only the check of the value itself counts, not one of who asks or of what there is.
            if (await Wrong(await (route.Key.Contains("/admin/") ? admin : person).Http.SendAsync(request), route.Key, 400, 422) is { } fault)
                faults.Add(fault);
        }
        Assert.Empty(faults);
        Assert.Equal(events, await server.EventsAsync());
    }

    [Fact]
    public async Task An_id_that_is_none_is_404_and_nothing_is_written()
    {
        var person = await server.SignUp(["tutor", "student", "guardian"], "A Stranger", "KR", "Asia/Seoul", "ko-KR");
        var events = await server.EventsAsync();
        var faults = new List<string>();
        foreach (var route in Routes.Where(route => route.Key.Contains("{}") && route is { Public: false, ByStreamKey: false }))
        {
            var body = route.TakesBody ? route.Wrong!.Replace("{tutor}", person.TutorId.ToString()).Replace("{student}", person.StudentId.ToString()) : null;
            var query = route.Wrong?.StartsWith('?') is true ? "?fromDate=2026-12-01&toDate=2026-12-07&viewerZone=Asia/Seoul&durationMinutes=60" : "";
            if (await Wrong(await person.Http.SendAsync(Request(route, route.Path("no-id") + query, body)), route.Key + " with no-id", 403, 404) is { } none)
                faults.Add(none);
        }
        Assert.Empty(faults);
        Assert.Equal(events, await server.EventsAsync());
    }
}
