using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Muse.Adapters.Zoom;
using Muse.Domain.Meetings;
using NodaTime;
using NodaTime.Text;

namespace Muse.Adapters.Tests.Zoom;

public sealed class ZoomWebhookTests
{
    private const string Secret = "4fv1RkqGQUq5sWbEz6hA5A";

    private static readonly Instant Now = Instant.FromUnixTimeSeconds(1_720_705_455);

    public static readonly TheoryData<int> Vectors = [.. Enumerable.Range(0, VectorsOfTheFile().Count)];

    public static readonly TheoryData<string> Samples = [.. Directory.GetFiles(Folder, "*.json").Select(f => Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal)];

    private static string Folder => Path.Combine(AppContext.BaseDirectory, "Zoom", "Webhooks");

    [Theory, MemberData(nameof(Vectors))]
    public void A_published_signature_is_that_of_its_body_and_of_no_other(int which)
    {
        var vector = VectorsOfTheFile()[which];
        var (secret, time, signature) = (vector["secretToken"]!.ToString(), vector["x-zm-request-timestamp"]!.ToString(), vector["x-zm-signature"]!.ToString());
        var body = Encoding.UTF8.GetBytes(vector["rawBody"]!.ToString());
        var now = Instant.FromUnixTimeSeconds(long.Parse(time, System.Globalization.CultureInfo.InvariantCulture));
        var webhook = new ZoomWebhook(["another", secret, "a third"]);

        Assert.Equal(signature, ZoomWebhook.Sign(secret, time, body));
        Assert.Equal(secret, webhook.SignedWith(time, signature, body, now));
        Assert.Null(new ZoomWebhook(["another"]).SignedWith(time, signature, body, now));
        Assert.Null(new ZoomWebhook([]).SignedWith(time, signature, body, now));
        for (var at = 0; at < body.Length; at++)
        {
            body[at] ^= 1;
            Assert.Null(webhook.SignedWith(time, signature, body, now));
            body[at] ^= 1;
        }
        Assert.NotNull(ZoomWebhook.Read(body));
    }

    [Fact]
    public void The_published_answer_to_a_url_validation_is_given()
    {
        var vector = VectorsOfTheFile().Single(v => v["urlValidationResponse"] is not null);
        var message = ZoomWebhook.Read(Encoding.UTF8.GetBytes(vector["rawBody"]!.ToString()));
        Assert.Equal(vector["urlValidationResponse"]!["plainToken"]!.ToString(), message?.PlainToken);
        Assert.Equal(vector["urlValidationResponse"]!["encryptedToken"]!.ToString(), ZoomWebhook.Encrypt(vector["secretToken"]!.ToString(), message!.PlainToken!));
    }

    [Theory]
    [InlineData(-300, true)]
    [InlineData(300, true)]
    [InlineData(-301, false)]
    [InlineData(301, false)]
    public void A_signature_is_good_for_five_minutes_before_and_after_its_time(int late, bool good)
    {
        var body = "{}"u8.ToArray();
        var time = Now.ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(good, new ZoomWebhook([Secret]).SignedWith(time, ZoomWebhook.Sign(Secret, time, body), body, Now + Duration.FromSeconds(late)) is not null);
    }

    [Theory]
    [InlineData(null, "v0=00")]
    [InlineData("1720705455", null)]
    [InlineData("1720705455", "")]
    [InlineData("1720705455", "v0=")]
    [InlineData("1720705455", "v1=93a1a675965ceb9c5a50c5dfb31f20e50f763be37a54ef74cd2d16a1a8e5c0d6")]
    [InlineData("", "v0=00")]
    [InlineData("-1720705455", "v0=00")]
    [InlineData("1720705455.0", "v0=00")]
    [InlineData("99999999999999999999", "v0=00")]
    [InlineData("9223372036854775807", "v0=00")]
    public void What_is_no_signature_or_no_time_is_refused(string? time, string? signature) =>
        Assert.Null(new ZoomWebhook([Secret]).SignedWith(time, signature, "{}"u8, Now));

