using Muse.SelfHostedMedia.Rooms;
using Muse.SelfHostedMedia.Tests.Rooms;
using Muse.SelfHostedMedia.Tests.Rooms.Timing;

namespace Muse.SelfHostedMedia.Tests.Sdp;

public class DataChannelInSdpTests
{
    [Fact]
    public async Task The_data_channel_of_the_subscribing_connection_is_answered_on_the_same_transport()
    {
        TimingChannelTests.Skip();
        await using var media = new MediaFixture();
        var someone = await media.Join();
        var lines = (await someone.Subscribe(media.Peer().Offer("recvonly", "audio", "data"), new Dictionary<string, Guid>())).Value.Split("\r\n");
        Assert.Contains("a=group:BUNDLE 0 1", lines);
        var data = lines[Array.IndexOf(lines, "m=application 9 UDP/DTLS/SCTP webrtc-datachannel")..];
        Assert.Contains("a=mid:1", data);
        Assert.Contains("a=setup:passive", data);
        Assert.Contains("a=sctp-port:5000", data);
        Assert.Contains("a=max-message-size:1024", data);
        Assert.Contains(data, line => line.StartsWith("a=ice-ufrag:", StringComparison.Ordinal));
    }

    [Fact]
    public async Task On_the_publishing_connection_it_is_declined_and_the_sound_goes_on()
    {
        await using var media = new MediaFixture();
        var someone = await media.Join();
        var lines = (await someone.Publish(media.Peer().Offer("sendonly", "audio", "data"))).Value.Split("\r\n");
        Assert.Contains("a=group:BUNDLE 0", lines);
        Assert.Contains("m=application 0 UDP/DTLS/SCTP webrtc-datachannel", lines);
    }

    [Fact]
    public async Task Without_the_library_it_is_declined_and_the_server_runs_on()
    {
        await using var media = new MediaFixture(new() { DataChannelLibrary = "libusrsctp-is-not-here.so.2" });
        Assert.False(media.Server.HasDataChannels);
        var someone = await media.Join();
        var peer = media.Peer();
        var answer = (await someone.Subscribe(peer.Offer("recvonly", "audio", "data"), new Dictionary<string, Guid>())).Value;
        Assert.Contains("m=application 0 UDP/DTLS/SCTP webrtc-datachannel", answer.Split("\r\n"));
        peer.Connect(answer);
        await media.HasKeys(someone, ConnectionKind.Subscribe);
        Assert.Equal("invalid_offer", (await someone.Subscribe(media.Peer().Offer("recvonly", "data"), new Dictionary<string, Guid>())).Refusal!.Code);
    }

    [Theory]
    [InlineData("a=sctp-port:5000", "a=sctp-port:5001")]
    [InlineData("UDP/DTLS/SCTP", "TCP/DTLS/SCTP")]
    [InlineData("webrtc-datachannel", "webrtc-datachannel x")]
    public async Task What_no_browser_offers_is_declined(string offered, string otherwise)
    {
        await using var media = new MediaFixture();
        var someone = await media.Join();
        var offer = media.Peer().Offer("recvonly", "audio", "data").Replace(offered, otherwise, StringComparison.Ordinal);
        Assert.Contains("m=application 0 ", (await someone.Subscribe(offer, new Dictionary<string, Guid>())).Value, StringComparison.Ordinal);
    }
}
