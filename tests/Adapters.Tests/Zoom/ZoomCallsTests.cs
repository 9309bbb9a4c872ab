using Microsoft.Extensions.DependencyInjection;
using Muse.Adapters.Zoom;
using Muse.Domain.Meetings;
using Muse.Imitations;
using Muse.Imitations.Zoom;
using NodaTime;

namespace Muse.Adapters.Tests.Zoom;

public sealed class ZoomCallsTests
{
    private static readonly ZoomHost School = ZoomHost.Of("me");

    [Theory]
    [InlineData(Fault.TooMany)]
    [InlineData(Fault.TooManyWithWait)]
    public async Task The_limit_per_second_is_waited_out_between_one_and_five_seconds(Fault fault)
    {
        await using var scene = await ZoomScene.OpenAsync();
        scene.Zoom.Faults.Next(fault, "GET", times: 3);

        var answer = await Calls(scene).Get(School, "users/me", default);

        Assert.True(answer.Succeeded);
        Assert.Equal(3, scene.Time.Waits.Count);
        Assert.All(scene.Time.Waits, wait => Assert.InRange(wait, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5)));
    }

    [Fact]
    public async Task After_four_tries_the_limit_is_trouble_with_a_time()
    {
        await using var scene = await ZoomScene.OpenAsync();
        scene.Zoom.Faults.Next(Fault.TooManyWithWait, "GET", times: 9);

        var trouble = await Assert.ThrowsAsync<ProviderTrouble>(() => Calls(scene).Get(School, "users/me", default));

        Assert.Equal("too_many_requests", trouble.Code);
        Assert.NotNull(trouble.NotBefore);
        Assert.Equal(4, scene.Count("GET", "/users/me"));
    }

    [Fact]
    public async Task A_burst_over_the_limit_gets_through()
    {
        await using var scene = await ZoomScene.OpenAsync();
        scene.Zoom.LimitsPerSecond = true;
        scene.Zoom.Plan = ZoomPlan.Free;
        var calls = Calls(scene);

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => calls.Get(School, "users/me", default)));

        Assert.All(answers, answer => Assert.True(answer.Succeeded));
        Assert.NotEmpty(scene.Time.Waits);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_daily_limit_is_known_by_its_words_as_well_and_ends_at_midnight_UTC(bool namesTheWait)
    {
        await using var scene = await ZoomScene.OpenAsync();
        scene.Zoom.NamesTheWait = namesTheWait;
        scene.Zoom.Plan = ZoomPlan.Free;
        var calls = Calls(scene);
        for (var i = 0; i < 2_000 / 100; i++)
            await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => calls.Get(School, $"users/me/meetings?type=scheduled", default)));

        var trouble = await Assert.ThrowsAsync<ProviderTrouble>(() => calls.Get(School, "users/me/meetings?type=scheduled", default));

        Assert.Equal(ZoomLimit.NextDay(Instant.FromDateTimeOffset(scene.Time.GetUtcNow())), trouble.NotBefore);
        Assert.Empty(scene.Time.Waits);
    }

    [Fact]
    public async Task A_redirect_within_Zoom_keeps_the_token_and_the_body()
    {
        await using var scene = await ZoomScene.OpenAsync();
        scene.Zoom.Faults.Next(Fault.Redirect, "POST", "/meetings");

        var answer = await scene.Meetings.Arrange(scene.Order(), default);

        Assert.NotNull(answer.Place);
        Assert.Single(scene.Zoom.Meetings);
        Assert.Equal(2, scene.Count("POST", "/meetings"));
    }

    [Fact]
    public async Task A_redirect_to_another_host_gets_neither_the_token_nor_the_body()
    {
        await using var scene = await ZoomScene.OpenAsync();
        await using var stranger = new ZoomImitation();
        await stranger.StartAsync();
        scene.Zoom.ElsewhereUrl = stranger.Address;
        scene.Zoom.NextQuirk(ZoomQuirk.RedirectElsewhere, "POST");

        var trouble = await Assert.ThrowsAsync<ProviderTrouble>(() => scene.Meetings.Arrange(scene.Order(), default));

        Assert.Equal("provider_error", trouble.Code);
        Assert.Empty(stranger.Seen);
    }

    [Fact]
    public async Task Redirects_in_a_circle_end()
    {
        await using var scene = await ZoomScene.OpenAsync();
        scene.Zoom.Faults.Next(Fault.Redirect, "GET", times: 50);

        var trouble = await Assert.ThrowsAsync<ProviderTrouble>(() => Calls(scene).Get(School, "users/me", default));

        Assert.Equal("provider_error", trouble.Code);
    }

    [Theory]
    [InlineData("https://api.zoom.us/v2", "https://api-us02.zoom.us/v2/users/me", true)]
    [InlineData("https://api.zoom.us/v2", "https://zoom.us/v2/users/me", true)]
    [InlineData("https://api.zoom.us/v2", "https://api.zoom.us:8443/v2", false)]
    [InlineData("https://api.zoom.us/v2", "http://api.zoom.us/v2", false)]
    [InlineData("https://api.zoom.us/v2", "https://zoom.us.example/v2", false)]
    [InlineData("https://api.zoom.us/v2", "https://evilzoom.us/v2", false)]
    [InlineData("https://api.zoom.us/v2", "https://me@api.zoom.us/v2", false)]
    [InlineData("http://127.0.0.1:5000/v2", "http://127.0.0.1:5000/v3", true)]
    [InlineData("http://127.0.0.1:5000/v2", "http://127.0.0.1:5001/v2", false)]
    [InlineData("https://zoom.proxy.example/v2", "https://api.zoom.us/v2", false)]
    public void Only_the_same_origin_and_Zooms_own_hosts_are_family(string configured, string target, bool isFamily) =>
        Assert.Equal(isFamily, ZoomWire.IsFamily(new Uri(configured), new Uri(target)));

    [Fact]
    public async Task A_failure_that_comes_with_200_is_a_failure()
    {
        await using var scene = await ZoomScene.OpenAsync();
        scene.Zoom.NextQuirk(ZoomQuirk.FailureInSuccess, "POST");

        var answer = await scene.Meetings.Arrange(scene.Order(), default);

        Assert.Equal(MeetingAnswer.NotPermittedCode, answer.FailureCode);
        Assert.Contains("code 200", answer.FailureDetail);
        Assert.Empty(scene.Zoom.Meetings);
    }

    [Fact]
    public async Task The_code_is_found_in_a_body_with_quotes_that_nobody_escaped()
    {
        await using var scene = await ZoomScene.OpenAsync();
        scene.Zoom.NextQuirk(ZoomQuirk.UnescapedQuotes, "POST");

        var answer = await scene.Meetings.Arrange(scene.Order(), default);

        Assert.Equal(MeetingAnswer.DisconnectedCode, answer.FailureCode);
    }

    [Theory]
    [InlineData(400, """{"code":300,"message":"Validation Failed.","errors":[{"field":"settings.jbh_time","message":"Invalid parameter: jbh_time."}]}""", MeetingAnswer.NotPermittedCode)]
    [InlineData(400, """{"code":200,"error_message":"No permission."}""", MeetingAnswer.NotPermittedCode)]
    [InlineData(400, """{"code":4711,"message":"Invalid access token, does not contain scopes:[meeting:write:meeting:admin]."}""", MeetingAnswer.NotPermittedCode)]
    [InlineData(401, """{"code":4700,"message":"The token lacks scopes."}""", MeetingAnswer.NotPermittedCode)]
    [InlineData(400, """{"code":1010,"message":"User does not belong to this account"}""", MeetingAnswer.DisconnectedCode)]
    [InlineData(404, """{"code":"1001","message":"User does not exist"}""", MeetingAnswer.DisconnectedCode)]
    [InlineData(404, """{"code":3001,"message":"Meeting does not exist."}""", MeetingAnswer.GoneCode)]
    [InlineData(429, """{"code":429,"message":"You have exceeded the daily rate limit (100) of Meeting Create/Update API requests"}""", MeetingAnswer.QuotaCode)]
    [InlineData(200, """{"code":200,"message":"Must have a Pro or a higher plan."}""", MeetingAnswer.NotPermittedCode)]
    public void Each_refusal_of_Zooms_has_a_verdict(int status, string body, string verdict)
    {
        var answer = ZoomAnswer.Read(new ZoomReply(status, body, null, null));

        Assert.False(answer.Succeeded);
        Assert.Equal(verdict, answer.ToFailure(School).FailureCode);
    }

    [Theory]
    [InlineData("""{"code":0,"id":1}""")]
    [InlineData("""{"code":0}""")]
    [InlineData("""{"meetings":[]}""")]
    [InlineData("")]
    public void Code_0_and_no_code_are_success(string body) => Assert.True(ZoomAnswer.Read(new ZoomReply(200, body, null, null)).Succeeded);

    [Theory]
    [InlineData(404, "<html>Not Found</html>")]
    [InlineData(403, "{}")]
    public void A_refusal_that_is_not_Zooms_own_says_nothing_about_the_meeting(int status, string body) =>
        Assert.Equal("provider_error", Assert.Throws<ProviderTrouble>(() => ZoomAnswer.Read(new ZoomReply(status, body, null, null))).Code);

    [Fact]
    public async Task A_missing_scope_raises_an_alarm_that_names_it()
    {
        await using var scene = await ZoomScene.OpenAsync();
        scene.Zoom.Scopes.Remove("meeting:write:meeting:admin");

        var answer = await scene.Meetings.Arrange(scene.Order(), default);

        Assert.Equal(MeetingAnswer.NotPermittedCode, answer.FailureCode);
        Assert.Contains("meeting:write:meeting:admin", answer.FailureDetail);
        Assert.Contains(scene.Log, e => e.Level == Microsoft.Extensions.Logging.LogLevel.Error && e.Text.Contains("lacks a scope", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_may_be_repeated_is_repeated_after_trouble()
    {
        await using var scene = await ZoomScene.OpenAsync();
        var order = scene.Order();
        var reference = (await scene.Meetings.Arrange(order, default)).Place!.Reference;
        scene.Zoom.Faults.Next(Fault.BadGateway, "GET");
        scene.Zoom.Faults.Next(Fault.BrokenAfter, "PATCH");

        var moved = await scene.Meetings.Move(order with { DurationMinutes = 60 }, reference, default);

        Assert.NotNull(moved.Place);
        Assert.Equal(60, scene.Zoom.Meetings.Single().Duration);
    }

    [Fact]
    public async Task Neither_token_nor_passcode_nor_start_link_is_ever_logged()
    {
        await using var scene = await ZoomScene.OpenAsync();
        var order = scene.Order();
        scene.Zoom.Faults.Next(Fault.Unauthorized, "GET");
        var place = (await scene.Meetings.Arrange(order, default)).Place!;
        await scene.Meetings.DoorFor(ZoomScene.Guest(Domain.Lessons.Part.Tutor), order, place, default);
        scene.Zoom.NextQuirk(ZoomQuirk.FailureInSuccess, "PATCH");
        await scene.Meetings.Move(order with { DurationMinutes = 60 }, place.Reference, default);

        var log = string.Join('\n', scene.Log.Select(e => e.Text));
        Assert.NotEmpty(log);
        foreach (var token in scene.Zoom.Seen.Select(s => s.Headers.GetValueOrDefault("Authorization")).OfType<string>().Distinct())
            Assert.DoesNotContain(token.Split(' ')[1], log);
        Assert.DoesNotContain(scene.Zoom.Meetings.Single().Password, log);
        Assert.DoesNotContain("pwd=", log);
    }

    private static ZoomCalls Calls(ZoomScene scene) => scene.Services().GetRequiredService<ZoomCalls>();
}