    [Fact]
    public void The_hex_of_a_signature_is_lower_case()
    {
        var time = Now.ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture);
        var signature = ZoomWebhook.Sign(Secret, time, "{}"u8);
        Assert.Null(new ZoomWebhook([Secret]).SignedWith(time, "v0=" + signature[3..].ToUpperInvariant(), "{}"u8, Now));
    }

    [Theory, MemberData(nameof(Samples))]
    public void Every_sample_body_can_be_read(string name)
    {
        var message = ZoomWebhook.Read(Sample(name));
        Assert.NotNull(message);
        Assert.Equal(JsonNode.Parse(Sample(name))!["event"]!.ToString(), message.Event);
        Assert.All(message.Reports, report =>
        {
            Assert.Equal("zoom", report.Provider);
            Assert.Matches("^[0-9]{9,11}$", report.Reference);
            Assert.InRange(report.Key.Length, 1, 128);
        });
    }

    [Theory]
    [InlineData("meeting.started", typeof(MeetingBegan), "2021-07-13T21:44:51Z")]
    [InlineData("meeting.ended", typeof(MeetingOver), "2021-07-13T23:00:51Z")]
    [InlineData("meeting.participant_joined", typeof(GuestCame), "2021-07-13T21:44:51Z")]
    [InlineData("meeting.participant_left", typeof(GuestWent), "2021-07-13T21:44:51Z")]
    [InlineData("meeting.participant_jbh_waiting", typeof(GuestWaits), "2021-07-14T02:44:51.572Z")]
    [InlineData("meeting.participant_joined_waiting_room", typeof(GuestWaits), "2021-07-13T21:44:51Z")]
    [InlineData("meeting.participant_put_in_waiting_room", typeof(GuestWaits), "2021-07-13T21:44:51Z")]
    [InlineData("meeting.deleted", typeof(MeetingTouched), "2021-04-05T13:14:22.764Z")]
    [InlineData("meeting.permanently_deleted", typeof(MeetingTouched), "2021-07-14T02:44:51.572Z")]
    [InlineData("meeting.recovered", typeof(MeetingTouched), "2021-07-14T02:44:51.572Z")]
    [InlineData("recording.completed", typeof(RecordingReady), "2021-07-14T02:44:51.572Z")]
    [InlineData("recording.transcript_completed", typeof(RecordingReady), "2021-07-14T02:44:51.572Z")]
    public void A_sample_becomes_the_fact_that_it_tells(string name, Type fact, string at)
    {
        var report = Assert.Single(ZoomWebhook.Read(Sample(name))!.Reports);
        Assert.IsType(fact, report);
        Assert.Equal(InstantPattern.ExtendedIso.Parse(at).Value, report.At);
    }

    [Fact]
    public void A_guest_has_the_same_stay_when_coming_and_when_going()
    {
        var came = Assert.IsType<GuestCame>(ZoomWebhook.Read(Sample("meeting.participant_joined"))!.Reports[0]);
        var went = Assert.IsType<GuestWent>(ZoomWebhook.Read(Sample("meeting.participant_left"))!.Reports[0]);
        Assert.Equal(came.Guest, went.Guest);
        Assert.NotEqual(came.Key, went.Key);
        Assert.Equal("1234567890", came.Reference);
        Assert.Equal(("Jill Chill", "jchill@example.com", false), (came.Guest.DisplayName, came.Guest.Email, came.Guest.IsHost));
    }

    [Fact]
    public void The_host_is_known_by_the_meetings_host_id()
    {
        var body = JsonNode.Parse(Sample("meeting.participant_joined"))!;
        body["payload"]!["object"]!["participant"]!["id"] = body["payload"]!["object"]!["host_id"]!.DeepClone();
        Assert.True(Assert.IsType<GuestCame>(ZoomWebhook.Read(Bytes(body))!.Reports[0]).Guest.IsHost);
        body["payload"]!["object"]!["participant"]!["id"] = "";
        body["payload"]!["object"]!["host_id"] = "";
        Assert.False(Assert.IsType<GuestCame>(ZoomWebhook.Read(Bytes(body))!.Reports[0]).Guest.IsHost);
    }

    [Theory]
    [InlineData("meeting.started")]
    [InlineData("meeting.ended")]
    [InlineData("meeting.participant_joined")]
    public void An_id_counts_the_same_as_a_number_and_as_a_string(string name)
    {
        var (asNumber, asString) = (JsonNode.Parse(Sample(name))!, JsonNode.Parse(Sample(name))!);
        asNumber["payload"]!["object"]!["id"] = 98_884_753_832;
        asString["payload"]!["object"]!["id"] = "98884753832";
        Assert.Equal("98884753832", ZoomWebhook.Read(Bytes(asNumber))!.Reports[0].Reference);
        Assert.Equal(ZoomWebhook.Read(Bytes(asNumber))!.Reports[0], ZoomWebhook.Read(Bytes(asString))!.Reports[0]);
    }

    [Theory]
    [InlineData("meeting.participant_joined")]
    [InlineData("meeting.deleted")]
    [InlineData("recording.completed")]
    public void A_delivery_that_comes_again_has_the_same_key_and_another_sitting_has_another(string name)
    {
        var again = JsonNode.Parse(Sample(name))!.ToJsonString();
        var other = JsonNode.Parse(Sample(name))!;
        other["payload"]!["object"]!["uuid"] = "/another//sitting==";
        var key = ZoomWebhook.Read(Sample(name))!.Reports[0].Key;
        Assert.Equal(key, ZoomWebhook.Read(Encoding.UTF8.GetBytes(again))!.Reports[0].Key);
        Assert.NotEqual(key, ZoomWebhook.Read(Bytes(other))!.Reports[0].Key);
    }

    [Fact]
    public void A_recordings_files_come_with_the_token_that_opens_them_and_with_their_sitting()
    {
        var ready = Assert.IsType<RecordingReady>(ZoomWebhook.Read(Sample("recording.completed"))!.Reports[0]);
        Assert.Equal(
            [("audio_only", "audio/mp4", 246560L), ("shared_screen_with_speaker_view", "video/mp4", 282825L), ("audio_only_each_participant", "audio/mp4", 246560L)],
            ready.Files.Select(f => (f.Kind, f.MediaType, f.Size!.Value)));
        Assert.All(ready.Files, f => Assert.Equal(("abJhbGciOiJIUzUxMiJ9", "4444AAAiAAAAAiAiAiiAii=="), (f.Token, f.Instance)));
        var transcript = Assert.IsType<RecordingReady>(ZoomWebhook.Read(Sample("recording.transcript_completed"))!.Reports[0]);
        Assert.Equal(("audio_transcript", "text/vtt"), (transcript.Files[0].Kind, transcript.Files[0].MediaType));
        Assert.NotEqual(ready.Key, transcript.Key);
    }

    [Fact]
    public void A_file_without_an_id_or_still_processed_or_of_an_unknown_kind_does_not_break_the_others()
    {
        var body = JsonNode.Parse(Sample("recording.completed"))!;
        var files = body["payload"]!["object"]!["recording_files"]!.AsArray();
        files.Add(new JsonObject { ["file_type"] = "TIMELINE", ["download_url"] = "https://example.com/t", ["recording_start"] = "2021-03-23T22:14:57Z" });
        files.Add(new JsonObject { ["id"] = "p", ["status"] = "processing", ["download_url"] = "https://example.com/p", ["recording_start"] = "2021-03-23T22:14:57Z" });
        files.Add(new JsonObject { ["id"] = "h", ["file_type"] = "HOLOGRAM", ["download_url"] = "https://example.com/h", ["recording_start"] = "2021-03-23T22:14:57Z" });
        files.Add(7);
        var ready = Assert.IsType<RecordingReady>(ZoomWebhook.Read(Bytes(body))!.Reports[0]);
        Assert.Equal(4, ready.Files.Count);
        Assert.Equal(("hologram", "application/octet-stream", null), (ready.Files[2].Kind, ready.Files[2].MediaType, ready.Files[2].Size));
    }

    [Theory]
    [InlineData("user.deactivated")]
    [InlineData("user.deleted")]
    public void A_user_who_is_gone_is_named(string name) =>
        Assert.Equal(new LostZoomUser("abcD3ojfdbjfg", "jchill@example.com"), ZoomWebhook.Read(Sample(name))!.Lost);

    [Theory]
    [InlineData("meeting.updated")] // of the sample: only its sound setting
    [InlineData("meeting.created")]
    [InlineData("meeting.alert")]
    [InlineData("meeting.participant_qos_summary")]
    [InlineData("recording.deleted")]
    public void What_changes_no_lesson_is_read_and_reports_nothing(string name) => Assert.Empty(ZoomWebhook.Read(Sample(name))!.Reports);

    [Fact]
    public void A_meeting_whose_time_was_changed_at_zoom_is_to_be_looked_at()
    {
        var body = JsonNode.Parse(Sample("meeting.updated"))!;
        body["payload"]!["object"]!["start_time"] = "2026-12-07T08:00:00Z";
        Assert.IsType<MeetingTouched>(Assert.Single(ZoomWebhook.Read(Bytes(body))!.Reports));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("7")]
    [InlineData("{")]
    [InlineData("{}")]
    [InlineData("""{"event":"meeting.started"}""")]
    [InlineData("""{"event":7,"payload":[]}""")]
    [InlineData("""{"event":"","payload":{}}""")]
    [InlineData("""{"event":"endpoint.url_validation","payload":{}}""")]
    [InlineData("""{"event":"endpoint.url_validation","payload":{"plainToken":null}}""")]
    public void What_is_no_message_is_none(string body) => Assert.Null(ZoomWebhook.Read(Encoding.UTF8.GetBytes(body)));

    [Theory]
    [InlineData("""{"event":"lesson.invented","payload":{}}""")]
    [InlineData("""{"event":"meeting.started","payload":{"object":null}}""")]
    [InlineData("""{"event":"meeting.started","payload":{"object":{"id":1.5}},"event_ts":1}""")]
    [InlineData("""{"event":"meeting.started","payload":{"object":{"id":1234567890}},"event_ts":99999999999999999999999}""")]
    [InlineData("""{"event":"meeting.started","payload":{"object":{"id":1234567890}},"event_ts":-1}""")]
    [InlineData("""{"event":"meeting.participant_joined","event_ts":1626230691572,"payload":{"object":{"id":"1234567890","participant":{"user_name":"\ud800"}}}}""")]
    public void A_message_that_lacks_what_it_needs_reports_nothing(string body) => Assert.Empty(ZoomWebhook.Read(Encoding.UTF8.GetBytes(body))!.Reports);

    [Fact]
    public void Half_a_surrogate_pair_or_a_NUL_in_a_name_does_not_reach_the_events()
    {
        var text = Encoding.UTF8.GetString(Sample("meeting.participant_joined"));
        var broken = Assert.IsType<GuestCame>(ZoomWebhook.Read(Encoding.UTF8.GetBytes(text.Replace("Jill Chill", "Jill \\ud83c", StringComparison.Ordinal)))!.Reports[0]);
        Assert.Null(broken.Guest.DisplayName);
        var nul = Assert.IsType<GuestCame>(ZoomWebhook.Read(Encoding.UTF8.GetBytes(text.Replace("Jill Chill", "Jill\\u0000 Chill", StringComparison.Ordinal)))!.Reports[0]);
        Assert.Equal("Jill Chill", nul.Guest.DisplayName);
    }

    [Fact]
    public void Bytes_of_any_kind_are_read_or_refused_and_never_throw()
    {
        var random = new Random(20260713);
        var samples = Directory.GetFiles(Folder, "*.json").Select(File.ReadAllBytes).ToArray();
        var read = 0;
        for (var round = 0; round < 30_000; round++)
        {
            var body = round % 10 == 0 ? new byte[random.Next(300)] : (byte[])samples[random.Next(samples.Length)].Clone();
            if (round % 10 == 0) random.NextBytes(body);
            else if (round % 3 == 0) body = body[..random.Next(body.Length)];
            for (var change = random.Next(12); change > 0 && body.Length > 0; change--)
            {
                var at = random.Next(body.Length);
                body[at] = (random.Next(4)) switch
                {
                    0 => (byte)random.Next(256),
                    1 => (byte)"{}[]\",:\\0-9eEu"[random.Next(14)],
                    2 => body[random.Next(body.Length)],
                    _ => (byte)(body[at] ^ (1 << random.Next(8))),
                };
            }
            if (ZoomWebhook.Read(body) is not { } message) continue;
            read++;
            Assert.All(message.Reports, report => Assert.True(Postgres_can_hold(report), $"{report}"));
            Assert.False(new ZoomWebhook([Secret]).SignedWith("1720705455", message.Event, body, Now) is not null);
        }
        Assert.InRange(read, 500, 30_000);

        static bool Postgres_can_hold(MeetingReport report) => Muse.Adapters.Postgres.UserText.IsStorable(report.ToString());
    }

    [Fact]
    public void A_value_of_another_type_in_any_place_never_throws()
    {
        JsonNode?[] values = [null, 7, -1, 1e300, true, "", "x", new string('x', 10_000), "2021-07-13T21:44:51Z", "0000-00-00T00:00:00Z", new JsonArray(), new JsonObject(), new JsonArray(new JsonObject())];
        foreach (var sample in Directory.GetFiles(Folder, "*.json").Select(File.ReadAllBytes))
        {
            foreach (var path in Places(JsonNode.Parse(sample)!))
            {
                foreach (var value in values)
                {
                    var body = JsonNode.Parse(sample)!;
                    var parent = path[..^1].Aggregate(body, (node, step) => step is int index ? node[index]! : node[(string)step]!);
                    if (path[^1] is int last) parent[last] = value?.DeepClone();
                    else parent[(string)path[^1]] = value?.DeepClone();
                    _ = ZoomWebhook.Read(Bytes(body));
                }
            }
        }
    }

    private static IEnumerable<object[]> Places(JsonNode node, params object[] here) => node switch
    {
        JsonObject thing => thing.SelectMany(m => (IEnumerable<object[]>)[[.. here, m.Key], .. m.Value is { } inner ? Places(inner, [.. here, m.Key]) : []]),
        JsonArray list => list.SelectMany((m, i) => (IEnumerable<object[]>)[[.. here, i], .. m is { } inner ? Places(inner, [.. here, i]) : []]),
        _ => [],
    };

    private static byte[] Bytes(JsonNode body) => JsonSerializer.SerializeToUtf8Bytes(body);

    private static byte[] Sample(string name) => File.ReadAllBytes(Path.Combine(Folder, name + ".json"));

    private static List<JsonNode> VectorsOfTheFile() =>
        [.. JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Zoom", "signature-vectors.json")))!["zoom_webhook_v0"]!.AsArray().Select(v => v!)];
}
