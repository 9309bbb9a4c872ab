using System.Text.Json.Nodes;
using Muse.Adapters.Postgres;

namespace Muse.Adapters.Tests.Postgres;

public sealed class EventNamesTests
{
    private static readonly string Golden = Path.Combine(AppContext.BaseDirectory, "Golden");

    [Fact]
    public void Every_event_name_has_a_golden_file_for_each_version_so_far()
    {
        var missing = EventNames.Muse.All
            .SelectMany(type => Enumerable.Range(1, type.Version).Select(v => $"{type.Name}.v{v}.json"))
            .Where(file => !File.Exists(Path.Combine(Golden, file)));
        Assert.Empty(missing);
    }

    [Fact]
    public void Every_golden_file_belongs_to_an_event_name() =>
        Assert.All(Directory.GetFiles(Golden), file => Assert.True(EventNames.Muse.Knows(Path.GetFileName(file).Split('.')[0]), file));

    [Fact]
    public void Every_golden_file_can_still_be_read_and_todays_are_written_back_as_they_are()
    {
        var wrong = new List<string>();
        foreach (var file in Directory.GetFiles(Golden))
        {
            var parts = Path.GetFileName(file).Split('.');
            if (!EventNames.Muse.Knows(parts[0])) continue;
            var type = EventNames.Muse.Named(parts[0]);
            var version = short.Parse(parts[1].AsSpan(1), System.Globalization.CultureInfo.InvariantCulture);
            var json = File.ReadAllText(file);
            try
            {
                var e = type.Parse(json, version);
                if (version == type.Version && !JsonNode.DeepEquals(JsonNode.Parse(type.Write(e)), JsonNode.Parse(json)))
                    wrong.Add($"{Path.GetFileName(file)} comes back as {type.Write(e)}");
                // What jsonb does to it (shorter keys first) must not matter.
                var reordered = new JsonObject(JsonNode.Parse(json)!.AsObject().OrderBy(m => m.Key.Length).ThenBy(m => m.Key, StringComparer.Ordinal)
                    .Select(m => KeyValuePair.Create(m.Key, m.Value?.DeepClone())));
                if (type.Write(type.Parse(reordered.ToJsonString(), version)) != type.Write(e)) wrong.Add($"{Path.GetFileName(file)} depends on the order of members");
            }
            catch (UnreadableEvent unreadable)
            {
                wrong.Add($"{Path.GetFileName(file)}: {unreadable.Message}");
            }
        }
        Assert.Empty(wrong);
    }

    [Fact]
    public void An_unknown_name_stops_the_reader()
    {
        var unreadable = Assert.Throws<UnreadableEvent>(() => EventNames.Muse.Named("booking_teleported"));
        Assert.Contains("booking_teleported", unreadable.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_or_a_type_is_mapped_once()
    {
        Assert.Throws<ArgumentException>(() => new EventNames().Map<LampHung>("lamp_hung").Map<LampSwitched>("lamp_hung"));
        Assert.Throws<ArgumentException>(() => new EventNames().Map<LampHung>("lamp_hung").Map<LampHung>("lamp_put_up"));
    }

    [Fact]
    public void An_old_version_is_raised_step_by_step_to_todays_type()
    {
        var names = new EventNames().Map<LampSwitched>("lamp_switched", version: 3)
            .Upcast("lamp_switched", 1, old => new JsonObject { ["on"] = old["state"]!.GetValue<string>() == "lit", ["kilowatts"] = 0.5 })
            .Upcast("lamp_switched", 2, old => new JsonObject { ["on"] = old["on"]!.DeepClone(), ["watts"] = (int)(old["kilowatts"]!.GetValue<double>() * 1000) });
        var type = names.Named("lamp_switched");

        Assert.Equal(new LampSwitched(true, 500), type.Parse("""{"state":"lit"}""", 1));
        Assert.Equal(new LampSwitched(false, 250), type.Parse("""{"on":false,"kilowatts":0.25}""", 2));
        Assert.Equal(new LampSwitched(true, 1), type.Parse("""{"on":true,"watts":1}""", 3));
    }

    [Fact]
    public void A_version_without_an_upcaster_or_from_the_future_stops_the_reader()
    {
        var type = new EventNames().Map<LampSwitched>("lamp_switched", version: 2).Named("lamp_switched");
        Assert.Throws<UnreadableEvent>(() => type.Parse("""{"on":true}""", 1));
        Assert.Throws<UnreadableEvent>(() => type.Parse("""{"on":true}""", 3));
    }

    [Theory]
    [InlineData("""{}""")]
    [InlineData("""{"lamp":"0193a5d0-6c00-7000-8000-000000000001"}""")]
    [InlineData("""{"lamp":"0193a5d0-6c00-7000-8000-000000000001","room":null}""")]
    [InlineData("""{"lamp":"nine","room":"Seoul"}""")]
    [InlineData("""[]""")]
    [InlineData("""null""")]
    public void JSON_that_lacks_what_the_type_needs_stops_the_reader(string json) =>
        Assert.Throws<UnreadableEvent>(() => Lamps.Names.Named("lamp_hung").Parse(json, 1));

    [Fact]
    public void A_member_that_todays_type_no_longer_has_is_ignored() =>
        Assert.Equal(new LampSwitched(true), Lamps.Names.Named("lamp_switched").Parse("""{"on":true,"colour":"warm"}""", 1));
}
