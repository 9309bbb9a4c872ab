using System.Text;
using System.Text.Json.Nodes;
using Muse.Adapters.Jitsi;
using Muse.Domain.Meetings;
using NodaTime;

namespace Muse.Adapters.Tests.Jitsi;

public class JaasWebhookTests
{
    // The vector of the contract: HMAC-SHA256 over "t.body", in base64, checked with openssl.
    private const string Secret = "whsec_jaas_test";
    private const string VectorBody = """{"idempotencyKey":"d11f155d-ced5-4a7e-b6d9-aaa135c64f65","eventType":"ROOM_CREATED","timestamp":1600951800112}""";
    private const string VectorSignature = "t=1600951800,v1=gJMYmEbvltfht8jJbzHz3ohSQHLfH817nQLBQg8fsXg=";

    private const string App = "vpaas-magic-cookie-c2824d584eac4489a1e32e4e164d5a3c";
    private const string Room = "abcdefghijklmnopqrstuvwxyz234567";

    private static readonly Instant Then = Instant.FromUnixTimeSeconds(1_600_951_800);
    private static readonly JitsiOptions Signed = new() { JaasWebhookSecret = Secret };

    [Fact]
    public void The_vector_is_genuine() => Assert.True(JaasWebhook.IsGenuine(Signed, VectorSignature, null, Bytes(VectorBody), Then));

    [Theory]
    [InlineData("t=1600951800,v1=gJMYmEbvltfht8jJbzHz3ohSQHLfH817nQLBQg8fsXg")]
    [InlineData("t=1600951800,v1=hJMYmEbvltfht8jJbzHz3ohSQHLfH817nQLBQg8fsXg=")]
    [InlineData("t=1600951801,v1=gJMYmEbvltfht8jJbzHz3ohSQHLfH817nQLBQg8fsXg=")]
    [InlineData("t=1600951800,v0=gJMYmEbvltfht8jJbzHz3ohSQHLfH817nQLBQg8fsXg=")]
    [InlineData("v1=gJMYmEbvltfht8jJbzHz3ohSQHLfH817nQLBQg8fsXg=")]
    [InlineData("t=1600951800")]
    [InlineData("t=,v1=")]
    [InlineData("t=-1600951800,v1=gJMYmEbvltfht8jJbzHz3ohSQHLfH817nQLBQg8fsXg=")]
    [InlineData("t=99999999999999999999,v1=gJMYmEbvltfht8jJbzHz3ohSQHLfH817nQLBQg8fsXg=")]
    [InlineData("")]
    [InlineData(null)]
    public void A_signature_that_was_changed_is_not(string? signature) =>
        Assert.False(JaasWebhook.IsGenuine(Signed, signature, null, Bytes(VectorBody), Then));

    [Fact]
    public void A_changed_body_is_not_genuine() =>
        Assert.False(JaasWebhook.IsGenuine(Signed, VectorSignature, null, Bytes(VectorBody + " "), Then));

    [Fact]
    public void Parts_may_come_in_any_order_and_with_an_older_signature_beside()
    {
        Assert.True(JaasWebhook.IsGenuine(Signed, "v1=gJMYmEbvltfht8jJbzHz3ohSQHLfH817nQLBQg8fsXg=, t=1600951800", null, Bytes(VectorBody), Then));
        Assert.True(JaasWebhook.IsGenuine(Signed, VectorSignature + ",v1=AAAA", null, Bytes(VectorBody), Then));
    }

    [Fact]
    public void It_is_good_for_five_minutes_to_either_side()
    {
        foreach (var (seconds, genuine) in new[] { (300, true), (-300, true), (301, false), (-301, false) })
            Assert.Equal(genuine, JaasWebhook.IsGenuine(Signed, VectorSignature, null, Bytes(VectorBody), Then + Duration.FromSeconds(seconds)));
    }

    [Fact]
    public void A_fixed_header_stands_instead_of_the_signature_or_beside_it()
    {
        var header = new JitsiOptions { JaasAuthorization = "Bearer 0123456789abcdef" };
        var both = new JitsiOptions { JaasAuthorization = "Bearer 0123456789abcdef", JaasWebhookSecret = Secret };

        Assert.True(JaasWebhook.IsGenuine(header, null, "Bearer 0123456789abcdef", Bytes("{}"), Then));
        Assert.False(JaasWebhook.IsGenuine(header, null, "Bearer 0123456789abcdeF", Bytes("{}"), Then));
        Assert.False(JaasWebhook.IsGenuine(header, VectorSignature, null, Bytes(VectorBody), Then));
        Assert.True(JaasWebhook.IsGenuine(both, VectorSignature, "Bearer 0123456789abcdef", Bytes(VectorBody), Then));
        Assert.False(JaasWebhook.IsGenuine(both, null, "Bearer 0123456789abcdef", Bytes(VectorBody), Then));
        Assert.False(JaasWebhook.IsGenuine(both, VectorSignature, null, Bytes(VectorBody), Then));
    }

