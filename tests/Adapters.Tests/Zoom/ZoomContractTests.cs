using System.Text.Json;
using System.Text.Json.Nodes;
using Muse.Adapters.Zoom;
using Muse.Imitations;
using NodaTime;

namespace Muse.Adapters.Tests.Zoom;

/// <summary>What Muse sends and reads, held against Zoom's own description of its interface and against sample answers.</summary>
public sealed class ZoomContractTests
{
    private static readonly JsonObject Description = Read("zoom-openapi.v2.trimmed.json");
    private static readonly JsonObject Sample = Read("created-meeting.json");

    [Fact]
    public async Task Every_member_of_a_creation_exists_at_Zoom_with_its_type()
    {
        await using var scene = await ZoomScene.OpenAsync();
        await scene.Meetings.Arrange(scene.Order(), default);

        var sent = JsonNode.Parse(scene.Zoom.Seen.Single(s => s.Method == "POST" && s.Path == "/v2/users/host@school.example/meetings").Body)!.AsObject();

        CheckMembers(sent, "Session", Sample);
        CheckMembers(sent["settings"]!.AsObject(), "MeetingSettings", Sample["settings"]!.AsObject());
        Assert.True(sent.Count >= 7);
    }

    [Fact]
    public async Task Every_member_of_a_change_exists_at_Zoom_with_its_type()
    {
        await using var scene = await ZoomScene.OpenAsync();
        var order = scene.Order();
        var reference = (await scene.Meetings.Arrange(order, default)).Place!.Reference;
        await scene.Meetings.Move(order with { Start = order.Start + Duration.FromHours(1), DurationMinutes = 30, TimeZone = "Asia/Dubai" }, reference, default);

        var sent = JsonNode.Parse(scene.Zoom.Seen.Single(s => s.Method == "PATCH").Body)!.AsObject();

        CheckMembers(sent, "SessionUpdate", Sample);
        Assert.Equal(["duration", "start_time", "timezone"], sent.Select(m => m.Key).Order());
    }

    [Fact]
    public async Task Every_call_is_one_of_Zooms()
    {
        await using var scene = await ZoomScene.OpenAsync();
        var order = scene.Order();
        var place = (await scene.Meetings.Arrange(order, default)).Place!;
        await scene.Meetings.Move(order with { DurationMinutes = 30 }, place.Reference, default);
        await scene.Meetings.DoorFor(ZoomScene.Guest(Domain.Lessons.Part.Tutor), order, place, default);
        await scene.Zoom.MakeHappen(place.Reference, Happening.Start, null);
        await scene.Meetings.Withdraw(order, place.Reference, default);

        var described = Description["paths"]!.AsObject().SelectMany(p => p.Value!.AsObject().Select(m => $"{m.Key} {p.Key}")).ToHashSet();
        var made = scene.Zoom.Seen.Where(s => s.Path.StartsWith("/v2/", StringComparison.Ordinal))
            .Select(s => $"{s.Method.ToLowerInvariant()} {s.Path[3..].Replace("/users/host@school.example", "/users/{userId}").Replace(place.Reference, "{meetingId}")}").ToHashSet();

        Assert.Subset(described, made);
        Assert.Equal(6, made.Count);
    }

    [Fact]
    public void A_sample_answer_is_read_with_its_strings_for_numbers_and_its_long_ids()
    {
        var meeting = HeldZoomMeeting.Read(JsonDocument.Parse(Sample.ToJsonString()).RootElement)!;

        Assert.Equal(92_674_392_836, meeting.Id);
        Assert.Equal(Instant.FromUtc(2022, 3, 25, 7, 29, 29), meeting.Start);
        Assert.Equal((60, "America/Los_Angeles", "cloud", "https://example.com/s/11111"), (meeting.Minutes, meeting.TimeZone, meeting.AutoRecording, meeting.StartUrl));
    }

    [Theory]
    [InlineData("""{"id":"97763643886","duration":"60","start_time":"2022-03-23T06:00:00Z"}""", "2022-03-23T06:00:00Z")]
    [InlineData("""{"id":97763643886,"start_time":"2022-03-23T06:00:00.0000000+00:00"}""", "2022-03-23T06:00:00Z")]
    [InlineData("""{"id":97763643886,"start_time":"2022-03-23T15:00:00","timezone":"Asia/Seoul"}""", "2022-03-23T06:00:00Z")]
    [InlineData("""{"id":97763643886,"type":3}""", null)]
    public void Times_and_ids_come_in_several_writings(string json, string? start)
    {
        var meeting = HeldZoomMeeting.Read(JsonDocument.Parse(json).RootElement)!;

        Assert.Equal(97_763_643_886, meeting.Id);
        Assert.Equal(start, meeting.Start?.ToString());
    }

    [Fact]
    public async Task The_imitation_answers_with_the_members_of_the_samples()
    {
        await using var scene = await ZoomScene.OpenAsync();
        var order = scene.Order();
        scene.Zoom.Make(scene.Zoom.SchoolHost, "Muse lesson", "", order.Start.ToDateTimeOffset(), 45);
        using var http = new HttpClient();
        await scene.Meetings.Arrange(order, default);
        http.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", scene.Zoom.Seen.Last().Headers["Authorization"]);

        var list = JsonNode.Parse(await http.GetStringAsync($"{scene.Zoom.ApiUrl}/users/me/meetings?type=scheduled"))!.AsObject();
        var whole = JsonNode.Parse(await http.GetStringAsync($"{scene.Zoom.ApiUrl}/meetings/{scene.Zoom.Meetings[0].Id}"))!.AsObject();

        var sampleList = Read("listed-meetings.json");
        Assert.Subset(sampleList.Select(m => m.Key).ToHashSet(), list.Select(m => m.Key).ToHashSet());
        Assert.Subset(sampleList["meetings"]![0]!.AsObject().Select(m => m.Key).ToHashSet(), list["meetings"]![0]!.AsObject().Select(m => m.Key).ToHashSet());
        Assert.Subset(Sample.Select(m => m.Key).ToHashSet(), whole.Select(m => m.Key).ToHashSet());
        Assert.Subset(Sample["settings"]!.AsObject().Select(m => m.Key).ToHashSet(), whole["settings"]!.AsObject().Select(m => m.Key).ToHashSet());
    }

    /// <summary>
    /// Zoom froze the description in 2021; members that came later are known from the sample of a full answer.
    /// </summary>
    private static void CheckMembers(JsonObject sent, string definition, JsonObject sample)
    {
        var described = Description["definitions"]![definition]!["properties"]!.AsObject();
        foreach (var (name, value) in sent)
        {
            var kind = value!.GetValueKind() switch
            {
                JsonValueKind.String => "string",
                JsonValueKind.Number => "integer",
                JsonValueKind.True or JsonValueKind.False => "boolean",
                _ => "object",
            };
            if (described[name] is not { } property)
            {
                Assert.True(sample.ContainsKey(name), $"Zoom knows no {name} in {definition}.");
                Assert.Equal(Kind(sample[name]!), kind);
                continue;
            }
            if (property["$ref"] is null) Assert.Equal((string?)property["type"], kind);
            if (property["enum"] is JsonArray allowed) Assert.Contains(value.ToJsonString(), allowed.Select(a => a!.ToJsonString()));
        }
    }

    private static string Kind(JsonNode node) => node.GetValueKind() switch
    {
        JsonValueKind.String => "string",
        JsonValueKind.Number => "integer",
        JsonValueKind.True or JsonValueKind.False => "boolean",
        _ => "object",
    };

    private static JsonObject Read(string file) =>
        JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Zoom", "Contract", file)))!.AsObject();
}
