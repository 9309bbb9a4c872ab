using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Muse.Api.Preflights;
using Muse.Domain.Meetings;
using Muse.Domain.Preflights;

namespace Muse.Api.Tests.Preflights;

/// <summary>Beginning a connection test, storing its result and reading it back.</summary>
public sealed class PreflightsTests(TheServer server) : IClassFixture<TheServer>
{
    private static readonly object GoodLine = new { roundTripMilliseconds = 180.5, lossPercent = 0.5, jitterMilliseconds = 8.0, upKbps = 2400, downKbps = 2300 };

    internal static object Result(object? paths = null, object? line = null, string microphone = "ok", string browser = "chromium", object? sound = null) => new
    {
        paths = paths ?? new[] { new { path = "udp", outcome = "connected", setupMilliseconds = (int?)120 } },
        line,
        microphone,
        camera = "ok",
        sound = sound ?? new { echoCancellation = false, noiseSuppression = false, autoGainControl = true, channelCount = 2, sampleRate = 48_000 },
        browser,
    };

    internal static async Task<JsonElement> Begin(SignedIn person, Guid? studentId = null)
    {
        var answer = await person.Http.PostAsJsonAsync("/v1/preflights", new { studentId });
        Assert.True(answer.StatusCode == HttpStatusCode.Created, await answer.Content.ReadAsStringAsync());
        return await answer.Json();
    }

    private static Task<HttpResponseMessage> Finish(SignedIn person, JsonElement begun, object result) =>
        person.Http.PostAsJsonAsync($"/v1/preflights/{begun.GetProperty("id").GetGuid()}/result", result);

    private static string Outlook(JsonElement answer, string provider) =>
        answer.GetProperty("providers").EnumerateArray().Single(p => p.GetProperty("provider").GetString() == provider).GetProperty("code").GetString()!;

    private static async Task<JsonElement> Latest(SignedIn person, Guid studentId) => await (await person.Http.GetAsync($"/v1/students/{studentId}/preflight")).Json();

    [Fact]
    public async Task A_student_is_given_a_room_of_their_own_and_the_ways_into_it()
    {
        var student = await server.Student();

        var answer = await student.Http.PostAsJsonAsync("/v1/preflights", new { });
        var begun = await answer.Json();

        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        Assert.True(answer.Headers.CacheControl!.NoStore);
        Assert.Equal(begun.GetProperty("id").GetGuid(), begun.GetProperty("room").GetGuid());
        Assert.Equal(43, begun.GetProperty("ticket").GetString()!.Length);
        Assert.EndsWith($"/v1/preflights/{begun.GetProperty("id").GetGuid()}/signal", begun.GetProperty("signalUrl").GetString());
        Assert.Equal(["udp", "tcp"], begun.GetProperty("ways").EnumerateArray().Select(way => way.GetProperty("path").GetString()));
        Assert.Equal(2756, begun.GetProperty("limits").GetProperty("maxKbps").GetInt32());
    }

    [Fact]
    public async Task The_result_is_one_event_and_is_read_back_with_what_will_work()
    {
        var student = await server.Student();
        var begun = await Begin(student);
        var events = await server.EventsAsync();

        var stored = await (await Finish(student, begun, Result(line: GoodLine))).Json();
        Assert.Equal("works", Outlook(stored, "built-in"));
        Assert.Equal(events + 1, await server.EventsAsync());

        // Sent again because the answer was lost on the way.
        Assert.Equal(HttpStatusCode.OK, (await Finish(student, begun, Result(line: GoodLine))).StatusCode);
        Assert.Equal(events + 1, await server.EventsAsync());
        await (await Finish(student, begun, Result(microphone: "denied"))).IsProblem(HttpStatusCode.Conflict, "preflight_done");
        Assert.Equal(events + 1, await server.EventsAsync());

        var latest = (await Latest(student, student.StudentId!.Value)).GetProperty("latest");
        Assert.Equal("udp", latest.GetProperty("bestPath").GetString());
        Assert.Equal(2400, latest.GetProperty("line").GetProperty("upKbps").GetInt32());
        Assert.True(latest.GetProperty("sound").GetProperty("autoGainControl").GetBoolean());
        Assert.Equal(DateTimeOffset.Parse(latest.GetProperty("at").GetString()!).AddDays(14), DateTimeOffset.Parse(latest.GetProperty("agesOutAt").GetString()!));
        var mine = await (await student.Http.GetAsync("/v1/me/preflight")).Json();
        Assert.Equal(latest.GetProperty("id").GetGuid(), mine.GetProperty("latest").GetProperty("id").GetGuid());
    }

