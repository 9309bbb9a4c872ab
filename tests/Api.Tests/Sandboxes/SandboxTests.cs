using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Muse.Adapters.Postgres;
using Muse.Api.Tests.ApiKeys;
using Muse.Api.Tests.Bookings;
using Muse.Domain.ApiKeys;
using Npgsql;

namespace Muse.Api.Tests.Sandboxes;

public sealed class SandboxTests(TheServer server) : IClassFixture<TheServer>
{
    private async Task<(SignedIn Integrator, HttpClient Test, HttpClient Live)> Keys()
    {
        var integrator = await server.An_integrator();
        var test = await GivenKeys.Make(integrator, new { name = "Try", scopes = ApiScope.All.Keys, test = true });
        return (integrator, server.By(test.Secret), server.By((await server.A_key(integrator)).Secret));
    }

    private static async Task<(Guid Tutor, Guid Student, Guid Child)> Filled(HttpClient test)
    {
        var answer = await test.PostAsync("/v1/sandbox", null);
        Assert.True(answer.StatusCode == HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
        var people = await answer.Json();
        var students = people.GetProperty("students").EnumerateArray().ToArray();
        return (people.GetProperty("tutors")[0].GetProperty("tutorId").GetGuid(), students[0].GetProperty("studentId").GetGuid(),
            students.Single(student => student.TryGetProperty("guardianId", out _)).GetProperty("studentId").GetGuid());
    }

    private async Task<JsonElement> Book(HttpClient by, Guid tutor, Guid student, int hour = 18)
    {
        var answer = await by.PostAsJsonAsync("/v1/bookings", new { tutorId = tutor, studentId = student, startLocal = server.InSeoul(3, hour), timeZone = "Asia/Seoul", durationMinutes = 50 });
        Assert.True(answer.StatusCode == HttpStatusCode.Created, await answer.Content.ReadAsStringAsync());
        return await answer.Json();
    }

    private static async Task<JsonElement> Confirm(HttpClient by, Guid booking)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, $"/v1/bookings/{booking}/confirm");
        request.Headers.TryAddWithoutValidation("If-Match", "\"1\"");
        var answer = await by.SendAsync(request);
        Assert.True(answer.StatusCode == HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
        return await answer.Json();
    }

    private static async Task<int> Items(HttpClient by, string path) => (await (await by.GetAsync(path)).Json()).GetProperty("items").GetArrayLength();

    private string Slots(Guid tutor) => $"/v1/tutors/{tutor}/slots?fromDate={server.InSeoul(3, 18)[..10]}&toDate={server.InSeoul(3, 18)[..10]}&viewerZone=Asia/Seoul&durationMinutes=50";

    [Fact]
    public async Task A_test_key_fills_its_sandbox_once_and_books_a_childs_lesson_in_it_which_is_held_in_the_own_room()
    {
        var (integrator, test, _) = await Keys();
        var (tutor, _, child) = await Filled(test);
        var events = await server.EventsAsync();
        Assert.Equal((tutor, child), ((await Filled(test)).Tutor, (await Filled(integrator.Http)).Child));
        Assert.Equal(events, await server.EventsAsync());

        Assert.Equal(2, await Items(test, "/v1/tutors"));
        Assert.NotEqual(0, (await (await test.GetAsync(Slots(tutor))).Json()).GetProperty("slots").GetArrayLength());
        var booking = await Book(test, tutor, child);
        var lesson = (await Confirm(test, booking.Id())).GetProperty("lessonId").GetGuid();
        Assert.Equal(1, await Items(test, "/v1/bookings"));
        Assert.Equal(1, await Items(test, "/v1/lessons"));
        await server.EventsAsync();
        var meeting = (await (await test.GetAsync($"/v1/lessons/{lesson}")).Json()).GetProperty("meeting");
        Assert.Equal("built-in", meeting.GetProperty("provider").GetString());
    }

