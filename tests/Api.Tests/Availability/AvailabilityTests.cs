using System.Net;
using Muse.Api.Availability;

namespace Muse.Api.Tests.Availability;

public sealed class AvailabilityTests(TheServer server) : IClassFixture<TheServer>
{
    [Fact]
    public async Task What_was_put_is_read_back_with_its_version()
    {
        var hours = Offers.Hours().But("overrides", new[] { new { date = "2026-12-25", windows = Array.Empty<object>() } })
            .But("travel", new[] { new { zone = "Europe/Berlin", fromDate = "2027-01-04", toDate = "2027-01-15" } });
        var tutor = await server.TutorWith(hours);

        var read = await tutor.Http.GetAsync($"/v1/tutors/{tutor.TutorId}/availability");

        Assert.Equal("\"1\"", read.Headers.ETag!.Tag);
        var body = await read.Json();
        Assert.Equal(["timeZone", "weekly", "overrides", "travel", "durationsMinutes", "stepMinutes", "bufferBeforeMinutes", "bufferAfterMinutes",
            "minimumNoticeMinutes", "horizonDays"], body.EnumerateObject().Select(member => member.Name));
        Assert.Equal([25, 50], body.GetProperty("durationsMinutes").EnumerateArray().Select(minutes => minutes.GetInt32()));
        // And it may be put again as it was read: nothing has changed, so nothing is written.
        var events = await server.EventsAsync();
        var again = await Offers.Put(tutor, tutor.TutorId, body, "\"1\"");
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        Assert.Equal("\"1\"", again.Headers.ETag!.Tag);
        Assert.Equal(events, await server.EventsAsync());
    }

    [Fact]
    public async Task A_change_on_the_current_version_makes_the_next_one()
    {
        var tutor = await server.TutorWith(Offers.Hours());

        var changed = await Offers.Put(tutor, tutor.TutorId, Offers.Hours().But("horizonDays", 31), "\"1\"");

        Assert.Equal("\"2\"", changed.Headers.ETag!.Tag);
        Assert.Equal(31, (await changed.Json()).GetProperty("horizonDays").GetInt32());
    }

    [Fact]
    public async Task What_is_left_out_has_its_default()
    {
        var tutor = await server.Tutor();
        var answer = await Offers.Put(tutor, tutor.TutorId, new { timeZone = "Asia/Seoul", weekly = Array.Empty<object>(), durationsMinutes = new[] { 50 } });
        Assert.Equal("\"1\"", answer.Headers.ETag!.Tag);
        var put = await answer.Json();
        Assert.Equal((60, 0, 0), (put.GetProperty("horizonDays").GetInt32(), put.GetProperty("minimumNoticeMinutes").GetInt32(), put.GetProperty("overrides").GetArrayLength()));
    }

    [Theory]
    [InlineData("", HttpStatusCode.PreconditionRequired, "precondition_required")]
    [InlineData("\"2\"", HttpStatusCode.PreconditionFailed, "version_mismatch")]
    [InlineData("W/\"1\"", HttpStatusCode.PreconditionFailed, "version_mismatch")]
    [InlineData("*", HttpStatusCode.PreconditionFailed, "version_mismatch")]
    [InlineData(null, HttpStatusCode.PreconditionFailed, "version_mismatch")]
    public async Task A_change_on_a_missing_or_wrong_version_is_refused_and_writes_no_event(string? ifMatch, HttpStatusCode status, string code)
    {
        var tutor = await server.TutorWith(Offers.Hours());
        var events = await server.EventsAsync();

        await (await Offers.Put(tutor, tutor.TutorId, Offers.Hours("Asia/Tokyo"), ifMatch)).IsProblem(status, code);

        Assert.Equal(events, await server.EventsAsync());
    }

