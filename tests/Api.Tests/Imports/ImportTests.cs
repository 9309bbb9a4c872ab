using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Muse.Adapters.Postgres;
using Muse.Api.Tests.ApiKeys;
using Muse.Api.Tests.Bookings;
using Muse.Domain.ApiKeys;
using Npgsql;

namespace Muse.Api.Tests.Imports;

public sealed class ImportTests(TheServer server) : IClassFixture<TheServer>
{
    private const string TutorsCsv =
        "\uFEFFexternalId,displayName,country,timeZone,locale,instruments,languages,levels,introduction,proBono\r\n"
        + "T-1,김민지,KR,Asia/Seoul,ko-KR,violin; viola,ko; en,beginner; advanced,\"Bach, and\r\n\"\"Arirang\"\"\",true\r\n"
        + "\r\n"
        + "T-2,ليلى حداد,AE,Asia/Dubai,ar-AE,oud,ar,beginner,,\r\n";

    private const string StudentsLines = """
        {"externalId":"S-1","displayName":"Omar Haddad","country":"AE","timeZone":"Asia/Dubai","locale":"ar-AE"}

        {"externalId":"S-2","displayName":"박지호","country":"KR","timeZone":"Asia/Seoul","locale":"ko-KR","birthDate":"2000-02-29"}
        """;

