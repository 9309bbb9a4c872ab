using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Muse.Api.Tests.Scheduling;

public sealed class PreviewsTests(TheServer server) : IClassFixture<TheServer>
{
    private static readonly JsonObject Cases = (JsonObject)JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Scheduling", "cases.json")))!;

    private static JsonObject Slots() => new()
    {
        ["tutorZone"] = "Asia/Seoul",
        ["viewerZone"] = "Asia/Dubai",
        ["weekly"] = new JsonArray(new JsonObject { ["day"] = 1, ["start"] = "17:00", ["end"] = "20:00" }),
        ["fromDate"] = "2026-12-07",
        ["toDate"] = "2026-12-07",
        ["durationMinutes"] = 60,
    };

    private static JsonObject Series() => new()
    {
        ["zone"] = "Asia/Seoul",
        ["startLocal"] = "2026-12-07T17:00:00",
        ["count"] = 8,
        ["intervalWeeks"] = 1,
        ["durationMinutes"] = 50,
        ["viewerZone"] = "Asia/Dubai",
    };

    private Task<HttpResponseMessage> Post(string what, string body) =>
        server.Anyone().PostAsync("/v1/scheduling/" + what, new StringContent(body, Encoding.UTF8, "application/json"));

    [Fact]
    public async Task Every_case_of_availability_is_answered_to_the_letter()
    {
        foreach (var one in Cases["availability"]!.AsArray())
        {
            var answer = await Post("slots", one!["input"]!.ToJsonString());
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            var read = (JsonObject)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
            Assert.Equal(["timeZoneDatabase", "slots"], read.Select(member => member.Key));
            Assert.Equal("2026f", (string)read["timeZoneDatabase"]!);
            Assert.Equal(one["expected"]!.ToJsonString(), read["slots"]!.ToJsonString());
        }
    }

    [Fact]
    public async Task Every_case_of_series_is_answered_to_the_letter()
    {
        foreach (var one in Cases["series"]!.AsArray())
        {
            var answer = await Post("series", one!["input"]!.ToJsonString());
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            var read = (JsonObject)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
            Assert.Equal("2026f", (string)read["timeZoneDatabase"]!);
            Assert.Equal(one["expected"]!.ToJsonString(), read["occurrences"]!.ToJsonString());
        }
    }

    [Fact]
    public async Task A_clock_change_comes_with_a_plain_note()
    {
        var text = Series();
        (text["startLocal"], text["viewerZone"], text["count"]) = ("2027-03-10T09:00:00", "America/New_York", 3);
        var note = (await (await Post("series", text.ToJsonString())).Json()).GetProperty("notes")[0];
        Assert.Equal(1, note.GetProperty("index").GetInt32());
        Assert.Equal("From 2027-03-16 the lesson is at 20:00 in America/New_York, not at 19:00; Asia/Seoul keeps 09:00.", note.GetProperty("text").GetString());
    }

    [Theory]
    [InlineData("slots", "tutorZone", "\"Asia/Abu_Dhabi\"", "unknown_time_zone", "#/tutorZone")]
    [InlineData("slots", "viewerZone", "\"Korea Standard Time\"", "unknown_time_zone", "#/viewerZone")]
    [InlineData("slots", "weekly", """[{"day":1,"start":"17:00","end":"17:00"}]""", "empty_window", "#/weekly/0")]
    [InlineData("slots", "weekly", """[{"day":0,"start":"09:00","end":"10:00"}]""", "invalid_day", "#/weekly/0/day")]
    [InlineData("slots", "weekly", """[{"day":1,"start":"9:00","end":"10:00"}]""", "invalid_time", "#/weekly/0/start")]
    [InlineData("slots", "stepMinutes", "0", "invalid_step", "#/stepMinutes")]
    [InlineData("slots", "durationMinutes", "-1", "invalid_duration", "#/durationMinutes")]
    [InlineData("slots", "toDate", "\"2026-12-06\"", "invalid_date_range", "#/toDate")]
    [InlineData("slots", "toDate", "\"2027-12-06\"", "date_range_too_long", "#/toDate")]
    [InlineData("slots", "fromDate", "\"yesterday\"", "invalid_date", "#/fromDate")]
    [InlineData("slots", "busy", """[{"start":"2026-12-07T08:00:00","end":"2026-12-07T09:00:00Z"}]""", "invalid_instant", "#/busy/0/start")]
    [InlineData("slots", "busy", """[{"start":"2026-12-07T08:00:00+08:00[Asia/Seoul]","end":"2026-12-07T09:00:00Z"}]""", "offset_zone_mismatch", "#/busy/0/start")]
    [InlineData("slots", "now", "\"2026-12-07T08:00:00Z[Asia/Seoul][!u-ca=hebrew]\"", "unsupported_critical_suffix", "#/now")]
    [InlineData("slots", "overrides", """[{"date":"2026-12-07"},{"date":"2026-12-07","windows":[]}]""", "duplicate_override", "#/overrides/1/date")]
    [InlineData("slots", "travel", """[{"zone":"CET+1","fromDate":"2026-12-07","toDate":"2026-12-08"}]""", "unknown_time_zone", "#/travel/0/zone")]
    [InlineData("series", "zone", "\"+09:00\"", "unknown_time_zone", "#/zone")]
    [InlineData("series", "startLocal", "\"2026-12-07T17:00:00Z\"", "invalid_local_time", "#/startLocal")]
    [InlineData("series", "count", "521", "series_too_long", "#/count")]
    [InlineData("series", "count", "0", "invalid_count", "#/count")]
    [InlineData("series", "intervalWeeks", "0", "invalid_interval", "#/intervalWeeks")]
    public async Task A_wrong_value_is_422_with_its_code_and_member(string what, string member, string value, string code, string pointer)
    {
        var body = what == "slots" ? Slots() : Series();
        body[member] = JsonNode.Parse(value);
        var problem = await (await Post(what, body.ToJsonString())).IsProblem(HttpStatusCode.UnprocessableEntity, code);
        Assert.Equal(pointer, problem.GetProperty("errors")[0].GetProperty("pointer").GetString());
    }

