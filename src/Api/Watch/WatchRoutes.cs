using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http.HttpResults;
using Muse.Api.Http;
using Muse.Api.Identity;
using Muse.Api.OpenApi;
using Muse.Api.Rooms;
using Muse.Api.Rooms.Quality;

namespace Muse.Api.Watch;

/// <param name="Items">The oldest first.</param>
public sealed record RoomsNow(IReadOnlyList<RoomNow> Items);

public static class WatchRoutes
{
    public static IServiceCollection AddWatch(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton((configuration.GetSection("Metrics").Get<MetricsOptions>() ?? new MetricsOptions()).Checked());
        services.AddSingleton<MediaMeter>();
        services.AddSingleton<RoomMeter>();
        services.AddSingleton<Metrics>();
        services.AddHostedService(provider => provider.GetRequiredService<Metrics>());
        return services;
    }

    public static IEndpointRouteBuilder MapWatch(this IEndpointRouteBuilder app)
    {
        app.MapGet("/metrics", Scrape).AllowAnonymous().Described("getMetrics", "The server",
            "Metrics in Prometheus' text format, for this machine or whoever has the token")
            .Produces<string>(StatusCodes.Status200OK, "text/plain");
        app.MapGet("/v1/admin/rooms", List).Described("listRoomsNow", "The server",
            "Rooms with people in them: how sound and picture go, without names", ["not_allowed"]);
        return app;
    }

    private static Results<Ok<RoomsNow>, ProblemHttpResult> List(Caller? caller, LiveRooms rooms, HttpContext http)
    {
        if (Admins.Refuse(caller) is { } refused) return refused;
        http.Response.Headers.CacheControl = "no-store";
        return TypedResults.Ok(new RoomsNow([.. rooms.Now.OrderBy(room => room.Since).ThenBy(room => room.RoomId)]));
    }

    private static IResult Scrape(HttpContext http, MetricsOptions options, Metrics metrics)
    {
        // To strangers there is nothing here.
        if (!MayScrape(http, options)) return Problems.Of(StatusCodes.Status404NotFound, "not_found", "There is nothing here.");
        http.Response.Headers.CacheControl = "no-store";
        return Results.Text(metrics.Text(), PrometheusText.ContentType);
    }

    private static bool MayScrape(HttpContext http, MetricsOptions options)
    {
        var headers = http.Request.Headers;
        if (options.Token is { Length: > 0 } token)
        {
            var shown = headers.Authorization.ToString();
            return shown.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase)
                && CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(shown[7..])), SHA256.HashData(Encoding.UTF8.GetBytes(token)));
        }
        // Behind a reverse proxy on this machine everybody seems to be here: what came through one is from elsewhere. The host's name keeps
        // out pages that lead a name of their own to this machine.
        return http.Connection.RemoteIpAddress is { } from && IPAddress.IsLoopback(from) && !headers.Keys.Any(IsOfProxy) && IsHere(http.Request.Host.Host);
    }

    private static bool IsOfProxy(string header) =>
        header.StartsWith("X-Forwarded-", StringComparison.OrdinalIgnoreCase) || header.StartsWith("X-Original-", StringComparison.OrdinalIgnoreCase)
        || header.Equals("Forwarded", StringComparison.OrdinalIgnoreCase) || header.Equals("X-Real-IP", StringComparison.OrdinalIgnoreCase)
        || header.Equals("Via", StringComparison.OrdinalIgnoreCase);

    private static bool IsHere(string host) =>
        host == "localhost" || (IPAddress.TryParse(host.Trim('[', ']'), out var named) && IPAddress.IsLoopback(named));
}
