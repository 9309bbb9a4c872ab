using System.Net;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.DependencyInjection;
using Muse.Adapters.GoogleMeet;
using Muse.Adapters.Postgres;
using Muse.Adapters.Zoom;
using Muse.Api.Meetings;
using Muse.Api.Tests.Bookings;
using Muse.Api.Tests.Connections;
using Muse.Domain.Lessons;
using Muse.Domain.Meetings;
using Muse.Imitations.Google;
using NodaTime;

namespace Muse.Api.Tests.Meetings.Providers;

/// <summary>Lessons that are held at Google Meet, of which Muse learns by asking.</summary>
public sealed class GoogleLessonTests : IAsyncLifetime
{
    private readonly GoogleServer _server = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private GoogleImitation Google => _server.Imitation;

    public async ValueTask InitializeAsync() => await _server.InitializeAsync();

    public async ValueTask DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task A_lesson_begins_when_the_schools_host_and_the_student_are_there()
    {
        var lesson = await A_lesson_that_begins(await _server.Tutor());
        Google.Join(lesson.Reference, "Music room 2", GoogleImitation.SchoolHost);
        Google.Join(lesson.Reference, "Oliver Hughes");
        await Asked();

        Assert.Equal(["participant_joined", "participant_joined", "lesson_started"], await Story(lesson.Id));
        Assert.Equal([(Part.Tutor, lesson.Tutor.PersonId), (Part.Student, lesson.Student.PersonId)], await Came(lesson.Id));

        Google.EndConference(lesson.Reference);
        await Asked();

        Assert.Contains("everyone_left", await Story(lesson.Id));
    }

    [Fact]
    public async Task A_stranger_with_the_tutors_name_is_a_guest_and_begins_nothing()
    {
        var lesson = await A_lesson_that_begins(await _server.Tutor());
        Google.Join(lesson.Reference, "Kim Min-ji", "stranger@gmail.example");
        Google.Join(lesson.Reference, "Kim Min-ji");
        Google.Join(lesson.Reference, "Oliver Hughes");
        await Asked();

        Assert.Equal(["participant_joined", "participant_joined", "participant_joined"], await Story(lesson.Id));
        Assert.Equal([(Part.Student, lesson.Student.PersonId), (Part.Guest, (Guid?)null), (Part.Guest, null)],
            (await Came(lesson.Id)).OrderBy(came => came.Part is Part.Guest));
    }

    [Fact]
    public async Task In_a_tutors_own_account_the_person_who_consented_is_the_tutor_and_the_schools_host_is_not()
    {
        var tutor = await _server.Tutor();
        await Connect(tutor);
        var lesson = await A_lesson_that_begins(tutor);
        Assert.Equal(Google.Person, Google.EventOf(lesson.Reference)!["organizer"]!["email"]!.GetValue<string>());
        Google.Join(lesson.Reference, "Lessons", GoogleImitation.SchoolHost);
        Google.Join(lesson.Reference, "Oliver Hughes");
        await Asked();
        Assert.DoesNotContain("lesson_started", await Story(lesson.Id));

        var door = await (await tutor.Http.PostAsync($"/v1/lessons/{lesson.Id}/join", null, Ct)).Json();
        Assert.EndsWith($"?authuser={Uri.EscapeDataString(Google.Person)}", door.Text("joinUrl"), StringComparison.Ordinal);
        Google.Join(lesson.Reference, "민지", Google.Person);
        await Asked();

        Assert.Contains("lesson_started", await Story(lesson.Id));
        Assert.Contains((Part.Tutor, tutor.PersonId), await Came(lesson.Id));
    }

