using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Muse.Adapters.Postgres;
using Muse.Api.Tests.Availability;
using NodaTime;

namespace Muse.Api.Tests.Matching;

public sealed class MatchingTests(TheServer server) : IClassFixture<TheServer>
{
    private static Dictionary<string, object?> Wish(Guid? studentId, string instrument) => new()
    {
        ["studentId"] = studentId,
        ["instrument"] = instrument,
        ["level"] = "beginner",
        ["languages"] = new[] { "ko", "en" },
        ["timeZone"] = "Asia/Dubai",
        // Seoul 20:00-24:00 is Dubai 15:00-19:00.
        ["wishedHours"] = new[] { new { day = 2, start = "15:00", end = "19:00" } },
        ["durationMinutes"] = 50,
    };

    private async Task<SignedIn> Tutor(string instrument, string start, string end, string level = "beginner", string language = "ko", bool proBono = false)
    {
        var tutor = await server.TutorWith(Offers.Hours(start: start, end: end));
        var request = new HttpRequestMessage(HttpMethod.Put, $"/v1/tutors/{tutor.TutorId}/profile")
        {
            Content = JsonContent.Create(new { instruments = new[] { instrument }, languages = new[] { language }, levels = new[] { level }, introduction = "", proBono }),
        };
        request.Headers.Add("If-None-Match", "*");
        Assert.Equal(HttpStatusCode.OK, (await tutor.Http.SendAsync(request)).StatusCode);
        return tutor;
    }

    private static async Task<Guid> Ask(SignedIn by, object wish)
    {
        var made = await by.Http.PostAsJsonAsync("/v1/mentor-requests", wish);
        Assert.True(made.StatusCode == HttpStatusCode.Created, await made.Content.ReadAsStringAsync());
        var id = (await made.Json()).GetProperty("id").GetGuid();
        Assert.Equal($"/v1/mentor-requests/{id}", made.Headers.Location!.ToString());
        return id;
    }

