using System.Net;
using System.Net.Http.Json;
using System.Text;

namespace Muse.Api.Tests.Bookings;

public sealed class RequestBookingTests(TheServer server) : IClassFixture<TheServer>
{
    [Fact]
    public async Task A_guardian_in_Abu_Dhabi_books_in_their_own_time_and_sees_both_clocks()
    {
        var tutor = await server.A_tutor_with_hours();
        var guardian = await server.Guardian();
        var child = await TheServer.Child(guardian);
        var noon = server.InSeoul(3, 17).Replace("T17", "T12", StringComparison.Ordinal);
        var answer = await guardian.Asks(tutor, child, noon, "Asia/Dubai");
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        var booking = await answer.Json();
        Assert.Equal($"/v1/bookings/{booking.Id()}", answer.Headers.Location?.ToString());
        Assert.Equal("\"1\"", answer.Headers.ETag?.Tag);
        Assert.Equal("requested", booking.Text("state"));
        Assert.EndsWith("T12:00:00+04:00", booking.Text("studentLocal"));
        Assert.EndsWith("T17:00:00+09:00", booking.Text("tutorLocal"));
        Assert.EndsWith("T08:00:00Z", booking.Text("start"));
        Assert.Equal(("Asia/Seoul", "Asia/Dubai"), (booking.Text("tutorTimeZone"), booking.Text("studentTimeZone")));
        Assert.Equal("Layla", booking.Text("studentName"));
        var expires = booking.GetProperty("expiresAt").GetDateTimeOffset() - server.Time.GetUtcNow();
        Assert.InRange(expires.TotalHours, 23.9, 24);
        Assert.Equal(["booking_requested"], await server.EventsOf(booking.Id()));
    }

    [Fact]
    public async Task The_start_may_come_as_one_zoned_text()
    {
        var tutor = await server.A_tutor_with_hours();
        var student = await server.Student();
        var answer = await student.Http.PostAsJsonAsync("/v1/bookings", new
        {
            tutorId = tutor.TutorId,
            studentId = student.StudentId,
            startLocal = server.InSeoul(3, 9) + "+09:00[Asia/Seoul]",
            durationMinutes = 30,
        });
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
    }

    [Fact]
    public async Task A_taken_slot_is_refused_with_the_next_three_free_ones_and_writes_no_event()
    {
        var tutor = await server.A_tutor_with_hours();
        await server.A_request(tutor, await server.Student());
        var second = await server.Student("Amelia Clarke");
        var before = await server.EventsAsync();
        var problem = await (await second.Asks(tutor, second.StudentId!.Value, server.InSeoul(3, 12)))
            .IsProblem(HttpStatusCode.Conflict, "tutor_not_free");
        var offered = problem.GetProperty("alternatives").EnumerateArray().Select(a => a.GetDateTimeOffset()).ToArray();
        Assert.Equal(3, offered.Length);
        var noon = DateTimeOffset.Parse(server.InSeoul(3, 12) + "+09:00", System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal([noon.AddHours(1), noon.AddMinutes(90), noon.AddHours(2)], offered);
        Assert.Equal(before, await server.EventsAsync());
    }

    [Fact]
    public async Task A_student_cannot_be_with_two_tutors_at_once()
    {
        var student = await server.Student();
        await server.A_request(await server.A_tutor_with_hours(), student);
        await (await student.Asks(await server.A_tutor_with_hours(), student.StudentId!.Value, server.InSeoul(3, 12, 30)))
            .IsProblem(HttpStatusCode.Conflict, "student_not_free");
    }

    [Fact]
    public async Task Adjacent_lessons_do_not_stand_in_each_others_way()
    {
        var tutor = await server.A_tutor_with_hours();
        var student = await server.Student();
        await server.A_request(tutor, student, hour: 12);
        await server.A_request(tutor, student, hour: 13);
        await server.A_request(tutor, student, hour: 11);
    }

    [Fact]
    public async Task The_tutors_buffer_is_kept_free()
    {
        var tutor = await server.A_tutor_with_hours(bufferMinutes: 30);
        await server.A_request(tutor, await server.Student(), hour: 12);
        var second = await server.Student();
        await (await second.Asks(tutor, second.StudentId!.Value, server.InSeoul(3, 11))).IsProblem(HttpStatusCode.Conflict, "tutor_not_free");
        Assert.Equal(HttpStatusCode.Created, (await second.Asks(tutor, second.StudentId!.Value, server.InSeoul(3, 10, 30))).StatusCode);
    }

    [Fact]
    public async Task The_tutors_buffer_is_kept_free_when_two_ask_at_once()
    {
        var tutor = await server.A_tutor_with_hours(bufferMinutes: 30, bufferBeforeMinutes: 30);
        var (first, second) = (await server.Student(), await server.Student());
        var answers = await Task.WhenAll(Enumerable.Range(3, 6).SelectMany(day => new[]
        {
            first.Asks(tutor, first.StudentId!.Value, server.InSeoul(day, 12)),
            second.Asks(tutor, second.StudentId!.Value, server.InSeoul(day, 13)),
        }));
        Assert.Equal(6, answers.Count(answer => answer.StatusCode == HttpStatusCode.Created));
        Assert.Equal(6, answers.Count(answer => answer.StatusCode == HttpStatusCode.Conflict));
    }

    [Fact]
    public async Task Only_the_student_and_the_guardian_book_for_a_student()
    {
        var tutor = await server.A_tutor_with_hours();
        var guardian = await server.Guardian();
        var child = await TheServer.Child(guardian);
        var before = await server.EventsAsync();
        var (stranger, another) = (await server.Student(), await server.Guardian());
        var made = await server.EventsAsync() - before;
        await (await stranger.Asks(tutor, child, server.InSeoul(3, 12))).IsProblem(HttpStatusCode.NotFound, "not_found");
        await (await another.Asks(tutor, child, server.InSeoul(3, 12))).IsProblem(HttpStatusCode.NotFound, "not_found");
        await (await tutor.Asks(tutor, child, server.InSeoul(3, 12))).IsProblem(HttpStatusCode.NotFound, "not_found");
        await (await server.Anyone().PostAsJsonAsync("/v1/bookings", new { })).IsProblem(HttpStatusCode.Unauthorized, "not_signed_in");
        Assert.Equal(before + made, await server.EventsAsync());
    }

    [Fact]
    public async Task The_same_idempotency_key_answers_the_same_booking_and_books_once()
    {
        var tutor = await server.A_tutor_with_hours();
        var student = await server.Student();
        var key = Guid.NewGuid().ToString();
        var body = new { tutorId = tutor.TutorId, studentId = student.StudentId, startLocal = server.InSeoul(3, 12), timeZone = "Asia/Seoul", durationMinutes = 60 };
        var first = await Keyed(body);
        var events = await server.EventsAsync();
        var again = await Keyed(body);
        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.Created), (first.StatusCode, again.StatusCode));
        Assert.Equal((await first.Json()).Id(), (await again.Json()).Id());
        Assert.Equal(first.Headers.ETag, again.Headers.ETag);
        Assert.Equal(events, await server.EventsAsync());
        await (await Keyed(body with { durationMinutes = 30 })).IsProblem(HttpStatusCode.UnprocessableEntity, "idempotency_key_reused");

