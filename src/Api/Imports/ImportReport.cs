using System.Text.Json.Serialization;

namespace Muse.Api.Imports;

public enum RowResult
{
    Made,
    Unchanged,
    Changed,
    Refused,
}

/// <param name="Line">Of the file on which the row begins, from 1.</param>
/// <param name="ExternalId">Null when it cannot be read.</param>
/// <param name="Id">The tutorId or studentId; none of a row that is refused, or that would be made.</param>
/// <param name="Code">Why it is refused.</param>
/// <param name="Field">The column or member to blame.</param>
public sealed record ImportedRow(
    int Line,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? ExternalId,
    RowResult Result,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Guid? Id = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Code = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Field = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Detail = null);

/// <summary>What became of each row, or would.</summary>
public sealed record ImportReport(bool DryRun, int Made, int Changed, int Unchanged, int Refused, IReadOnlyList<ImportedRow> Rows)
{
    /// <param name="written">Whether it happened: what did not, has no new ids.</param>
    internal static ImportReport Of(bool dryRun, bool written, IReadOnlyList<ImportedRow> rows)
    {
        int Of(RowResult result) => rows.Count(row => row.Result == result);
        return new ImportReport(dryRun, Of(RowResult.Made), Of(RowResult.Changed), Of(RowResult.Unchanged), Of(RowResult.Refused),
            written ? rows : [.. rows.Select(row => row.Result == RowResult.Made ? row with { Id = null } : row)]);
    }
}
