using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Muse.Given;

namespace Muse.Api.Tests.Rooms;

/// <summary>A WHIP client that is not ours: trickle by PATCH, bundle-only m-lines with port 0, OPUS in capitals.</summary>
public sealed class DebianWhipClientTests(DebianWhipClientTests.ReachableServer server) : IClassFixture<DebianWhipClientTests.ReachableServer>
{
    /// <summary>libnice never uses loopback: it needs another address of this machine.</summary>
    private static readonly IPAddress? Address = NetworkInterface.GetAllNetworkInterfaces()
        .Where(link => link.OperationalStatus == OperationalStatus.Up && link.NetworkInterfaceType != NetworkInterfaceType.Loopback)
        .SelectMany(link => link.GetIPProperties().UnicastAddresses)
        .Select(address => address.Address).FirstOrDefault(address => address.AddressFamily == AddressFamily.InterNetwork);

    public sealed class ReachableServer : TheStreamServer
    {
        public ReachableServer()
        {
            if (Address is not null) With("Rooms:AdvertisedAddresses:1", Address.ToString());
        }
    }

    [Fact]
    public async Task Debians_whip_client_publishes_a_player_gets_its_picture_and_its_delete_ends_the_session()
    {
        Assert.SkipWhen(WhipClient.Missing is not null, WhipClient.Missing ?? "");
        Assert.SkipWhen(Address is null, "only loopback is up, which libnice does not use");
        var (tutor, student, lesson) = await server.OpenLesson();
        var (socket, _) = await server.Enter(student, lesson);
        using var _1 = socket;
        using var http = server.Anyone();

        using var client = WhipClient.Start(new Uri(http.BaseAddress!, $"/v1/rooms/{lesson}/whip"), await TheStreamServer.Key(tutor, lesson, "publish"));
        await socket.Hear("trackPublished");
        await socket.Hear("trackPublished");
        var (player, _) = await server.Watch(await TheStreamServer.Key(student, lesson, "watch"), lesson);
        using var _2 = player;

        var kinds = new HashSet<byte>();
        while (kinds.Count < 2) kinds.Add(player.ReceiveRtp(sequence => sequence).Header.PayloadType);
        Assert.Equal("96 111", string.Join(" ", kinds.Order()));
        Assert.True(client.Stop(), client.Printed);
        await socket.Hear("participantLeft");
        Assert.Contains("PeerConnection connected", client.Printed);
        Assert.DoesNotContain("[ERR]", client.Printed);
    }
}
