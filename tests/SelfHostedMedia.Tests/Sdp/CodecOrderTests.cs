using Muse.SelfHostedMedia.Rooms;
using Muse.SelfHostedMedia.Sdp;
using Muse.SelfHostedMedia.Tests.Rooms;

namespace Muse.SelfHostedMedia.Tests.Sdp;

public class CodecOrderTests
{
    private static readonly IReadOnlyList<string> s_codecs = new MediaOptions().VideoCodecs;

    [Fact]
    public void Safaris_offer_is_read_with_its_repair_streams_and_redundancy()
    {
        var offer = OfferParser.Parse(Offers.SafariPublish, 100_000, 16).Value;
        var transport = OfferChecks.BundleTransport(offer).Value;
        Assert.Equal("pAd1", transport.UserFragment);
        Assert.True(offer.MixesExtensionForms);
        var (audio, video) = (offer.Sections[0], offer.Sections[1]);
        var opus = CodecChoice.ForPublisher(audio, s_codecs)!;
        Assert.Equal(111, opus.PayloadType);
        Assert.Equal(63, CodecChoice.RedundancyOf(audio, opus)!.PayloadType);
        Assert.Equal(3_071_524_408u, video.RepairSources[990_127_755]);
        Assert.Equal(3, video.TransportSequenceId);
    }

    [Fact]
    public void A_publisher_that_names_H264_first_sends_its_constrained_baseline()
    {
        var safari = Video(Offers.SafariPublish);
        var chosen = CodecChoice.ForPublisher(safari, s_codecs)!;
        Assert.Equal((98, "42e01f"), (chosen.PayloadType, chosen.Parameter("profile-level-id")));
        Assert.Equal(99, CodecChoice.RepairOf(safari, chosen)!.PayloadType);
        Assert.Equal("VP8", CodecChoice.ForPublisher(Video(Offers.ChromiumPublish), s_codecs)!.Name);
        Assert.Equal("VP8", CodecChoice.ForPublisher(Video(Offers.FirefoxPublish), s_codecs)!.Name);
    }

    [Fact]
    public void A_codec_that_somebody_in_the_room_cannot_decode_gives_way_to_one_that_all_can()
    {
        var safari = Video(Offers.SafariPublish);
        var all = new[] { Video(Offers.ChromiumSubscribe), Video(Offers.FirefoxPublish), Video(Offers.SafariSubscribe) };
        Assert.Equal("H264", CodecChoice.ForPublisher(safari, s_codecs, all)!.Name);
        Assert.Equal("VP8", CodecChoice.ForPublisher(safari, s_codecs, [.. all, WithoutH264(Offers.ChromiumSubscribe)])!.Name);
        // Nothing is common to all: the first of the list, as if nobody were there.
        Assert.Equal("H264", CodecChoice.ForPublisher(safari, s_codecs, [Video(Offers.ChromiumSubscribe.Replace("/90000", "/1", StringComparison.Ordinal))])!.Name);
    }

    [Fact]
    public void Each_browser_gets_the_others_picture_under_its_own_payload_type()
    {
        var fromSafari = CodecChoice.ForPublisher(Video(Offers.SafariPublish), s_codecs)!;
        Assert.Equal("42e01f", CodecChoice.ForSubscriber(Video(Offers.ChromiumSubscribe), fromSafari)!.Parameter("profile-level-id"));
        Assert.Equal(126, CodecChoice.ForSubscriber(Video(Offers.FirefoxPublish), fromSafari)!.PayloadType);
        var fromChromium = CodecChoice.ForPublisher(Video(Offers.ChromiumPublish), s_codecs)!;
        Assert.Equal(100, CodecChoice.ForSubscriber(Video(Offers.SafariSubscribe), fromChromium)!.PayloadType);
    }

    [Fact]
    public async Task An_iPads_offers_are_answered_with_H264_and_with_what_the_others_send()
    {
        await using var media = new MediaFixture();
        var pad = await media.Join();
        var answer = (await pad.Publish(Offers.SafariPublish)).Value;
        Assert.Contains("m=video 9 UDP/TLS/RTP/SAVPF 98 99\r\n", answer, StringComparison.Ordinal);
        Assert.Contains("a=fmtp:98 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f;x-google-start-bitrate=", answer, StringComparison.Ordinal);
        Assert.Contains("a=fmtp:99 apt=98\r\n", answer, StringComparison.Ordinal);
        Assert.Contains("m=audio 9 UDP/TLS/RTP/SAVPF 63 111\r\n", answer, StringComparison.Ordinal);
        var other = await media.Join();
        Assert.False((await other.Publish(Offers.ChromiumPublish)).IsRefused);
        var tracks = media.Room.Tracks.Where(track => track.ParticipantId == other.Id).ToDictionary(track => track.Kind == TrackKind.Audio ? "0" : "1", track => track.Id);
        var received = (await pad.Subscribe(Offers.SafariSubscribe, tracks)).Value;
        Assert.Contains("m=video 9 UDP/TLS/RTP/SAVPF 100 101\r\n", received, StringComparison.Ordinal);
        Assert.DoesNotContain("a=inactive", received, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_is_in_the_room_decides_the_codec_of_those_who_come_and_a_track_keeps_its_own()
    {
        await using var media = new MediaFixture();
        var first = await media.Join();
        await first.Subscribe(WithoutH264Lines(Offers.ChromiumSubscribe), new Dictionary<string, Guid>());
        var pad = await media.Join();
        await pad.Publish(Offers.SafariPublish);
        var track = media.Room.Tracks.Single(each => each.Kind == TrackKind.Video);
        Assert.Equal("VP8", track.Codec);
        await first.Leave();
        Assert.Contains("m=video 9 UDP/TLS/RTP/SAVPF 100 101\r\n", (await pad.Publish(Offers.SafariPublish)).Value, StringComparison.Ordinal);
        Assert.Equal(track, media.Room.Tracks.Single(each => each.Kind == TrackKind.Video));
    }

    private static MediaSection Video(string offer) =>
        OfferParser.Parse(offer, 100_000, 16).Value.Sections.First(section => section.Kind == "video");

    private static MediaSection WithoutH264(string offer) => Video(WithoutH264Lines(offer));

    private static string WithoutH264Lines(string offer) =>
        string.Join("\r\n", offer.ReplaceLineEndings("\n").Split('\n').Where(line => !line.Contains("H264", StringComparison.Ordinal)));
}
