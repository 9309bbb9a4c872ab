using System.Net;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.DependencyInjection;
using Muse.Api.Meetings;
using Muse.Api.Tests.Bookings;
using Muse.Api.Tests.Connections;
using Muse.Domain.Lessons;
using Muse.Domain.Meetings;
using Muse.Imitations;
using NodaTime;

namespace Muse.Api.Tests.Meetings.Providers;

/// <summary>A tutor takes back, at the provider itself, the consent for the account that holds the next lesson.</summary>
public sealed class DeadAccountTests(TheDoorsServer server) : IClassFixture<TheDoorsServer>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private Instant Now => Instant.FromDateTimeOffset(server.Time.GetUtcNow());

    [Theory]
    [InlineData(ProviderPolicy.Zoom)]
    [InlineData(ProviderPolicy.GoogleMeet)]
    public async Task A_quarter_of_an_hour_before_the_lesson_goes_to_the_schools_account_and_says_why(string provider)
    {
        var (tutor, lesson, old) = await A_lesson_in_the_tutors_own(provider);
        TakeBack(provider);
        Pass(TimeSpan.FromMinutes(2));

        await server.Services.GetRequiredService<VerifyMeetings>().RunOnce(Ct);

        Assert.Equal(LostCodes.AccountDisconnected, Assert.Single(await server.Happened<MeetingLost>(lesson)).Code);
        var meeting = await server.MeetingOf(lesson);
        Assert.True(meeting.IsReadyAt(provider));
        Assert.NotEqual(old, meeting.Reference);
        Assert.Equal("school", (await (await tutor.Http.GetAsync($"/v1/lessons/{lesson}/meeting", Ct)).Json()).Text("account"));
    }

    [Theory]
    [InlineData(ProviderPolicy.Zoom, true)]
    [InlineData(ProviderPolicy.Zoom, false)]
    [InlineData(ProviderPolicy.GoogleMeet, true)]
    [InlineData(ProviderPolicy.GoogleMeet, false)]
    public async Task What_stays_in_the_dead_account_is_in_the_timeline_and_the_new_meeting_stays(string provider, bool seenAtTheDoor)
    {
        var (tutor, lesson, old) = await A_lesson_in_the_tutors_own(provider);
        TakeBack(provider);
        Pass(TimeSpan.FromMinutes(seenAtTheDoor ? 11 : 2));

        if (seenAtTheDoor)
            Assert.Equal(HttpStatusCode.OK, (await TheDoorsServer.Join(tutor, lesson)).StatusCode);
        else
            await server.Services.GetRequiredService<VerifyMeetings>().RunOnce(Ct);
        await server.EventsAsync();

        var left = Assert.Single(await server.Happened<MeetingLeftBehind>(lesson));
        Assert.Equal((provider, old, LostCodes.AccountDisconnected), (left.Provider, left.Reference, left.Code));
        var meeting = await server.MeetingOf(lesson);
        Assert.True(meeting.IsReadyAt(provider));
        Assert.Contains(server.At(provider).Held, held => held.Reference == meeting.Reference);
    }

    private async Task<(SignedIn Tutor, Guid Lesson, string Reference)> A_lesson_in_the_tutors_own(string provider)
    {
        var tutor = await server.Tutor();
        await Connect(tutor, provider);
        var student = await server.Student();
        var id = Guid.CreateVersion7();
        var start = Instant.FromUnixTimeSeconds(Now.ToUnixTimeSeconds()) + Duration.FromMinutes(16);
        var time = new PlannedTime(start.InUtc().LocalDateTime, "Etc/UTC", "2026f", start, 60);
        await using (var session = server.Store.OpenSession())
        {
            session.StartStream<Lesson>(id, [.. Lesson.Schedule(
                null, id, Guid.CreateVersion7(), tutor.TutorId!.Value, student.StudentId!.Value, time, "https://muse.example/lessons/1",
                provider, Who.Clock, Now).Events]);
            await session.SaveChangesAsync(Ct);
        }
        await server.Services.GetRequiredService<SettleMeeting>().Run(id, Ct);
        Assert.Equal("tutor", (await (await tutor.Http.GetAsync($"/v1/lessons/{id}/meeting", Ct)).Json()).Text("account"));
        return (tutor, id, (await server.MeetingOf(id)).Reference!);
    }

    /// <summary>The tutor presses "Connect" in Muse and "Allow" at the provider.</summary>
    private async Task Connect(SignedIn tutor, string provider)
    {
        server.Zoom.ConnectsAtOnce = server.Zoom.TutorsOwn;
        var begun = await tutor.Http.PostAsync(ConnectServer.PathOf(tutor, provider), null, Ct);
        var authorize = new Uri((await begun.Json()).Text("authorizeUrl")!);
        var form = QueryHelpers.ParseQuery(authorize.Query).ToDictionary(pair => pair.Key, pair => pair.Value.ToString());
        form["decision"] = "allow";
        using var browser = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false });
        using var allowed = provider == ProviderPolicy.Zoom
            ? await browser.GetAsync(authorize, Ct)
            : await browser.PostAsync(authorize.GetLeftPart(UriPartial.Path), new FormUrlEncodedContent(form), Ct);
        using var back = new HttpRequestMessage(HttpMethod.Get, allowed.Headers.Location!.PathAndQuery);
        back.Headers.Add("Cookie", begun.Headers.GetValues("Set-Cookie").Single().Split(';')[0]);
        using var page = await server.Anyone().SendAsync(back, Ct);
        Assert.Equal((HttpStatusCode.Found, $"/meeting-providers?connected={provider}"), (page.StatusCode, page.Headers.Location!.OriginalString));
    }

    private void TakeBack(string provider)
    {
        if (provider == ProviderPolicy.Zoom)
            server.Zoom.Disconnect(server.Zoom.TutorsOwn);
        else
            server.Google.TakeBackConsent(server.Google.Person);
    }

    private void Pass(TimeSpan time)
    {
        server.Time.Advance(time);
        foreach (var imitation in new Imitation[] { server.Zoom, server.Google }) imitation.Clock.Advance(time);
    }
}