    [Fact]
    public async Task Of_two_first_hours_at_once_one_stays()
    {
        var tutor = await server.Tutor();
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(n => Offers.Put(tutor, tutor.TutorId, Offers.Hours().But("horizonDays", 10 + n))));
        Assert.Single(answers, answer => answer.StatusCode == HttpStatusCode.OK);
        foreach (var late in answers.Where(answer => answer.StatusCode != HttpStatusCode.OK))
            await late.IsProblem(HttpStatusCode.PreconditionFailed, "version_mismatch");
    }

    public static IEnumerable<TheoryDataRow<string, string>> Wrong => Bad().Select(one => new TheoryDataRow<string, string>(one.Member, one.Code));

    private static IEnumerable<(string Member, object? Value, string Code)> Bad()
    {
        yield return ("timeZone", "Asia/Abu_Dhabi", "unknown_time_zone");
        yield return ("weekly", new[] { new { day = 0, start = "09:00", end = "10:00" } }, "invalid_day");
        yield return ("overrides", new[] { new { date = "2026-02-30" } }, "invalid_date");
        yield return ("travel", new[] { new { zone = "Berlin", fromDate = "2026-12-01", toDate = "2026-12-02" } }, "unknown_time_zone");
        yield return ("durationsMinutes", Array.Empty<int>(), "no_duration");
        yield return ("stepMinutes", 0, "invalid_step");
        yield return ("bufferBeforeMinutes", -1, "invalid_buffer");
        yield return ("bufferAfterMinutes", 1441, "invalid_buffer");
        yield return ("minimumNoticeMinutes", -1, "invalid_notice");
        yield return ("horizonDays", 367, "invalid_horizon");
    }

    [Theory, MemberData(nameof(Wrong))]
    public async Task Hours_out_of_bounds_are_refused_and_write_no_event(string member, string code)
    {
        var tutor = await server.Tutor();
        var events = await server.EventsAsync();
        var (_, value, _) = Bad().Single(one => one.Member == member);

        var problem = await (await Offers.Put(tutor, tutor.TutorId, Offers.Hours().But(member, value))).IsProblem(HttpStatusCode.UnprocessableEntity, code);

        Assert.StartsWith("#/" + member, problem.GetProperty("errors")[0].GetProperty("pointer").GetString());
        Assert.Equal(events, await server.EventsAsync());
    }

    [Fact]
    public async Task Hours_of_another_form_are_400_and_write_no_event()
    {
        var tutor = await server.Tutor();
        var events = await server.EventsAsync();
        await (await Offers.Put(tutor, tutor.TutorId, Offers.Hours().But("horizonDays", "30"))).IsProblem(HttpStatusCode.BadRequest, "malformed_body");
        await (await Offers.Put(tutor, tutor.TutorId, Offers.Hours().But("lunch", 1))).IsProblem(HttpStatusCode.BadRequest, "malformed_body");
        Assert.Equal(events, await server.EventsAsync());
    }

    [Fact]
    public async Task Only_the_tutor_and_the_administrator_read_and_set_them()
    {
        var tutor = await server.TutorWith(Offers.Hours());
        var events = await server.EventsAsync();
        foreach (var other in new[] { await server.Tutor(), await server.Student(), await server.Guardian() })
        {
            var before = await server.EventsAsync();
            await (await Offers.Put(other, tutor.TutorId, Offers.Hours("Asia/Tokyo"), "\"1\"")).IsProblem(HttpStatusCode.NotFound, "not_found");
            await (await other.Http.GetAsync($"/v1/tutors/{tutor.TutorId}/availability")).IsProblem(HttpStatusCode.NotFound, "not_found");
            Assert.Equal(before, await server.EventsAsync());
        }
        await (await server.Anyone().GetAsync($"/v1/tutors/{tutor.TutorId}/availability")).IsProblem(HttpStatusCode.Unauthorized, "not_signed_in");
        var admin = await server.Admin();
        Assert.Equal(HttpStatusCode.OK, (await Offers.Put(admin, tutor.TutorId, Offers.Hours("Asia/Tokyo"), "\"1\"")).StatusCode);
        await (await Offers.Put(admin, Guid.NewGuid(), Offers.Hours())).IsProblem(HttpStatusCode.NotFound, "not_found");
    }

    [Fact]
    public async Task A_tutor_who_has_set_none_reads_404()
    {
        var tutor = await server.Tutor();
        await (await tutor.Http.GetAsync($"/v1/tutors/{tutor.TutorId}/availability")).IsProblem(HttpStatusCode.NotFound, "not_found");
    }

    [Fact]
    public async Task The_stream_is_named_after_the_tutor_and_keeps_the_rules_version()
    {
        var tutor = await server.TutorWith(Offers.Hours());
        Assert.Equal("2026f", await server.Database.ScalarAsync<string>(
            "select data->>'timeZoneDatabase' from mt_events where stream_id = $1", AvailabilityRoutes.StreamOf(tutor.TutorId!.Value)));
    }
}