    [Fact]
    public void With_neither_configured_nothing_is_genuine() =>
        Assert.False(JaasWebhook.IsGenuine(new JitsiOptions { JaasWebhookSecret = "" }, VectorSignature, "", Bytes(VectorBody), Then));

    [Theory]
    [InlineData("\"true\"", true)]
    [InlineData("true", true)]
    [InlineData("\"false\"", false)]
    [InlineData("false", false)]
    [InlineData("null", false)]
    public void Somebody_comes_and_goes_with_the_moderator_as_word_or_value(string moderator, bool isHost)
    {
        var person = Guid.NewGuid();
        var data = $$"""{"moderator":{{moderator}},"name":"Kim","id":"{{person}}","participantId":"1a2b3c4d","participantJid":"x@8x8.vc","email":"kim@example.org"}""";

        var came = Assert.IsType<GuestCame>(One("PARTICIPANT_JOINED", data));
        var went = Assert.IsType<GuestWent>(One("PARTICIPANT_LEFT", data));

        Assert.Equal(("jitsi", Room, "key-1"), (came.Provider, came.Reference, came.Key));
        Assert.Equal(Instant.FromUnixTimeMilliseconds(1_600_951_800_112), came.At);
        Assert.Equal((isHost, (Guid?)person, "Kim"), (came.Guest.IsHost, came.Guest.PersonId, came.Guest.DisplayName));
        Assert.Null(came.Guest.Email);
        Assert.Equal(came.Guest, went.Guest);
    }

    [Fact]
    public void Two_stays_of_one_person_are_told_apart()
    {
        var first = Assert.IsType<GuestCame>(One("PARTICIPANT_JOINED", """{"id":"x","participantId":"1111"}"""));
        var second = Assert.IsType<GuestCame>(One("PARTICIPANT_JOINED", """{"id":"x","participantId":"2222"}"""));

        Assert.NotEqual(first.Guest.Stay, second.Guest.Stay);
        Assert.Null(first.Guest.PersonId);
    }

    [Fact]
    public void A_room_begins_and_ends_and_somebody_waits_in_its_lobby()
    {
        Assert.IsType<MeetingBegan>(One("ROOM_CREATED", "{}"));
        Assert.IsType<MeetingOver>(One("ROOM_DESTROYED", "{}"));
        Assert.IsType<GuestWaits>(One("PARTICIPANT_JOINED_LOBBY", """{"id":"x"}"""));
    }

    [Fact]
    public void A_recordings_link_is_its_secret_and_not_its_address()
    {
        const string link = "https://store.example/p/s3cr3t/b/1.mp4?sig=abc";
        var ready = Assert.IsType<RecordingReady>(One("RECORDING_UPLOADED",
            $$"""{"preAuthenticatedLink":"{{link}}","recordingSessionId":"rec-1","startTimestamp":1600951740000,"endTimestamp":1600951800000}"""));

        var file = Assert.Single(ready.Files);
        Assert.Equal(("rec-1", "video/mp4", link, "https://store.example/"), (file.FileId, file.MediaType, file.Token, file.Url));
        Assert.Equal(Duration.FromMinutes(1), file.To - file.From);
    }

    [Theory]
    [InlineData("""{"preAuthenticatedLink":"javascript:alert(1)","recordingSessionId":"rec-1"}""")]
    [InlineData("""{"preAuthenticatedLink":"/etc/passwd","recordingSessionId":"rec-1"}""")]
    [InlineData("""{"preAuthenticatedLink":"file:///etc/passwd","recordingSessionId":"rec-1"}""")]
    [InlineData("""{"recordingSessionId":"rec-1"}""")]
    public void A_recording_without_a_web_address_is_none(string data) => Assert.Empty(Parse("RECORDING_UPLOADED", data)!);