    private static Task<HttpResponseMessage> Send(HttpClient by, string kind, string file, bool dryRun = false, string? type = null, string? key = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, $"/v1/imports/{kind}{(dryRun ? "?dryRun=true" : "")}")
        {
            Content = new ByteArrayContent(Encoding.UTF8.GetBytes(file)),
        };
        request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(type ?? (file.StartsWith('{') ? "application/x-ndjson" : "text/csv; charset=utf-8"));
        if (key is not null)
            request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        return by.SendAsync(request);
    }

    private static async Task<JsonElement> Import(HttpClient by, string kind, string file, bool dryRun = false)
    {
        var answer = await Send(by, kind, file, dryRun);
        Assert.True(answer.StatusCode == HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
        return await answer.Json();
    }

    private static string[] Results(JsonElement report) =>
        [.. report.GetProperty("rows").EnumerateArray().Select(row => $"{row.GetProperty("line").GetInt32()} {row.Text("externalId")} {row.Text("result")}")];

    private static Guid IdOf(JsonElement report, int row) => report.GetProperty("rows")[row].Id();

    private async Task<HttpClient> Live() => server.By((await server.A_key(await server.An_integrator())).Secret);

    private async Task<(HttpClient Test, HttpClient Live)> Both()
    {
        var integrator = await server.An_integrator();
        var test = await GivenKeys.Make(integrator, new { name = "Try", scopes = ApiScope.All.Keys, test = true });
        return (server.By(test.Secret), server.By((await server.A_key(integrator)).Secret));
    }

    private async Task<long> Rows()
    {
        await using var command = server.Services.GetRequiredService<NpgsqlDataSource>().Command("select (select count(*) from people) + (select count(*) from imported_people)");
        return (long)(await command.ExecuteScalarAsync())!;
    }

    [Fact]
    public async Task Tutors_of_a_csv_are_listed_with_what_it_says_and_the_same_file_again_writes_no_event()
    {
        var live = await Live();
        var made = await Import(live, "tutors", TutorsCsv);

        Assert.Equal(["2 T-1 made", "5 T-2 made"], Results(made));
        var tutor = await (await live.GetAsync($"/v1/tutors/{IdOf(made, 0)}")).Json();
        Assert.Equal("김민지", tutor.Text("displayName"));
        Assert.Equal("Bach, and\r\n\"Arirang\"", tutor.Text("introduction"));
        Assert.Equal(["viola", "violin"], tutor.GetProperty("instruments").EnumerateArray().Select(one => one.GetString()!));
        Assert.True(tutor.GetProperty("proBono").GetBoolean());
        Assert.Equal("ليلى حداد", (await (await live.GetAsync($"/v1/tutors/{IdOf(made, 1)}")).Json()).Text("displayName"));

        var (events, rows) = (await server.EventsAsync(), await Rows());
        var again = await Import(live, "tutors", TutorsCsv);
        Assert.Equal(["2 T-1 unchanged", "5 T-2 unchanged"], Results(again));
        Assert.Equal(IdOf(made, 0), IdOf(again, 0));
        Assert.Equal((events, rows), (await server.EventsAsync(), await Rows()));
    }

    /// <summary>Each known person's stream was read by a question of its own.</summary>
    [Theory]
    [InlineData("tutors")]
    [InlineData("availability")]
    public async Task Two_hundred_known_rows_are_read_by_as_many_questions_as_ten(string kind)
    {
        var live = await Live();
        await Import(live, "tutors", Tutors(200));
        if (kind == "availability") await Import(live, kind, Hours(200));
        await server.EventsAsync();

        var asked = new List<int>();
        foreach (var many in (int[])[10, 200])
        {
            var file = kind == "tutors" ? Tutors(many) : Hours(many);
            using var questions = new CountedQuestions("from mt_events where stream_id", server.Services.GetRequiredService<NpgsqlDataSource>());
            Assert.All(Results(await Import(live, kind, file)), row => Assert.EndsWith(" unchanged", row, StringComparison.Ordinal));
            asked.Add(questions.Count);
        }

        Assert.True(asked[0] is > 0 and < 10, string.Join(" ", asked));
        Assert.Equal(asked[0], asked[1]);

        static string Tutors(int many) => "externalId,displayName,country,timeZone,locale,instruments,languages,levels,introduction,proBono\n" + string.Concat(
            Enumerable.Range(0, many).Select(i => $"N-{i},Tutor {i},KR,Asia/Seoul,ko-KR,violin,ko,beginner,,\n"));

        static string Hours(int many) => "externalId,timeZone,weekly,durationsMinutes\n" + string.Concat(
            Enumerable.Range(0, many).Select(i => $"N-{i},Asia/Seoul,1 17:00-20:00,50\n"));
    }

    [Fact]
    public async Task A_changed_row_changes_its_person_and_no_other()
    {
        var live = await Live();
        var made = await Import(live, "tutors", TutorsCsv);
        var events = await server.EventsAsync();

        var renamed = await Import(live, "tutors", TutorsCsv.Replace("김민지", "김민서"));
        Assert.Equal(["2 T-1 changed", "5 T-2 unchanged"], Results(renamed));
        Assert.Equal("김민서", (await (await live.GetAsync($"/v1/tutors/{IdOf(made, 0)}")).Json()).Text("displayName"));
        Assert.Equal(events, await server.EventsAsync());

        Assert.Equal(["2 T-1 changed", "5 T-2 changed"], Results(await Import(live, "tutors", TutorsCsv.Replace("oud", "oud; qanun"))));
        Assert.Equal(events + 1, await server.EventsAsync());
    }

    [Fact]
    public async Task A_dry_run_says_what_would_be_and_writes_nothing()
    {
        var live = await Live();
        var (events, rows) = (await server.EventsAsync(), await Rows());

        var would = await Import(live, "students", StudentsLines + "\n{\"externalId\":\"S-3\",\"displayName\":\"\",\"country\":\"KR\",\"timeZone\":\"Asia/Seoul\",\"locale\":\"ko\"}", dryRun: true);

        Assert.Equal(["1 S-1 made", "3 S-2 made", "4 S-3 refused"], Results(would));
        Assert.Equal((true, 2, 1), (would.GetProperty("dryRun").GetBoolean(), would.GetProperty("made").GetInt32(), would.GetProperty("refused").GetInt32()));
        Assert.Equal(("missing_value", "displayName"), (would.GetProperty("rows")[2].Text("code"), would.GetProperty("rows")[2].Text("field")));
        Assert.False(would.GetProperty("rows")[0].TryGetProperty("id", out _));
        Assert.Equal((events, rows), (await server.EventsAsync(), await Rows()));
    }

    [Fact]
    public async Task One_refused_row_refuses_the_file_and_writes_no_event()
    {
        var live = await Live();
        await Import(live, "students", StudentsLines);
        var (events, rows) = (await server.EventsAsync(), await Rows());

        string[] wrong =
        [
            """{"externalId":"S-9","displayName":"A","country":"KR","timeZone":"KST","locale":"ko"}""",
            """{"externalId":"S-9","displayName":"A","country":"KR","timeZone":"Asia/Seoul","locale":"ko","birthDate":"2020-01-01"}""",
            """{"externalId":"S-2","displayName":"A","country":"KR","timeZone":"Asia/Seoul","locale":"ko","birthDate":"2000-02-28"}""",
            """{"externalId":"S-9","displayName":"A","country":"KR","timeZone":"Asia/Seoul","locale":"ko","email":"a@example.org"}""",
            """{"externalId":"S-9","displayName":"A","displayName":"B","country":"KR","timeZone":"Asia/Seoul","locale":"ko"}""",
            """{"externalId":"S-9","displayName":"A","country":"KR","timeZone":"Asia/Seoul"}""",
            """{"externalId":"S-9","displayName":"\ud800","country":"KR","timeZone":"Asia/Seoul","locale":"ko"}""",
            """{"externalId":9,"displayName":"A","country":"KR","timeZone":"Asia/Seoul","locale":"ko"}""",
            """{"externalId":"N-1","displayName":"A","country":"KR","timeZone":"Asia/Seoul","locale":"ko"}""",
            """["S-9"]""",
        ];
        string[] codes = ["unknown_time_zone", "too_young", "birth_date_differs", "malformed_row", "malformed_row", "malformed_row", "malformed_row", "wrong_external_id", "duplicate_external_id", "malformed_row"];
        for (var i = 0; i < wrong.Length; i++)
        {
            var answer = await Send(live, "students", "{\"externalId\":\"N-1\",\"displayName\":\"New\",\"country\":\"KR\",\"timeZone\":\"Asia/Seoul\",\"locale\":\"ko\"}\n" + wrong[i]);
            var report = (await answer.IsProblem(HttpStatusCode.UnprocessableEntity, "rows_refused")).GetProperty("report");
            Assert.Equal((1, 1), (report.GetProperty("made").GetInt32(), report.GetProperty("refused").GetInt32()));
            Assert.Equal(codes[i], report.GetProperty("rows")[1].Text("code"));
            Assert.False(report.GetProperty("rows")[0].TryGetProperty("id", out _));
        }
        Assert.Equal((events, rows), (await server.EventsAsync(), await Rows()));
    }

    [Fact]
    public async Task A_file_that_cannot_be_read_is_refused_as_a_whole()
    {
        var live = await Live();
        var events = await server.EventsAsync();
        const string head = "externalId,displayName,country,timeZone,locale\n";

        foreach (var (file, code) in new[]
        {
            (head, "no_rows"), ("", "no_rows"), (head.Replace(",locale", "") + "S-1,A,KR,Asia/Seoul\n", "missing_column"),
            (head.Replace("locale", "locale,email") + "S-1,A,KR,Asia/Seoul,ko,a\n", "unknown_column"), (head.Replace("locale", "locale,locale") + "S-1,A,KR,Asia/Seoul,ko,ko\n", "duplicate_column"),
            (head + string.Concat(Enumerable.Range(0, 1001).Select(i => $"S-{i},A,KR,Asia/Seoul,ko\n")), "too_many_rows"),
        })
            await (await Send(live, "students", file)).IsProblem(HttpStatusCode.UnprocessableEntity, code);
        await (await Send(live, "students", head + new string('x', 1024 * 1024))).IsProblem(HttpStatusCode.RequestEntityTooLarge, "body_too_large");
        foreach (var type in new[] { "text/csv; charset=euc-kr", "application/json", "text/plain" })
            await (await Send(live, "students", head + "S-1,A,KR,Asia/Seoul,ko\n", type: type)).IsProblem(HttpStatusCode.UnsupportedMediaType, "unsupported_media_type");

        var latin = new ByteArrayContent([.. Encoding.ASCII.GetBytes(head + "S-1,"), 0xb1, 0xe8, .. Encoding.ASCII.GetBytes(",KR,Asia/Seoul,ko\n")]);
        latin.Headers.ContentType = new MediaTypeHeaderValue("text/csv");
        await (await live.PostAsync("/v1/imports/students", latin)).IsProblem(HttpStatusCode.UnprocessableEntity, "malformed_body");

        foreach (var row in new[] { "S-1,A,KR,Asia/Seoul\n", "S-1,A \"B\" C,KR,Asia/Seoul,ko\n", "S-1,\"A\"B,KR,Asia/Seoul,ko\n" })
            Assert.Equal("malformed_row", (await (await Send(live, "students", head + row)).IsProblem(HttpStatusCode.UnprocessableEntity, "rows_refused")).GetProperty("report").GetProperty("rows")[0].Text("code"));
        Assert.Equal(events, await server.EventsAsync());
    }

    [Fact]
    public async Task The_same_external_id_of_another_integrator_is_another_person()
    {
        var (one, other) = (await Live(), await Live());
        var first = await Import(one, "students", StudentsLines);

        var second = await Import(other, "students", StudentsLines.Replace("Omar", "Umar"));

        Assert.Equal(["1 S-1 made", "3 S-2 made"], Results(second));
        Assert.NotEqual(IdOf(first, 0), IdOf(second, 0));
        Assert.Equal(["1 S-1 unchanged", "3 S-2 unchanged"], Results(await Import(one, "students", StudentsLines)));
    }

    [Fact]
    public async Task A_test_key_imports_into_its_sandbox_which_emptied_forgets_them_and_takes_them_again()
    {
        var (test, live) = await Both();
        var made = await Import(test, "tutors", TutorsCsv);
        var students = await Import(test, "students", StudentsLines);
        Assert.Equal(HttpStatusCode.NotFound, (await live.GetAsync($"/v1/tutors/{IdOf(made, 0)}")).StatusCode);
        Assert.Equal(["2 T-1 made", "5 T-2 made"], Results(await Import(live, "tutors", TutorsCsv, dryRun: true)));

        var people = await (await test.PostAsync("/v1/sandbox", null)).Json();
        Assert.Equal((4, 5), (people.GetProperty("tutors").GetArrayLength(), people.GetProperty("students").GetArrayLength()));
        Assert.Single(people.GetProperty("students").EnumerateArray(), student => student.TryGetProperty("guardianId", out _));

        Assert.Equal(HttpStatusCode.NoContent, (await test.DeleteAsync("/v1/sandbox")).StatusCode);
        await (await test.GetAsync($"/v1/tutors/{IdOf(made, 0)}")).IsProblem(HttpStatusCode.NotFound, "not_found");
        await using (var command = server.Services.GetRequiredService<NpgsqlDataSource>().Command("""
            select (select count(*) from imported_people where role_id = any($1)) + (select count(*) from introductions where tutor_id = any($1))
                + (select count(*) from person_roles where role_id = any($1))
            """, new[] { IdOf(made, 0), IdOf(made, 1), IdOf(students, 0), IdOf(students, 1) }))
            Assert.Equal(0L, await command.ExecuteScalarAsync());
        var again = await Import(test, "tutors", TutorsCsv);
        Assert.Equal(["2 T-1 made", "5 T-2 made"], Results(again));
        Assert.NotEqual(IdOf(made, 0), IdOf(again, 0));
    }

    [Fact]
    public async Task Imported_tutors_teach_when_the_file_says_and_the_same_file_again_writes_no_event()
    {
        const string hours = "externalId,timeZone,weekly,durationsMinutes,stepMinutes,overrides,horizonDays\n"
            + "T-1,Asia/Seoul,1 17:00-20:00; 6 10:00-13:00,50; 25,30,2030-12-25; 2030-12-26 10:00-12:00 14:00-15:00,\n";
        var live = await Live();
        var tutor = IdOf(await Import(live, "tutors", TutorsCsv), 0);
        var events = await server.EventsAsync();
        Assert.Equal(["2 T-1 made"], Results(await Import(live, "availability", hours, dryRun: true)));
        Assert.Equal(events, await server.EventsAsync());

        Assert.Equal(["2 T-1 made"], Results(await Import(live, "availability", hours)));

        var said = await (await live.GetAsync($"/v1/tutors/{tutor}/availability")).Json();
        Assert.Equal("""[{"day":1,"start":"17:00","end":"20:00"},{"day":6,"start":"10:00","end":"13:00"}]""", said.GetProperty("weekly").GetRawText());
        Assert.Equal("""[{"date":"2030-12-25","windows":[]},{"date":"2030-12-26","windows":[{"start":"10:00","end":"12:00"},{"start":"14:00","end":"15:00"}]}]""", said.GetProperty("overrides").GetRawText());
        Assert.Equal("[25,50]", said.GetProperty("durationsMinutes").GetRawText());
        Assert.Equal(events + 1, await server.EventsAsync());
        Assert.Equal(["2 T-1 unchanged"], Results(await Import(live, "availability", hours)));
        // The same in another order is the same.
        Assert.Equal(["2 T-1 unchanged"], Results(await Import(live, "availability", hours
            .Replace("1 17:00-20:00; 6 10:00-13:00", "6 10:00-13:00; 1 17:00-20:00", StringComparison.Ordinal)
            .Replace("2030-12-25; 2030-12-26 10:00-12:00 14:00-15:00", "2030-12-26 14:00-15:00 10:00-12:00; 2030-12-25", StringComparison.Ordinal))));
        Assert.Equal(["1 T-1 changed"], Results(await Import(live, "availability",
            """{"externalId":"T-1","timeZone":"Asia/Seoul","weekly":[{"day":2,"start":"09:00","end":"12:00"}],"durationsMinutes":[50],"travel":[]}""")));
        Assert.Equal(events + 2, await server.EventsAsync());
    }

    [Theory]
    [InlineData("T-2,Asia/Dubai,1 17:00-20:00,50", "unknown_external_id", "externalId", true)]
    [InlineData("T-9,Asia/Seoul,1 17:00-20:00,50", "unknown_external_id", "externalId", false)]
    [InlineData("T-2,KST,1 17:00-20:00,50", "unknown_time_zone", "timeZone", false)]
    [InlineData("T-2,Asia/Seoul,8 17:00-20:00,50", "invalid_day", "weekly", false)]
    [InlineData("T-2,Asia/Seoul,Monday 17:00-20:00,50", "malformed_row", "weekly", false)]
    [InlineData("T-2,Asia/Seoul,1 17:00,50", "malformed_row", "weekly", false)]
    [InlineData("T-2,Asia/Seoul,1 17:00-20:00,", "no_duration", "durationsMinutes", false)]
    [InlineData("T-2,Asia/Seoul,1 17:00-20:00,fifty", "malformed_row", "durationsMinutes", false)]
    public async Task Hours_that_cannot_be_or_are_of_nobody_imported_write_no_event(string row, string code, string field, bool byAnother)
    {
        var live = await Live();
        await Import(live, "tutors", TutorsCsv);
        var by = byAnother ? await Live() : live;
        var events = await server.EventsAsync();

        var answer = await Send(by, "availability", $"externalId,timeZone,weekly,durationsMinutes\n{(byAnother ? "" : "T-1,Asia/Seoul,1 17:00-20:00,50\n")}{row}\n");

        var rows = (await answer.IsProblem(HttpStatusCode.UnprocessableEntity, "rows_refused")).GetProperty("report").GetProperty("rows");
        Assert.Equal((code, field), (rows[rows.GetArrayLength() - 1].Text("code"), rows[rows.GetArrayLength() - 1].Text("field")));
        Assert.Equal(events, await server.EventsAsync());
    }

    [Fact]
    public async Task A_file_and_its_dry_run_are_two_requests_and_a_repeated_one_gets_the_first_answer()
    {
        var live = await Live();
        var key = Guid.NewGuid().ToString();
        Assert.Equal(HttpStatusCode.OK, (await Send(live, "students", StudentsLines, dryRun: true, key: key)).StatusCode);
        var events = await server.EventsAsync();

        await (await Send(live, "students", StudentsLines, key: key)).IsProblem(HttpStatusCode.UnprocessableEntity, "idempotency_key_reused");
        Assert.Equal(events, await server.EventsAsync());

        var other = Guid.NewGuid().ToString();
        var first = await (await Send(live, "students", StudentsLines, key: other)).Content.ReadAsStringAsync();
        var repeated = await Send(live, "students", StudentsLines, key: other);
        Assert.Equal("true", repeated.Headers.GetValues("Idempotency-Replayed").Single());
        Assert.Equal(first, await repeated.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task The_same_file_twice_at_once_makes_each_person_once()
    {
        var live = await Live();
        var file = string.Join('\n', Enumerable.Range(0, 200).Select(i => $$"""{"externalId":"C-{{i}}","displayName":"N {{i}}","country":"KR","timeZone":"Asia/Seoul","locale":"ko"}"""));
        var events = await server.EventsAsync();

        var reports = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Import(live, "students", file)));

        Assert.Equal(200, reports.Sum(report => report.GetProperty("made").GetInt32()));
        Assert.Equal(600, reports.Sum(report => report.GetProperty("unchanged").GetInt32()));
        Assert.Equal(events + 200, await server.EventsAsync());
    }

    [Fact]
    public async Task Who_is_no_integrator_and_a_key_without_the_scope_import_nobody()
    {
        var events = await server.EventsAsync();
        await (await Send((await server.Student()).Http, "students", StudentsLines)).IsProblem(HttpStatusCode.Forbidden, "not_allowed");
        var key = server.By((await server.A_key(await server.An_integrator(), "people:read")).Secret);
        await (await Send(key, "students", StudentsLines)).IsProblem(HttpStatusCode.Forbidden, "scope_missing");
        // A student registered when the account was made.
        Assert.Equal(events + 3, await server.EventsAsync());
    }
}