    [Fact]
    public async Task A_sandbox_is_seen_by_its_owners_test_keys_and_by_nobody_else()
    {
        var (_, test, live) = await Keys();
        var (tutor, student, child) = await Filled(test);
        var booking = await Book(test, tutor, child);
        var other = (await Keys()).Test;
        var real = await server.Student();
        var realTutor = await server.A_tutor_with_hours();
        var wish = await real.Http.PostAsJsonAsync("/v1/mentor-requests", new
        {
            studentId = real.StudentId,
            instrument = "piano",
            level = "beginner",
            languages = new[] { "en" },
            timeZone = "Europe/London",
            wishedHours = new[] { new { day = 2, start = "09:00", end = "20:00" } },
            durationMinutes = 50,
        });
        var wished = (await wish.Json()).Id();
        var events = await server.EventsAsync();

        foreach (var stranger in new[] { live, other, real.Http })
        {
            Assert.DoesNotContain(tutor.ToString(), await (await stranger.GetAsync("/v1/tutors?limit=100")).Content.ReadAsStringAsync());
            Assert.DoesNotContain(booking.Id().ToString(), await (await stranger.GetAsync("/v1/bookings?limit=100")).Content.ReadAsStringAsync());
            foreach (var path in new[] { $"/v1/tutors/{tutor}", Slots(tutor), $"/v1/bookings/{booking.Id()}", $"/v1/tutors/{tutor}/availability" })
                await (await stranger.GetAsync(path)).IsProblem(HttpStatusCode.NotFound, "not_found");
            foreach (var pair in new[] { (tutor, child), (tutor, real.StudentId!.Value), (realTutor.TutorId!.Value, student) })
                await (await stranger.PostAsJsonAsync("/v1/bookings", new { tutorId = pair.Item1, studentId = pair.Item2, startLocal = server.InSeoul(3, 20), timeZone = "Asia/Seoul", durationMinutes = 50 }))
                    .IsProblem(HttpStatusCode.NotFound, "not_found");
        }
        Assert.Equal(0, await Items(real.Http, $"/v1/mentor-requests/{wished}/matches"));
        await (await live.PostAsync("/v1/sandbox", null)).IsProblem(HttpStatusCode.Forbidden, "test_key_needed");
        await (await live.DeleteAsync("/v1/sandbox")).IsProblem(HttpStatusCode.Forbidden, "test_key_needed");
        await (await real.Http.DeleteAsync("/v1/sandbox")).IsProblem(HttpStatusCode.Forbidden, "not_allowed");
        Assert.Equal(events, await server.EventsAsync());
    }

    [Fact]
    public async Task Emptying_calls_off_what_was_booked_forgets_the_people_and_repeated_changes_nothing()
    {
        var (_, test, _) = await Keys();
        var (tutor, student, child) = await Filled(test);
        var lesson = (await Confirm(test, (await Book(test, tutor, child)).Id())).GetProperty("lessonId").GetGuid();
        var waiting = await Book(test, tutor, student, 20);
        var database = server.Services.GetRequiredService<NpgsqlDataSource>();
        await using var people = database.Command("select array_agg(person_id) from person_roles where role_id = any($1)", new[] { tutor, student, child });
        var persons = (Guid[])(await people.ExecuteScalarAsync())!;
        await using var known = database.Command("select (select count(*) from people where person_id = any($1)) + (select count(*) from person_keys where person_id = any($1))", persons);
        Assert.True((long)(await known.ExecuteScalarAsync())! >= 3);

        Assert.Equal(HttpStatusCode.NoContent, (await test.DeleteAsync("/v1/sandbox")).StatusCode);

        Assert.Equal("cancelled", (await (await test.GetAsync($"/v1/lessons/{lesson}")).Json()).GetProperty("state").GetString());
        Assert.Equal("cancelled", (await (await test.GetAsync($"/v1/bookings/{waiting.Id()}")).Json()).GetProperty("state").GetString());
        Assert.Equal(0, await Items(test, "/v1/tutors"));
        foreach (var path in new[] { $"/v1/tutors/{tutor}", Slots(tutor) })
            await (await test.GetAsync(path)).IsProblem(HttpStatusCode.NotFound, "not_found");
        Assert.Equal(0L, await known.ExecuteScalarAsync());
        Assert.Equal(0, (await (await test.GetAsync("/v1/sandbox")).Json()).GetProperty("tutors").GetArrayLength());
        var events = await server.EventsAsync();
        Assert.Equal(HttpStatusCode.NoContent, (await test.DeleteAsync("/v1/sandbox")).StatusCode);
        Assert.Equal(events, await server.EventsAsync());
        Assert.NotEqual(tutor, (await Filled(test)).Tutor);
    }
}
