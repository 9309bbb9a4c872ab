using System.Net;

namespace Muse.SelfHostedMedia.Tests.Rooms;

/// <summary>The peers' sockets are connected: an answer from another address than the one they sent to does not reach them, as it does not
/// reach a browser's ICE.</summary>
public class AddressesTests
{
    private const string OneAddress = "Over .NET's sockets the kernel chooses the address an answer leaves from: a machine with several binds one.";

    [Theory]
    [InlineData("127.0.0.1", false)]
    [InlineData("127.0.0.1", true)]
    [InlineData("127.0.0.7", false)]
    [InlineData("127.0.0.7", true)]
    [InlineData("::1", false)]
    [InlineData("::1", true)]
    public async Task The_server_answers_from_the_address_that_was_asked_bound_to_it_or_to_all(string text, bool isBound)
    {
        Assert.SkipWhen(MediaFixture.UsesPortableSockets && !isBound && text == "127.0.0.7", OneAddress);
        var address = IPAddress.Parse(text);
        await using var media = new MediaFixture(new() { AdvertisedAddresses = [address], BindAddress = isBound ? address : null });
        var (_, publisher) = await media.Publisher(null, "audio");
        var (_, subscriber, _) = await media.Subscriber();
        publisher.SendRtp(1, 1, 111, 0, [5], mid: "0");
        Assert.Equal([5], subscriber.ReceiveRtp(sequence => sequence).Payload);
    }

    [Fact]
    public async Task People_of_different_address_families_hear_each_other()
    {
        Assert.SkipWhen(MediaFixture.UsesPortableSockets, OneAddress);
        await using var media = new MediaFixture(new() { AdvertisedAddresses = [IPAddress.IPv6Loopback, IPAddress.Parse("127.0.0.9")] });
        var (_, publisher) = await media.Publisher(null, "audio");
        using var subscriber = new TestPeer { Candidate = 1 };
        await media.Subscriber(subscriber);
        publisher.SendRtp(1, 1, 111, 0, [5], mid: "0");
        Assert.Equal([5], subscriber.ReceiveRtp(sequence => sequence).Payload);
    }
}