    [Theory]
    [InlineData("slots", "durationMinutes", "\"60\"")]
    [InlineData("slots", "durationMinutes", "60.5")]
    [InlineData("slots", "durationMinutes", "99999999999")]
    [InlineData("slots", "durationMinutes", "null")]
    [InlineData("slots", "tutorZone", "null")]
    [InlineData("slots", "weekly", "{}")]
    [InlineData("slots", "weekly", """[{"day":"1","start":"09:00","end":"10:00"}]""")]
    [InlineData("slots", "weekly", """[{"day":1,"start":"09:00"}]""")]
    [InlineData("slots", "weekly", """[{"day":1,"start":"09:00","end":"10:00","zone":"Asia/Seoul"}]""")]
    [InlineData("slots", "extra", "1")]
    [InlineData("series", "count", "true")]
    [InlineData("series", "extra", "1")]
    public async Task A_member_of_another_form_or_an_unknown_one_is_400(string what, string member, string value)
    {
        var body = what == "slots" ? Slots() : Series();
        body[member] = JsonNode.Parse(value);
        await (await Post(what, body.ToJsonString())).IsProblem(HttpStatusCode.BadRequest, "malformed_body");
    }

    [Theory]
    [InlineData("slots", "fromDate")]
    [InlineData("slots", "weekly")]
    [InlineData("slots", "durationMinutes")]
    [InlineData("series", "startLocal")]
    [InlineData("series", "count")]
    public async Task A_missing_member_is_400(string what, string member)
    {
        var body = what == "slots" ? Slots() : Series();
        body.Remove(member);
        await (await Post(what, body.ToJsonString())).IsProblem(HttpStatusCode.BadRequest, "malformed_body");
    }

    [Fact]
    public async Task A_member_that_comes_twice_is_400() =>
        await (await Post("series", Series().ToJsonString().Replace("{", "{\"count\":8,"))).IsProblem(HttpStatusCode.BadRequest, "malformed_body");

    [Fact]
    public async Task More_slots_than_one_answer_holds_are_refused()
    {
        var body = Slots();
        body["weekly"] = JsonNode.Parse("[" + string.Join(',', Enumerable.Range(1, 7).Select(day => $$"""{"day":{{day}},"start":"00:00","end":"24:00"}""")) + "]");
        (body["stepMinutes"], body["toDate"]) = (1, "2027-03-01");
        await (await Post("slots", body.ToJsonString())).IsProblem(HttpStatusCode.UnprocessableEntity, "too_many_slots");
        body["stepMinutes"] = 5;
        var slots = (await (await Post("slots", body.ToJsonString())).Json()).GetProperty("slots");
        Assert.Equal(85 * 288, slots.GetArrayLength());
    }

    [Fact]
    public async Task The_question_of_the_contract_is_answered()
    {
        var contract = await (await server.Anyone().GetAsync("/openapi/v1.json")).Json();
        foreach (var what in (string[])["slots", "series"])
        {
            var example = contract.GetProperty("paths").GetProperty("/v1/scheduling/" + what).GetProperty("post")
                .GetProperty("requestBody").GetProperty("content").GetProperty("application/json").GetProperty("example");
            var answer = await Post(what, example.GetRawText());
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Equal(JsonValueKind.Array, (await answer.Json()).GetProperty(what == "slots" ? "slots" : "occurrences").ValueKind);
        }
    }
}
