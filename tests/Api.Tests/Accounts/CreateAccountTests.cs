using System.Net;
using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;

namespace Muse.Api.Tests.Accounts;

public sealed class CreateAccountTests(TheServer server) : IClassFixture<TheServer>
{
    private static Dictionary<string, object?> Good(string email) => new()
    {
        ["email"] = email,
        ["password"] = "mokgeum hana dul",
        ["displayName"] = "Kim Min-ji",
        ["roles"] = new[] { "tutor" },
        ["country"] = "KR",
        ["timeZone"] = "Asia/Seoul",
        ["locale"] = "ko-KR",
    };

    [Fact]
    public async Task An_account_with_three_roles_gets_an_id_and_an_event_for_each()
    {
        var before = await server.EventsAsync();
        var body = Good("three@example.org");
        body["roles"] = new[] { "tutor", "student", "guardian" };

        var answer = await server.Anyone().PostAsJsonAsync("/v1/accounts", body);

        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        var account = await answer.Json();
        Assert.Equal(4, new[] { "id", "tutorId", "studentId", "guardianId" }.Select(member => account.GetProperty(member).GetGuid()).Distinct().Count());
        Assert.Equal(before + 3, await server.EventsAsync());
    }

    [Fact]
    public async Task Roles_that_were_not_asked_for_have_no_id()
    {
        var account = await (await server.Anyone().PostAsJsonAsync("/v1/accounts", Good("one-role@example.org"))).Json();

        Assert.False(account.TryGetProperty("studentId", out _));
    }

    [Fact]
    public async Task A_second_account_for_an_address_is_refused_whatever_its_case_and_writes_nothing()
    {
        var http = server.Anyone();
        Assert.Equal(HttpStatusCode.Created, (await http.PostAsJsonAsync("/v1/accounts", Good("twice@example.org"))).StatusCode);
        var events = await server.EventsAsync();
        var people = await server.Database.ScalarAsync<long>("select count(*) from people");

        var second = await http.PostAsJsonAsync("/v1/accounts", Good("  Twice@Example.ORG "));

        await second.IsProblem(HttpStatusCode.Conflict, "email_taken");
        Assert.Equal(events, await server.EventsAsync());
        Assert.Equal(people, await server.Database.ScalarAsync<long>("select count(*) from people"));
    }

    [Theory]
    [InlineData("email", "no-at.example.org", "wrong_email")]
    [InlineData("email", "a@b", "wrong_email")]
    [InlineData("password", "short", "password_too_short")]
    [InlineData("password", "password1234", "password_too_common")]
    [InlineData("password", "aaaaaaaaaaaa", "password_too_common")]
    [InlineData("password", "1234567890", "password_too_common")]
    [InlineData("displayName", "   ", "missing_value")]
    [InlineData("country", "XX", "unknown_country")]
    [InlineData("country", "kr", "unknown_country")]
    [InlineData("timeZone", "Asia/Abu_Dhabi", "unknown_time_zone")]
    [InlineData("timeZone", "+09:00", "unknown_time_zone")]
    [InlineData("locale", "Korean", "unknown_locale")]
    [InlineData("birthDate", "2020-01-01", "too_young")]
    [InlineData("birthDate", "1850-01-01", "out_of_range")]
    [InlineData("setupToken", "guessed", "wrong_setup_token")]
    public async Task A_wrong_value_is_refused_by_its_code_and_writes_nothing(string member, string value, string code)
    {
        var body = Good("wrong@example.org");
        body[member] = value;
        var events = await server.EventsAsync();

        var answer = await server.Anyone().PostAsJsonAsync("/v1/accounts", body);

        var problem = await answer.IsProblem(code == "wrong_setup_token" ? HttpStatusCode.Forbidden : HttpStatusCode.UnprocessableEntity, code);
        Assert.Equal($"#/{member}", problem.GetProperty("errors")[0].GetProperty("pointer").GetString());
        Assert.Equal(events, await server.EventsAsync());
        Assert.Equal(0, await server.Database.ScalarAsync<long>("select count(*) from accounts where email = 'wrong@example.org'"));
    }

    [Fact]
    public async Task A_role_that_nobody_may_choose_is_refused()
    {
        var body = Good("role@example.org");
        body["roles"] = new[] { "admin" };

        await (await server.Anyone().PostAsJsonAsync("/v1/accounts", body)).IsProblem(HttpStatusCode.UnprocessableEntity, "unknown_role");
    }

    [Fact]
    public async Task The_setup_token_makes_one_administrator_and_no_second()
    {
        using var scope = server.Services.CreateScope();
        var admin = await server.Admin();
        var me = await (await admin.Http.GetAsync("/v1/me")).Json();
        Assert.Contains("admin", me.GetProperty("roles").EnumerateArray().Select(role => role.GetString()));

        Assert.Null(await scope.ServiceProvider.GetRequiredService<Muse.Api.Operations.SetupLink>().UnusedTokenAsync(CancellationToken.None));
    }
}