    private static async Task<JsonElement[]> Matches(SignedIn by, Guid id, string more = "")
    {
        var answer = await by.Http.GetAsync($"/v1/mentor-requests/{id}/matches{more}");
        Assert.True(answer.StatusCode == HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
        return [.. (await answer.Json()).GetProperty("items").EnumerateArray()];
    }

    private static Guid Id(JsonElement match) => match.GetProperty("tutorId").GetGuid();

    [Fact]
    public async Task Tutors_come_best_first_with_their_reasons_and_the_next_times_both_can_take()
    {
        var half = await Tutor("kora", "22:00", "24:00");
        var best = await Tutor("kora", "20:00", "24:00", proBono: true);
        var other = await Tutor("kora", "20:00", "24:00", level: "advanced");
        await Tutor("kora", "09:00", "12:00");
        await Tutor("kora", "20:00", "24:00", language: "fr");
        await Tutor("cello", "20:00", "24:00");
        var student = await server.Student();
        var id = await Ask(student, Wish(student.StudentId, "kora"));

        var matches = await Matches(student, id);

        Assert.Equal([best.TutorId!.Value, other.TutorId!.Value, half.TutorId!.Value], matches.Select(Id));
        Assert.Equal(1, matches[0].GetProperty("score").GetDouble());
        Assert.Equal("Kim Min-ji", matches[0].GetProperty("displayName").GetString());
        var parts = matches[2].GetProperty("parts").EnumerateArray().ToArray();
        Assert.Equal(["hours", "languages", "level", "length", "pro_bono"], parts.Select(part => part.GetProperty("name").GetString()));
        Assert.Equal(matches[2].GetProperty("score").GetDouble(), parts.Sum(part => part.GetProperty("score").GetDouble() * part.GetProperty("weight").GetDouble()), 4);
        Assert.InRange(matches[2].GetProperty("freeMinutesPerWeek").GetInt32(), 1, 120);
        var slots = matches[0].GetProperty("nextSlots").EnumerateArray().ToArray();
        Assert.Equal(5, slots.Length);
        Assert.All(slots, slot => Assert.InRange(string.CompareOrdinal(slot.GetProperty("viewerLocal").GetString()![11..16], "15:00"), 0, 5));
        Assert.EndsWith("+04:00", slots[0].GetProperty("viewerLocal").GetString());
        Assert.EndsWith("+09:00", slots[0].GetProperty("tutorLocal").GetString());
        Assert.Equal(best.TutorId, Id(Assert.Single(await Matches(student, id, "?limit=1"))));
    }

    [Fact]
    public async Task Changed_hours_and_new_lessons_count_at_once()
    {
        var tutor = await Tutor("oboe", "09:00", "12:00");
        var student = await server.Student();
        var id = await Ask(student, Wish(student.StudentId, "oboe"));
        Assert.Empty(await Matches(student, id));

        await Offers.Put(tutor, tutor.TutorId, Offers.Hours(start: "20:00", end: "24:00"), "\"1\"");
        var before = Assert.Single(await Matches(student, id));
        var first = Instant.FromDateTimeOffset(before.GetProperty("nextSlots")[0].GetProperty("start").GetDateTimeOffset());
        await server.Database.ExecuteAsync("insert into agenda (booking_id, person, side, during) values ($1, $2, 'tutor', $3)",
            Guid.CreateVersion7(), tutor.PersonId, Sql.Range(first, first + Duration.FromMinutes(50)));
        var after = Assert.Single(await Matches(student, id));

        Assert.True(after.GetProperty("freeMinutesPerWeek").GetInt32() < before.GetProperty("freeMinutesPerWeek").GetInt32());
        Assert.NotEqual(before.GetProperty("nextSlots")[0].GetProperty("start").GetString(), after.GetProperty("nextSlots")[0].GetProperty("start").GetString());
    }

    [Fact]
    public async Task A_match_is_one_step_from_a_booking()
    {
        var tutor = await Tutor("viol", "20:00", "24:00");
        var student = await server.Student();
        var match = Assert.Single(await Matches(student, await Ask(student, Wish(student.StudentId, "viol"))));
        var slot = match.GetProperty("nextSlots")[0];

        var booked = await student.Http.PostAsJsonAsync("/v1/bookings", new
        {
            tutorId = tutor.TutorId,
            studentId = student.StudentId,
            startLocal = slot.GetProperty("viewerLocal").GetString()![..19],
            timeZone = "Asia/Dubai",
            durationMinutes = 50,
        });

        Assert.True(booked.StatusCode == HttpStatusCode.Created, await booked.Content.ReadAsStringAsync());
        Assert.Equal(slot.GetProperty("start").GetString(), (await booked.Json()).GetProperty("start").GetString());
    }

    [Fact]
    public async Task A_guardian_asks_for_the_child_and_only_they_and_administrators_read_it()
    {
        var guardian = await server.Guardian();
        var child = await TheServer.Child(guardian);
        var id = await Ask(guardian, Wish(child, "harp"));

        var read = await (await guardian.Http.GetAsync($"/v1/mentor-requests/{id}")).Json();
        Assert.Equal(child, read.GetProperty("studentId").GetGuid());
        Assert.Equal("harp", read.GetProperty("instrument").GetString());
        Assert.Equal(HttpStatusCode.OK, (await (await server.Admin()).Http.GetAsync($"/v1/mentor-requests/{id}")).StatusCode);
        foreach (var stranger in new[] { await server.Guardian(), await server.Student(), await server.Tutor() })
        {
            await (await stranger.Http.GetAsync($"/v1/mentor-requests/{id}")).IsProblem(HttpStatusCode.NotFound, "not_found");
            await (await stranger.Http.GetAsync($"/v1/mentor-requests/{id}/matches")).IsProblem(HttpStatusCode.NotFound, "not_found");
            var events = await server.EventsAsync();
            await (await stranger.Http.PostAsJsonAsync("/v1/mentor-requests", Wish(child, "harp"))).IsProblem(HttpStatusCode.NotFound, "not_found");
            Assert.Equal(events, await server.EventsAsync());
        }
    }

    [Fact]
    public async Task The_id_of_something_else_is_404()
    {
        var student = await server.Student();
        await (await student.Http.GetAsync($"/v1/mentor-requests/{student.StudentId}")).IsProblem(HttpStatusCode.NotFound, "not_found");
        await (await student.Http.GetAsync($"/v1/mentor-requests/{Guid.NewGuid()}/matches")).IsProblem(HttpStatusCode.NotFound, "not_found");
        await (await student.Http.GetAsync($"/v1/mentor-requests/7/matches")).IsProblem(HttpStatusCode.NotFound, "not_found");
    }

    public static IEnumerable<TheoryDataRow<string, string>> Wrong => Bad().Select(one => new TheoryDataRow<string, string>(one.Member, one.Code));

    private static IEnumerable<(string Member, object? Value, string Code)> Bad()
    {
        yield return ("instrument", new string('x', 41), "invalid_instrument");
        yield return ("level", "expert", "unknown_level");
        yield return ("languages", new[] { "Korean" }, "invalid_language");
        yield return ("timeZone", "Asia/Abu_Dhabi", "unknown_time_zone");
        yield return ("wishedHours", new[] { new { day = 1, start = "15:00", end = "15:00" } }, "empty_window");
        yield return ("durationMinutes", 0, "invalid_duration");
    }

    [Theory, MemberData(nameof(Wrong))]
    public async Task A_wrong_wish_is_refused_with_its_member_and_writes_no_event(string member, string code)
    {
        var student = await server.Student();
        var events = await server.EventsAsync();
        var wish = Wish(student.StudentId, "violin");
        wish[member] = Bad().Single(one => one.Member == member).Value;

        var problem = await (await student.Http.PostAsJsonAsync("/v1/mentor-requests", wish)).IsProblem(HttpStatusCode.UnprocessableEntity, code);

        Assert.StartsWith("#/" + member, problem.GetProperty("errors")[0].GetProperty("pointer").GetString());
        Assert.Equal(events, await server.EventsAsync());
    }

    [Theory]
    [InlineData("?limit=0", HttpStatusCode.UnprocessableEntity, "out_of_range")]
    [InlineData("?limit=51", HttpStatusCode.UnprocessableEntity, "out_of_range")]
    [InlineData("?limit=many", HttpStatusCode.BadRequest, "malformed_parameter")]
    public async Task A_wrong_limit_is_refused(string query, HttpStatusCode status, string code)
    {
        var student = await server.Student();
        var id = await Ask(student, Wish(student.StudentId, "violin"));
        await (await student.Http.GetAsync($"/v1/mentor-requests/{id}/matches{query}")).IsProblem(status, code);
    }
}
