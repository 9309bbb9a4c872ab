using System.Text.Json.Nodes;
using Muse.Domain.Lessons;
using Muse.Domain.Scheduling;
using NodaTime;

namespace Muse.Domain.Tests.Scheduling;

public class CasesTests
{
    public static IEnumerable<TheoryDataRow<string>> Availability => Cases.Ids("availability");
    public static IEnumerable<TheoryDataRow<string>> Series => Cases.Ids("series");
    public static IEnumerable<TheoryDataRow<string>> Resolve => Cases.Ids("resolve");
    public static IEnumerable<TheoryDataRow<string>> Parse => Cases.Ids("parse");
    public static IEnumerable<TheoryDataRow<string>> Overlap => Cases.Ids("overlap");
    public static IEnumerable<TheoryDataRow<string>> Invalid => Cases.Ids("invalid");

    [Fact]
    public void The_rules_in_use_are_those_of_the_cases() => Assert.Equal("2026f", Zones.DatabaseVersion);

    [Theory, MemberData(nameof(Availability))]
    public void Slots_are_as_in_the_case(string id)
    {
        var given = Cases.Of("availability", id);
        var query = SlotRules.Read(Cases.Read<SlotWish>(given["input"]));
        Assert.Null(query.Refusal);
        var slots = new JsonArray([.. Slots.Compute(query.Value).Select(Cases.Write)]);
        Assert.Equal(given["expected"]!.ToJsonString(), slots.ToJsonString());
    }

    [Theory, MemberData(nameof(Series))]
    public void A_series_is_as_in_the_case(string id)
    {
        var given = Cases.Of("series", id);
        var wish = SeriesText.Read(Cases.Read<SeriesText>(given["input"]));
        Assert.Null(wish.Refusal);
        var occurrences = new JsonArray([.. SeriesPreview.Compute(wish.Value).Select(Cases.Write)]);
        Assert.Equal(given["expected"]!.ToJsonString(), occurrences.ToJsonString());
    }

    [Theory, MemberData(nameof(Resolve))]
    public void A_local_time_resolves_as_in_the_case(string id)
    {
        var given = Cases.Of("resolve", id);
        var zone = Zones.Find((string)given["zone"]!).Value;
        var local = TimeText.ReadLocal((string)given["local"]!).Value;
        var resolved = LocalTimes.ResolveLenient(zone, local);
        Assert.Equal((string)given["kind"]!, resolved.Kind.ToString().ToLowerInvariant());
        Assert.Equal((string)given["lenient"]!, TimeText.Of(resolved.Instant));
        Assert.Equal((string)given["lenientLocal"]!, TimeText.Of(resolved.Actual));
        Assert.Equal((string)given["strict"]! == "error", LocalTimes.ResolveStrict(zone, local).IsRefused);
    }

    [Theory, MemberData(nameof(Parse))]
    public void A_zoned_text_is_read_as_in_the_case(string id)
    {
        var given = Cases.Of("parse", id);
        var read = ZonedText.Parse((string)given["input"]!);
        if ((bool)given["ok"]!)
        {
            Assert.Null(read.Refusal);
            Assert.Equal((string)given["instant"]!, TimeText.Of(read.Value.Instant));
            Assert.Equal((string)given["zone"]!, read.Value.Zone.Id);
        }
        else
            Assert.Equal((string)given["error"]!, read.Refusal?.Code);
    }

    [Theory, MemberData(nameof(Parse))]
    public void A_wanted_start_is_read_as_in_the_case(string id)
    {
        var given = Cases.Of("parse", id);
        var wanted = WantedTime.Read((string)given["input"]!, null, 60);
        Assert.Equal((string?)given["error"], wanted.Refusal?.Code);
        if ((bool)given["ok"]!)
            Assert.Equal(((string)given["instant"]!, (string)given["zone"]!), (TimeText.Of(wanted.Value.Start), wanted.Value.Zone));
    }

    [Theory, MemberData(nameof(Overlap))]
    public void Two_times_overlap_as_in_the_case(string id)
    {
        var given = Cases.Of("overlap", id);
        Instant At(string side, int end) => TimeText.ReadInstant((string)given[side]![end]!).Value;
        Assert.Equal((bool)given["conflict"]!, Slots.Overlap(At("a", 0), At("a", 1), At("b", 0), At("b", 1)));
    }

    [Theory, MemberData(nameof(Invalid))]
    public void Bad_input_is_refused_as_in_the_case(string id)
    {
        var given = Cases.Of("invalid", id);
        var refusal = Refuse((string)given["what"]!, given["value"]!);
        Assert.Equal((string)given["error"]!, refusal?.Code);
        if (given["hint"] is { } hint)
            Assert.Contains((string)hint!, refusal!.Detail);
        if (given["alternatives"] is JsonArray alternatives)
            Assert.Equal(alternatives.Select(one => (string)one!), refusal!.Alternatives.Select(TimeText.Of));
    }

    private static Refusal? Refuse(string what, JsonNode value) => what switch
    {
        "availability rule zone" or "zone" => OpeningHours.Read((string)value!, []).Refusal,
        "weekly window" => OpeningHours.Read("Asia/Seoul", [Cases.Read<WeeklyHours>(value)]).Refusal,
        "query" => SlotRules.Read(Given.Wish with { StepMinutes = (int)value["stepMinutes"]! }).Refusal,
        "single booking, strict" => WantedTime.Read((string)value["startLocal"]!, (string)value["zone"]!, 60).Refusal,
        _ => throw new InvalidOperationException($"No such sort of case: {what}"),
    };

    [Fact]
    public void After_the_new_rules_of_British_Columbia_two_series_collide_as_in_the_case()
    {
        var given = Cases.Of("impact");
        var after = (JsonObject)given["after"]!;
        var series = new Dictionary<string, IReadOnlyList<Occurrence>>();
        foreach (var name in (string[])["seriesA", "seriesB"])
        {
            var text = Cases.Read<SeriesText>(given[name]) with { ViewerZone = (string)given["tutorZone"]! };
            series[name] = SeriesPreview.Compute(SeriesText.Read(text).Value);
            Assert.Equal(after["starts"]![name]!.AsArray().Select(start => (string)start!), series[name].Select(one => TimeText.Of(one.Start)));
        }
        Assert.Equal(after["seoulLocalOfB"]!.AsArray().Select(local => (string)local!), series["seriesB"].Select(one => TimeText.Of(one.ViewerLocal!.Value)));
        var collisions = from a in series["seriesA"]
                         from b in series["seriesB"]
                         where Slots.Overlap(a.Start, a.End, b.Start, b.End)
                         select $"{a.Index} {b.Index} {TimeText.Of(b.Start)}";
        Assert.Equal(after["collisions"]!.AsArray().Select(one => $"{one![0]} {one[1]} {one[2]}"), collisions);
    }
}
