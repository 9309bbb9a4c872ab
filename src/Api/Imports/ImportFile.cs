using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CsvHelper;
using CsvHelper.Configuration;
using Microsoft.Net.Http.Headers;
using Muse.Adapters.Postgres;
using Muse.Api.Http;
using Muse.Domain;

namespace Muse.Api.Imports;

/// <summary>One row as it stands in the file, its external id taken out.</summary>
/// <param name="Wrong">Why it cannot be read; then there are no members.</param>
internal sealed record FileRow(int Line, string? ExternalId, JsonObject Members, Refusal? Wrong = null)
{
    /// <summary>The row as what the kind takes, by the same strict rules as any request's body.</summary>
    public (T? Row, Refusal? No) As<T>() where T : class
    {
        if (Wrong is not null)
            return (null, Wrong);
        try
        {
            return (Members.Deserialize<T>(StrictJson.Options), null);
        }
        catch (JsonException json)
        {
            return (null, Refusal.Invalid("malformed_row", Failures.Reason(json), Failures.PointerOf(json.Path)[1..]));
        }
        catch (InvalidOperationException)
        {
            // System.Text.Json copies a member only now, and refuses a lone surrogate that way.
            return (null, Refusal.Invalid("malformed_row", "The text is not well-formed Unicode."));
        }
    }
}

/// <summary>A file of rows: CSV with a header (RFC 4180, UTF-8) or one JSON object a line.</summary>
internal static class ImportFile
{
    public const int MostBytes = 1024 * 1024;
    public const int MostRows = 1000;
    public const int LongestExternalId = 100;
    public const string Csv = "text/csv";
    public const string JsonLines = "application/x-ndjson";
    private const string ExternalId = "externalId";

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 16 };

    /// <summary>The codes with which a whole file is refused.</summary>
    public static readonly string[] FileCodes = ["malformed_body", "body_too_large", "unsupported_media_type", "no_rows", "too_many_rows",
        "missing_column", "unknown_column", "duplicate_column"];

    /// <summary>The codes with which a row is refused before anyone asks what it says.</summary>
    public static readonly string[] RowCodes = ["malformed_row", "wrong_external_id", "duplicate_external_id"];

    /// <exception cref="Refused">Of the file.</exception>
    public static async Task<IReadOnlyList<FileRow>> Read(HttpRequest request, Columns columns, CancellationToken ct)
    {
        var isCsv = MediaTypeHeaderValue.TryParse(request.ContentType, out var type) && type.MediaType.Equals(Csv, StringComparison.OrdinalIgnoreCase);
        if (!isCsv && type?.MediaType.Equals(JsonLines, StringComparison.OrdinalIgnoreCase) is not true)
            throw new BadHttpRequestException("", StatusCodes.Status415UnsupportedMediaType);
        var text = await Text(request, ct);
        var rows = isCsv ? OfCsv(text, columns) : OfJsonLines(text);
        if (rows.Count == 0)
            throw new Refused(Refusal.Invalid("no_rows", "There is no row in the file."));
        var seen = new HashSet<string>(StringComparer.Ordinal);
        return [.. rows.Select(row => row.ExternalId is { } id && !seen.Add(id)
            ? row with { Wrong = Refusal.Invalid("duplicate_external_id", "An earlier row of the file has this id.", "/" + ExternalId) }
            : row)];
    }

    private static async Task<string> Text(HttpRequest request, CancellationToken ct)
    {
        using var bytes = new MemoryStream();
        var part = new byte[64 * 1024];
        while (await request.Body.ReadAsync(part, ct) is > 0 and var read)
        {
            if (bytes.Length + read > MostBytes)
                throw new BadHttpRequestException("", StatusCodes.Status413PayloadTooLarge);
            bytes.Write(part, 0, read);
        }
        try
        {
            var text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
            return text.StartsWith('\uFEFF') ? text[1..] : text;
        }
        catch (DecoderFallbackException)
        {
            throw new Refused(Refusal.Invalid("malformed_body", "The file is not UTF-8."));
        }
    }

    private static List<FileRow> OfJsonLines(string text)
    {
        var rows = new List<FileRow>();
        var line = 0;
        foreach (var written in text.AsSpan().EnumerateLines())
        {
            line++;
            if (written.IsWhiteSpace())
                continue;
            Count(rows);
            rows.Add(OfJson(line, written.ToString()));
        }
        return rows;
    }

    private static FileRow OfJson(int line, string written)
    {
        try
        {
            if (JsonNode.Parse(written, documentOptions: Strict) is not JsonObject members)
                return Malformed(line, "The line is not a JSON object.");
            members.Remove(ExternalId, out var id);
            return Row(line, id is JsonValue value && value.TryGetValue<string>(out var text) ? text : null, members);
        }
        catch (Exception wrong) when (wrong is JsonException or InvalidOperationException or ArgumentException)
        {
            // A lone surrogate comes out as the second, a member that occurs twice as the third.
            return Malformed(line, "The line is not a JSON object.");
        }
    }

    private static List<FileRow> OfCsv(string text, Columns columns)
    {
        var isBad = false;
        using var parser = new CsvParser(new StringReader(text), new CsvConfiguration(CultureInfo.InvariantCulture)
        {
            BadDataFound = _ => isBad = true,
            IgnoreBlankLines = false,
            MaxFieldSize = 64 * 1024,
        });
        var rows = new List<FileRow>();
        string[]? header = null;
        for (var line = 1; parser.Read(); line = parser.RawRow + 1)
        {
            var cells = parser.Record!;
            if (cells is [var only] && string.IsNullOrWhiteSpace(only))
                continue;
            if (header is null)
            {
                header = [.. cells.Select(name => name.Trim())];
                columns.Check(header, ExternalId);
                continue;
            }
            Count(rows);
            rows.Add(isBad ? Malformed(line, "A quote stands where none may.")
                : cells.Length != header.Length ? Malformed(line, $"The header has {header.Length} columns, this row {cells.Length}.")
                : OfCells(line, header, cells, columns));
            isBad = false;
        }
        return rows;
    }

    private static FileRow OfCells(int line, string[] header, string[] cells, Columns columns)
    {
        var members = new JsonObject();
        string? id = null;
        for (var i = 0; i < header.Length; i++)
        {
            if (header[i] == ExternalId)
                id = cells[i];
            else if (columns.TryRead(header[i], cells[i], out var value))
                members[header[i]] = value;
        }
        return Row(line, id, members);
    }

    private static FileRow Row(int line, string? id, JsonObject members) =>
        id is { Length: > 0 and <= LongestExternalId } && id == id.Trim() && !id.Any(c => char.IsControl(c) || char.IsSurrogate(c))
            ? new FileRow(line, id, members)
            : new FileRow(line, null, members, Refusal.Invalid("wrong_external_id",
                $"An external id is a text of 1 to {LongestExternalId} characters without blanks around it.", "/" + ExternalId));

    private static FileRow Malformed(int line, string why) => new(line, null, [], Refusal.Invalid("malformed_row", why));

    private static void Count(List<FileRow> rows)
    {
        if (rows.Count == MostRows)
            throw new Refused(Refusal.Invalid("too_many_rows", $"At most {MostRows} rows in one file."));
    }
}
