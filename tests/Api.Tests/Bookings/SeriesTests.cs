using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Muse.Api.Bookings;

namespace Muse.Api.Tests.Bookings;

public sealed class SeriesTests(TheServer server) : IClassFixture<TheServer>
{
    private Task<HttpResponseMessage> Asks(
        SignedIn who, SignedIn tutor, Guid studentId, string path = "", int count = 6, string onClash = "refuse", string anchor = "tutor", string? startLocal = null,
        string timeZone = "Asia/Seoul", int intervalWeeks = 1) =>
        who.Http.PostAsJsonAsync("/v1/series" + path, new
        {
            tutorId = tutor.TutorId,
            studentId,
            startLocal = startLocal ?? server.InSeoul(3, 12),
            timeZone,
            durationMinutes = 60,
            count,
            intervalWeeks,
            anchor,
            onClash,
        });

    private async Task<JsonElement> A_confirmed_series(SignedIn tutor, SignedIn student, int count = 6)
    {
        var answer = await tutor.Tells(await server.A_series(tutor, student, count), "confirm");
        Assert.True(answer.StatusCode == HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
        return await answer.Json();
    }

    private static JsonElement[] Lessons(JsonElement series) => [.. series.GetProperty("lessons").EnumerateArray()];

    private static string[] States(JsonElement series) =>
        [.. Lessons(series).Select(lesson => lesson.TryGetProperty("state", out var state) ? state.GetString()! : lesson.Text("clash")!)];

    private static DateTimeOffset[] Starts(JsonElement series) => [.. Lessons(series).Select(lesson => lesson.GetProperty("start").GetDateTimeOffset())];

    [Fact]
    public async Task A_year_of_lessons_is_asked_for_at_once_and_one_yes_makes_them_all()
    {
        var (tutor, student) = (await server.A_tutor_with_hours(), await server.Student());

        var series = await server.A_series(tutor, student, count: 52);
        var confirmed = await (await tutor.Tells(series, "confirm")).Json();

        Assert.Equal("requested", series.Text("state"));
        Assert.Equal(Enumerable.Repeat("requested", 52), States(series));
        Assert.Equal("confirmed", confirmed.Text("state"));
        Assert.Equal(Enumerable.Repeat("confirmed", 52), States(confirmed));
        Assert.All(Starts(confirmed).Zip(Starts(confirmed).Skip(1)), pair => Assert.Equal(TimeSpan.FromDays(7), pair.Second - pair.First));
        Assert.Equal(52, Lessons(confirmed).Select(lesson => lesson.GetProperty("lessonId").GetGuid()).Distinct().Count());
        Assert.Equal(["series_requested", "series_confirmed"], await server.EventsOf(series.Id()));
        Assert.Equal(["booking_requested", "booking_confirmed"], await server.EventsOf(Lessons(series)[51].GetProperty("bookingId").GetGuid()));
    }

    [Fact]
    public async Task A_booking_says_which_series_it_is_of()
    {
        var (tutor, student) = (await server.A_tutor_with_hours(), await server.Student());
        var series = await server.A_series(tutor, student);

        var booking = await (await student.Http.GetAsync($"/v1/bookings/{Lessons(series)[2].GetProperty("bookingId").GetGuid()}")).Json();

        Assert.Equal(series.Id(), booking.GetProperty("series").GetProperty("seriesId").GetGuid());
        Assert.Equal(2, booking.GetProperty("series").GetProperty("index").GetInt32());
    }

    [Fact]
    public async Task A_preview_shows_both_clocks_and_names_the_clock_changes_and_writes_nothing()
    {
        var (tutor, student) = (await server.A_tutor_with_hours(), await server.Student(timeZone: "America/New_York"));
        var before = await server.EventsAsync();

        var outlook = await (await Asks(student, tutor, student.StudentId!.Value, "/preview", count: 52)).Json();

        Assert.Equal(before, await server.EventsAsync());
        var lessons = outlook.GetProperty("lessons").EnumerateArray().ToArray();
        Assert.Equal(52, lessons.Length);
        Assert.All(lessons, lesson => Assert.EndsWith("T12:00:00+09:00", lesson.Text("tutorLocal"), StringComparison.Ordinal));
        Assert.Equal(["-04:00", "-05:00"], lessons.Select(lesson => lesson.Text("studentLocal")![^6..]).Distinct().Order());
        var notes = outlook.GetProperty("notes").EnumerateArray().ToArray();
        Assert.Equal(["viewer_moves", "viewer_moves"], notes.Select(note => note.Text("kind")));
        Assert.Contains("America/New_York", notes[0].Text("text"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task On_the_students_clock_the_hour_is_kept_there_and_moves_for_the_teacher()
    {
        var (tutor, student) = (await server.A_tutor_with_hours(), await server.Student(timeZone: "America/New_York"));

        var outlook = await (await Asks(student, tutor, student.StudentId!.Value, "/preview", count: 52, anchor: "student")).Json();

        var lessons = outlook.GetProperty("lessons").EnumerateArray().ToArray();
        Assert.Single(lessons.Select(lesson => lesson.Text("studentLocal")![11..16]).Distinct());
        Assert.Equal(2, lessons.Select(lesson => lesson.Text("tutorLocal")![11..16]).Distinct().Count());
    }

    [Fact]
    public async Task All_or_none_a_taken_date_refuses_the_series_lists_it_and_writes_no_event()
    {
        var (tutor, student) = (await server.A_tutor_with_hours(), await server.Student());
        await server.A_confirmed_lesson(tutor, await server.Student("Amelia Clarke"), days: 10);
        await server.A_confirmed_lesson(await server.A_tutor_with_hours(), student, days: 24);
        var before = await server.EventsAsync();

        var problem = await (await Asks(student, tutor, student.StudentId!.Value)).IsProblem(HttpStatusCode.Conflict, "series_clashes");

        Assert.Equal([(1, "tutor_not_free"), (3, "student_not_free")],
            problem.GetProperty("clashes").EnumerateArray().Select(clash => (clash.GetProperty("index").GetInt32(), clash.Text("code")!)));
        Assert.Equal(before, await server.EventsAsync());
    }

    [Fact]
    public async Task When_asked_so_the_dates_that_clash_are_left_out_and_named()
    {
        var (tutor, student) = (await server.A_tutor_with_hours(), await server.Student());
        await server.A_confirmed_lesson(tutor, await server.Student("Amelia Clarke"), days: 10);

        var series = await server.A_series(tutor, student, onClash: "skip");

        Assert.Equal(["requested", "tutor_not_free", "requested", "requested", "requested", "requested"], States(series));
        Assert.False(Lessons(series)[1].TryGetProperty("bookingId", out _));
    }

    [Fact]
    public async Task A_waiting_series_counts_as_one_request_and_holds_every_slot()
    {
        var (tutor, student, other) = (await server.A_tutor_with_hours(), await server.Student(), await server.Student("Amelia Clarke"));
        await server.A_series(tutor, student, count: 40);

        await server.A_request(tutor, student, days: 4);
        await (await other.Asks(tutor, other.StudentId!.Value, server.InSeoul(38, 12))).IsProblem(HttpStatusCode.Conflict, "tutor_not_free");
    }

    [Fact]
    public async Task How_far_ahead_a_tutor_takes_bookings_counts_for_the_first_lesson()
    {
        var (tutor, student) = (await server.A_tutor_with_hours(), await server.Student());

        await (await Asks(student, tutor, student.StudentId!.Value, startLocal: server.InSeoul(61, 12))).IsProblem(HttpStatusCode.UnprocessableEntity, "beyond_horizon");
        Assert.Equal(HttpStatusCode.Created, (await Asks(student, tutor, student.StudentId!.Value, startLocal: server.InSeoul(59, 12))).StatusCode);
    }

    [Fact]
    public async Task What_nobody_answers_expires_with_all_of_its_bookings_and_frees_the_slots()
    {
        var (tutor, student, other) = (await server.A_tutor_with_hours(), await server.Student(), await server.Student("Amelia Clarke"));
        var series = await server.A_series(tutor, student);

        server.Time.Advance(TimeSpan.FromHours(24));
        await server.Services.GetRequiredService<ExpireBookings>().RunOnce(CancellationToken.None);
        (student, other) = (await server.Renewed(student), await server.Renewed(other));

        var expired = await (await student.Http.GetAsync($"/v1/series/{series.Id()}")).Json();
        Assert.Equal("expired", expired.Text("state"));
        Assert.All(States(expired), state => Assert.Equal("expired", state));
        Assert.Equal(HttpStatusCode.Created, (await other.Asks(tutor, other.StudentId!.Value, server.InSeoul(9, 12))).StatusCode);
        await (await (await server.Renewed(tutor)).Tells(expired, "confirm")).IsProblem(HttpStatusCode.Conflict, "booking_expired");
    }

    [Fact]
    public async Task The_tutor_may_answer_single_lessons_first_and_the_yes_to_the_series_leaves_those_as_they_are()
    {
        var (tutor, student) = (await server.A_tutor_with_hours(), await server.Student());
        var series = await server.A_series(tutor, student);
        var second = await (await tutor.Http.GetAsync($"/v1/bookings/{Lessons(series)[1].GetProperty("bookingId").GetGuid()}")).Json();
        Assert.Equal(HttpStatusCode.OK, (await tutor.Tells(second, "decline")).StatusCode);

        var confirmed = await (await tutor.Tells(series, "confirm")).Json();

        Assert.Equal(["confirmed", "declined", "confirmed", "confirmed", "confirmed", "confirmed"], States(confirmed));
    }

    [Fact]
    public async Task A_no_frees_every_slot()
    {
        var (tutor, student) = (await server.A_tutor_with_hours(), await server.Student());
        var series = await server.A_series(tutor, student);

        var declined = await (await tutor.Tells(series, "decline", new { reason = "My Mondays are full." })).Json();

        Assert.Equal("declined", declined.Text("state"));
        Assert.All(States(declined), state => Assert.Equal("declined", state));
        await server.A_series(tutor, student);
    }

    [Fact]
    public async Task This_lesson_and_the_following_are_called_off_and_the_earlier_ones_stay()
    {
        var (tutor, student) = (await server.A_tutor_with_hours(), await server.Student());
        var series = await A_confirmed_series(tutor, student);

        var rest = await (await student.Tells(series, "cancel", new { from = 4, reason = "We move house." })).Json();

        Assert.Equal(["confirmed", "confirmed", "confirmed", "confirmed", "cancelled", "cancelled"], States(rest));
        Assert.Equal(("confirmed", 4), (rest.Text("state"), rest.GetProperty("endsBefore").GetInt32()));
        var lesson = await (await student.Http.GetAsync($"/v1/lessons/{Lessons(rest)[5].GetProperty("lessonId").GetGuid()}")).Json();
        Assert.Equal("cancelled", lesson.Text("state"));
    }

    [Fact]
    public async Task All_that_are_to_come_are_called_off_and_what_was_held_stays()
    {
        var (tutor, student) = (await server.A_tutor_with_hours(), await server.Student());
        var series = await A_confirmed_series(tutor, student);
        server.Time.Advance(TimeSpan.FromDays(4));
        student = await server.Renewed(student);

        var ended = await (await student.Tells(series, "cancel")).Json();

        Assert.Equal("cancelled", ended.Text("state"));
        Assert.Equal(["confirmed", "cancelled", "cancelled", "cancelled", "cancelled", "cancelled"], States(ended));
    }

    [Fact]
    public async Task This_lesson_and_the_following_move_to_another_hour_also_the_one_that_was_moved_by_itself()
    {
        var (tutor, student) = (await server.A_tutor_with_hours(), await server.Student());
        var series = await A_confirmed_series(tutor, student);
        var third = await (await student.Http.GetAsync($"/v1/bookings/{Lessons(series)[3].GetProperty("bookingId").GetGuid()}")).Json();
        Assert.Equal(HttpStatusCode.OK, (await student.Tells(third, "reschedule", new { startLocal = server.InSeoul(25, 9), timeZone = "Asia/Seoul" })).StatusCode);

        var moved = await (await student.Tells(series, "reschedule",
            new { from = 2, startLocal = server.InSeoul(18, 15), timeZone = "Asia/Seoul", reason = "A new school timetable" })).Json();

        Assert.Equal([0, 0, 1, 1, 1, 1], Starts(moved).Select((start, i) => (start - Starts(series)[0]).Days - (7 * i)));
        Assert.Equal(["12:00", "12:00", "15:00", "15:00", "15:00", "15:00"], Lessons(moved).Select(lesson => lesson.Text("tutorLocal")![11..16]));
        Assert.Equal(["series_requested", "series_confirmed", "series_moved"], await server.EventsOf(series.Id()));
        var timeline = await (await student.Http.GetAsync($"/v1/lessons/{Lessons(moved)[5].GetProperty("lessonId").GetGuid()}/timeline")).Json();
        Assert.Contains("A new school timetable", timeline.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_week_later_every_lesson_takes_the_place_of_the_next_one()
    {
        var (tutor, student) = (await server.A_tutor_with_hours(), await server.Student());
        var series = await A_confirmed_series(tutor, student);

        var moved = await (await student.Tells(series, "reschedule", new { startLocal = server.InSeoul(10, 12), timeZone = "Asia/Seoul" })).Json();

        Assert.Equal(Starts(series).Select(start => start.AddDays(7)), Starts(moved));
    }

    [Fact]
    public async Task Where_one_lesson_cannot_move_none_does_or_that_one_stays_as_asked()
    {
        var (tutor, student) = (await server.A_tutor_with_hours(), await server.Student());
        var series = await A_confirmed_series(tutor, student);
        await server.A_confirmed_lesson(tutor, await server.Student("Amelia Clarke"), days: 17, hour: 15);
        var to = new { startLocal = server.InSeoul(3, 15), timeZone = "Asia/Seoul" };
        var before = await server.EventsAsync();

        var problem = await (await student.Tells(series, "reschedule", to)).IsProblem(HttpStatusCode.Conflict, "series_clashes");
        Assert.Equal([2], problem.GetProperty("clashes").EnumerateArray().Select(clash => clash.GetProperty("index").GetInt32()));
        Assert.Equal(before, await server.EventsAsync());

        var moved = await (await student.Tells(series, "reschedule", new { to.startLocal, to.timeZone, onClash = "skip" })).Json();
        Assert.Equal(["15:00", "15:00", "12:00", "15:00", "15:00", "15:00"], Lessons(moved).Select(lesson => lesson.Text("tutorLocal")![11..16]));
    }

    [Fact]
    public async Task One_that_stays_is_in_the_way_of_the_one_that_would_take_its_place()
    {
        var (tutor, student) = (await server.A_tutor_with_hours(), await server.Student());
        var series = await A_confirmed_series(tutor, student, count: 3);
        await server.A_confirmed_lesson(tutor, await server.Student("Amelia Clarke"), days: 24);

        var moved = await (await student.Tells(series, "reschedule", new { startLocal = server.InSeoul(10, 12), timeZone = "Asia/Seoul", onClash = "skip" })).Json();

        // The last one's new date is taken, so it stays, so the one before stays, and so does the first.
        Assert.Equal(Starts(series), Starts(moved));
    }

    [Fact]
    public async Task A_change_needs_the_version_that_was_seen_and_a_repeated_answer_writes_nothing()
    {
        var (tutor, student) = (await server.A_tutor_with_hours(), await server.Student());
        var series = await server.A_series(tutor, student);
        var confirmed = await (await tutor.Tells(series, "confirm")).Json();
        var before = await server.EventsAsync();

        await (await tutor.Tells(series, "decline")).IsProblem(HttpStatusCode.PreconditionFailed, "version_mismatch");
        await (await tutor.Http.PostAsync($"/v1/series/{series.Id()}/confirm", null)).IsProblem((HttpStatusCode)428, "precondition_required");
        Assert.Equal(HttpStatusCode.OK, (await tutor.Tells(confirmed, "confirm")).StatusCode);
        await (await student.Tells(confirmed, "confirm")).IsProblem(HttpStatusCode.Forbidden, "not_allowed");
        Assert.Equal(before, await server.EventsAsync());
    }

    [Fact]
    public async Task Nobody_else_sees_a_series_and_each_side_finds_it_in_the_own_list()
    {
        var (tutor, student, stranger) = (await server.A_tutor_with_hours(), await server.Student(), await server.Student("Amelia Clarke"));
        var series = await server.A_series(tutor, student);

        await (await stranger.Http.GetAsync($"/v1/series/{series.Id()}")).IsProblem(HttpStatusCode.NotFound, "not_found");
        await (await stranger.Tells(series, "cancel")).IsProblem(HttpStatusCode.NotFound, "not_found");
        foreach (var who in new[] { tutor, student })
        {
            var list = await (await who.Http.GetAsync("/v1/series?state=requested")).Json();
            Assert.Equal([series.Id()], list.GetProperty("items").EnumerateArray().Select(one => one.Id()));
            Assert.False(list.GetProperty("items")[0].TryGetProperty("lessons", out _));
        }
        Assert.Empty((await (await stranger.Http.GetAsync("/v1/series")).Json()).GetProperty("items").EnumerateArray());
    }

    [Fact]
    public async Task Twenty_students_who_ask_for_the_same_weeks_at_once_get_them_once()
    {
        var tutor = await server.A_tutor_with_hours();
        var students = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => server.Student($"Student {i}")));

        var answers = await Task.WhenAll(students.Select(student => Asks(student, tutor, student.StudentId!.Value)));

        Assert.Equal(1, answers.Count(answer => answer.StatusCode == HttpStatusCode.Created));
        Assert.Equal(19, answers.Count(answer => answer.StatusCode == HttpStatusCode.Conflict));
        await using var doubled = server.Services.GetRequiredService<Npgsql.NpgsqlDataSource>().CreateCommand("""
            select count(*) from agenda a join agenda b on a.person = b.person and a.booking_id < b.booking_id and a.during && b.during
            """);
        Assert.Equal(0L, await doubled.ExecuteScalarAsync());
    }

    [Fact]
    public async Task The_meetings_of_lessons_far_ahead_are_made_four_weeks_before()
    {
        var (tutor, student) = (await server.A_tutor_with_hours(), await server.Student());
        var series = await A_confirmed_series(tutor, student, count: 10);
        var (near, far) = (Lessons(series)[0].GetProperty("lessonId").GetGuid(), Lessons(series)[9].GetProperty("lessonId").GetGuid());

        await server.Until(student, $"/v1/lessons/{near}", lesson => lesson.GetProperty("meeting").Text("state") is not "arranging");
        Assert.Equal("later", (await (await student.Http.GetAsync($"/v1/lessons/{far}")).Json()).GetProperty("meeting").Text("state"));

        // Errands are due by the database's clock, which no test moves.
        var database = server.Services.GetRequiredService<Npgsql.NpgsqlDataSource>();
        await using (var due = database.CreateCommand($"select due_at from errands where kind = 'arrange_meeting' and body ->> 'lessonId' = '{far}'"))
            Assert.Equal(Starts(series)[9].UtcDateTime.AddDays(-28), await due.ExecuteScalarAsync());
        server.Time.Advance(TimeSpan.FromDays(9 * 7));
        student = await server.Renewed(student);
        await using (var come = database.CreateCommand($"update errands set due_at = clock_timestamp() where body ->> 'lessonId' = '{far}'"))
            await come.ExecuteNonQueryAsync();
        await server.Until(student, $"/v1/lessons/{far}", lesson => lesson.GetProperty("meeting").Text("state") is not ("later" or "arranging"));
    }
}