    [Fact]
    public async Task Hosts_by_address_serve_the_tutors_of_these_addresses_and_nobody_else_at_Zoom_as_at_Google()
    {
        var (tutor, other) = (await _server.Tutor(), await _server.Tutor("Lee Do-yun"));
        var zoom = _server.Services.GetRequiredService<ZoomOptions>();
        (zoom.AccountId, zoom.ClientId, zoom.ClientSecret) = ("a", "b", "c");
        zoom.Hosts[tutor.Email] = "second@school.example";
        var google = _server.Services.GetRequiredService<GoogleMeetOptions>();
        google.DefaultHost = null;
        google.Hosts[tutor.Email] = "second@school.example";

        foreach (var provider in _server.Services.GetServices<IMeetingProvider>().Where(p => p.Abilities.Name is ProviderPolicy.Zoom or ProviderPolicy.GoogleMeet))
        {
            Assert.True(await provider.Serves(tutor.TutorId!.Value, Ct), provider.Abilities.Name);
            Assert.False(await provider.Serves(other.TutorId!.Value, Ct), provider.Abilities.Name);
            Assert.False(await provider.Serves(Guid.NewGuid(), Ct), provider.Abilities.Name);
        }
    }

    private sealed record LessonAtMeet(Guid Id, SignedIn Tutor, SignedIn Student, string Reference);

    private async Task<LessonAtMeet> A_lesson_that_begins(SignedIn tutor)
    {
        var student = await _server.Student();
        var id = Guid.CreateVersion7();
        var start = Instant.FromUnixTimeSeconds(Now.ToUnixTimeSeconds()) + Duration.FromMinutes(2);
        var time = new PlannedTime(start.InUtc().LocalDateTime, "Etc/UTC", "2026f", start, 60);
        await using (var session = _server.Services.GetRequiredService<EventStore>().OpenSession())
        {
            session.StartStream<Lesson>(id, [.. Lesson.Schedule(
                null, id, Guid.CreateVersion7(), tutor.TutorId!.Value, student.StudentId!.Value, time, "https://muse.example/lessons/1",
                ProviderPolicy.GoogleMeet, Who.Clock, Now).Events]);
            await session.SaveChangesAsync(Ct);
        }
        await _server.Services.GetRequiredService<SettleMeeting>().Run(id, Ct);
        return new LessonAtMeet(id, tutor, student, Assert.Single(Google.Held).Reference);
    }

    /// <summary>The next time that Meet is asked who came: this call's own asking has come to its end.</summary>
    private async Task Asked()
    {
        do
        {
            _server.Time.Advance(TimeSpan.FromSeconds(46));
            Google.Clock.Advance(TimeSpan.FromSeconds(46));
        }
        while (await _server.Services.GetRequiredService<FollowMeetings>().RunOnce(Ct) == 0);
    }

    /// <summary>The tutor presses "Connect" in Muse and "Allow" at Google.</summary>
    private async Task Connect(SignedIn tutor)
    {
        var begun = await tutor.Http.PostAsync(ConnectServer.PathOf(tutor, ProviderPolicy.GoogleMeet), null, Ct);
        var authorize = new Uri((await begun.Json()).Text("authorizeUrl")!);
        var form = QueryHelpers.ParseQuery(authorize.Query).ToDictionary(pair => pair.Key, pair => pair.Value.ToString());
        form["decision"] = "allow";
        using var browser = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false });
        using var allowed = await browser.PostAsync(authorize.GetLeftPart(UriPartial.Path), new FormUrlEncodedContent(form), Ct);
        using var back = new HttpRequestMessage(HttpMethod.Get, allowed.Headers.Location!.PathAndQuery);
        back.Headers.Add("Cookie", begun.Headers.GetValues("Set-Cookie").Single().Split(';')[0]);
        using var page = await _server.Anyone().SendAsync(back, Ct);
        Assert.Equal((HttpStatusCode.Found, $"/meeting-providers?connected={ProviderPolicy.GoogleMeet}"), (page.StatusCode, page.Headers.Location!.OriginalString));
    }

    private async Task<string[]> Story(Guid lesson) => [.. (await _server.EventsOf(lesson)).Skip(1)];

    private async Task<List<(Part Part, Guid? Person)>> Came(Guid lesson)
    {
        await using var session = _server.Services.GetRequiredService<EventStore>().OpenSession();
        return [.. (await session.FetchStreamAsync(lesson, Ct)).Select(e => e.Data).OfType<ParticipantJoined>()
            .Select(joined => (joined.Who.Part, joined.Who.PersonId)).OrderBy(came => came.Part)];
    }

    private Instant Now => Instant.FromDateTimeOffset(_server.Time.GetUtcNow());
}
