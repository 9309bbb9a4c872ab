using System.Text.Json;
using System.Text.Json.Nodes;
using Muse.Domain.Scheduling;

namespace Muse.Domain.Tests.Scheduling;

/// <summary>The sample cases whose answers were verified by two methods; the conventions in the same file are the rules.</summary>
internal static class Cases
{
    private static readonly JsonSerializerOptions Web = new(JsonSerializerDefaults.Web);
    private static readonly JsonObject All = (JsonObject)JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Scheduling", "cases.json")))!;

    public static JsonObject Of(string section) => (JsonObject)All[section]!;

    public static JsonObject Of(string section, string id) =>
        All[section]!.AsArray().Select(one => (JsonObject)one!).Single(one => (string)one["id"]! == id);

    public static IEnumerable<TheoryDataRow<string>> Ids(string section) =>
        All[section]!.AsArray().Select(one => new TheoryDataRow<string>((string)one!["id"]!));

    public static T Read<T>(JsonNode? node) => node.Deserialize<T>(Web)!;

    public static JsonObject Write(Slot slot) => new()
    {
        ["start"] = TimeText.Of(slot.Start),
        ["end"] = TimeText.Of(slot.End),
        ["tutorLocal"] = TimeText.Of(slot.TutorLocal),
        ["viewerLocal"] = TimeText.Of(slot.ViewerLocal),
    };

    public static JsonObject Write(Occurrence one)
    {
        var written = new JsonObject
        {
            ["index"] = one.Index,
            ["wantedLocal"] = TimeText.Of(one.WantedLocal),
            ["kind"] = one.Kind.ToString().ToLowerInvariant(),
            ["start"] = TimeText.Of(one.Start),
            ["end"] = TimeText.Of(one.End),
            ["actualLocal"] = TimeText.Of(one.ActualLocal),
        };
        if (one.ViewerLocal is { } viewer)
            written["viewerLocal"] = TimeText.Of(viewer);
        return written;
    }
}
