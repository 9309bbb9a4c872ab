using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Muse.Api.Http;

/// <summary>
/// JSON at the HTTP border: camelCase, unknown, duplicate, missing and mistyped members are refused. Stored events have their own,
/// lenient rules (<c>Muse.Adapters.Postgres.EventJson</c>).
/// </summary>
public static class StrictJson
{
    public static JsonSerializerOptions Options { get; } = Made();

    public static void Configure(JsonSerializerOptions options)
    {
        options.PropertyNamingPolicy = JsonNamingPolicy.CamelCase;
        options.PropertyNameCaseInsensitive = false;
        options.NumberHandling = JsonNumberHandling.Strict;
        options.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
        options.AllowDuplicateProperties = false;
        options.RespectNullableAnnotations = true;
        options.RespectRequiredConstructorParameters = true;
        options.MaxDepth = 16;
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false));
        NodaTimeJson.AddTo(options.Converters);
        options.Converters.Add(new StorableText());
    }

    private static JsonSerializerOptions Made()
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web) { TypeInfoResolver = new DefaultJsonTypeInfoResolver() };
        Configure(options);
        options.MakeReadOnly();
        return options;
    }
}

/// <summary>
/// jsonb can hold neither U+0000 nor a lone surrogate, so such text is refused at the door (400) instead of failing at the append.
/// </summary>
internal sealed class StorableText : JsonConverter<string>
{
    public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.String)
            throw new JsonException("A string is wanted here.");
        string text;
        try
        {
            text = reader.GetString()!;
        }
        catch (InvalidOperationException lone)
        {
            // Utf8JsonReader.GetString refuses lone surrogates and invalid UTF-8 that way.
            throw new JsonException("The text is not well-formed Unicode.", lone);
        }
        return text.Contains('\0') ? throw new JsonException("The text holds U+0000.") : text;
    }

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(value);

    public override string ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        Read(ref reader, typeToConvert, options)!;

    public override void WriteAsPropertyName(Utf8JsonWriter writer, string value, JsonSerializerOptions options) =>
        writer.WritePropertyName(value);
}
