using System.Text;
using Muse.SelfHostedMedia.Sdp;

namespace Muse.SelfHostedMedia.Tests.Sdp;

public class OfferParserTests
{
    [Fact]
    public void Chromiums_offer_is_read()
    {
        var offer = Parse(Offers.ChromiumPublish);
        Assert.Equal("3932382434377723967", offer.SessionId);
        Assert.Equal(["0", "1"], offer.Bundle);
        Assert.Equal(["audio", "video"], offer.Sections.Select(section => section.Kind));
        var audio = offer.Sections[0];
        Assert.Equal(MediaDirection.SendOnly, audio.Direction);
        Assert.True(audio.HasRtcpMux);
        Assert.Equal([2_550_446_323u], audio.Ssrcs);
        Assert.Equal(1, audio.ExtensionId("urn:ietf:params:rtp-hdrext:ssrc-audio-level"));
        Assert.Equal(111, audio.Codecs[0].PayloadType);
        Assert.Equal("opus/48000/2", audio.Codecs[0].RtpMap);
        Assert.Equal("1", audio.Codecs[0].Parameter("useinbandfec"));
        var transport = OfferChecks.BundleTransport(offer).Value;
        Assert.Equal("KzQG", transport.UserFragment);
        Assert.StartsWith("15:27:48", transport.Fingerprint!.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Firefoxs_offer_is_read_with_its_fingerprint_at_session_level()
    {
        var offer = Parse(Offers.FirefoxPublish);
        var transport = OfferChecks.BundleTransport(offer).Value;
        Assert.Equal("7a9d0c11", transport.UserFragment);
        Assert.StartsWith("5A:0C:3E", transport.Fingerprint!.ToString(), StringComparison.Ordinal);
        Assert.Equal(109, CodecChoice.ForPublisher(offer.Sections[0], [])!.PayloadType);
        Assert.Equal(120, CodecChoice.ForPublisher(offer.Sections[1], ["VP8"])!.PayloadType);
        Assert.Equal(126, CodecChoice.ForPublisher(offer.Sections[1], ["H264"])!.PayloadType);
        Assert.Equal(3, offer.Sections[1].ExtensionId("urn:ietf:params:rtp-hdrext:sdes:mid"));
    }

    [Theory]
    [InlineData("VP8", 96)]
    [InlineData("H264", 108)]
    [InlineData("VP9", 98)]
    [InlineData("AV1", 45)]
    public void The_codec_is_chosen_in_a_profile_that_every_browser_decodes(string codec, int payloadType)
    {
        var video = Parse(Offers.ChromiumPublish).Sections[1];
        Assert.Equal(payloadType, CodecChoice.ForPublisher(video, [codec])!.PayloadType);
    }

    [Fact]
    public void A_subscriber_gets_a_codec_under_its_own_payload_type()
    {
        var chromium = Parse(Offers.ChromiumPublish).Sections[1];
        var firefox = Parse(Offers.FirefoxPublish).Sections[1];
        Assert.Equal(120, CodecChoice.ForSubscriber(firefox, CodecChoice.ForPublisher(chromium, ["VP8"])!)!.PayloadType);
        Assert.Equal(126, CodecChoice.ForSubscriber(firefox, CodecChoice.ForPublisher(chromium, ["H264"])!)!.PayloadType);
        Assert.Equal(108, CodecChoice.ForSubscriber(chromium, CodecChoice.ForPublisher(firefox, ["H264"])!)!.PayloadType);
        Assert.Null(CodecChoice.ForSubscriber(firefox, CodecChoice.ForPublisher(chromium, ["AV1"])!));
    }

    [Theory]
    [InlineData("a=rtcp-mux\r\n", "")]
    [InlineData("a=fingerprint:sha-256", "a=fingerprint:sha-1")]
    [InlineData("a=ice-pwd:", "a=no-pwd:")]
    [InlineData("a=ice-ufrag:", "a=no-ufrag:")]
    [InlineData("a=group:BUNDLE 0 1", "a=group:BUNDLE 0")]
    [InlineData("a=mid:1", "a=mid:0")]
    [InlineData("a=mid:1", "a=mid:1 1")]
    [InlineData("a=setup:actpass", "a=setup:passive")]
    [InlineData("UDP/TLS/RTP/SAVPF", "RTP/AVP")]
    [InlineData("m=audio 9", "m=audio x")]
    [InlineData("m=audio 9", "m=audio 65536")]
    [InlineData("a=rtpmap:111 opus/48000/2", "a=rtpmap:999 opus/48000/2")]
    [InlineData("a=rtpmap:111 opus/48000/2", "a=rtpmap:111 opus/0")]
    [InlineData("v=0", "v=1")]
    [InlineData("s=-", "s")]
    [InlineData("a=fingerprint:sha-256 15:", "a=fingerprint:sha-256 1G:")]
    public void An_offer_that_cannot_be_answered_is_refused(string present, string instead)
    {
        var changed = Offers.ChromiumPublish.ReplaceLineEndings("\r\n").Replace(present, instead, StringComparison.Ordinal);
        Assert.NotEqual(Offers.ChromiumPublish.ReplaceLineEndings("\r\n"), changed);
        var parsed = OfferParser.Parse(changed, 100_000, 16);
        var refusal = parsed.Refusal ?? OfferChecks.BundleTransport(parsed.Value).Refusal;
        Assert.Equal("invalid_offer", refusal?.Code);
    }

    [Fact]
    public void Length_lines_and_m_lines_are_bounded()
    {
        var good = Offers.ChromiumPublish;
        Assert.True(OfferParser.Parse(good, good.Length - 1, 16).IsRefused);
        Assert.True(OfferParser.Parse(good, 100_000, 1).IsRefused);
        Assert.True(OfferParser.Parse(good + "a=x:" + new string('y', 5_000) + "\r\n", 100_000, 16).IsRefused);
        Assert.True(OfferParser.Parse(good + "a=mid:" + new string('y', 300) + "\r\n", 100_000, 16).IsRefused);
        var many = new StringBuilder(good);
        for (var i = 0; i < 5_000; i++)
            many.Append($"a=ssrc:{i + 1} cname:x\r\na=extmap:{i % 300} urn:x:{i}\r\na=rtpmap:{i % 127} X/1\r\na=rtcp-fb:* nack\r\n");
        var offer = OfferParser.Parse(many.ToString(), 1_000_000, 16).Value;
        Assert.InRange(offer.Sections[1].Ssrcs.Count, 1, 64);
        Assert.InRange(offer.Sections[1].Extensions.Count, 1, 64);
        Assert.All(offer.Sections[1].Codecs, codec => Assert.InRange(codec.Feedback.Count, 0, 32));
    }

    [Fact]
    public void No_input_makes_the_parser_throw()
    {
        var examples = new[] { Offers.ChromiumPublish, Offers.FirefoxPublish, Offers.ChromiumSubscribe };
        foreach (var input in Fuzzing.Inputs([.. examples.Select(Encoding.Latin1.GetBytes)]).Take(Fuzzing.Rounds / 5))
        {
            var parsed = OfferParser.Parse(Encoding.Latin1.GetString(input), 100_000, 16);
            if (parsed.IsRefused)
                continue;
            if (!OfferChecks.BundleTransport(parsed.Value).IsRefused)
                parsed.Value.Sections.ForEach(section => CodecChoice.ForPublisher(section, ["VP8", "H264", "VP9", "AV1"]));
        }
    }

    private static SessionDescription Parse(string sdp) => OfferParser.Parse(sdp, 100_000, 16).Value;
}
