using Muse.SelfHostedMedia.Rtp;

namespace Muse.SelfHostedMedia.Tests.Rtp;

public class ForwardedHeaderTests
{
    [Fact]
    public void The_transport_wide_number_stands_before_the_level_in_whole_words()
    {
        var target = new byte[64];
        var packet = new CachedPacket { HasAudioLevel = true, AudioLevel = new(0x85) };
        Assert.Equal(24, ForwardedHeader.Write(target, packet, packet.Marker, packet.IsPadding, 109, 1, 1, 2, audioLevelId: 3, transportId: 5, transportSequence: 0xABCD));
        Assert.Equal("bede0002" + "51abcd" + "3085" + "000000", Convert.ToHexStringLower(target.AsSpan(12, 12)));
        Assert.Equal(20, ForwardedHeader.Write(target, packet, packet.Marker, packet.IsPadding, 109, 1, 1, 2, audioLevelId: 0, transportId: 5, transportSequence: 0xABCD));
        Assert.Equal("bede0001" + "51abcd" + "00", Convert.ToHexStringLower(target.AsSpan(12, 8)));
        Assert.Equal(0x90, target[0]);
    }

    [Fact]
    public void A_subscriber_gets_its_own_numbers_and_the_publishers_time()
    {
        var packet = new CachedPacket { Index = 70_000, Timestamp = 0x01020304, Marker = true };
        var target = new byte[64];
        var length = ForwardedHeader.Write(target, packet, packet.Marker, packet.IsPadding, 120, 0xABCD, 0x01020304, 0x11223344, audioLevelId: 0);
        Assert.Equal("80f8abcd0102030411223344", Convert.ToHexStringLower(target.AsSpan(0, length)));
    }

    [Fact]
    public void The_audio_level_is_written_under_the_subscribers_number()
    {
        var packet = new CachedPacket { Timestamp = 1, HasAudioLevel = true, AudioLevel = new(0xA5) };
        var target = Enumerable.Repeat((byte)0xEE, 64).ToArray();
        var length = ForwardedHeader.Write(target, packet, packet.Marker, packet.IsPadding, 109, 1, 1, 2, audioLevelId: 3);
        Assert.Equal("906d0001" + "00000001" + "00000002" + "bede0001" + "30a50000", Convert.ToHexStringLower(target.AsSpan(0, length)));
    }

    [Fact]
    public void A_level_the_subscriber_did_not_ask_for_is_stripped()
    {
        var packet = new CachedPacket { HasAudioLevel = true, AudioLevel = new(0xA5) };
        Assert.Equal(12, ForwardedHeader.Write(new byte[64], packet, packet.Marker, packet.IsPadding, 109, 1, 1, 2, audioLevelId: 0));
        Assert.Equal(0, new ExtensionIds(4, 1, 2).ForwardedAudioLevel(new ExtensionIds(3, 0, 0)));
        Assert.Equal(0, new ExtensionIds(4, 0, 2).ForwardedAudioLevel(new ExtensionIds(3, 1, 0)));
        Assert.Equal(9, new ExtensionIds(4, 1, 2).ForwardedAudioLevel(new ExtensionIds(3, 9, 0)));
    }

    [Fact]
    public void Padding_alone_stays_padding()
    {
        var target = new byte[64];
        ForwardedHeader.Write(target, default, marker: false, isPadding: true, 96, 1, 1, 2, 0);
        Assert.Equal(0xA0, target[0]);
    }
}