    [Fact]
    public async Task The_event_names_who_was_tested_and_who_sent_it()
    {
        var parent = await server.Guardian(country: "GB");
        var child = await TheServer.Child(parent, country: "GB", timeZone: "Europe/London");
        var begun = await Begin(parent, child);
        await Finish(parent, begun, Result());

        var data = JsonDocument.Parse(await server.Database.ScalarAsync<string>(
            "select data::text from mt_events where stream_id = $1 and type = 'preflight_done'", begun.GetProperty("id").GetGuid())).RootElement;
        Assert.Equal(child, data.GetProperty("studentId").GetGuid());
        Assert.Equal(parent.PersonId, data.GetProperty("byPersonId").GetGuid());
        Assert.NotEqual(parent.PersonId, data.GetProperty("personId").GetGuid());
    }

    [Fact]
    public async Task A_tutor_tests_their_own_line()
    {
        var tutor = await server.Tutor();
        var begun = await Begin(tutor);
        await Finish(tutor, begun, Result(line: GoodLine));

        var mine = await (await tutor.Http.GetAsync("/v1/me/preflight")).Json();
        Assert.Equal(begun.GetProperty("id").GetGuid(), mine.GetProperty("latest").GetProperty("id").GetGuid());
    }

    [Fact]
    public async Task Where_only_listed_apps_may_be_used_no_room_is_given_and_no_path_is_taken()
    {
        var parent = await server.Guardian();
        var child = await TheServer.Child(parent);
        var begun = await Begin(parent, child);
        var events = await server.EventsAsync();

        Assert.Equal(JsonValueKind.Null, begun.GetProperty("room").ValueKind);
        Assert.Equal(JsonValueKind.Null, begun.GetProperty("ticket").ValueKind);
        Assert.Empty(begun.GetProperty("ways").EnumerateArray());
        await (await Finish(parent, begun, Result())).IsProblem(HttpStatusCode.UnprocessableEntity, "media_not_offered");
        Assert.Equal(events, await server.EventsAsync());

        var answer = await (await Finish(parent, begun, Result(paths: Array.Empty<object>()))).Json();
        Assert.False(answer.GetProperty("roomOffered").GetBoolean());
        Assert.Equal("not_allowed_in_country", Outlook(answer, "built-in"));
    }

    [Fact]
    public async Task A_result_out_of_range_is_refused_and_writes_no_event()
    {
        var student = await server.Student();
        var begun = await Begin(student);
        var events = await server.EventsAsync();
        static object Line(double rtt = 1, double loss = 1, double jitter = 1, int up = 1, int down = 1) =>
            new { roundTripMilliseconds = rtt, lossPercent = loss, jitterMilliseconds = jitter, upKbps = up, downKbps = down };
        static object Path(string path = "udp", string outcome = "connected", int? ms = null) => new[] { new { path, outcome, setupMilliseconds = ms } };
        static object Sound(int? channels = null, int? rate = null) =>
            new { echoCancellation = (bool?)null, noiseSuppression = (bool?)null, autoGainControl = (bool?)null, channelCount = channels, sampleRate = rate };
        (object Body, string Code)[] wrong =
        [
            (Result(line: Line(rtt: -1)), "out_of_range"), (Result(line: Line(rtt: 60_001)), "out_of_range"),
            (Result(line: Line(loss: -0.1)), "out_of_range"), (Result(line: Line(loss: 100.1)), "out_of_range"),
            (Result(line: Line(jitter: 10_001)), "out_of_range"), (Result(line: Line(up: -1)), "out_of_range"),
            (Result(line: Line(up: 1_000_001)), "out_of_range"), (Result(line: Line(down: 1_000_001)), "out_of_range"),
            (Result(paths: Path(ms: -1)), "out_of_range"), (Result(paths: Path(ms: 60_001)), "out_of_range"),
            (Result(paths: Path(path: "smoke")), "unknown_path"), (Result(paths: Path(path: "turns-tls")), "path_not_offered"),
            (Result(paths: Path(outcome: "fine")), "unknown_outcome"),
            (Result(paths: Path(outcome: "failed"), line: Line()), "line_without_connection"),
            (Result(paths: Enumerable.Repeat(new { path = "udp", outcome = "failed" }, Preflight.AllPaths.Count + 1).ToArray()), "too_many"),
            (Result(sound: Sound(channels: 0)), "out_of_range"), (Result(sound: Sound(rate: 1)), "out_of_range"),
            (Result(microphone: "loud"), "unknown_device_state"), (Result(browser: "netscape"), "unknown_browser"),
        ];
        foreach (var (body, code) in wrong)
            await (await Finish(student, begun, body)).IsProblem(HttpStatusCode.UnprocessableEntity, code);
        Assert.Equal(events, await server.EventsAsync());
        Assert.Equal(HttpStatusCode.OK, (await Finish(student, begun, Result())).StatusCode);
    }

