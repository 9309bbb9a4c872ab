using Muse.Api.Webhooks;
using Muse.Imitations.Webhooks;

namespace Muse.Api.Tests.Webhooks;

/// <summary>Many endpoints of one host, as those of a service that integrators use. Who waits for an answer waits longer here than the test looks.</summary>
public sealed class SharedHostTests(SharedHostTests.APatientServer server) : IClassFixture<SharedHostTests.APatientServer>
{
    /// <summary>The host had eight connections in all: what waited for one of them timed out without having been sent.</summary>
    [Fact]
    public async Task Dead_endpoints_of_a_host_leave_connections_to_its_others()
    {
        await using var one = await GivenEndpoint.Make(server, [GivenEndpoint.Nothing]);
        await using var two = await GivenEndpoint.Make(server, [GivenEndpoint.Nothing], at: one.Receiver);
        await using var three = await GivenEndpoint.Make(server, [GivenEndpoint.Nothing], at: one.Receiver);
        await using var live = await GivenEndpoint.Make(server, [GivenEndpoint.Nothing], at: one.Receiver);
        GivenEndpoint[] dead = [one, two, three];
        one.Receiver.Answer(Enumerable.Repeat(Reaction.Hangs, dead.Length * DeliveryRows.Places));
        var hanging = new List<(GivenEndpoint Endpoint, string Id)>();
        foreach (var endpoint in dead)
            for (var i = 0; i < DeliveryRows.Places; i++)
                hanging.Add((endpoint, await endpoint.Test()));
        await GivenEndpoint.Until(() => one.Receiver.Attempts.Count == dead.Length * DeliveryRows.Places);

        await live.Becomes(await live.Test(), "delivered");

        // None of them was given up meanwhile, which would have made room.
        foreach (var (endpoint, id) in hanging)
            Assert.Empty((await endpoint.Delivery(id)).GetProperty("log").EnumerateArray());
    }

    public sealed class APatientServer : TheServer
    {
        public APatientServer()
        {
            With("Outgoing:AllowLoopback", "true");
            With("Webhooks:TimeoutSeconds", "30");
        }
    }
}
