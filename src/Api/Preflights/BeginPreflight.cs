using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Muse.Api.Http;
using Muse.Api.Identity;
using Muse.Api.OpenApi;
using Muse.Api.Rooms;
using Muse.Domain.Meetings;
using Muse.Domain.Preflights;
using Muse.Domain.Scheduling;
using NodaTime;

namespace Muse.Api.Preflights;

/// <param name="StudentId">Who will sit there in the lesson: oneself or one's child; absent: oneself.</param>
public sealed record WantedPreflight(Guid? StudentId = null);

/// <summary>One way to the built-in room.</summary>
/// <param name="Path"><c>udp</c>, and <c>tcp</c> where the server listens there, without a relay; <c>turn-udp</c>, <c>turn-tcp</c> and <c>turns-tls</c> where a relay is set up for it.</param>
/// <param name="IceServers">For <c>RTCConfiguration</c>; with any, <c>iceTransportPolicy</c> is <c>relay</c>.</param>
public sealed record WayIn(string Path, IReadOnlyList<IceServer> IceServers);

/// <param name="RoomClosesAt">Then the loop-back room is gone.</param>
/// <param name="ResultUntil">Then the result is no longer taken.</param>
/// <param name="MaxKbps">The most that the room asks a sender for, in kbit/s: a rate measured here is never higher.</param>
public sealed record PreflightLimits(string RoomClosesAt, string ResultUntil, int MaxKbps);

/// <summary>A test that has begun. Without <paramref name="Room"/> only the devices are looked at: the built-in room may not be used there.</summary>
public sealed record PreflightBegun(
    Guid Id, Guid? Room, string? Ticket, string? SignalUrl, IReadOnlyList<WayIn> Ways, PreflightLimits Limits);

/// <summary><c>POST /v1/preflights</c>.</summary>
internal static class BeginPreflight
{
    private const int AudioBitrate = 256_000;

    public static void MapBeginPreflight(this IEndpointRouteBuilder app) => app
        .MapPost("/v1/preflights", Handle)
        .Described("beginPreflight", "Preflights", "Begin a connection test: a private room in which one hears oneself",
            ["media_unavailable", "preflight_busy", "too_many_preflights"],
            new WantedPreflight(Guid.Parse("0199b3a0-0000-7000-8000-000000000002")));

    private static async Task<Results<Created<PreflightBegun>, ProblemHttpResult>> Handle(
        WantedPreflight wanted, Caller caller, People people, LivePreflights live, MediaHost media, Tickets tickets, IceServers iceServers,
        PreflightsOptions options, TimeProvider time, HttpContext http, CancellationToken ct)
    {
        var studentId = wanted.StudentId ?? caller.StudentId;
        if (studentId is { } student && !caller.MayActForStudent(student))
            return Problems.NotFound();
        if (await (studentId is { } of ? people.ByRole(of, ct) : people.Of(caller.PersonId, ct)) is not { } person)
            return Problems.NotFound();
        var offered = ProviderPolicy.IsAllowedIn(person.Country, ProviderPolicy.BuiltIn);
        if (offered && !media.Server.IsRunning)
            return Problems.Of(StatusCodes.Status503ServiceUnavailable, "media_unavailable", "The media server does not run.");
        if (!live.MayBegin(caller.PersonId))
        {
            http.Response.Headers.RetryAfter = ((int)options.Within.TotalSeconds).ToString(CultureInfo.InvariantCulture);
            return Problems.Of(StatusCodes.Status429TooManyRequests, "too_many_preflights", "Too many tests; wait a few minutes.");
        }
        var ways = offered
            ? WaysIn(
                iceServers.Until(caller.PersonId, Instant.FromDateTimeOffset(time.GetUtcNow() + options.ResultWithin)), media.Server.TcpPort is not null)
            : [];
        var begun = new BegunPreflight(
            Guid.CreateVersion7(time.GetUtcNow()), person.PersonId, studentId, caller.PersonId, [.. ways.Select(way => way.Path)]);
        if (await live.Begin(begun) is not { } closesAt)
        {
            http.Response.Headers.RetryAfter = ((int)options.RoomFor.TotalSeconds).ToString(CultureInfo.InvariantCulture);
            return Problems.Of(StatusCodes.Status503ServiceUnavailable, "preflight_busy", "Many people test now; try again in half a minute.");
        }
        http.Response.Headers.CacheControl = "no-store";
        var limits = new PreflightLimits(Text(closesAt), Text(time.GetUtcNow() + options.ResultWithin),
            (SelfHostedMedia.Rooms.RoomProfile.Lesson.MaxVideoBitrate + AudioBitrate) / 1_000);
        if (!offered)
            return TypedResults.Created($"/v1/preflights/{begun.Id}", new PreflightBegun(begun.Id, null, null, null, [], limits));
        var ticket = tickets.Issue(new TicketHolder(begun.Id, caller.PersonId, person.DisplayName, RoomRole.Student));
        return TypedResults.Created($"/v1/preflights/{begun.Id}", new PreflightBegun(
            begun.Id, begun.Id, ticket, $"{(http.Request.IsHttps ? "wss" : "ws")}://{http.Request.Host}/v1/preflights/{begun.Id}/signal",
            ways, limits));
    }

    /// <summary>The direct ways, and each relay's URLs by what carries them (RFC 7065 §3: no transport means UDP, turns: means TLS).</summary>
    internal static IReadOnlyList<WayIn> WaysIn(IReadOnlyList<IceServer> servers, bool listensOnTcp)
    {
        var ways = new List<WayIn> { new(Preflight.Direct, []) };
        if (listensOnTcp)
            ways.Add(new WayIn(Preflight.DirectTcp, []));
        foreach (var path in Preflight.AllPaths.Except([Preflight.Direct, Preflight.DirectTcp]))
        {
            var of = servers
                .Select(server => server with { Urls = [.. server.Urls.Where(url => PathOf(url) == path)] })
                .Where(server => server.Urls.Count > 0)
                .ToArray();
            if (of.Length > 0)
                ways.Add(new WayIn(path, of));
        }
        return ways;
    }

    private static string? PathOf(string url)
    {
        if (url.StartsWith("turns:", StringComparison.OrdinalIgnoreCase))
            return url.Contains("transport=udp", StringComparison.OrdinalIgnoreCase) ? null : Preflight.TurnTls;
        if (!url.StartsWith("turn:", StringComparison.OrdinalIgnoreCase))
            return null;
        return url.Contains("transport=tcp", StringComparison.OrdinalIgnoreCase) ? Preflight.TurnTcp : Preflight.TurnUdp;
    }

    private static string Text(DateTimeOffset at) => TimeText.Of(Instant.FromDateTimeOffset(at));
}
