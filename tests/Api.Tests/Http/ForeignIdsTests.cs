using System.Net;
using Muse.Api.Tests.Connections;

namespace Muse.Api.Tests.Http;

/// <summary>Nobody reads or changes another's things by knowing their ids, on any route that names one.</summary>
public sealed class ForeignIdsTests(TheOwnJitsiServer server) : IClassFixture<TheOwnJitsiServer>
{
    /// <summary>Ids of tutors are for everyone with an account: that is how one finds a tutor.</summary>
    private static readonly string[] OpenToAll = ["GET /v1/tutors/{}", "GET /v1/tutors/{}/availability", "GET /v1/tutors/{}/slots"];

    private static IEnumerable<KnownRoute> WithAnId => EveryRoute.Known.Where(route => !route.Public && !route.ByStreamKey && !route.Key.Contains("/admin/")
        && (route.Key.Contains("{}") || route.Key is "POST /v1/bookings" or "POST /v1/series" or "POST /v1/series/preview" or "POST /v1/mentor-requests" or "POST /v1/preflights"));

    [Fact]
    public async Task Another_persons_id_is_404_or_403_and_writes_no_event_where_its_owner_is_served()
    {
        var things = await ForeignThings.Make(server);
        var stranger = await server.SignUp(["tutor", "student", "guardian"], "A Stranger", "KR", "Asia/Seoul", "ko-KR");
        await TheServer.Child(stranger, "Haneul");
        var events = await server.EventsAsync();
        var faults = new List<string>();

        foreach (var route in WithAnId.Where(route => !OpenToAll.Contains(route.Key)))
        {
            await MustBeRefused(route, things.Request(route));
            if (route.Key.Contains("/children/{}"))
                await MustBeRefused(route, things.Request(route, stranger.GuardianId));
        }
        Assert.Empty(faults);
        Assert.Equal(events, await server.EventsAsync());

        // The same requests are good ones: only who sends them was wrong. New hours and what deletes come last.
        foreach (var route in WithAnId.OrderBy(route => route.Method is "DELETE" or "PUT"))
        {
            var answer = await things.OwnerOf(route).Http.SendAsync(things.Request(route));
            // Held elsewhere, because the student is where rooms of this server may not be used; or days away.
            var isNotTheTime = (route.Key is "POST /v1/lessons/{}/guest-links" or "POST /v1/lessons/{}/marks" || route.Key.EndsWith("/join", StringComparison.Ordinal) || route.Key.EndsWith("/fallback", StringComparison.Ordinal) || route.Key.EndsWith("/try-again", StringComparison.Ordinal)) && answer.StatusCode is HttpStatusCode.Conflict;
            if (!answer.IsSuccessStatusCode && !isNotTheTime)
                faults.Add($"{route.Key} of the owner: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
        }
        Assert.Empty(faults);

        async Task MustBeRefused(KnownRoute route, HttpRequestMessage request)
        {
            var answer = await stranger.Http.SendAsync(request);
            if (answer.StatusCode is not (HttpStatusCode.NotFound or HttpStatusCode.Forbidden))
                faults.Add($"{route.Key}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
        }
    }
}
