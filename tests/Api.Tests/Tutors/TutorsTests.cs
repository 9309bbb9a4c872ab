using System.Net;
using System.Net.Http.Json;

namespace Muse.Api.Tests.Tutors;

public sealed class TutorsTests(TheServer server) : IClassFixture<TheServer>
{
    private static object Profile(string instrument = "violin", string level = "beginner", string introduction = "Hello") =>
        new { instruments = new[] { instrument }, languages = new[] { "ko", "en" }, levels = new[] { level }, introduction, proBono = true };

    private static async Task<HttpResponseMessage> Put(SignedIn tutor, object profile, string? ifMatch = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Put, $"/v1/tutors/{tutor.TutorId}/profile") { Content = JsonContent.Create(profile) };
        if (ifMatch is null)
            request.Headers.Add("If-None-Match", "*");
        else if (ifMatch.Length > 0)
            request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        return await tutor.Http.SendAsync(request);
    }

    [Fact]
    public async Task A_tutor_with_a_profile_is_found_by_instrument_and_language()
    {
        var tutor = await server.Tutor();

        var put = await Put(tutor, Profile("oud"));

        Assert.Equal(HttpStatusCode.OK, put.StatusCode);
        Assert.Equal("\"2\"", put.Headers.ETag!.Tag);
        var student = await server.Student();
        var found = await (await student.Http.GetAsync("/v1/tutors?instrument=oud&language=ko")).Json();
        Assert.Equal([tutor.TutorId!.Value], found.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("id").GetGuid()));
        Assert.Equal("Hello", found.GetProperty("items")[0].GetProperty("introduction").GetString());
        Assert.Equal(0, (await (await student.Http.GetAsync("/v1/tutors?instrument=oud&language=ar")).Json()).GetProperty("items").GetArrayLength());
    }

    [Fact]
    public async Task The_introduction_is_in_no_event()
    {
        var tutor = await server.Tutor();
        await Put(tutor, Profile(introduction: "A very personal sentence"));

        Assert.Equal(0, await server.Database.ScalarAsync<long>("select count(*) from mt_events where data::text like '%personal sentence%'"));
    }

    [Fact]
    public async Task The_same_profile_again_writes_no_event_and_another_text_does()
    {
        var tutor = await server.Tutor();
        await Put(tutor, Profile());
        var events = await server.EventsAsync();

        var same = await Put(tutor, Profile(), "\"2\"");
        Assert.Equal("\"2\"", same.Headers.ETag!.Tag);
        Assert.Equal(events, await server.EventsAsync());

        var other = await Put(tutor, Profile(introduction: "Another text"), "\"2\"");
        Assert.Equal("\"3\"", other.Headers.ETag!.Tag);
    }

    [Theory]
    [InlineData("", HttpStatusCode.PreconditionRequired, "precondition_required")]
    [InlineData("\"1\"", HttpStatusCode.PreconditionFailed, "version_mismatch")]
    [InlineData("W/\"2\"", HttpStatusCode.PreconditionFailed, "version_mismatch")]
    [InlineData("*", HttpStatusCode.PreconditionFailed, "version_mismatch")]
    [InlineData("\"2\", \"3\"", HttpStatusCode.PreconditionFailed, "version_mismatch")]
    [InlineData("nonsense", HttpStatusCode.PreconditionFailed, "version_mismatch")]
    [InlineData(null, HttpStatusCode.PreconditionFailed, "version_mismatch")]
    public async Task A_change_on_a_missing_or_old_version_is_refused_and_writes_no_event(string? ifMatch, HttpStatusCode status, string code)
    {
        var tutor = await server.Tutor();
        await Put(tutor, Profile());
        var events = await server.EventsAsync();

        await (await Put(tutor, Profile(introduction: "Changed"), ifMatch)).IsProblem(status, code);

        Assert.Equal(events, await server.EventsAsync());
    }

    [Theory]
    [InlineData("Violin", "beginner", "wrong_instrument")]
    [InlineData("", "beginner", "wrong_instrument")]
    [InlineData("violin", "expert", "unknown_level")]
    public async Task A_wrong_profile_is_refused_and_writes_no_event(string instrument, string level, string code)
    {
        var tutor = await server.Tutor();
        var events = await server.EventsAsync();

        await (await Put(tutor, Profile(instrument, level))).IsProblem(HttpStatusCode.UnprocessableEntity, code);

        Assert.Equal(events, await server.EventsAsync());
    }

    [Fact]
    public async Task An_introduction_of_4001_characters_and_a_null_among_the_languages_are_refused()
    {
        var tutor = await server.Tutor();

        await (await Put(tutor, Profile(introduction: new string('a', 4001)))).IsProblem(HttpStatusCode.UnprocessableEntity, "too_long");
        await (await Put(tutor, new { instruments = new[] { "violin" }, languages = new string?[] { null }, levels = new[] { "beginner" }, introduction = "", proBono = false }))
            .IsProblem(HttpStatusCode.UnprocessableEntity, "unknown_language");
    }

    [Fact]
    public async Task Nobody_sets_the_profile_of_another_tutor()
    {
        var tutor = await server.Tutor();
        var stranger = await server.Tutor("Some One");
        var request = new HttpRequestMessage(HttpMethod.Put, $"/v1/tutors/{tutor.TutorId}/profile") { Content = JsonContent.Create(Profile()) };
        request.Headers.Add("If-None-Match", "*");

        await (await stranger.Http.SendAsync(request)).IsProblem(HttpStatusCode.NotFound, "not_found");
    }

    [Fact]
    public async Task The_list_is_read_page_by_page_each_tutor_once()
    {
        var made = new HashSet<Guid>();
        for (var i = 0; i < 5; i++)
        {
            var tutor = await server.Tutor($"Tutor {i}");
            await Put(tutor, Profile("bassoon"));
            made.Add(tutor.TutorId!.Value);
        }
        var student = await server.Student();
        var seen = new List<Guid>();
        string? next = null;
        do
        {
            var page = await (await student.Http.GetAsync($"/v1/tutors?instrument=bassoon&limit=2&after={next}")).Json();
            seen.AddRange(page.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("id").GetGuid()));
            next = page.GetProperty("next").GetString();
        }
        while (next is not null);

        Assert.Equal(5, seen.Count);
        Assert.Equal(made, [.. seen]);
    }

    [Theory]
    [InlineData("limit=0", HttpStatusCode.UnprocessableEntity, "out_of_range")]
    [InlineData("limit=101", HttpStatusCode.UnprocessableEntity, "out_of_range")]
    [InlineData("limit=ten", HttpStatusCode.BadRequest, "malformed_parameter")]
    [InlineData("after=%25%25", HttpStatusCode.UnprocessableEntity, "malformed_cursor")]
    [InlineData("after=bm90IGpzb24", HttpStatusCode.UnprocessableEntity, "malformed_cursor")]
    public async Task A_wrong_page_is_refused(string query, HttpStatusCode status, string code)
    {
        var student = await server.Student();

        await (await student.Http.GetAsync("/v1/tutors?" + query)).IsProblem(status, code);
    }
}
