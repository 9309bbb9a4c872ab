using System.Net;
using Muse.Adapters.Postgres;
using NodaTime;

namespace Muse.Api.Tests.Availability;

public sealed class SlotsTests(TheServer server) : IClassFixture<TheServer>
{
    private LocalDate Tomorrow => Instant.FromDateTimeOffset(server.Time.GetUtcNow()).InZone(DateTimeZoneProviders.Tzdb["Asia/Seoul"]).Date.PlusDays(1);

    private static string Path(SignedIn tutor, LocalDate from, LocalDate to, string more = "") =>
        $"/v1/tutors/{tutor.TutorId}/slots?fromDate={from:uuuu-MM-dd}&toDate={to:uuuu-MM-dd}&viewerZone=Asia/Seoul&durationMinutes=50{more}";

    private static async Task<string[]> Clocks(HttpResponseMessage answer)
    {
        Assert.True(answer.StatusCode == HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
        return [.. (await answer.Json()).GetProperty("slots").EnumerateArray().Select(slot => slot.GetProperty("tutorLocal").GetString()![11..16])];
    }

    private static Instant At(LocalDate date, int hour, int minute = 0) => (date + new LocalTime(hour, minute)).WithOffset(Offset.FromHours(9)).ToInstant();

    private Task Busy(Guid person, Instant start, Instant end, Instant? expiresAt = null, string side = "tutor", bool clash = false) =>
        server.Database.ExecuteAsync("insert into agenda (booking_id, person, side, during, expires_at, clash) values ($1, $2, $3, $4, $5::timestamptz, $6)",
            Guid.CreateVersion7(), person, side, Sql.Range(start, end), expiresAt, clash);

    [Fact]
    public async Task Free_slots_are_seen_on_both_clocks()
    {
        var tutor = await server.TutorWith(Offers.Hours());
        var student = await server.Student();

        var answer = await student.Http.GetAsync(Path(tutor, Tomorrow, Tomorrow).Replace("viewerZone=Asia/Seoul", "viewerZone=Asia/Dubai"));

        var body = await answer.Json();
        Assert.Equal("2026f", body.GetProperty("timeZoneDatabase").GetString());
        var first = body.GetProperty("slots")[0];
        Assert.Equal(["start", "end", "tutorLocal", "viewerLocal"], first.EnumerateObject().Select(member => member.Name));
        Assert.Equal($"{Tomorrow:uuuu-MM-dd}T09:00:00+09:00", first.GetProperty("tutorLocal").GetString());
        Assert.Equal($"{Tomorrow:uuuu-MM-dd}T04:00:00+04:00", first.GetProperty("viewerLocal").GetString());
        Assert.Equal(5, body.GetProperty("slots").GetArrayLength());
    }

    [Fact]
    public async Task Lessons_and_waiting_requests_take_slots_and_expired_requests_do_not()
    {
        var tutor = await server.TutorWith(Offers.Hours().But("bufferAfterMinutes", 10));
        var now = Instant.FromDateTimeOffset(server.Time.GetUtcNow());
        await Busy(tutor.PersonId, At(Tomorrow, 9, 30), At(Tomorrow, 9, 50));
        await Busy(tutor.PersonId, At(Tomorrow, 11, 50), At(Tomorrow, 12, 40), now + Duration.FromHours(1), clash: true);
        await Busy(tutor.PersonId, At(Tomorrow, 10, 0), At(Tomorrow, 10, 50), now - Duration.FromSeconds(1), clash: true);

        // 09:00 and 09:30 meet the lesson; 11:00 with its 10 minutes after ends at 12:00 inside the request.
        Assert.Equal(["10:00", "10:30"], await Clocks(await tutor.Http.GetAsync(Path(tutor, Tomorrow, Tomorrow))));
    }

    [Fact]
    public async Task What_the_student_has_to_do_is_left_out_when_the_student_is_named()
    {
        var tutor = await server.TutorWith(Offers.Hours());
        var guardian = await server.Guardian();
        var child = await TheServer.Child(guardian);
        var person = await server.Database.ScalarAsync<Guid>("select person_id from person_roles where role_id = $1", child);
        await Busy(person, At(Tomorrow, 9, 0), At(Tomorrow, 11, 0), side: "student");

        Assert.Equal(5, (await Clocks(await guardian.Http.GetAsync(Path(tutor, Tomorrow, Tomorrow)))).Length);
        Assert.Equal(["11:00"], await Clocks(await guardian.Http.GetAsync(Path(tutor, Tomorrow, Tomorrow, $"&studentId={child}"))));
        var stranger = await server.Student();
        await (await stranger.Http.GetAsync(Path(tutor, Tomorrow, Tomorrow, $"&studentId={child}"))).IsProblem(HttpStatusCode.NotFound, "not_found");
    }

    [Fact]
    public async Task Notice_and_horizon_count_from_now()
    {
        var now = Instant.FromDateTimeOffset(server.Time.GetUtcNow());
        var tutor = await server.TutorWith(Offers.Hours(start: "00:00", end: "24:00").But("minimumNoticeMinutes", 3000).But("horizonDays", 4));
        var slots = (await (await tutor.Http.GetAsync(Path(tutor, Tomorrow.PlusDays(-2), Tomorrow.PlusDays(20)))).Json()).GetProperty("slots");
        var starts = slots.EnumerateArray().Select(slot => slot.GetProperty("start").GetDateTimeOffset()).ToArray();
        Assert.InRange(starts[0], (now + Duration.FromMinutes(3000)).ToDateTimeOffset(), (now + Duration.FromMinutes(3031)).ToDateTimeOffset());
        Assert.InRange(starts[^1], (now + Duration.FromDays(4) - Duration.FromMinutes(30)).ToDateTimeOffset(), (now + Duration.FromDays(4) + Duration.FromMinutes(1)).ToDateTimeOffset());
    }

    [Fact]
    public async Task A_tutor_without_hours_has_no_slots_and_an_unknown_one_is_404()
    {
        var tutor = await server.Tutor();
        var student = await server.Student();
        Assert.Empty(await Clocks(await student.Http.GetAsync(Path(tutor, Tomorrow, Tomorrow))));
        await (await student.Http.GetAsync(Path(tutor with { TutorId = Guid.NewGuid() }, Tomorrow, Tomorrow))).IsProblem(HttpStatusCode.NotFound, "not_found");
        await (await student.Http.GetAsync(Path(tutor with { TutorId = student.StudentId }, Tomorrow, Tomorrow))).IsProblem(HttpStatusCode.NotFound, "not_found");
    }

    [Theory]
    [InlineData("toDate=2026-12-07&viewerZone=Asia/Seoul", HttpStatusCode.UnprocessableEntity, "invalid_date")]
    [InlineData("fromDate=2026-12-07&toDate=2026-12-06&viewerZone=Asia/Seoul", HttpStatusCode.UnprocessableEntity, "invalid_date_range")]
    [InlineData("fromDate=2026-12-07&toDate=2027-12-06&viewerZone=Asia/Seoul", HttpStatusCode.UnprocessableEntity, "date_range_too_long")]
    [InlineData("fromDate=2026-12-07&toDate=2026-12-07&viewerZone=Asia/Abu_Dhabi", HttpStatusCode.UnprocessableEntity, "unknown_time_zone")]
    [InlineData("fromDate=2026-12-07&toDate=2026-12-07", HttpStatusCode.UnprocessableEntity, "unknown_time_zone")]
    [InlineData("fromDate=2026-12-07&toDate=2026-12-07&viewerZone=Asia/Seoul&durationMinutes=0", HttpStatusCode.UnprocessableEntity, "invalid_duration")]
    [InlineData("fromDate=2026-12-07&toDate=2026-12-07&viewerZone=Asia/Seoul&durationMinutes=60", HttpStatusCode.UnprocessableEntity, "duration_not_offered")]
    [InlineData("fromDate=2026-12-07&toDate=2026-12-07&viewerZone=Asia/Seoul&durationMinutes=an%20hour", HttpStatusCode.BadRequest, "malformed_parameter")]
    [InlineData("fromDate=2026-12-07&toDate=2026-12-07&viewerZone=Asia/Seoul&studentId=7", HttpStatusCode.BadRequest, "malformed_parameter")]
    public async Task A_wrong_question_is_refused(string query, HttpStatusCode status, string code)
    {
        var tutor = await server.TutorWith(Offers.Hours());
        await (await tutor.Http.GetAsync($"/v1/tutors/{tutor.TutorId}/slots?{query}")).IsProblem(status, code);
    }
}
