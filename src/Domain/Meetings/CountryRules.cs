using System.Text.Json;

namespace Muse.Domain.Meetings;

/// <summary>Where the law names the providers that calls may go over.</summary>
/// <param name="Country">ISO 3166-1 alpha-2, upper case.</param>
/// <param name="Allowed">Names of the providers that may be used; no other may.</param>
/// <param name="Source">Where this was read, and <paramref name="Date"/> when that was written (ISO 8601).</param>
public sealed record CountryRule(string Country, IReadOnlyList<string> Allowed, string Source, string Date, string Note);

/// <summary>
/// The rules of <c>country-rules.json</c>. A country that is not in it allows every provider: the file lists the known exceptions, and a
/// person's country may be newer than the file.
/// </summary>
public static class CountryRules
{
    private const string Resource = "Muse.Domain.Meetings.country-rules.json";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { RespectRequiredConstructorParameters = true };

    public static IReadOnlyList<CountryRule> All { get; } = Read();

    /// <summary>Null when the country has none. The case of <paramref name="country"/> does not matter.</summary>
    public static CountryRule? Of(string country) =>
        All.FirstOrDefault(rule => string.Equals(rule.Country, country, StringComparison.OrdinalIgnoreCase));

    public static bool Allow(string country, string provider) => Of(country)?.Allowed.Contains(provider) ?? true;

    private sealed record RulesFile(IReadOnlyList<CountryRule> Rules);

    private static IReadOnlyList<CountryRule> Read()
    {
        using var stream = typeof(CountryRules).Assembly.GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException($"{Resource} is not in the assembly.");
        return JsonSerializer.Deserialize<RulesFile>(stream, Json)?.Rules ?? throw new InvalidOperationException($"{Resource} is empty.");
    }
}