    [Theory]
    [InlineData("SETTINGS_PROVISIONING")]
    [InlineData("USAGE")]
    [InlineData("SOMETHING_OF_TOMORROW")]
    public void What_means_nothing_to_Muse_is_taken_and_passed_over(string type) => Assert.Empty(Parse(type, "{}")!);

    [Fact]
    public void A_side_room_and_another_app_are_passed_over()
    {
        Assert.Empty(Parse("PARTICIPANT_LEFT", """{"isBreakout":true,"id":"x"}""")!);
        Assert.Empty(JaasWebhook.Parse(Bytes(Envelope("ROOM_CREATED", "{}")), "vpaas-magic-cookie-another")!);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"eventType":7,"idempotencyKey":"k","timestamp":1600951800112}""")]
    [InlineData("""{"eventType":"ROOM_CREATED","timestamp":1600951800112}""")]
    [InlineData("""{"eventType":"ROOM_CREATED","idempotencyKey":"k","timestamp":-1}""")]
    [InlineData("""{"eventType":"ROOM_CREATED","idempotencyKey":"k","timestamp":1e300}""")]
    [InlineData("""{"eventType":"\ud800","idempotencyKey":"k","timestamp":1600951800112}""")]
    public void What_is_no_event_cannot_be_read(string body) => Assert.Null(JaasWebhook.Parse(Bytes(body), App));

    [Fact]
    public void Whatever_comes_nothing_breaks_and_nothing_grows()
    {
        var random = new Random(20_261_207);
        byte[][] seeds =
        [
            Bytes(Envelope("PARTICIPANT_JOINED", """{"moderator":"true","name":"K\u00fc","id":"1","participantId":"2"}""")),
            Bytes(Envelope("RECORDING_UPLOADED", """{"preAuthenticatedLink":"https://a.example/x","recordingSessionId":"1","startTimestamp":1600951740000}""")),
        ];
        foreach (var body in Mutations.Of(seeds, random, 20_000))
            foreach (var report in JaasWebhook.Parse(body, App) ?? [])
                Mutations.IsBounded(report);
        for (var i = 0; i < 5_000; i++)
            Assert.False(JaasWebhook.IsGenuine(Signed, Encoding.Latin1.GetString(Mutations.One(Bytes(VectorSignature), random)) + "x", null, Bytes(VectorBody), Then));
    }

    private static MeetingReport One(string type, string data) => Assert.Single(Parse(type, data)!);

    private static IReadOnlyList<MeetingReport>? Parse(string type, string data) => JaasWebhook.Parse(Bytes(Envelope(type, data)), App);

    private static string Envelope(string type, string data) => new JsonObject
    {
        ["idempotencyKey"] = "key-1",
        ["customerId"] = "c2824d584eac4489a1e32e4e164d5a3c",
        ["appId"] = App,
        ["eventType"] = type,
        ["sessionId"] = "c3348153-1027-4382-afad-5ae91b433c26",
        ["timestamp"] = 1_600_951_800_112,
        ["fqn"] = $"{App}/{Room}",
        ["data"] = JsonNode.Parse(data),
    }.ToJsonString();

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}

/// <summary>Bodies that somebody damaged.</summary>
internal static class Mutations
{
    public static IEnumerable<byte[]> Of(byte[][] seeds, Random random, int count) =>
        Enumerable.Range(0, count).Select(_ => One(seeds[random.Next(seeds.Length)], random));

    /// <summary>One to four bytes changed, removed, repeated, or the end cut off.</summary>
    public static byte[] One(byte[] seed, Random random)
    {
        var body = seed.ToList();
        for (var change = random.Next(1, 5); change > 0 && body.Count > 0; change--)
        {
            var at = random.Next(body.Count);
            switch (random.Next(4))
            {
                case 0: body[at] = (byte)random.Next(256); break;
                case 1: body.RemoveAt(at); break;
                case 2: body.InsertRange(at, Enumerable.Repeat(body[at], random.Next(1, 40)).ToArray()); break;
                default: body.RemoveRange(at, body.Count - at); break;
            }
        }
        return [.. body];
    }

    public static void IsBounded(MeetingReport report)
    {
        Assert.InRange(report.Key.Length, 1, 128);
        Assert.InRange(report.Reference.Length, 1, 400);
        if (report is GuestCame { Guest: var guest })
        {
            Assert.InRange(guest.Stay.Length, 0, 128);
            Assert.InRange(guest.DisplayName?.Length ?? 0, 0, 200);
        }
    }
}
