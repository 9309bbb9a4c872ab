using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Muse.Api.ApiKeys;
using Muse.Api.Http;
using Muse.Api.Tokens;
using Muse.Domain.ApiKeys;
using NodaTime;

namespace Muse.Api.OpenApi;

/// <summary>
/// The machine-readable contract at <c>/openapi/v1.json</c>: made of the routes themselves, so that it cannot drift, and completed with
/// what they do not say in types (error codes, examples, preconditions, the bearer scheme).
/// </summary>
public static class ContractDocument
{
    private const string Bearer = "bearer";
    private const string OAuth = "clientCredentials";
    private const string Problem = "Problem";

    public static IServiceCollection AddContract(this IServiceCollection services) => services.AddOpenApi("v1", options =>
    {
        options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
        // Several verbs have a nested record Request; by its bare name one would hide the other.
        options.CreateSchemaReferenceId = type => OpenApiOptions.CreateDefaultSchemaReferenceId(type) is { } id
            ? type.Type.DeclaringType is { } verb ? verb.Name + id : id
            : null;
        options.AddDocumentTransformer(Complete);
        options.AddOperationTransformer((operation, context, _) => Complete(operation, context));
        options.AddSchemaTransformer((schema, context, _) => Complete(schema, context));
    });

    public static void MapContract(this IEndpointRouteBuilder app) => app.MapOpenApi().AllowAnonymous();

