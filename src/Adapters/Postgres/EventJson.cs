using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using NodaTime;
using NodaTime.Text;

namespace Muse.Adapters.Postgres;

/// <summary>
/// How events and errands are written. Members that are missing or null where the type forbids it are errors, unknown members are not: an
/// old event may carry a member that today's type no longer has. (The strict options for requests are the HTTP border's.)
/// </summary>
public static class EventJson
{
    public static JsonSerializerOptions Options { get; } = Make();

    private static JsonSerializerOptions Make()
    {
        var options = new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            RespectNullableAnnotations = true,
            // Without it a missing constructor parameter becomes Guid.Empty or null without a word. So null is written, too: an event
            // with an absent `string? Provider` could not be read again.
            RespectRequiredConstructorParameters = true,
            // Hangul stays readable and half as long; nothing here ends up inside HTML.
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            TypeInfoResolver = new DefaultJsonTypeInfoResolver()
        };
        AddConverters(options.Converters);
        options.MakeReadOnly();
        return options;
    }

    /// <summary>The NodaTime forms and snake_case enums; the HTTP border may use the same.</summary>
    public static void AddConverters(IList<JsonConverter> converters)
    {
        converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false));
        converters.Add(new Patterned<Instant>(InstantPattern.CreateWithInvariantCulture("uuuu'-'MM'-'dd'T'HH':'mm':'ss;FFFFFF'Z'")));
        converters.Add(new Patterned<LocalDateTime>(LocalDateTimePattern.CreateWithInvariantCulture("uuuu'-'MM'-'dd'T'HH':'mm':'ss;FFFFFF")));
        converters.Add(new Patterned<LocalDate>(LocalDatePattern.Iso));
        converters.Add(new Patterned<LocalTime>(LocalTimePattern.CreateWithInvariantCulture("HH':'mm':'ss;FFFFFF")));
        converters.Add(new Patterned<Duration>(DurationPattern.JsonRoundtrip));
        converters.Add(new StorableString());
    }

    public static string Write<T>(T value) => JsonSerializer.Serialize(value, Options);

    public static string Write(object value, Type type) => JsonSerializer.Serialize(value, type, Options);

    public static T Read<T>(string json) => JsonSerializer.Deserialize<T>(json, Options) ?? throw new JsonException("null is no value here.");

    public static T Read<T>(ReadOnlySpan<byte> utf8) => JsonSerializer.Deserialize<T>(utf8, Options) ?? throw new JsonException("null is no value here.");

    /// <summary>An enum's value as it stands in events.</summary>
    public static string Word<T>(T value) where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    internal static JsonTypeInfo<T> TypeInfo<T>() => (JsonTypeInfo<T>)Options.GetTypeInfo(typeof(T));

    /// <summary>A NodaTime value as the text of one pattern. Instants are cut to microseconds: PostgreSQL keeps no more.</summary>
    private sealed class Patterned<T>(IPattern<T> pattern) : JsonConverter<T>
    {
        public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            var text = reader.TokenType == JsonTokenType.String ? reader.GetString()! : throw new JsonException($"{typeof(T).Name} is a string.");
            var parsed = pattern.Parse(text);
            return parsed.Success ? parsed.Value : throw new JsonException($"'{text}' is no {typeof(T).Name}.");
        }

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteStringValue(pattern.Format(value));

        public override T ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            var text = reader.GetString()!;
            var parsed = pattern.Parse(text);
            return parsed.Success ? parsed.Value : throw new JsonException($"'{text}' is no {typeof(T).Name}.");
        }

        public override void WriteAsPropertyName(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
            writer.WritePropertyName(pattern.Format(value));
    }

    /// <summary>Says which text is at fault before PostgreSQL refuses the whole append with 22P05 (see <see cref="UserText"/>).</summary>
    private sealed class StorableString : JsonConverter<string>
    {
        public override string Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.String ? reader.GetString()! : throw new JsonException("Expected a string.");

        public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options)
        {
            if (!UserText.IsStorable(value)) throw new ArgumentException("A text with NUL or half a surrogate pair was not refused at the edge (UserText).");
            writer.WriteStringValue(value);
        }

        public override string ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetString()!;

        public override void WriteAsPropertyName(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WritePropertyName(value);
    }
}
