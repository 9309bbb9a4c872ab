using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Muse.Adapters.Postgres;
using Muse.Api.GuestLinks;
using Muse.Api.Tests.Bookings;
using Muse.Api.Tests.Rooms;
using Muse.Domain.GuestLinks;
using Muse.Domain.Lessons;
using NodaTime;

namespace Muse.Api.Tests.GuestLinks;

public static class Guests
{
    /// <summary>A link of which nobody knows the secret, whoever holds the lesson.</summary>
    public static async Task<Guid> A_guest_link(this TheServer server, Guid lesson, SignedIn tutor)
    {
        var id = Guid.CreateVersion7();
        await using var session = server.Services.GetRequiredService<EventStore>().OpenSession();
        session.StartStream<LessonGuestLinks>(GuestLinkRoutes.StreamOf(lesson), new GuestLinkMade(
            GuestLinkRoutes.StreamOf(lesson), id, lesson, new Who(tutor.PersonId, Part.Tutor), "00", Instant.FromUtc(2026, 12, 1, 8, 0)));
        await session.SaveChangesAsync(CancellationToken.None);
        return id;
    }

    public static async Task<JsonElement> Link(SignedIn tutor, Guid lesson)
    {
        using var made = await tutor.Http.PostAsync($"/v1/lessons/{lesson}/guest-links", null);
        Assert.True(made.StatusCode == HttpStatusCode.Created, await made.Content.ReadAsStringAsync());
        Assert.Equal("no-store", made.Headers.CacheControl?.ToString());
        return await made.Json();
    }

    public static string SecretOf(JsonElement link) => new Uri(link.Text("link")!).Fragment[1..];

    public static async Task<HttpResponseMessage> Visit(TheServer server, string secret, string name = "Salma", string country = "JO", string? visit = null)
    {
        using var http = server.Anyone();
        return await http.PostAsJsonAsync("/v1/guest-visits", new { secret, displayName = name, country, visit });
    }
}

public sealed class GuestLinkTests(TheRoomServer server) : IClassFixture<TheRoomServer>
{
    private async Task<(SignedIn Tutor, SignedIn Student, Guid Lesson)> Lesson(int startsIn = 5, string? meeting = "ready", bool cancelled = false)
    {
        var (tutor, student) = (await server.Tutor(), await server.Student());
        return (tutor, student, await server.Lesson(tutor, student, Duration.FromMinutes(startsIn), meeting, cancelled));
    }

    private static async Task<JsonElement[]> Listed(SignedIn tutor, Guid lesson) =>
        [.. (await (await tutor.Http.GetAsync($"/v1/lessons/{lesson}/guest-links")).Json()).GetProperty("items").EnumerateArray()];

    [Fact]
    public async Task The_tutor_makes_links_lists_them_without_their_secrets_and_revokes_them()
    {
        var (tutor, _, lesson) = await Lesson();
        var link = await Guests.Link(tutor, lesson);
        Assert.Matches("/guest#[A-Za-z0-9_-]{43}$", link.Text("link"));

        var listed = Assert.Single(await Listed(tutor, lesson));
        Assert.Equal((link.Id(), 0), (listed.Id(), listed.GetProperty("guests").GetInt32()));
        Assert.DoesNotContain(Guests.SecretOf(link), listed.ToString(), StringComparison.Ordinal);
        Assert.Equal(0, await server.Database.ScalarAsync<long>($"select count(*) from mt_events where data::text like '%{Guests.SecretOf(link)}%'"));

        var events = await server.EventsAsync();
        for (var twice = 0; twice < 2; twice++)
            Assert.Equal(HttpStatusCode.NoContent, (await tutor.Http.DeleteAsync($"/v1/lessons/{lesson}/guest-links/{link.Id()}")).StatusCode);
        Assert.Equal(events + 1, await server.EventsAsync());
        Assert.Empty(await Listed(tutor, lesson));
    }

    [Fact]
    public async Task Only_the_lessons_tutor_has_to_do_with_links_and_a_refusal_writes_no_event()
    {
        var (tutor, student, lesson) = await Lesson();
        var link = (await Guests.Link(tutor, lesson)).Id();
        var (other, _, elsewhere) = await Lesson();
        var stranger = await server.Tutor();
        var events = await server.EventsAsync();
        foreach (var (person, status, code) in new[]
        {
            (student, HttpStatusCode.Forbidden, "not_allowed"), (stranger, HttpStatusCode.NotFound, "not_found"),
        })
        {
            await (await person.Http.PostAsync($"/v1/lessons/{lesson}/guest-links", null)).IsProblem(status, code);
            await (await person.Http.GetAsync($"/v1/lessons/{lesson}/guest-links")).IsProblem(status, code);
            await (await person.Http.DeleteAsync($"/v1/lessons/{lesson}/guest-links/{link}")).IsProblem(status, code);
        }
        await (await tutor.Http.DeleteAsync($"/v1/lessons/{lesson}/guest-links/{Guid.NewGuid()}")).IsProblem(HttpStatusCode.NotFound, "not_found");
        await (await other.Http.DeleteAsync($"/v1/lessons/{elsewhere}/guest-links/{link}")).IsProblem(HttpStatusCode.NotFound, "not_found");
        Assert.Equal(events, await server.EventsAsync());
        Assert.Single(await Listed(tutor, lesson));
    }

    [Theory]
    [InlineData("ready", -61, false, "lesson_over")]
    [InlineData("ready", 60, true, "lesson_cancelled")]
    [InlineData("zoom", 60, false, "not_built_in")]
    [InlineData("no_provider_allowed", 60, false, "no_provider_allowed")]
    [InlineData(null, 60, false, "meeting_not_ready")]
    public async Task No_link_is_made_where_no_room_will_open(string? meeting, int startsIn, bool cancelled, string code)
    {
        var (tutor, _, lesson) = await Lesson(startsIn, meeting, cancelled);
        var events = await server.EventsAsync();
        await (await tutor.Http.PostAsync($"/v1/lessons/{lesson}/guest-links", null)).IsProblem(HttpStatusCode.Conflict, code);
        Assert.Equal(events, await server.EventsAsync());
    }

    [Fact]
    public async Task A_lesson_has_only_so_many_links()
    {
        var (tutor, _, lesson) = await Lesson();
        for (var i = 0; i < LessonGuestLinks.Most; i++) await Guests.Link(tutor, lesson);
        var events = await server.EventsAsync();
        await (await tutor.Http.PostAsync($"/v1/lessons/{lesson}/guest-links", null)).IsProblem(HttpStatusCode.Conflict, "too_many_guest_links");
        Assert.Equal(events, await server.EventsAsync());
    }

    [Fact]
    public async Task A_guest_counts_once_however_often_they_come()
    {
        var (tutor, _, lesson) = await Lesson();
        var link = await Guests.Link(tutor, lesson);
        var store = server.Services.GetRequiredService<EventStore>();
        await using (var session = store.OpenSession())
        {
            var stream = await session.FetchForWriting<Lesson>(lesson, CancellationToken.None);
            var guest = new LinkGuest(link.Id(), Guid.NewGuid());
            var now = Instant.FromDateTimeOffset(server.Time.GetUtcNow());
            stream.AppendMany([new ParticipantJoined(lesson, Guid.NewGuid(), Who.Guest, now, Guest: guest), new ParticipantJoined(lesson, Guid.NewGuid(), Who.Guest, now, Guest: guest)]);
            await session.SaveChangesAsync(CancellationToken.None);
        }
        Assert.Equal(1, Assert.Single(await Listed(tutor, lesson)).GetProperty("guests").GetInt32());
    }
}
