using System.Text.Json;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Muse.Api.Tests.Http;

namespace Muse.Api.Tests.OpenApi;

public sealed class ContractDocumentTests(TheServer server) : IClassFixture<TheServer>
{
    private static readonly string[] Methods = ["get", "put", "post", "delete", "patch"];

    private async Task<JsonElement> Document() => await (await server.Anyone().GetAsync("/openapi/v1.json")).Json();

    private static IEnumerable<(string Key, JsonElement Operation)> Operations(JsonElement document) =>
        from path in document.GetProperty("paths").EnumerateObject()
        from operation in path.Value.EnumerateObject()
        where Methods.Contains(operation.Name)
        select (EveryRoute.Key(operation.Name, path.Name), operation.Value);

    [Fact]
    public async Task It_is_OpenAPI_3_1_with_the_bearer_scheme()
    {
        var document = await Document();

        Assert.StartsWith("3.1", document.GetProperty("openapi").GetString());
        Assert.Equal("http", document.GetProperty("components").GetProperty("securitySchemes").GetProperty("bearer").GetProperty("type").GetString());
    }

    [Fact]
    public async Task Every_route_is_in_it()
    {
        var described = Operations(await Document()).Select(operation => operation.Key).ToHashSet();

        var routes = EveryRoute.Of(server.Services.GetRequiredService<EndpointDataSource>()).Except(["GET /openapi/{}.json", "ANY /v1/rooms/{}/signal", "ANY /v1/preflights/{}/signal"])
            .Where(route => !route.StartsWith("OPTIONS ", StringComparison.Ordinal));
        Assert.Empty(routes.Except(described));
    }

    [Fact]
    public async Task Every_operation_has_an_id_of_its_own_a_tag_and_its_error_codes()
    {
        var operations = Operations(await Document()).ToArray();

        Assert.Equal(operations.Length, operations.Select(o => o.Operation.GetProperty("operationId").GetString()).Distinct().Count());
        Assert.All(operations, o => Assert.NotEqual(0, o.Operation.GetProperty("tags").GetArrayLength()));
        Assert.All(operations, o => Assert.True(o.Operation.GetProperty("x-error-codes").GetArrayLength() >= 2, o.Key));
        Assert.All(operations, o => Assert.True(o.Operation.GetProperty("responses").TryGetProperty("default", out _), o.Key));
    }

    [Fact]
    public void Every_route_has_its_notes_once()
    {
        var others = server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(route => route.RoutePattern.RawText is { } path && !path.StartsWith("/openapi", StringComparison.Ordinal) && !path.EndsWith("/signal", StringComparison.Ordinal))
            .Where(route => route.Metadata.OfType<Muse.Api.OpenApi.OperationNotes>().Count() != 1)
            .Select(route => route.DisplayName);

        Assert.Empty(others);
    }

    [Fact]
    public async Task Every_refusal_is_described_by_the_problem_that_is_sent()
    {
        // RFC 6749 §5.2 says how a token is refused.
        var others = from operation in Operations(await Document())
                     where operation.Key != "POST /v1/oauth/token"
                     from response in operation.Operation.GetProperty("responses").EnumerateObject()
                     where response.Name[0] != '2'
                     where !response.Value.GetProperty("content").GetProperty("application/problem+json").GetProperty("schema")
                         .GetRawText().Contains("#/components/schemas/Problem\"", StringComparison.Ordinal)
                     select $"{operation.Key} {response.Name}";

        Assert.Empty(others);
    }

    [Fact]
    public async Task A_client_made_from_it_can_say_that_a_PUT_is_the_first()
    {
        var puts = Operations(await Document()).Where(operation => operation.Key.StartsWith("PUT ", StringComparison.Ordinal)).ToArray();

        Assert.NotEmpty(puts);
        Assert.All(puts, put => Assert.Contains(put.Operation.GetProperty("parameters").EnumerateArray(),
            parameter => parameter.GetProperty("in").GetString() == "header" && parameter.GetProperty("name").GetString() == "If-None-Match"));
    }

    [Fact]
    public async Task Every_body_has_an_example()
    {
        var without = Operations(await Document())
            .Where(o => o.Operation.TryGetProperty("requestBody", out var body)
                && body.GetProperty("content").TryGetProperty("application/json", out var json) && !json.TryGetProperty("example", out _))
            .Select(o => o.Key);

        Assert.Empty(without);
    }

    [Fact]
    public async Task Every_reference_leads_somewhere()
    {
        var document = await Document();
        var missing = new List<string>();
        void Look(JsonElement element)
        {
            if (element.ValueKind == JsonValueKind.Array)
            {
                foreach (var item in element.EnumerateArray())
                    Look(item);
            }
            if (element.ValueKind != JsonValueKind.Object)
                return;
            foreach (var member in element.EnumerateObject())
            {
                if (member.NameEquals("$ref") && member.Value.ValueKind == JsonValueKind.String && !Leads(member.Value.GetString()!))
                    missing.Add(member.Value.GetString()!);
                Look(member.Value);
            }
        }
        bool Leads(string reference)
        {
            var at = document;
            foreach (var part in reference.Split('/').Skip(1))
            {
                if (at.ValueKind == JsonValueKind.Array ? !int.TryParse(part, out _) : !at.TryGetProperty(part.Replace("~1", "/"), out at))
                    return false;
                if (at.ValueKind == JsonValueKind.Array)
                    return true;
            }
            return true;
        }
        Look(document);

        Assert.Empty(missing);
    }
}
