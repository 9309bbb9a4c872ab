using System.Text;
using Muse.Adapters.Webhooks;
using Muse.Imitations.Webhooks;
using NodaTime;

namespace Muse.Adapters.Tests.Webhooks;

/// <summary>The vectors and the behaviour of Standard Webhooks' own libraries.</summary>
public class StandardWebhookTests
{
    private const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", Other = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
    private const string Hangul = """{"type":"lesson.booked","timestamp":"2026-12-07T08:00:00Z","data":{"id":"les_01","student":"김하늘 / سارة"}}""";

    private static readonly Instant At = Instant.FromUnixTimeSeconds(1614265330);

    [Theory]
    [InlineData(Secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, """{"test": 2432232314}""", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")]
    [InlineData(Secret, "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W", 1765094400, Hangul, "v1,0Ok/h8l6/27i1S4Io/QzBOIU6d8dtJMyuIeVUd1Qv7Q=")]
    [InlineData(Other, "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W", 1765094400, Hangul, "v1,lq4MbqJEKVeSISbgczv7CP2B1GC09rtRpCCbDn1zzBs=")]
    public void Every_vector_is_signed_as_the_libraries_sign_it(string secret, string id, long at, string body, string signature)
    {
        var headers = StandardWebhook.Sign([WebhookSecret.Read(secret)!], id, Instant.FromUnixTimeSeconds(at), Encoding.UTF8.GetBytes(body));

        Assert.Equal([new("webhook-id", id), new("webhook-timestamp", $"{at}"), new("webhook-signature", signature)], headers);
    }

    [Fact]
    public void While_a_secret_is_rotated_both_sign_and_a_receiver_that_knows_either_takes_it()
    {
        var headers = Signed([Other, Secret], Hangul);

        Assert.Equal(2, headers["webhook-signature"].Split(' ').Length);
        Assert.Null(WebhookVerifier.WhyNot(Secret, headers, Hangul, Now()));
        Assert.Null(WebhookVerifier.WhyNot(Other, headers, Hangul, Now()));
        Assert.Equal("no signature fits", WebhookVerifier.WhyNot(WebhookSecret.Make().Reveal(), headers, Hangul, Now()));
    }

    [Fact]
    public void What_was_changed_on_the_way_is_not_taken()
    {
        var headers = Signed([Secret], "{}");

        Assert.Equal("no signature fits", WebhookVerifier.WhyNot(Secret, headers, "{ }", Now()));
        Assert.Equal("no signature fits", WebhookVerifier.WhyNot(Secret, With(headers, "webhook-id", "msg_2"), "{}", Now()));
        Assert.Equal("no signature fits", WebhookVerifier.WhyNot(Secret, With(headers, "webhook-timestamp", "1614265331"), "{}", Now()));
    }

    [Theory]
    [InlineData("webhook-id")]
    [InlineData("webhook-timestamp")]
    [InlineData("webhook-signature")]
    public void A_delivery_without_one_of_the_headers_is_not_taken(string missing)
    {
        var headers = Signed([Secret], "{}");
        headers.Remove(missing);

        Assert.Equal($"no {missing}", WebhookVerifier.WhyNot(Secret, headers, "{}", Now()));
    }

    [Theory]
    [InlineData(-301, false)]
    [InlineData(-300, true)]
    [InlineData(300, true)]
    [InlineData(301, false)]
    public void A_delivery_is_taken_within_five_minutes(int late, bool taken) =>
        Assert.Equal(taken ? null : "webhook-timestamp is too far away", WebhookVerifier.WhyNot(Secret, Signed([Secret], "{}"), "{}", Now().AddSeconds(late)));

    [Fact]
    public void The_verifier_judges_lists_secrets_and_times_as_the_libraries_do()
    {
        var headers = Signed([Secret], "{}");
        var right = headers["webhook-signature"];

        Assert.Null(Look(With(headers, "webhook-signature", $"v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc= v2,{right[3..]} {right}")));
        Assert.Equal("no signature fits", Look(With(headers, "webhook-signature", $"v2,{right[3..]}")));
        Assert.Equal("no signature fits", Look(With(headers, "webhook-signature", "v1,")));
        Assert.Equal("webhook-timestamp is no number", Look(With(headers, "webhook-timestamp", "soon")));
        Assert.Equal("no secret", WebhookVerifier.WhyNot("", headers, "{}", Now()));
        Assert.Null(WebhookVerifier.WhyNot(Secret["whsec_".Length..], headers, "{}", Now()));
        Assert.Null(WebhookVerifier.WhyNot(Unpadded(headers, out var unpadded), unpadded, "{}", Now()));

        string? Look(Dictionary<string, string> changed) => WebhookVerifier.WhyNot(Secret, changed, "{}", Now());
    }

    [Theory]
    [InlineData(23, false)]
    [InlineData(24, true)]
    [InlineData(64, true)]
    [InlineData(65, false)]
    public void A_secret_has_24_to_64_bytes(int bytes, bool taken)
    {
        var text = "whsec_" + Convert.ToBase64String(new byte[bytes]);

        Assert.Equal(taken ? text : null, WebhookSecret.Read(text)?.Reveal());
    }

    [Theory]
    [InlineData("")]
    [InlineData("whsec_")]
    [InlineData("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    [InlineData("whsk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    [InlineData("whsec_not base64 at all, but long enough")]
    public void Anything_else_is_no_secret(string text) => Assert.Null(WebhookSecret.Read(text));

    [Fact]
    public void A_fresh_secret_is_new_each_time_and_does_not_print_itself()
    {
        var secret = WebhookSecret.Make();

        Assert.NotEqual(secret.Reveal(), WebhookSecret.Make().Reveal());
        Assert.Equal(secret.Reveal(), WebhookSecret.Read(secret.Reveal())?.Reveal());
        Assert.Equal(32, Convert.FromBase64String(secret.Reveal()["whsec_".Length..]).Length);
        Assert.Equal("whsec_…", $"{secret}");
    }

    [Theory]
    [InlineData("")]
    [InlineData("msg.1")]
    [InlineData("msg 1")]
    [InlineData("msg\r\n1")]
    public void An_id_that_would_blur_what_is_signed_is_a_bug(string id) =>
        Assert.Throws<ArgumentException>(() => StandardWebhook.Sign([WebhookSecret.Make()], id, At, "{}"u8));

    private static DateTimeOffset Now() => At.ToDateTimeOffset();

    private static Dictionary<string, string> Signed(string[] secrets, string body) =>
        StandardWebhook.Sign([.. secrets.Select(secret => WebhookSecret.Read(secret)!)], "msg_1", At, Encoding.UTF8.GetBytes(body)).ToDictionary();

    private static Dictionary<string, string> With(Dictionary<string, string> headers, string name, string value) => new(headers) { [name] = value };

    /// <summary>A secret of 25 bytes, whose base64 ends in padding, told without it.</summary>
    private static string Unpadded(Dictionary<string, string> headers, out Dictionary<string, string> signed)
    {
        var secret = "whsec_" + Convert.ToBase64String(new byte[25]);
        signed = StandardWebhook.Sign([WebhookSecret.Read(secret)!], headers["webhook-id"], At, "{}"u8).ToDictionary();
        Assert.EndsWith("=", secret, StringComparison.Ordinal);
        return secret.TrimEnd('=');
    }
}