        Task<HttpResponseMessage> Keyed(object content)
        {
            var request = new HttpRequestMessage(HttpMethod.Post, "/v1/bookings") { Content = JsonContent.Create(content) };
            request.Headers.Add("Idempotency-Key", key);
            return student.Http.SendAsync(request);
        }
    }

    public static TheoryData<string, string, HttpStatusCode, string> Bad => new()
    {
        { "timeZone", "\"Asia/Abu_Dhabi\"", HttpStatusCode.UnprocessableEntity, "unknown_time_zone" },
        { "timeZone", "\"KST\"", HttpStatusCode.UnprocessableEntity, "unknown_time_zone" },
        { "timeZone", "\"+09:00\"", HttpStatusCode.UnprocessableEntity, "unknown_time_zone" },
        { "timeZone", "null", HttpStatusCode.UnprocessableEntity, "unknown_time_zone" },
        { "startLocal", "\"tomorrow\"", HttpStatusCode.UnprocessableEntity, "invalid_local_time" },
        { "startLocal", "\"2026-12-07T17:00:00+09:00\"", HttpStatusCode.UnprocessableEntity, "invalid_local_time" },
        { "startLocal", "\"2027-12-07T17:00:00+08:00[Asia/Seoul]\"", HttpStatusCode.UnprocessableEntity, "offset_zone_mismatch" },
        { "startLocal", "\"2027-12-07T17:00:00+09:00[Asia/Tokyo]\"", HttpStatusCode.UnprocessableEntity, "offset_zone_mismatch" },
        { "startLocal", "\"2027-12-07T17:00:00+09:00[Asia/Seoul][!u-ca=hebrew]\"", HttpStatusCode.UnprocessableEntity, "unsupported_critical_suffix" },
        { "startLocal", "\"2020-12-07T17:00:00\"", HttpStatusCode.UnprocessableEntity, "start_in_past" },
        { "startLocal", "\"2027-12-07T17:00:00\"", HttpStatusCode.UnprocessableEntity, "beyond_horizon" },
        { "startLocal", "7", HttpStatusCode.BadRequest, "malformed_body" },
        { "startLocal", "null", HttpStatusCode.BadRequest, "malformed_body" },
        { "durationMinutes", "9", HttpStatusCode.UnprocessableEntity, "duration_out_of_range" },
        { "durationMinutes", "100000", HttpStatusCode.UnprocessableEntity, "duration_out_of_range" },
        { "durationMinutes", "45", HttpStatusCode.UnprocessableEntity, "duration_not_offered" },
        { "durationMinutes", "\"60\"", HttpStatusCode.BadRequest, "malformed_body" },
        { "durationMinutes", "60.5", HttpStatusCode.BadRequest, "malformed_body" },
        { "tutorId", "\"00000000-0000-7000-8000-000000000000\"", HttpStatusCode.NotFound, "not_found" },
        { "tutorId", "\"mine\"", HttpStatusCode.BadRequest, "malformed_body" },
        { "studentId", "\"00000000-0000-7000-8000-000000000000\"", HttpStatusCode.NotFound, "not_found" },
        { "provider", "\"carrier-pigeon\"", HttpStatusCode.UnprocessableEntity, "unknown_provider" },
        { "price", "1", HttpStatusCode.BadRequest, "malformed_body" },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public async Task Bad_input_is_refused_with_its_code_and_writes_no_event(string member, string json, HttpStatusCode status, string code)
    {
        var tutor = await server.A_tutor_with_hours();
        var student = await server.Student();
        var members = new Dictionary<string, string>
        {
            ["tutorId"] = $"\"{tutor.TutorId}\"",
            ["studentId"] = $"\"{student.StudentId}\"",
            ["startLocal"] = $"\"{server.InSeoul(3, 12)}\"",
            ["timeZone"] = "\"Asia/Seoul\"",
            ["durationMinutes"] = "60",
            [member] = json,
        };
        var before = await server.EventsAsync();
        await (await Post(student, "{" + string.Join(',', members.Select(m => $"\"{m.Key}\":{m.Value}")) + "}")).IsProblem(status, code);
        Assert.Equal(before, await server.EventsAsync());
    }

    [Fact]
    public async Task A_duplicate_or_a_missing_member_is_refused_and_writes_no_event()
    {
        var tutor = await server.A_tutor_with_hours();
        var student = await server.Student();
        var start = server.InSeoul(3, 12);
        var before = await server.EventsAsync();
        var good = $"\"tutorId\":\"{tutor.TutorId}\",\"studentId\":\"{student.StudentId}\",\"startLocal\":\"{start}\",\"timeZone\":\"Asia/Seoul\"";
        await (await Post(student, $"{{{good},\"durationMinutes\":60,\"durationMinutes\":30}}")).IsProblem(HttpStatusCode.BadRequest, "malformed_body");
        await (await Post(student, $"{{{good}}}")).IsProblem(HttpStatusCode.BadRequest, "malformed_body");
        await (await Post(student, "[]")).IsProblem(HttpStatusCode.BadRequest, "malformed_body");
        Assert.Equal(before, await server.EventsAsync());
    }

    [Fact]
    public async Task A_local_time_that_does_not_exist_or_comes_twice_is_asked_back_with_the_alternatives()
    {
        // The clocks of London: forward on 2027-03-28 at 01:00, back on 2027-10-31 at 02:00.
        var tutor = await server.A_tutor_with_hours();
        var student = await server.Student();
        var before = await server.EventsAsync();
        var skipped = await (await student.Asks(tutor, student.StudentId!.Value, "2027-03-28T01:30:00", "Europe/London"))
            .IsProblem(HttpStatusCode.UnprocessableEntity, "local_time_skipped");
        Assert.Equal("2027-03-28T01:30:00Z", Assert.Single(skipped.GetProperty("alternatives").EnumerateArray()).GetString());
        Assert.Equal("#/startLocal", skipped.GetProperty("errors")[0].Text("pointer"));
        var twice = await (await student.Asks(tutor, student.StudentId!.Value, "2027-10-31T01:30:00", "Europe/London"))
            .IsProblem(HttpStatusCode.UnprocessableEntity, "local_time_ambiguous");
        Assert.Equal(["2027-10-31T00:30:00Z", "2027-10-31T01:30:00Z"],
            twice.GetProperty("alternatives").EnumerateArray().Select(a => a.GetString()));
        Assert.Equal(before, await server.EventsAsync());
    }

    [Fact]
    public async Task A_time_off_the_tutors_grid_is_not_offered()
    {
        var tutor = await server.A_tutor_with_hours();
        var student = await server.Student();
        var problem = await (await student.Asks(tutor, student.StudentId!.Value, server.InSeoul(3, 12, 10)))
            .IsProblem(HttpStatusCode.Conflict, "slot_not_offered");
        Assert.Equal(3, problem.GetProperty("alternatives").GetArrayLength());
        var closed = await server.Tutor();
        await (await student.Asks(closed, student.StudentId!.Value, server.InSeoul(3, 12))).IsProblem(HttpStatusCode.Conflict, "slot_not_offered");
    }

    [Fact]
    public async Task A_student_holds_at_most_twenty_slots_with_unanswered_requests()
    {
        var tutor = await server.A_tutor_with_hours();
        var student = await server.Student();
        for (var i = 0; i < Api.Bookings.Agenda.MostWaiting; i++)
            await server.A_request(tutor, student, days: 3 + i);
        await (await student.Asks(tutor, student.StudentId!.Value, server.InSeoul(30, 12)))
            .IsProblem(HttpStatusCode.Conflict, "too_many_requests_waiting");
    }

    private static Task<HttpResponseMessage> Post(SignedIn who, string json) =>
        who.Http.PostAsync("/v1/bookings", new StringContent(json, Encoding.UTF8, "application/json"));
}
