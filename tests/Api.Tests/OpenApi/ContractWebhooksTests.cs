using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Muse.Adapters.Postgres;
using Muse.Api.Feed;
using Muse.Api.Webhooks;

namespace Muse.Api.Tests.OpenApi;

public sealed class ContractWebhooksTests(TheServer server) : IClassFixture<TheServer>
{
    [Fact]
    public async Task Every_public_event_is_a_webhook_signed_and_with_what_is_always_in_it()
    {
        var document = await (await server.Anyone().GetAsync("/openapi/v1.json")).Json();
        var webhooks = document.GetProperty("webhooks");

        Assert.Equal([.. PublicEvents.Types.Keys, FanOut.TestType], webhooks.EnumerateObject().Select(webhook => webhook.Name));
        Assert.All(webhooks.EnumerateObject(), webhook =>
        {
            var post = webhook.Value.GetProperty("post");
            Assert.Equal(["webhook-id", "webhook-timestamp", "webhook-signature"], post.GetProperty("parameters").EnumerateArray().Select(header => header.GetProperty("name").GetString()));
            var schema = post.GetProperty("requestBody").GetProperty("content").GetProperty("application/json").GetProperty("schema").GetProperty("$ref").GetString()!.Split('/')[^1];
            var body = document.GetProperty("components").GetProperty("schemas").GetProperty(schema);
            Assert.Equal(["type", "timestamp", "data"], Words(body));
            var properties = body.GetProperty("properties");
            Assert.Equal([webhook.Name], properties.GetProperty("type").GetProperty("enum").EnumerateArray().Select(word => word.GetString()));
            if (webhook.Name == FanOut.TestType) return;
            Assert.Equal(PublicEvents.Holds(webhook.Name).Always, Words(properties.GetProperty("data")));
            Assert.All(properties.GetProperty("data").GetProperty("properties").EnumerateObject(),
                member => Assert.True(member.Value.TryGetProperty("$ref", out _) || member.Value.GetProperty("type").ValueKind is JsonValueKind.String, member.Name));
        });
    }

    /// <summary>Every event that was ever written is kept as a file; those of which integrators hear say what the contract says.</summary>
    [Fact]
    public void What_is_told_of_every_event_holds_what_the_contract_says()
    {
        var heard = new HashSet<string>();
        foreach (var file in Directory.EnumerateFiles(Golden(), "*.v*.json"))
        {
            var name = Path.GetFileName(file).Split('.');
            var e = EventNames.Muse.Named(name[0]).Parse(File.ReadAllText(file), short.Parse(name[1][1..], CultureInfo.InvariantCulture));
            if (PublicEvents.Of(e) is not { } told) continue;
            heard.Add(told.Type);
            // The projection adds whose it is.
            var members = JsonDocument.Parse(EventJson.Write(told.Data)).RootElement.EnumerateObject().Select(member => member.Name)
                .Concat(told.Type == "availability.changed" ? [] : ["tutorId", "studentId"]).ToHashSet();
            var (always, sometimes) = PublicEvents.Holds(told.Type);
            Assert.True(always.All(members.Contains) && members.All(always.Concat(sometimes).Contains), $"{Path.GetFileName(file)}: {string.Join(' ', members)}");
        }
        Assert.Equal(PublicEvents.Types.Keys.Order(), heard.Order());
    }

    private static IEnumerable<string?> Words(JsonElement schema) => schema.GetProperty("required").EnumerateArray().Select(word => word.GetString());

    private static string Golden([CallerFilePath] string file = "") => Path.Combine(Path.GetDirectoryName(file)!, "..", "..", "Adapters.Tests", "Golden");
}
