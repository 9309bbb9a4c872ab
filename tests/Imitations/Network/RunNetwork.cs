using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Muse.Imitations.Network;

/// <summary>
/// Relays that tests of another language control over HTTP (<c>Muse.Imitations network</c>). The first line printed is the control's address.
/// </summary>
/// <remarks>
/// <c>POST /relays {"server":"127.0.0.1:5082","port":0}</c> makes one and answers <c>{"port":…}</c>;
/// <c>PUT /relays/{port} {"toServer":{…},"toClient":{…}}</c> changes its conditions, an absent direction stays;
/// <c>POST /relays/{port}/rebind</c>; <c>GET /relays/{port}</c> counts; <c>DELETE /relays/{port}</c> ends it. Members of a direction are those of
/// <see cref="PathConditions"/>.
/// </remarks>
internal static class RunNetwork
{
    public static async Task<int> RunAsync(string? parent)
    {
        var relays = new ConcurrentDictionary<int, UdpRelay>();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(server => server.Listen(IPAddress.Loopback, 0));
        await using var app = builder.Build();
        app.MapPost("/relays", (NewRelay asked) =>
        {
            var relay = new UdpRelay(IPEndPoint.Parse(asked.Server), asked.Port, asked.Seed ?? 1);
            relays[relay.Port] = relay;
            return TypedResults.Ok(new RelayPort(relay.Port));
        });
        app.MapPut("/relays/{port:int}", Results<NoContent, NotFound> (int port, NewConditions asked) =>
        {
            if (!relays.TryGetValue(port, out var relay)) return TypedResults.NotFound();
            if (asked.ToServer is not null) relay.ToServer = asked.ToServer;
            if (asked.ToClient is not null) relay.ToClient = asked.ToClient;
            return TypedResults.NoContent();
        });
        app.MapPost("/relays/{port:int}/rebind", Results<NoContent, NotFound> (int port) =>
        {
            if (!relays.TryGetValue(port, out var relay)) return TypedResults.NotFound();
            relay.Rebind();
            return TypedResults.NoContent();
        });
        app.MapGet("/relays/{port:int}", Results<Ok<RelayCounts>, NotFound> (int port) =>
        {
            if (!relays.TryGetValue(port, out var relay)) return TypedResults.NotFound();
            var (serverIn, serverOut, clientIn, clientOut) = relay.Counts;
            return TypedResults.Ok(new RelayCounts(serverIn, serverOut, clientIn, clientOut));
        });
        app.MapDelete("/relays/{port:int}", Results<NoContent, NotFound> (int port) =>
        {
            if (!relays.TryRemove(port, out var relay)) return TypedResults.NotFound();
            relay.Dispose();
            return TypedResults.NoContent();
        });
        await app.StartAsync();
        Console.WriteLine(app.Urls.First());
        await Trying.ParentWatch.UntilGoneAsync(parent, app.Lifetime.ApplicationStopping);
        foreach (var relay in relays.Values) relay.Dispose();
        return 0;
    }

    private sealed record NewRelay(string Server, int Port, int? Seed);

    private sealed record RelayPort(int Port);

    private sealed record NewConditions(PathConditions? ToServer, PathConditions? ToClient);

    private sealed record RelayCounts(long ToServerIn, long ToServerOut, long ToClientIn, long ToClientOut);
}
