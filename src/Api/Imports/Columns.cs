using System.Globalization;
using System.Text.Json.Nodes;
using Muse.Adapters.Postgres;
using Muse.Domain;

namespace Muse.Api.Imports;

/// <summary>
/// How the cells of a CSV become the members of a JSON line, so that both are read by one rule. A cell that cannot be understood stays text,
/// which that rule refuses.
/// </summary>
/// <param name="Required">Without which a file is refused, beside the external id.</param>
internal sealed record Columns(IReadOnlyDictionary<string, Func<string, JsonNode?>> Readers, IReadOnlyList<string> Required)
{
    /// <exception cref="Refused">A column is missing, unknown or there twice.</exception>
    public void Check(IReadOnlyList<string> header, string externalId)
    {
        for (var i = 0; i < header.Count; i++)
        {
            if (header[i] != externalId && !Readers.ContainsKey(header[i]))
                throw new Refused(Refusal.Invalid("unknown_column", $"The columns are {externalId}, {string.Join(", ", Readers.Keys)}; column {i + 1} is another."));
            if (header.Take(i).Contains(header[i]))
                throw new Refused(Refusal.Invalid("duplicate_column", $"The column {header[i]} is there twice."));
        }
        if (Required.Prepend(externalId).FirstOrDefault(name => !header.Contains(name)) is { } missing)
            throw new Refused(Refusal.Invalid("missing_column", $"The column {missing} is missing."));
    }

    /// <returns>False of a cell that says nothing.</returns>
    public bool TryRead(string column, string cell, out JsonNode? value) => (value = Readers[column](cell)) is not null;

    public static JsonNode? Text(string cell) => cell;

    public static JsonNode? OptionalText(string cell) => cell.Length == 0 ? null : cell;

    public static JsonNode? Flag(string cell) => cell switch
    {
        "" => null,
        "true" => true,
        "false" => false,
        _ => cell,
    };

    public static JsonNode? Number(string cell) =>
        cell.Length == 0 ? null : int.TryParse(cell, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : cell;

    /// <summary><c>violin; piano</c></summary>
    public static JsonNode? Texts(string cell) => new JsonArray([.. Parts(cell, ';').Select(part => (JsonNode)part)]);

    public static JsonNode? Numbers(string cell) => new JsonArray([.. Parts(cell, ';').Select(Number)]);

    /// <summary><c>1 17:00-20:00; 6 10:00-13:00</c>: the ISO weekday and its hours.</summary>
    public static JsonNode? Weekly(string cell)
    {
        var windows = new JsonArray();
        foreach (var part in Parts(cell, ';'))
        {
            if (Parts(part, ' ') is not [var day, var hours] || Hours(hours) is not { } window)
                return cell;
            window["day"] = Number(day);
            windows.Add((JsonNode)window);
        }
        return windows;
    }

    /// <summary><c>2026-12-25; 2026-12-26 10:00-12:00 14:00-15:00</c>: dates with other hours than those of the week, or none.</summary>
    public static JsonNode? Dates(string cell)
    {
        if (cell.Length == 0)
            return null;
        var dates = new JsonArray();
        foreach (var part in Parts(cell, ';'))
        {
            var words = Parts(part, ' ');
            var windows = words.Skip(1).Select(Hours).ToArray();
            if (windows.Contains(null))
                return cell;
            dates.Add((JsonNode)new JsonObject { ["date"] = words[0], ["windows"] = new JsonArray([.. windows]) });
        }
        return dates;
    }

    private static JsonObject? Hours(string text) =>
        text.Split('-') is [var start, var end] ? new JsonObject { ["start"] = start, ["end"] = end } : null;

    private static string[] Parts(string cell, char by) => cell.Split(by, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
