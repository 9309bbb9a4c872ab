using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Muse.Api.Tests.OpenApi;

/// <summary>Integrators build on the contract: nothing that was in <c>docs/openapi.json</c> is taken from them.</summary>
public sealed class CompatibilityTests(TheServer server) : IClassFixture<TheServer>
{
    private const string Contract = """
        {"paths": {"/v1/lessons": {
          "get": {"parameters": [{"in": "query", "name": "limit", "schema": {"type": "integer", "maximum": 100}}],
            "responses": {"200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Lesson"}}}}},
            "x-error-codes": ["not_found"]},
          "post": {"requestBody": {"required": true, "content": {"application/json": {"schema": {"type": "object", "required": ["start"],
              "properties": {"start": {"type": "string"}, "kind": {"type": "string", "enum": ["talk", "music"]}}}}}},
            "responses": {"201": {"content": {}}}, "x-error-codes": []}}},
         "webhooks": {"lesson.booked": {"post": {"parameters": [{"in": "header", "name": "webhook-id"}],
           "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Told"}}}}}}},
         "components": {"schemas": {"Told": {"type": "object", "required": ["lessonId"], "properties": {"lessonId": {"type": "string"}, "zone": {"type": "string"}}}, "Lesson": {"type": "object", "required": ["id"],
           "properties": {"id": {"type": "string"}, "next": {"oneOf": [{"type": "null"}, {"$ref": "#/components/schemas/Lesson"}]}}}}}}
        """;

    [Theory]
    [InlineData("\"/v1/lessons\"", "\"/v1/hours\"", "GET /v1/lessons is gone")]
    [InlineData("\"maximum\": 100", "\"maximum\": 50", "GET /v1/lessons query limit has a lower maximum")]
    [InlineData("\"type\": \"integer\", \"maximum\": 100", "\"type\": \"string\"", "GET /v1/lessons query limit may not be integer any more")]
    [InlineData("\"name\": \"limit\",", "\"name\": \"limit\", \"required\": true,", "GET /v1/lessons asks for query limit")]
    [InlineData("\"name\": \"limit\"", "\"name\": \"most\"", "GET /v1/lessons takes no query limit any more")]
    [InlineData("[\"not_found\"]", "[]", "GET /v1/lessons has no not_found any more")]
    [InlineData("\"properties\": {\"id\": {\"type\": \"string\"}, ", "\"properties\": {\"name\": {\"type\": \"string\"}, ", "GET /v1/lessons 200 has no id any more")]
    [InlineData("\"required\": [\"id\"]", "\"required\": []", "GET /v1/lessons 200 may lack id")]
    [InlineData("\"id\": {\"type\": \"string\"}", "\"id\": {\"type\": [\"string\", \"null\"]}", "GET /v1/lessons 200.id may be null")]
    [InlineData("\"required\": [\"start\"]", "\"required\": [\"start\", \"kind\"]", "POST /v1/lessons body asks for kind")]
    [InlineData("\"talk\", \"music\"", "\"music\"", "POST /v1/lessons body.kind may not be talk any more")]
    [InlineData("\"start\": {\"type\": \"string\"}", "\"start\": {\"type\": \"string\", \"maxLength\": 20}", "POST /v1/lessons body.start has a lower maxLength")]
    [InlineData("\"kind\": {\"type\": \"string\", \"enum\": [\"talk\", \"music\"]}", "\"sort\": {\"type\": \"string\"}", "POST /v1/lessons body takes no kind any more")]
    [InlineData("\"201\"", "\"202\"", "POST /v1/lessons 201 is gone")]
    [InlineData("\"lesson.booked\"", "\"lesson.agreed\"", "webhook lesson.booked is gone")]
    [InlineData("\"required\": [\"lessonId\"]", "\"required\": []", "webhook lesson.booked may lack lessonId")]
    [InlineData("\"properties\": {\"lessonId\": {\"type\": \"string\"}, ", "\"properties\": {", "webhook lesson.booked has no lessonId any more")]
    [InlineData("\"zone\": {\"type\": \"string\"}", "\"zone\": {\"type\": [\"string\", \"null\"]}", "webhook lesson.booked.zone may be null")]
    [InlineData("\"webhook-id\"", "\"id\"", "webhook lesson.booked has no header webhook-id any more")]
    public void What_would_break_a_client_is_found(string old, string changed, string found)
    {
        Assert.Contains(old, Contract, StringComparison.Ordinal);
        Assert.Contains(found, Compatibility.Breaks(Parsed(Contract), Parsed(Contract.Replace(old, changed, StringComparison.Ordinal))));
    }

    [Theory]
    [InlineData("\"name\"", "\"name\"")]
    [InlineData("\"maximum\": 100", "\"maximum\": 200")]
    [InlineData("\"talk\", \"music\"", "\"talk\", \"music\", \"dance\"")]
    [InlineData("[\"not_found\"]", "[\"not_found\", \"gone\"]")]
    [InlineData("\"required\": [\"start\"]", "\"required\": []")]
    [InlineData("\"properties\": {\"id\"", "\"properties\": {\"name\": {\"type\": \"string\"}, \"id\"")]
    [InlineData("\"properties\": {\"start\"", "\"properties\": {\"note\": {\"type\": \"string\"}, \"start\"")]
    [InlineData("{\"paths\": {", "{\"paths\": {\"/v1/more\": {\"get\": {\"responses\": {}}}, ")]
    [InlineData("\"required\": [\"lessonId\"]", "\"required\": [\"lessonId\", \"zone\"]")]
    [InlineData("\"webhooks\": {", "\"webhooks\": {\"lesson.moved\": {\"post\": {}}, ")]
    public void What_is_added_breaks_nobody(string old, string changed)
    {
        Assert.Contains(old, Contract, StringComparison.Ordinal);
        Assert.Empty(Compatibility.Breaks(Parsed(Contract), Parsed(Contract.Replace(old, changed, StringComparison.Ordinal))));
    }

    /// <summary>Where something was added, the file is fetched anew: <c>curl -s localhost:5080/openapi/v1.json | python3 -m json.tool --indent 1 > docs/openapi.json</c>.</summary>
    [Fact]
    public async Task The_contract_takes_nothing_back_and_everything_in_it_has_been_published()
    {
        var published = Parsed(Published());
        var now = Parsed(await server.Anyone().GetStringAsync("/openapi/v1.json"));

        Assert.Empty(Compatibility.Breaks(published, now));
        Assert.Empty(Operations(now).Except(Operations(published)));
    }

    private static IEnumerable<string> Operations(JsonElement document) =>
        document.GetProperty("paths").EnumerateObject().Concat(document.GetProperty("webhooks").EnumerateObject())
            .SelectMany(path => path.Value.EnumerateObject().Select(operation => $"{operation.Name} {path.Name}"));

    private static JsonElement Parsed(string json) => JsonDocument.Parse(json).RootElement;

    private static string Published([CallerFilePath] string file = "") =>
        File.ReadAllText(Path.Combine(Path.GetDirectoryName(file)!, "..", "..", "..", "docs", "openapi.json"));
}
