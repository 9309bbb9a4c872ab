using System.Text.Json;
using System.Text.Json.Serialization;
using NodaTime;
using NodaTime.Text;

namespace Muse.Api.Http;

/// <summary>NodaTime on the wire: instants as RFC 3339 with Z in whole seconds, local values in ISO 8601.</summary>
internal static class NodaTimeJson
{
    public static void AddTo(IList<JsonConverter> converters)
    {
        converters.Add(new PatternText<Instant>(InstantPattern.ExtendedIso, InstantPattern.General));
        converters.Add(new PatternText<LocalDate>(LocalDatePattern.Iso, LocalDatePattern.Iso));
        converters.Add(new PatternText<LocalDateTime>(LocalDateTimePattern.ExtendedIso, LocalDateTimePattern.GeneralIso,
            LocalDateTimePattern.CreateWithInvariantCulture("uuuu'-'MM'-'dd'T'HH':'mm")));
        converters.Add(new PatternText<LocalTime>(LocalTimePattern.ExtendedIso,
            LocalTimePattern.CreateWithInvariantCulture("HH':'mm"), LocalTimePattern.CreateWithInvariantCulture("HH':'mm")));
        converters.Add(new PatternText<OffsetDateTime>(OffsetDateTimePattern.ExtendedIso,
            OffsetDateTimePattern.CreateWithInvariantCulture("uuuu'-'MM'-'dd'T'HH':'mm':'sso<+HH:mm>")));
    }

    private sealed class PatternText<T>(IPattern<T> reads, IPattern<T> writes, params IPattern<T>[] alsoReads) : JsonConverter<T>
        where T : struct
    {
        private const int MaxChars = 64;

        public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            if (reader.TokenType == JsonTokenType.String && reader.ValueSpan.Length <= MaxChars)
            {
                var text = reader.GetString()!;
                if (reads.Parse(text) is { Success: true } parsed)
                    return parsed.Value;
                foreach (var other in alsoReads)
                {
                    if (other.Parse(text) is { Success: true } also)
                        return also.Value;
                }
            }
            throw new JsonException($"This is not a valid {typeof(T).Name}.");
        }

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
            writer.WriteStringValue(writes.Format(value));
    }
}
