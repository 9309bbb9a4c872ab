using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Muse.Adapters.GoogleMeet;
using Muse.Domain.Meetings;
using Muse.Imitations;
using Muse.Imitations.Google;

namespace Muse.Adapters.Tests.GoogleMeet;

public sealed class ServiceAccountTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public async Task The_assertion_acts_as_the_host_with_the_narrowest_scope()
    {
        await using var school = await TheSchool.OpenAsync();
        await school.Meetings.Arrange(school.Order(), None);

        var claims = school.Google.Seen.Where(r => r.Path == "/token").Select(Claims).ToArray();
        Assert.All(claims, c =>
        {
            Assert.Equal(GoogleImitation.SchoolHost, c.GetProperty("sub").GetString());
            Assert.Equal(3600, c.GetProperty("exp").GetInt64() - c.GetProperty("iat").GetInt64());
        });
        Assert.Equal(
            ["https://www.googleapis.com/auth/calendar.events.owned", "https://www.googleapis.com/auth/meetings.space.settings"],
            claims.Select(c => c.GetProperty("scope").GetString()).Order());
    }

    [Fact]
    public async Task Ten_answers_of_401_to_one_token_cause_one_new_token()
    {
        await using var school = await TheSchool.OpenAsync();
        var order = school.Order();
        await school.Meetings.Arrange(order, None);
        var before = school.Google.TokensGiven;
        school.Google.ForgetTokens();

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => school.Meetings.Move(order, Held(school), None)));

        Assert.All(answers, answer => Assert.NotNull(answer.Place));
        // One for the calendar, one for the spaces.
        Assert.Equal(before + 2, school.Google.TokensGiven);
    }

    [Fact]
    public async Task A_token_that_ran_out_is_replaced()
    {
        await using var school = await TheSchool.OpenAsync();
        var order = school.Order();
        await school.Meetings.Arrange(order, None);
        var before = school.Google.TokensGiven;
        school.Google.Clock.Advance(TimeSpan.FromMinutes(61));

        Assert.NotNull((await school.Meetings.Move(order, Held(school), None)).Place);
        Assert.Equal(before + 2, school.Google.TokensGiven);
        Assert.DoesNotContain(school.Calls, r => r.Headers["Authorization"].Length == 0);
    }

    [Fact]
    public async Task A_token_that_is_refused_twice_is_a_dead_connection()
    {
        await using var school = await TheSchool.OpenAsync();
        school.Google.Faults.Next(Fault.Unauthorized, "POST", "/events", times: 2);

        Assert.Equal(MeetingAnswer.DisconnectedCode, (await school.Meetings.Arrange(school.Order(), None)).FailureCode);
        Assert.Equal(2, school.Calls.Count);
    }

    [Fact]
    public async Task A_token_that_is_refused_once_is_replaced_and_the_meeting_made()
    {
        await using var school = await TheSchool.OpenAsync();
        school.Google.Faults.Next(Fault.Unauthorized, "POST", "/events");

        Assert.NotNull((await school.Meetings.Arrange(school.Order(), None)).Place);
        Assert.Single(school.Google.Held);
    }

    [Theory]
    [InlineData(4, true)]
    [InlineData(-4, true)]
    [InlineData(6, false)]
    [InlineData(-6, false)]
    public async Task A_clock_that_is_more_than_five_minutes_off_is_named_as_the_cause(int minutes, bool works)
    {
        await using var school = await TheSchool.OpenAsync(clockAhead: TimeSpan.FromMinutes(minutes));

        var answer = await school.Meetings.Arrange(school.Order(), None);

        Assert.Equal(works, answer.Place is not null);
        if (works) return;
        Assert.Equal(MeetingAnswer.DisconnectedCode, answer.FailureCode);
        Assert.Contains("clock", answer.FailureDetail);
    }

    [Fact]
    public async Task A_host_that_the_Workspace_does_not_know_is_a_dead_connection()
    {
        await using var school = await TheSchool.OpenAsync(new Dictionary<string, string?> { ["Meetings:GoogleMeet:DefaultHost"] = "nobody@gmail.example" });

        var answer = await school.Meetings.Arrange(school.Order(), None);

        Assert.Equal(MeetingAnswer.DisconnectedCode, answer.FailureCode);
        Assert.DoesNotContain("nobody@gmail.example", answer.FailureDetail);
    }

    [Fact]
    public async Task A_scope_that_is_not_delegated_is_not_permitted()
    {
        await using var school = await TheSchool.OpenAsync();
        school.Google.Delegated.Clear();

        Assert.Equal(MeetingAnswer.NotPermittedCode, (await school.Meetings.Arrange(school.Order(), None)).FailureCode);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("no JSON")]
    [InlineData("""{"client_email":"a@b.example","private_key":"-----BEGIN PRIVATE KEY-----\nno key\n-----END PRIVATE KEY-----\n"}""")]
    public void A_key_that_cannot_be_read_is_told_at_the_start_without_a_word_of_it(string key)
    {
        var fault = new GoogleMeetOptions { ServiceAccountJson = key }.Fault();

        Assert.StartsWith("Meetings:GoogleMeet:ServiceAccountJson ", fault, StringComparison.Ordinal);
        Assert.Contains("cannot be read", fault, StringComparison.Ordinal);
        Assert.DoesNotContain("no key", fault, StringComparison.Ordinal);
        var refused = Assert.Throws<OptionsValidationException>(() => new ServiceCollection().AddGoogleMeet(
            new ConfigurationBuilder().AddInMemoryCollection([new("Meetings:GoogleMeet:ServiceAccountJson", key)]).Build()));
        Assert.Equal(fault, refused.Message);
    }

    [Fact]
    public void Hosts_without_a_service_account_and_other_impossible_settings_are_told_at_the_start()
    {
        Assert.Null(new GoogleMeetOptions().Fault());
        Assert.Null(new GoogleMeetOptions { Facts = "" }.Fault());
        Assert.Contains("ServiceAccountFile is missing", new GoogleMeetOptions { DefaultHost = "host@school.example" }.Fault());
        Assert.Contains("ServiceAccountFile is missing", new GoogleMeetOptions { Hosts = { ["kim@school.example"] = "host@school.example" } }.Fault());
        Assert.Contains("'/nonexistent.json' is not there", new GoogleMeetOptions { ServiceAccountFile = "/nonexistent.json" }.Fault());
        Assert.Contains("Facts is 'poling'", new GoogleMeetOptions { Facts = "poling" }.Fault());
        Assert.Contains("TimeoutSeconds is 0", new GoogleMeetOptions { TimeoutSeconds = 0 }.Fault());
    }

    [Fact]
    public async Task The_key_may_lie_in_a_file()
    {
        var file = Path.GetTempFileName();
        try
        {
            await using var school = await TheSchool.OpenAsync(keyFile: file);

            Assert.NotNull((await school.Meetings.Arrange(school.Order(), None)).Place);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData(Fault.BrokenBefore, "unreachable")]
    [InlineData(Fault.TooMany, "too_many_requests")]
    [InlineData(Fault.ServerError, "provider_error")]
    [InlineData(Fault.BadGateway, "provider_error")]
    [InlineData(Fault.BrokenJson, "unreadable_answer")]
    [InlineData(Fault.Redirect, "unreadable_answer")]
    public async Task Trouble_of_the_token_server_may_pass(Fault fault, string code)
    {
        await using var school = await TheSchool.OpenAsync(new Dictionary<string, string?> { ["Meetings:GoogleMeet:TimeoutSeconds"] = "1" });
        school.Google.Faults.Next(fault, path: "/token");
        var order = school.Order();

        var trouble = await Assert.ThrowsAsync<ProviderTrouble>(() => school.Meetings.Arrange(order, None));

        Assert.Equal(code, trouble.Code);
        Assert.NotNull((await school.Meetings.Arrange(order, None)).Place);
    }

    [Fact]
    public async Task A_token_server_that_keeps_silent_is_given_up()
    {
        await using var school = await TheSchool.OpenAsync(new Dictionary<string, string?> { ["Meetings:GoogleMeet:TimeoutSeconds"] = "1" });
        school.Google.Faults.Next(Fault.SilentBefore, path: "/token", times: 100);

        Assert.Equal("timed_out", (await Assert.ThrowsAsync<ProviderTrouble>(() => school.Meetings.Arrange(school.Order(), None))).Code);
    }

    private static string Held(TheSchool school) => school.Google.Held[0].Reference;

    private static JsonElement Claims(SeenRequest request)
    {
        var assertion = Uri.UnescapeDataString(request.Body.Split('&').First(part => part.StartsWith("assertion=", StringComparison.Ordinal))["assertion=".Length..]);
        return JsonDocument.Parse(Encoding.UTF8.GetString(WebEncoders.Base64UrlDecode(assertion.Split('.')[1]))).RootElement;
    }
}
