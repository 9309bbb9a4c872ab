using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Muse.Adapters.Webhooks;
using Muse.Api.Feed;
using Muse.Api.Webhooks;

namespace Muse.Api.OpenApi;

/// <summary>The document's <c>webhooks</c> (OpenAPI 3.1, section 4.8.1): a POST for each public event, whose body is what <c>GET /v1/events</c> tells of it, and for the event by which an endpoint is tried.</summary>
internal static class ContractWebhooks
{
    private const string Json = "application/json", Tag = "Webhooks";

    public static async Task AddTo(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken ct)
    {
        var members = (await context.GetOrCreateSchemaAsync(typeof(PublicEventData), null, ct)).Properties!;
        var around = await context.GetOrCreateSchemaAsync(typeof(WebhookBody), null, ct);
        document.Webhooks = new Dictionary<string, IOpenApiPathItem>(StringComparer.Ordinal);
        document.Components!.Schemas ??= new Dictionary<string, IOpenApiSchema>();
        foreach (var (type, when) in PublicEvents.Types.Append(new(FanOut.TestType, "Somebody wanted to see whether it arrives")))
        {
            var name = string.Concat(type.Split('.').Select(word => char.ToUpperInvariant(word[0]) + word[1..])) + "Event";
            document.Components.Schemas[name] = Body(type, when, around, members);
            document.Webhooks[type] = new OpenApiPathItem { Operations = new Dictionary<HttpMethod, OpenApiOperation> { [HttpMethod.Post] = Post(name, when, document) } };
        }
    }

    private static OpenApiSchema Body(string type, string when, OpenApiSchema around, IDictionary<string, IOpenApiSchema> members)
    {
        var (always, sometimes) = type == FanOut.TestType ? ([], []) : PublicEvents.Holds(type);
        return new OpenApiSchema
        {
            Type = JsonSchemaType.Object,
            Description = $"{when}.",
            Required = around.Required,
            Properties = new Dictionary<string, IOpenApiSchema>(around.Properties!)
            {
                ["type"] = new OpenApiSchema { Type = JsonSchemaType.String, Enum = [type] },
                ["data"] = new OpenApiSchema
                {
                    Type = JsonSchemaType.Object,
                    Required = always.ToHashSet(StringComparer.Ordinal),
                    Properties = always.Concat(sometimes).ToDictionary(member => member, member => There(members[member])),
                },
            },
        };
    }

    /// <summary>A member that does not belong is left out, and never null.</summary>
    private static IOpenApiSchema There(IOpenApiSchema member)
    {
        var schema = (OpenApiSchema)member.CreateShallowCopy();
        schema.Type &= ~JsonSchemaType.Null;
        return schema;
    }

    private static OpenApiOperation Post(string body, string when, OpenApiDocument document) => new()
    {
        OperationId = "on" + body[..^"Event".Length],
        Tags = new HashSet<OpenApiTagReference> { new(Tag, document) },
        Summary = when,
        Description = "Muse posts it to each endpoint that hears of this type, signed by Standard Webhooks 1.0.0.",
        Parameters =
        [
            Header(StandardWebhook.Id, "The same at every attempt: whoever has seen it is done with it."),
            Header(StandardWebhook.Timestamp, "Seconds since 1970 of this attempt; more than five minutes away is not to be taken."),
            Header(StandardWebhook.Signature, "v1, and base64 of the HMAC-SHA256 over id.timestamp.body; two of them, with a blank between, while the secret is rotated."),
        ],
        RequestBody = new OpenApiRequestBody
        {
            Required = true,
            Content = new Dictionary<string, OpenApiMediaType> { [Json] = new() { Schema = new OpenApiSchemaReference(body, document) } },
        },
        Responses = new OpenApiResponses
        {
            ["2XX"] = new OpenApiResponse { Description = "Taken." },
            ["410"] = new OpenApiResponse { Description = "The endpoint is gone: Muse disables it." },
            ["default"] = new OpenApiResponse { Description = "Tried again later; a redirect is not followed." },
        },
        // What comes is signed; nobody signs in.
        Security = [],
    };

    private static OpenApiParameter Header(string name, string description) => new()
    {
        Name = name,
        In = ParameterLocation.Header,
        Required = true,
        Description = description,
        Schema = new OpenApiSchema { Type = JsonSchemaType.String },
    };
}
