using Muse.SelfHostedMedia.Sdp;

namespace Muse.SelfHostedMedia.Tests.Sdp;

public class RepairInSdpTests
{
    [Theory]
    [InlineData("VP8", 97)]
    [InlineData("H264", 109)]
    [InlineData("VP9", 99)]
    [InlineData("AV1", 46)]
    public void The_repair_format_of_each_codec_is_the_one_whose_apt_names_it(string codec, int repair)
    {
        var video = Parse(Offers.ChromiumPublish).Sections[1];
        Assert.Equal(repair, CodecChoice.RepairOf(video, CodecChoice.ForPublisher(video, [codec])!)!.PayloadType);
    }

    [Fact]
    public void Redundancy_is_that_of_the_sound_and_not_of_the_picture()
    {
        var offer = Parse(Offers.ChromiumPublish);
        var opus = CodecChoice.ForPublisher(offer.Sections[0], [])!;
        Assert.Equal(63, CodecChoice.RedundancyOf(offer.Sections[0], opus)!.PayloadType);
        var other = Parse(Offers.ChromiumPublish.Replace("a=fmtp:63 111/111", "a=fmtp:63 111/9", StringComparison.Ordinal));
        Assert.Null(CodecChoice.RedundancyOf(other.Sections[0], opus));
        Assert.Null(CodecChoice.RepairOf(offer.Sections[0], opus));
    }

    [Fact]
    public void A_repair_stream_is_known_by_its_group()
    {
        var video = Parse(Offers.ChromiumPublish).Sections[1];
        Assert.Equal(888_842_878u, Assert.Single(video.RepairSources).Value);
        Assert.Equal(2_803_462_632u, Assert.Single(video.RepairSources).Key);
    }

    [Theory]
    [InlineData("a=ssrc-group:SIM 1 2")]
    [InlineData("a=ssrc-group:FID")]
    [InlineData("a=ssrc-group:FID 1")]
    [InlineData("a=ssrc-group:FID x 2")]
    [InlineData("a=ssrc-group:FID 1 99999999999")]
    public void Another_group_or_half_a_one_names_none(string group)
    {
        var offer = Offers.ChromiumPublish.Replace("a=ssrc-group:FID 888842878 2803462632", group, StringComparison.Ordinal);
        Assert.Empty(Parse(offer).Sections[1].RepairSources);
    }

    private static SessionDescription Parse(string sdp) => OfferParser.Parse(sdp, 512 * 1024, 72).Value;
}
