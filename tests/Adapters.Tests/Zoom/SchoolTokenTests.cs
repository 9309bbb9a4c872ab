using Microsoft.Extensions.DependencyInjection;
using Muse.Adapters.Zoom;
using Muse.Domain.Meetings;
using Muse.Imitations;

namespace Muse.Adapters.Tests.Zoom;

public sealed class SchoolTokenTests
{
    [Fact]
    public async Task One_token_serves_many_calls()
    {
        await using var scene = await ZoomScene.OpenAsync();
        var calls = scene.Services().GetRequiredService<ZoomCalls>();

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => calls.Get(ZoomHost.Of("me"), "users/me", default)));

        Assert.All(answers, a => Assert.True(a.Succeeded));
        Assert.Equal(1, scene.Zoom.TokensIssued);
    }

    [Fact]
    public async Task It_is_asked_for_as_Zoom_wants_it()
    {
        await using var scene = await ZoomScene.OpenAsync();

        await scene.Services().GetRequiredService<ZoomCalls>().Get(ZoomHost.Of("me"), "users/me", default);

        var asked = Assert.Single(scene.Zoom.Seen, s => s.Path == "/oauth/token");
        Assert.Equal($"grant_type=account_credentials&account_id={scene.Zoom.AccountId}", asked.Body);
        Assert.Equal("application/x-www-form-urlencoded", asked.Headers["Content-Type"]);
        Assert.StartsWith("Basic ", asked.Headers["Authorization"]);
        Assert.Equal("", asked.Query);
    }

    [Fact]
    public async Task Ten_calls_that_meet_an_expired_token_together_cause_one_new_one()
    {
        await using var scene = await ZoomScene.OpenAsync();
        var calls = scene.Services().GetRequiredService<ZoomCalls>();
        await calls.Get(ZoomHost.Of("me"), "users/me", default);
        scene.Zoom.ExpireTokens();
        scene.Zoom.Latency = TimeSpan.FromMilliseconds(30);

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => calls.Get(ZoomHost.Of("me"), "users/me", default)));

        Assert.All(answers, a => Assert.True(a.Succeeded));
        Assert.Equal(2, scene.Zoom.TokensIssued);
        Assert.Equal(21, scene.Count("GET", "/users/me"));
    }

    [Fact]
    public async Task It_is_renewed_five_minutes_before_its_hour_is_over()
    {
        await using var scene = await ZoomScene.OpenAsync();
        var calls = scene.Services().GetRequiredService<ZoomCalls>();
        await calls.Get(ZoomHost.Of("me"), "users/me", default);

        scene.Advance(TimeSpan.FromMinutes(54));
        await calls.Get(ZoomHost.Of("me"), "users/me", default);
        Assert.Equal(1, scene.Zoom.TokensIssued);
        scene.Advance(TimeSpan.FromMinutes(1));
        await calls.Get(ZoomHost.Of("me"), "users/me", default);

        Assert.Equal(2, scene.Zoom.TokensIssued);
    }

    [Fact]
    public async Task A_second_401_in_a_row_is_no_reason_to_ask_on_and_on()
    {
        await using var scene = await ZoomScene.OpenAsync();
        scene.Zoom.Faults.Next(Fault.Unauthorized, "GET", "/users/me", times: 10);
        var calls = scene.Services().GetRequiredService<ZoomCalls>();

        var answer = await calls.Get(ZoomHost.Of("me"), "users/me", default);

        Assert.Equal(MeetingAnswer.NotPermittedCode, answer.ToFailure(ZoomHost.Of("me")).FailureCode);
        Assert.Equal(2, scene.Zoom.TokensIssued);
        Assert.Equal(2, scene.Count("GET", "/users/me"));
    }

    [Fact]
    public async Task A_wrong_secret_is_a_named_failure_that_does_not_tell_the_secret()
    {
        await using var scene = await ZoomScene.OpenAsync(s => s["Meetings:Zoom:ClientSecret"] = "not-the-secret");

        var answer = await scene.Meetings.Arrange(scene.Order(), default);

        Assert.Equal(MeetingAnswer.NotPermittedCode, answer.FailureCode);
        Assert.Contains("invalid_client", answer.FailureDetail);
        Assert.DoesNotContain("not-the-secret", answer.FailureDetail);
        Assert.Empty(scene.Zoom.Meetings);
    }

    [Fact]
    public async Task An_app_that_was_switched_off_is_a_named_failure()
    {
        await using var scene = await ZoomScene.OpenAsync();
        await scene.Meetings.Arrange(scene.Order(), default);
        scene.Zoom.Deactivated = true;

        var answer = await scene.Meetings.Arrange(scene.Order(), default);

        Assert.Equal(MeetingAnswer.NotPermittedCode, answer.FailureCode);
    }

    [Theory]
    [InlineData(Fault.ServerError, "provider_error")]
    [InlineData(Fault.TooMany, "too_many_requests")]
    [InlineData(Fault.BrokenJson, "unreadable_answer")]
    [InlineData(Fault.BrokenBefore, "unreachable")]
    public async Task Trouble_with_the_token_may_pass(Fault fault, string code)
    {
        await using var scene = await ZoomScene.OpenAsync();
        scene.Zoom.Faults.Next(fault, "POST", "/oauth/token", times: 5);

        var trouble = await Assert.ThrowsAsync<ProviderTrouble>(() => scene.Meetings.Arrange(scene.Order(), default));

        Assert.Equal(code, trouble.Code);
        Assert.Empty(scene.Zoom.Meetings);
    }
}
