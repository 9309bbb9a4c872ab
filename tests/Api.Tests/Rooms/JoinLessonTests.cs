using System.Net;
using NodaTime;

namespace Muse.Api.Tests.Rooms;

public sealed class JoinLessonTests(TheRoomServer server) : IClassFixture<TheRoomServer>
{
    private static Duration Minutes(int minutes) => Duration.FromMinutes(minutes);

    private static Task<HttpResponseMessage> Join(SignedIn person, Guid lesson) => person.Http.PostAsync($"/v1/lessons/{lesson}/join", null);

    [Fact]
    public async Task The_people_of_a_lesson_get_a_ticket_for_its_room()
    {
        var (tutor, student, guardian) = (await server.Tutor(), await server.Student(), await server.Guardian(country: "GB"));
        var child = await TheServer.Child(guardian, country: "GB", timeZone: "Europe/London");
        var lesson = await server.Lesson(tutor, student, Minutes(5));
        var withChild = await server.Lesson(tutor, student, Minutes(5), studentId: child);

        foreach (var (person, id) in new[] { (tutor, lesson), (student, lesson), (guardian, withChild) })
        {
            using var answer = await Join(person, id);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.True(answer.Headers.CacheControl?.NoStore);
            var door = await answer.Json();
            Assert.Equal("built-in", door.GetProperty("provider").GetString());
            Assert.Equal(id, door.GetProperty("room").GetGuid());
            Assert.Equal(43, door.GetProperty("ticket").GetString()!.Length);
            Assert.Equal(0, door.GetProperty("iceServers").GetArrayLength());
            Assert.Matches($"^ws://.+/v1/rooms/{id}/signal$", door.GetProperty("signalUrl").GetString());
        }
        Assert.Empty(await server.Happened(lesson, 0));
    }

    [Fact]
    public async Task A_stranger_is_told_that_there_is_no_such_lesson()
    {
        var lesson = await server.Lesson(await server.Tutor(), await server.Student(), Minutes(5));

        foreach (var stranger in new[] { await server.Tutor(), await server.Student(), await server.Guardian() })
            await (await Join(stranger, lesson)).IsProblem(HttpStatusCode.NotFound, "not_found");
        await (await Join(await server.Student(), Guid.NewGuid())).IsProblem(HttpStatusCode.NotFound, "not_found");
        await (await server.Anyone().PostAsync($"/v1/lessons/{lesson}/join", null)).IsProblem(HttpStatusCode.Unauthorized, "not_signed_in");
        Assert.Empty(await server.Happened(lesson, 0));
    }

    [Fact]
    public async Task The_room_opens_ten_minutes_before_the_lesson_and_closes_a_quarter_of_an_hour_after()
    {
        var (tutor, student) = (await server.Tutor(), await server.Student());

        var early = await (await Join(student, await server.Lesson(tutor, student, Minutes(11)))).IsProblem(HttpStatusCode.Conflict, "room_not_open");
        Assert.True(early.GetProperty("opensAt").GetDateTimeOffset() > server.Time.GetUtcNow());
        Assert.Equal(HttpStatusCode.OK, (await Join(student, await server.Lesson(tutor, student, Minutes(9)))).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await Join(student, await server.Lesson(tutor, student, Minutes(-59)))).StatusCode);
        await (await Join(student, await server.Lesson(tutor, student, Minutes(-61)))).IsProblem(HttpStatusCode.Conflict, "lesson_over");
    }

    [Fact]
    public async Task That_no_provider_is_allowed_is_said_before_the_room_would_open()
    {
        var (tutor, student) = (await server.Tutor(), await server.Student());
        var lesson = await server.Lesson(tutor, student, Minutes(60), meeting: "no_provider_allowed");

        await (await Join(tutor, lesson)).IsProblem(HttpStatusCode.Conflict, "no_provider_allowed");
        await (await Join(student, lesson)).IsProblem(HttpStatusCode.Conflict, "no_provider_allowed");
        await (await Join(student, await server.Lesson(tutor, student, Minutes(60), meeting: null))).IsProblem(HttpStatusCode.Conflict, "room_not_open");
        await (await Join(tutor, await server.Lesson(tutor, student, Minutes(-61), meeting: "no_provider_allowed")))
            .IsProblem(HttpStatusCode.Conflict, "lesson_over");
        await (await Join(await server.Student(), lesson)).IsProblem(HttpStatusCode.NotFound, "not_found");
        Assert.Empty(await server.Happened(lesson, 0));
    }

    [Fact]
    public async Task A_lesson_without_a_meeting_says_why()
    {
        var (tutor, student) = (await server.Tutor(), await server.Student());

        await (await Join(tutor, await server.Lesson(tutor, student, Minutes(5), meeting: null))).IsProblem(HttpStatusCode.Conflict, "meeting_not_ready");
        await (await Join(tutor, await server.Lesson(tutor, student, Minutes(5), meeting: "no_provider_allowed")))
            .IsProblem(HttpStatusCode.Conflict, "no_provider_allowed");
        await (await Join(tutor, await server.Lesson(tutor, student, Minutes(5), cancelled: true))).IsProblem(HttpStatusCode.Conflict, "lesson_cancelled");
    }
}
