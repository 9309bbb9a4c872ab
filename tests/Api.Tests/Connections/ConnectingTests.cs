using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.WebUtilities;
using Muse.Domain.Meetings;
using Muse.Imitations;

namespace Muse.Api.Tests.Connections;

public sealed class ConnectingTests(ConnectServer server) : IClassFixture<ConnectServer>
{
    [Theory]
    [InlineData("zoom")]
    [InlineData("google-meet")]
    public async Task A_tutor_who_allows_it_at_the_provider_has_a_live_account(string provider)
    {
        var tutor = await server.Tutor();
        Assert.Equal("connect", (await ConnectServer.Says(tutor, provider)).GetProperty("needs").GetString());

        var consent = await Consent.Begin(server, tutor, provider);
        Assert.Equal($"/meeting-providers?connected={provider}", await consent.Return(await consent.Answer("allow")));

        var says = await ConnectServer.Says(tutor, provider);
        Assert.Equal("own", says.GetProperty("account").GetString());
        Assert.Equal("live", says.GetProperty("own").GetProperty("state").GetString());
        Assert.Equal("tutor@imitated.example", says.GetProperty("own").GetProperty("label").GetString());
        Assert.Equal(["provider_connected"], await Bookings.School.EventsOf(server, ConnectServer.StreamOf(tutor, provider)));
        var access = await server.Accounts.Access(tutor.TutorId!.Value, provider, null, TestContext.Current.CancellationToken);
        Assert.NotNull(server.At(provider).Consents.AccountOf(access.Token));
    }

    [Fact]
    public async Task The_verifier_stays_here_and_its_hash_is_what_the_provider_saw()
    {
        var tutor = await server.Tutor();
        var consent = await Consent.Begin(server, tutor, "zoom");
        Assert.Equal("S256", consent.Asked["code_challenge_method"]);
        Assert.DoesNotContain("code_verifier", consent.Asked.Keys);

        await consent.Return(await consent.Answer("allow"));

        var sent = QueryHelpers.ParseQuery(server.Zoom.Seen.Last(seen => seen.Path == "/oauth/token").Body);
        Assert.Equal(
            consent.Asked["code_challenge"],
            WebEncoders.Base64UrlEncode(SHA256.HashData(Encoding.ASCII.GetBytes(sent["code_verifier"].ToString()))));
        Assert.Equal(consent.Asked["redirect_uri"], sent["redirect_uri"].ToString());
    }

