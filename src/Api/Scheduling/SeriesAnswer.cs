using System.Text.Json.Serialization;
using Muse.Domain.Scheduling;

namespace Muse.Api.Scheduling;

/// <summary>One lesson of a series on the wire.</summary>
/// <param name="Kind"><c>unique</c>, <c>gap</c> (the wanted time does not exist, the lesson is later by the gap) or <c>overlap</c> (the first of two).</param>
public sealed record OccurrenceAnswer(int Index, string WantedLocal, string Kind, string Start, string End, string ActualLocal,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? ViewerLocal)
{
    public static OccurrenceAnswer Of(Occurrence one) => new(one.Index, TimeText.Of(one.WantedLocal), one.Kind switch
    {
        LocalTimeKind.Gap => "gap",
        LocalTimeKind.Overlap => "overlap",
        _ => "unique",
    }, TimeText.Of(one.Start), TimeText.Of(one.End), TimeText.Of(one.ActualLocal), one.ViewerLocal is { } viewer ? TimeText.Of(viewer) : null);
}

/// <summary>All lessons of a series, and in plain words what each clock change does to it.</summary>
public sealed record SeriesAnswer(string TimeZoneDatabase, IReadOnlyList<OccurrenceAnswer> Occurrences, IReadOnlyList<SeriesNote> Notes)
{
    public static SeriesAnswer Of(SeriesWish wish)
    {
        var occurrences = SeriesPreview.Compute(wish);
        return new(Zones.DatabaseVersion, [.. occurrences.Select(OccurrenceAnswer.Of)], SeriesPreview.Notes(wish, occurrences));
    }
}