    [Fact]
    public async Task Nobody_tests_for_a_stranger_or_sends_a_strangers_result()
    {
        var student = await server.Student();
        var stranger = await server.Student("A Stranger");
        var begun = await Begin(student);
        var events = await server.EventsAsync();

        await (await stranger.Http.PostAsJsonAsync("/v1/preflights", new { studentId = student.StudentId })).IsProblem(HttpStatusCode.NotFound, "not_found");
        await (await Finish(stranger, begun, Result())).IsProblem(HttpStatusCode.NotFound, "not_found");
        await (await stranger.Http.GetAsync($"/v1/students/{student.StudentId}/preflight")).IsProblem(HttpStatusCode.NotFound, "not_found");
        // An id of another kind of stream is no test.
        await (await student.Http.PostAsJsonAsync($"/v1/preflights/{student.StudentId}/result", Result())).IsProblem(HttpStatusCode.NotFound, "not_found");
        Assert.Equal(events, await server.EventsAsync());
    }

    [Fact]
    public async Task After_a_restart_of_the_server_a_stored_result_may_be_sent_again_and_an_unstored_one_is_gone()
    {
        var student = await server.Student();
        var (kept, lost) = (await Begin(student), await Begin(student));
        await Finish(student, kept, Result());
        server.Time.Advance(TimeSpan.FromMinutes(11));
        var events = await server.EventsAsync();

        Assert.Equal(HttpStatusCode.OK, (await Finish(student, kept, Result())).StatusCode);
        await (await Finish(student, lost, Result())).IsProblem(HttpStatusCode.NotFound, "not_found");
        Assert.Equal(events, await server.EventsAsync());
    }
}

/// <summary>A clock of its own, because it is set weeks forward.</summary>
public sealed class AgeingTests(TheServer server) : IClassFixture<TheServer>
{
    [Fact]
    public async Task A_result_ages_out_after_fourteen_days_and_is_no_longer_chosen_by()
    {
        var student = await server.Student();
        var findings = server.Services.GetRequiredService<IPreflightFindings>();
        var begun = await PreflightsTests.Begin(student);
        var blocked = PreflightsTests.Result(paths: new[] { new { path = "udp", outcome = "timed_out" } });
        await student.Http.PostAsJsonAsync($"/v1/preflights/{begun.GetProperty("id").GetGuid()}/result", blocked);

        Assert.Equal(PreflightVerdict.DoesNot, Assert.Single((await findings.Of(student.StudentId!.Value, CancellationToken.None)).Latest).Verdict);
        Assert.Equal(("blocked", true), await Read());

        server.Time.Advance(TimeSpan.FromDays(14));
        Assert.Empty((await findings.Of(student.StudentId!.Value, CancellationToken.None)).Latest);
        Assert.Null(await server.Services.GetRequiredService<LatestPreflights>().Of(student.StudentId!.Value, CancellationToken.None));

        async Task<(string, bool)> Read()
        {
            var answer = await (await student.Http.GetAsync($"/v1/students/{student.StudentId}/preflight")).Json();
            return (answer.GetProperty("providers")[0].GetProperty("code").GetString()!, answer.GetProperty("latest").GetProperty("counts").GetBoolean());
        }
    }
}