    [Fact]
    public async Task The_imitated_provider_gives_nothing_for_a_code_without_its_verifier()
    {
        var tutor = await server.Tutor();
        var consent = await Consent.Begin(server, tutor, "zoom");
        var code = QueryHelpers.ParseQuery(new Uri("http://x" + await consent.Answer("allow")).Query)["code"].ToString();
        using var thief = new HttpClient();
        var client = server.Zoom.Consents.Client;
        var answer = await thief.PostAsync(server.Zoom.TokenUrl, new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["grant_type"] = "authorization_code",
            ["code"] = code,
            ["redirect_uri"] = consent.Asked["redirect_uri"],
            ["code_verifier"] = new string('a', 43),
            ["client_id"] = client.Id,
            ["client_secret"] = client.Secret,
        }), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal("invalid_grant", (await answer.Json()).GetProperty("error").GetString());
    }

    [Fact]
    public async Task Google_is_asked_for_offline_access_and_gets_the_secret_in_the_body()
    {
        var tutor = await server.Tutor();
        var consent = await Consent.Begin(server, tutor, "google-meet");
        Assert.Equal("offline", consent.Asked["access_type"]);
        Assert.Equal("consent", consent.Asked["prompt"]);
        await consent.Return(await consent.Answer("allow"));
        var sent = server.Google.Seen.Last(seen => seen.Path == "/oauth/token");
        Assert.DoesNotContain("Authorization", sent.Headers.Keys);
        Assert.Contains("client_secret=", sent.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_that_comes_twice_counts_once()
    {
        var tutor = await server.Tutor();
        var consent = await Consent.Begin(server, tutor, "zoom");
        var back = await consent.Answer("allow");
        await consent.Return(back);
        var events = await server.EventsAsync();

        Assert.Equal("/meeting-providers?error=connect_expired", await consent.Return(back));

        Assert.Equal(events, await server.EventsAsync());
        Assert.Equal("own", (await ConnectServer.Says(tutor, "zoom")).GetProperty("account").GetString());
    }

    [Fact]
    public async Task An_answer_in_another_browser_writes_nothing_and_the_right_one_goes_on()
    {
        var tutor = await server.Tutor();
        var stranger = await server.Tutor();
        var consent = await Consent.Begin(server, tutor, "zoom");
        var others = await Consent.Begin(server, stranger, "zoom");
        var back = await consent.Answer("allow");
        var events = await server.EventsAsync();

        foreach (var cookie in new[] { "", others.Cookie, "muse_connect_zoom=" + new string('x', 43), "muse_connect_zoom=" + new string('x', 5000) })
            Assert.Equal("/meeting-providers?error=connect_expired", await consent.Return(back, cookie.Length == 0 ? "other=1" : cookie));
        Assert.Equal(events, await server.EventsAsync());
        Assert.Equal("connect", (await ConnectServer.Says(tutor, "zoom")).GetProperty("needs").GetString());

        Assert.Equal("/meeting-providers?connected=zoom", await consent.Return(back));
    }

    [Theory]
    [InlineData("?code=imitated-code-1&state=forged-forged-forged-forged")]
    [InlineData("?code=imitated-code-1")]
    [InlineData("?error=access_denied")]
    [InlineData("?state=&code=")]
    [InlineData("")]
    public async Task A_forged_answer_writes_nothing(string query)
    {
        var tutor = await server.Tutor();
        var consent = await Consent.Begin(server, tutor, "zoom");
        var events = await server.EventsAsync();
        Assert.Equal("/meeting-providers?error=connect_expired", await consent.Return("/v1/connections/callback" + query));
        Assert.Equal(events, await server.EventsAsync());
    }

    [Fact]
    public async Task Denying_it_at_the_provider_leads_back_and_connects_nothing()
    {
        var tutor = await server.Tutor();
        var consent = await Consent.Begin(server, tutor, "zoom");
        var events = await server.EventsAsync();
        Assert.Equal("/meeting-providers?error=connect_denied&provider=zoom", await consent.Return(await consent.Answer("deny")));
        Assert.Equal(events, await server.EventsAsync());
        Assert.False(await server.Accounts.HasLive(tutor.TutorId!.Value, "zoom", TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_code_that_the_provider_no_longer_takes_connects_nothing()
    {
        var tutor = await server.Tutor();
        var consent = await Consent.Begin(server, tutor, "zoom");
        var back = await consent.Answer("allow");
        server.Zoom.Clock.Advance(TimeSpan.FromMinutes(2));
        var events = await server.EventsAsync();
        Assert.Equal("/meeting-providers?error=connect_failed&provider=zoom", await consent.Return(back));
        Assert.Equal(events, await server.EventsAsync());
    }

    [Fact]
    public async Task An_answer_after_ten_minutes_is_too_late()
    {
        var tutor = await server.Tutor();
        var consent = await Consent.Begin(server, tutor, "zoom");
        server.Time.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal("/meeting-providers?error=connect_expired", await consent.Return(await consent.Answer("allow")));
    }

    [Fact]
    public async Task A_provider_that_is_down_is_said_to_be()
    {
        var tutor = await server.Tutor();
        var consent = await Consent.Begin(server, tutor, "google-meet");
        var back = await consent.Answer("allow");
        server.Google.Faults.Next(Fault.ServerError, "POST", "/oauth/token");
        Assert.Equal("/meeting-providers?error=connect_unreachable&provider=google-meet", await consent.Return(back));
    }

    [Fact]
    public async Task Rights_that_were_unticked_are_missed_and_the_rest_is_given_back()
    {
        var tutor = await server.Tutor();
        var consent = await Consent.Begin(server, tutor, "google-meet");
        server.Google.Consents.OnlyScopes = "openid email";
        var revoked = server.Google.Consents.Revoked;
        Assert.Equal("/meeting-providers?error=connect_scope_missing&provider=google-meet", await consent.Return(await consent.Answer("allow")));
        server.Google.Consents.OnlyScopes = null;
        await server.EventsAsync();
        Assert.Equal(revoked + 1, server.Google.Consents.Revoked);
        Assert.Equal("connect", (await ConnectServer.Says(tutor, "google-meet")).GetProperty("needs").GetString());
    }

    [Theory]
    [InlineData("zoom")]
    [InlineData("google-meet")]
    public async Task Over_a_live_account_none_is_connected_and_a_dead_one_gives_way(string provider)
    {
        var tutor = await server.A_tutor_connected_to(provider);
        var events = await server.EventsAsync();
        await (await tutor.Http.PostAsync(ConnectServer.PathOf(tutor, provider), null)).IsProblem(HttpStatusCode.Conflict, "already_connected");
        Assert.Equal(events, await server.EventsAsync());
        Assert.Equal(0L, await server.Database.ScalarAsync<long>("select count(*) from connection_attempts where tutor_id = $1", tutor.TutorId));

        var access = await server.Accounts.Access(tutor.TutorId!.Value, provider, null, TestContext.Current.CancellationToken);
        server.At(provider).Consents.Withdraw();
        Assert.True((await server.Accounts.Access(tutor.TutorId!.Value, provider, access.Token, TestContext.Current.CancellationToken)).Dead);
        var anew = await Consent.Begin(server, tutor, provider);
        Assert.Equal($"/meeting-providers?connected={provider}", await anew.Return(await anew.Answer("allow")));
    }

    [Theory]
    [InlineData("zoom", "other@imitated.example", 1)]
    [InlineData("google-meet", "other@imitated.example", 1)]
    // Giving the same account's consent back would end the one in use.
    [InlineData("zoom", "tutor@imitated.example", 0)]
    [InlineData("google-meet", "tutor@imitated.example", 0)]
    public async Task A_tab_that_comes_back_when_an_account_is_connected_changes_nothing_and_what_it_got_is_given_back(string provider, string account, int givenBack)
    {
        var tutor = await server.Tutor();
        var consents = server.At(provider).Consents;
        var (stale, used) = (await Consent.Begin(server, tutor, provider), await Consent.Begin(server, tutor, provider));
        Assert.Equal($"/meeting-providers?connected={provider}", await used.Return(await used.Answer("allow")));
        var access = await server.Accounts.Access(tutor.TutorId!.Value, provider, null, TestContext.Current.CancellationToken);
        var (events, revoked, before) = (await server.EventsAsync(), consents.Revoked, consents.Account);

        consents.Account = new Muse.Imitations.OAuth.ConsentAccount("imitated-of-the-tab", account);
        var back = await stale.Answer("allow");
        Assert.Equal($"/meeting-providers?error=already_connected&provider={provider}", await stale.Return(back));
        consents.Account = before;

        Assert.Equal(events, await server.EventsAsync());
        Assert.Equal(revoked + givenBack, consents.Revoked);
        Assert.Equal(access, await server.Accounts.Access(tutor.TutorId!.Value, provider, null, TestContext.Current.CancellationToken));
        Assert.Equal("imitated-tutor", consents.AccountOf(access.Token)?.Id);
    }

    [Fact]
    public async Task Only_five_attempts_are_kept_however_often_one_presses_Connect()
    {
        var tutor = await server.Tutor();
        var first = await Consent.Begin(server, tutor, "zoom");
        var last = first;
        for (var i = 0; i < 5; i++)
            last = await Consent.Begin(server, tutor, "zoom");
        Assert.Equal(5L, await server.Database.ScalarAsync<long>("select count(*) from connection_attempts where tutor_id = $1", tutor.TutorId));
        Assert.Equal("/meeting-providers?error=connect_expired", await first.Return(await first.Answer("allow")));
        Assert.Equal("/meeting-providers?connected=zoom", await last.Return(await last.Answer("allow")));
    }

    [Fact]
    public async Task Where_nothing_can_be_connected_it_is_said()
    {
        var tutor = await server.Tutor();
        await (await tutor.Http.PostAsync(ConnectServer.PathOf(tutor, "built-in"), null)).IsProblem(HttpStatusCode.NotFound, "not_found");
        await (await tutor.Http.PostAsync(ConnectServer.PathOf(tutor, "jitsi"), null)).IsProblem(HttpStatusCode.Conflict, "keys_needed");
    }

    [Fact]
    public async Task A_name_at_which_no_Jitsi_server_answers_is_not_connected()
    {
        var tutor = await server.Tutor();
        var events = await server.EventsAsync();
        var refused = await tutor.Http.PostAsJsonAsync(ConnectServer.PathOf(tutor, "jitsi/keys"),
            new { domain = "meet.muse.invalid", appId = "muse", secret = new string('s', 40) }, TestContext.Current.CancellationToken);
        await refused.IsProblem(HttpStatusCode.UnprocessableEntity, "server_unreachable");
        Assert.Equal(events, await server.EventsAsync());
        Assert.Equal(AccountAccess.None, await server.Accounts.Access(tutor.TutorId!.Value, ProviderPolicy.Jitsi, null, TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("https://meet.example.org", "muse", 40, "wrong_domain")]
    [InlineData("meet.example.org/room", "muse", 40, "wrong_domain")]
    [InlineData("meet.example.org:8443", "muse", 40, "wrong_domain")]
    [InlineData("10.0.0.1", "muse", 40, "wrong_domain")]
    [InlineData("localhost", "muse", 40, "wrong_domain")]
    [InlineData("user@meet.example.org", "muse", 40, "wrong_domain")]
    [InlineData("meet.example.org", "", 40, "wrong_app_id")]
    [InlineData("meet.example.org", "mu se", 40, "wrong_app_id")]
    [InlineData("meet.example.org", "muse", 31, "wrong_secret")]
    [InlineData("meet.example.org", "muse", 257, "wrong_secret")]
    public async Task Keys_of_a_Jitsi_server_that_cannot_be_right_are_refused(string domain, string appId, int length, string code)
    {
        var tutor = await server.Tutor();
        var events = await server.EventsAsync();
        var refused = await tutor.Http.PostAsJsonAsync(ConnectServer.PathOf(tutor, "jitsi/keys"), new { domain, appId, secret = new string('s', length) }, TestContext.Current.CancellationToken);
        await refused.IsProblem(HttpStatusCode.UnprocessableEntity, code);
        Assert.Equal(events, await server.EventsAsync());
    }
}
