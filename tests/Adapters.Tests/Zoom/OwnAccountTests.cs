using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Muse.Domain.Lessons;
using Muse.Domain.Meetings;

namespace Muse.Adapters.Tests.Zoom;

/// <summary>Lessons in a tutor's own Zoom account.</summary>
public sealed class OwnAccountTests
{
    [Fact]
    public async Task The_tutors_own_account_goes_before_the_schools()
    {
        await using var scene = await ZoomScene.OpenAsync();
        scene.Own.Held[ZoomScene.Tutor] = new AccountAccess((await Connect(scene)).Access, false);
        var order = scene.Order();

        var answer = await scene.Meetings.Arrange(order, default);

        Assert.Equal(scene.Zoom.TutorsOwn, scene.Zoom.Meetings.Single().Host);
        Assert.Equal(1, scene.Count("POST", "/v2/users/me/meetings"));
        Assert.Contains("zak=", await scene.Meetings.DoorFor(ZoomScene.Guest(Part.Tutor), order, answer.Place!, default));
        Assert.Equal(0, scene.Zoom.Seen.Count(s => s.Path == "/oauth/token" && s.Body.Contains("account_credentials", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_meeting_stays_in_the_account_where_it_was_made()
    {
        await using var scene = await ZoomScene.OpenAsync();
        var order = scene.Order();
        var reference = (await scene.Meetings.Arrange(order, default)).Place!.Reference;
        scene.Own.Held[ZoomScene.Tutor] = new AccountAccess((await Connect(scene)).Access, false);

        Assert.NotNull((await scene.Meetings.Move(order with { DurationMinutes = 60 }, reference, default)).Place);
        Assert.Equal(reference, (await scene.Meetings.Arrange(order with { DurationMinutes = 60 }, default)).Place?.Reference);
        Assert.Equal(60, scene.Zoom.Meetings.Single().Duration);
        Assert.Null((await scene.Meetings.Withdraw(order, reference, default)).FailureCode);
        Assert.Empty(scene.Zoom.Meetings);
    }

    [Fact]
    public async Task A_refused_token_is_renewed_once()
    {
        await using var scene = await ZoomScene.OpenAsync();
        var (access, refresh) = await Connect(scene);
        scene.Own.Held[ZoomScene.Tutor] = new AccountAccess(access, false);
        scene.Own.Renew = (_, _) => new AccountAccess(Refresh(scene, refresh).GetAwaiter().GetResult(), false);
        scene.Zoom.ExpireTokens();

        var answer = await scene.Meetings.Arrange(scene.Order(), default);

        Assert.NotNull(answer.Place);
        Assert.Equal([access], scene.Own.Refused);
    }

    [Fact]
    public async Task A_dead_account_gives_the_lesson_to_the_school()
    {
        await using var scene = await ZoomScene.OpenAsync();
        scene.Own.Held[ZoomScene.Tutor] = new AccountAccess((await Connect(scene)).Access, false);
        scene.Own.Renew = (_, _) => new AccountAccess(null, true);
        scene.Zoom.Disconnect(scene.Zoom.TutorsOwn);

        var answer = await scene.Meetings.Arrange(scene.Order(), default);

        Assert.NotNull(answer.Place);
        Assert.Equal(scene.Zoom.SchoolHost, scene.Zoom.Meetings.Single().Host);
    }

    [Fact]
    public async Task Without_a_school_a_dead_account_is_a_named_failure()
    {
        await using var scene = await ZoomScene.OpenAsync(WithoutSchool);
        scene.Own.Held[ZoomScene.Tutor] = new AccountAccess((await Connect(scene)).Access, false);
        scene.Own.Renew = (_, _) => new AccountAccess(null, true);
        Assert.True(await scene.Meetings.Serves(ZoomScene.Tutor, default));
        var order = scene.Order();
        var reference = (await scene.Meetings.Arrange(order, default)).Place!.Reference;
        scene.Zoom.Disconnect(scene.Zoom.TutorsOwn);

        Assert.Equal(MeetingAnswer.DisconnectedCode, (await scene.Meetings.Arrange(scene.Order(), default)).FailureCode);
        Assert.Equal(MeetingAnswer.DisconnectedCode, (await scene.Meetings.Move(order with { DurationMinutes = 60 }, reference, default)).FailureCode);
        Assert.Equal(MeetingPresence.Gone, (await scene.Meetings.Look(order, reference, default)).Presence);
        Assert.False(await scene.Meetings.Serves(ZoomScene.Tutor, default));
    }

    [Fact]
    public async Task Whoever_has_neither_account_nor_host_is_not_served()
    {
        await using var scene = await ZoomScene.OpenAsync(WithoutSchool);

        Assert.False(await scene.Meetings.Serves(ZoomScene.Tutor, default));
        Assert.Equal(MeetingAnswer.DisconnectedCode, (await scene.Meetings.Arrange(scene.Order(), default)).FailureCode);
        Assert.Null((await scene.Meetings.Withdraw(scene.Order(), null, default)).FailureCode);
        Assert.Empty(scene.Zoom.Seen);
    }

    [Fact]
    public async Task Consent_without_the_right_verifier_gives_no_token_and_a_code_serves_once()
    {
        await using var scene = await ZoomScene.OpenAsync();
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false });
        var (code, verifier) = await Consent(scene, http);

        Assert.Equal(400, (await Exchange(scene, http, code, new string('x', 43))).Status);
        (code, verifier) = await Consent(scene, http);
        Assert.Equal(200, (await Exchange(scene, http, code, verifier)).Status);
        Assert.Equal(400, (await Exchange(scene, http, code, verifier)).Status);
    }

    [Fact]
    public async Task A_refresh_token_is_spent_by_its_use_and_revoking_ends_both()
    {
        await using var scene = await ZoomScene.OpenAsync();
        var (_, refresh) = await Connect(scene);

        var renewed = await Refresh(scene, refresh);
        Assert.NotNull(renewed);
        Assert.Null(await Refresh(scene, refresh));

        using var http = Client(scene);
        using var revoked = await http.PostAsync(scene.Zoom.RevokeUrl, new FormUrlEncodedContent([new("token", renewed)]));
        Assert.True(revoked.IsSuccessStatusCode);
        using var me = new HttpClient { DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", renewed) } };
        Assert.Equal(401, (int)(await me.GetAsync(scene.Zoom.ApiUrl + "/users/me")).StatusCode);
    }

    private static void WithoutSchool(Dictionary<string, string?> settings)
    {
        foreach (var name in new[] { "AccountId", "ClientId", "ClientSecret", "DefaultHost" }) settings.Remove($"Meetings:Zoom:{name}");
    }

    private static async Task<(string Access, string Refresh)> Connect(ZoomScene scene)
    {
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false });
        var (code, verifier) = await Consent(scene, http);
        var (status, body) = await Exchange(scene, http, code, verifier);
        Assert.Equal(200, status);
        return ((string)body["access_token"]!, (string)body["refresh_token"]!);
    }

    private static async Task<(string Code, string Verifier)> Consent(ZoomScene scene, HttpClient http)
    {
        scene.Zoom.ConnectsAtOnce = scene.Zoom.TutorsOwn;
        var verifier = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        var challenge = Convert.ToBase64String(SHA256.HashData(Encoding.ASCII.GetBytes(verifier))).TrimEnd('=').Replace('+', '-').Replace('/', '_');
        using var answer = await http.GetAsync($"{scene.Zoom.AuthorizeUrl}?response_type=code&client_id={scene.Zoom.ConnectClientId}"
            + $"&redirect_uri={Uri.EscapeDataString("http://127.0.0.1/back")}&state=s1&code_challenge={challenge}&code_challenge_method=S256");
        var back = answer.Headers.Location!.ToString();
        Assert.StartsWith("http://127.0.0.1/back?code=", back);
        Assert.EndsWith("&state=s1", back);
        return (back.Split("code=")[1].Split('&')[0], verifier);
    }

    private static async Task<(int Status, JsonNode Body)> Exchange(ZoomScene scene, HttpClient http, string code, string verifier)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, scene.Zoom.TokenUrl)
        {
            Content = new FormUrlEncodedContent([new("grant_type", "authorization_code"), new("code", code), new("redirect_uri", "http://127.0.0.1/back"), new("code_verifier", verifier)]),
        };
        request.Headers.Authorization = Basic(scene);
        using var answer = await http.SendAsync(request);
        return ((int)answer.StatusCode, (await answer.Content.ReadFromJsonAsync<JsonNode>())!);
    }

    private static async Task<string?> Refresh(ZoomScene scene, string refresh)
    {
        using var http = Client(scene);
        using var answer = await http.PostAsync(scene.Zoom.TokenUrl, new FormUrlEncodedContent([new("grant_type", "refresh_token"), new("refresh_token", refresh)]));
        return (string?)(await answer.Content.ReadFromJsonAsync<JsonNode>())!["access_token"];
    }

    private static HttpClient Client(ZoomScene scene) => new() { DefaultRequestHeaders = { Authorization = Basic(scene) } };

    private static AuthenticationHeaderValue Basic(ZoomScene scene) =>
        new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{scene.Zoom.ConnectClientId}:{scene.Zoom.ConnectClientSecret}")));
}