    private static Task Complete(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken ct)
    {
        document.Info = new OpenApiInfo
        {
            Title = "Muse",
            Version = "v1",
            Description = "Lessons from booking to review. Conventions: docs/api.md.",
        };
        // Where this was read from is where the API is.
        document.Servers = [new OpenApiServer { Url = "/" }];
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>();
        document.Components.SecuritySchemes[Bearer] = new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.Http,
            Scheme = Bearer,
            BearerFormat = "JWT",
            Description = "The accessToken of POST /v1/tokens, or an API key.",
        };
        document.Components.SecuritySchemes[OAuth] = new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.OAuth2,
            Description = "An access token had for an API key; only operations that name a scope take one, or the key itself.",
            Flows = new OpenApiOAuthFlows
            {
                ClientCredentials = new OpenApiOAuthFlow
                {
                    TokenUrl = new Uri(ClientCredentials.Path, UriKind.Relative),
                    Scopes = ApiScope.All.ToDictionary(StringComparer.Ordinal),
                },
            },
        };
        return ContractWebhooks.AddTo(document, context, ct);
    }

    private static Task Complete(OpenApiOperation operation, OpenApiOperationTransformerContext context)
    {
        var description = context.Description;
        var metadata = description.ActionDescriptor.EndpointMetadata;
        var method = description.HttpMethod ?? "GET";
        var notes = metadata.OfType<OperationNotes>().ToArray() is [var only]
            ? only
            : throw new InvalidOperationException($"{method} /{description.RelativePath} must be Described, once.");
        var codes = Codes(operation, metadata, description.ParameterDescriptions.Select(parameter => parameter.Source).ToHashSet())
            .Concat(notes.Fails).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToArray();

        operation.Extensions ??= new Dictionary<string, IOpenApiExtension>();
        operation.Extensions["x-error-codes"] = new JsonNodeExtension(new JsonArray([.. codes.Select(code => (JsonNode)code)]));
        AddHeaders(operation, metadata, method, codes);
        AddProblem(operation, context.Document!, codes);
        if (operation.RequestBody?.Content is { } contents && contents.TryGetValue("application/json", out var body))
            body.Example = notes.Example is { } example ? WithoutNulls(JsonSerializer.SerializeToNode(example, example.GetType(), StrictJson.Options))
                : body.Example;
        if (!metadata.OfType<IAllowAnonymous>().Any())
            operation.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Bearer, context.Document)] = [] }];
        if (metadata.OfType<KeyScope>().SingleOrDefault() is { } key)
        {
            operation.Description = $"An API key needs the scope `{key.Scope}`.";
            operation.Security!.Add(new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(OAuth, context.Document)] = [key.Scope] });
        }
        return Task.CompletedTask;
    }

    private static IEnumerable<string> Codes(OpenApiOperation operation, IList<object> metadata, HashSet<BindingSource> sources)
    {
        yield return "too_many_requests";
        yield return "server_error";
        if (!metadata.OfType<IAllowAnonymous>().Any())
        {
            yield return "not_signed_in";
            foreach (var code in KeyHolders.Codes)
                yield return code;
            yield return metadata.OfType<KeyScope>().Any() ? "scope_missing" : "not_for_keys";
        }
        if (operation.RequestBody is not null)
        {
            yield return "malformed_body";
            yield return "body_too_large";
            yield return "unsupported_media_type";
        }
        if (sources.Contains(BindingSource.Path))
            yield return "not_found";
        if (sources.Contains(BindingSource.Query))
            yield return "malformed_parameter";
        if (!metadata.OfType<IdempotentRoute>().Any())
            yield break;
        yield return "malformed_idempotency_key";
        yield return "idempotency_key_reused";
        yield return "still_running";
    }

    private static void AddHeaders(OpenApiOperation operation, IList<object> metadata, string method, string[] codes)
    {
        operation.Parameters ??= [];
        if (metadata.OfType<IdempotentRoute>().Any())
            operation.Parameters.Add(Header(IdempotencyKeys.Header, required: false, "One key for one intention; a repetition gets the first answer."));
        if (!codes.Contains("precondition_required"))
            return;
        operation.Parameters.Add(Header("If-Match", required: false, "The ETag of the version you have seen, \"3\"."));
        if (HttpMethods.IsPut(method))
            operation.Parameters.Add(Header("If-None-Match", required: false, "A first PUT sends * instead of If-Match: there must be none yet."));
    }

    private static OpenApiParameter Header(string name, bool required, string description) => new()
    {
        Name = name,
        In = ParameterLocation.Header,
        Required = required,
        Description = description,
        Schema = new OpenApiSchema { Type = JsonSchemaType.String },
    };

    private static void AddProblem(OpenApiOperation operation, OpenApiDocument document, string[] codes)
    {
        document.Components ??= new OpenApiComponents();
        document.Components.Schemas ??= new Dictionary<string, IOpenApiSchema>();
        document.Components.Schemas.TryAdd(Problem, ProblemSchema());
        operation.Responses ??= [];
        operation.Responses["default"] = new OpenApiResponse
        {
            Description = "Refused. `code` is one of " + string.Join(", ", codes.Select(code => $"`{code}`")) + ".",
            Content = new Dictionary<string, OpenApiMediaType>
            {
                ["application/problem+json"] = new() { Schema = new OpenApiSchemaReference(Problem, document) },
            },
        };
    }

    private static OpenApiSchema ProblemSchema()
    {
        static OpenApiSchema Text(string description) => new() { Type = JsonSchemaType.String, Description = description };
        return new OpenApiSchema
        {
            Type = JsonSchemaType.Object,
            Description = "RFC 9457 problem details.",
            Required = new HashSet<string> { "status", "code" },
            Properties = new Dictionary<string, IOpenApiSchema>
            {
                ["type"] = Text("A URI; about:blank's siblings by status."),
                ["title"] = Text("The status in words."),
                ["status"] = new OpenApiSchema { Type = JsonSchemaType.Integer },
                ["detail"] = Text("One sentence for a person."),
                ["code"] = Text("Stable, for programs."),
                ["errors"] = new OpenApiSchema
                {
                    Type = JsonSchemaType.Array,
                    Items = new OpenApiSchema
                    {
                        Type = JsonSchemaType.Object,
                        Properties = new Dictionary<string, IOpenApiSchema>
                        {
                            ["pointer"] = Text("JSON pointer of the member, as a URI fragment: #/startLocal."),
                            ["parameter"] = Text("Name of the query or path parameter."),
                            ["code"] = Text("As above."),
                            ["detail"] = Text("As above."),
                        },
                    },
                },
                ["alternatives"] = new OpenApiSchema
                {
                    Type = JsonSchemaType.Array,
                    Items = new OpenApiSchema { Type = JsonSchemaType.String, Format = "date-time" },
                },
                ["opensAt"] = new OpenApiSchema { Type = JsonSchemaType.String, Format = "date-time" },
            },
        };
    }

    private static Task Complete(OpenApiSchema schema, OpenApiSchemaTransformerContext context)
    {
        Require(schema, context.JsonTypeInfo);
        var type = Nullable.GetUnderlyingType(context.JsonTypeInfo.Type) ?? context.JsonTypeInfo.Type;
        // Our converter for text hides from the generator that it is text.
        if (type == typeof(string))
            schema.Type = JsonSchemaType.String | (context.JsonPropertyInfo?.IsGetNullable is true ? JsonSchemaType.Null : 0);
        if (context.JsonTypeInfo.ElementType == typeof(string))
            schema.Items = new OpenApiSchema { Type = JsonSchemaType.String };
        var (format, example) = type == typeof(Instant) ? ("date-time", "2026-12-07T08:00:00Z")
            : type == typeof(OffsetDateTime) ? ("date-time", "2026-12-07T17:00:00+09:00")
            : type == typeof(LocalDateTime) ? ("local-date-time", "2026-12-07T17:00")
            : type == typeof(LocalDate) ? ("date", "2026-12-07")
            : type == typeof(LocalTime) ? ("local-time", "17:00")
            : (null, null);
        if (format is null)
            return Task.CompletedTask;
        schema.Type = JsonSchemaType.String | (Nullable.GetUnderlyingType(context.JsonTypeInfo.Type) is null ? 0 : JsonSchemaType.Null);
        schema.Format = format;
        schema.Properties?.Clear();
        schema.Examples = [example!];
        return Task.CompletedTask;
    }

    // A member that is left out when null is not required, whatever the constructor says.
    private static void Require(OpenApiSchema schema, JsonTypeInfo type)
    {
        if (schema.Required is not { Count: > 0 } required)
            return;
        foreach (var member in type.Properties)
        {
            if (member.AttributeProvider?.GetCustomAttributes(typeof(JsonIgnoreAttribute), inherit: true) is [JsonIgnoreAttribute { Condition: not JsonIgnoreCondition.Never }])
                required.Remove(member.Name);
        }
    }

    private static JsonNode? WithoutNulls(JsonNode? node)
    {
        if (node is not JsonObject members)
            return node;
        foreach (var (name, value) in members.ToArray())
        {
            if (value is null)
                members.Remove(name);
        }
        return members;
    }
}
