using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;

namespace Muse.Api.Tests.Tokens;

public sealed class TokensTests(TheServer server) : IClassFixture<TheServer>
{
    private const string Origin = "http://localhost";

    private HttpClient With(string accessToken)
    {
        var http = server.Anyone();
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", accessToken);
        return http;
    }

    private async Task<(string Access, string Refresh)> SignIn(SignedIn person)
    {
        var answer = await server.Anyone().PostAsJsonAsync("/v1/tokens", new { email = person.Email, password = person.Password });
        var tokens = await answer.Json();
        return (tokens.GetProperty("accessToken").GetString()!, tokens.GetProperty("refreshToken").GetString()!);
    }

    private Task<HttpResponseMessage> Refresh(string token) => server.Anyone().PostAsJsonAsync("/v1/tokens", new { refreshToken = token });

    private static JsonElement Part(string token, int part) =>
        JsonDocument.Parse(WebEncoders.Base64UrlDecode(token.Split('.')[part])).RootElement.Clone();

    private HttpRequestMessage FromPage(HttpMethod method, object? body, string? cookie = null, string? origin = Origin)
    {
        var request = new HttpRequestMessage(method, "/v1/tokens") { Content = body is null ? null : JsonContent.Create(body) };
        if (origin is not null)
            request.Headers.Add("Origin", origin);
        if (cookie is not null)
            request.Headers.Add("Cookie", "muse_refresh=" + cookie);
        return request;
    }

    [Fact]
    public async Task The_access_token_is_an_ES256_at_jwt_of_fifteen_minutes_with_the_role_ids()
    {
        var tutor = await server.Tutor();

        var (access, _) = await SignIn(tutor);

        Assert.Equal("at+jwt", Part(access, 0).GetProperty("typ").GetString());
        Assert.Equal("ES256", Part(access, 0).GetProperty("alg").GetString());
        var claims = Part(access, 1);
        Assert.Equal(tutor.PersonId, claims.GetProperty("sub").GetGuid());
        Assert.Equal(tutor.TutorId, claims.GetProperty("tutor_id").GetGuid());
        Assert.Equal(900, claims.GetProperty("exp").GetInt64() - claims.GetProperty("iat").GetInt64());
        foreach (var required in new[] { "iss", "aud", "client_id", "jti" })
            Assert.NotEmpty(claims.GetProperty(required).GetString()!);
        var keys = await (await server.Anyone().GetAsync("/.well-known/jwks.json")).Json();
        var key = keys.GetProperty("keys").EnumerateArray().Single(k => k.GetProperty("kid").GetString() == Part(access, 0).GetProperty("kid").GetString());
        Assert.False(key.TryGetProperty("d", out _));
    }

    [Fact]
    public async Task A_wrong_password_and_an_unknown_address_get_the_same_answer()
    {
        var tutor = await server.Tutor();

        var wrong = await server.Anyone().PostAsJsonAsync("/v1/tokens", new { email = tutor.Email, password = "not the password" });
        var unknown = await server.Anyone().PostAsJsonAsync("/v1/tokens", new { email = "nobody@example.org", password = "not the password" });

        await wrong.IsProblem(HttpStatusCode.Unauthorized, "wrong_credentials");
        Assert.Equal(await wrong.Content.ReadAsStringAsync(), await unknown.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task After_five_wrong_passwords_an_address_waits_but_the_teacher_elsewhere_signs_in()
    {
        var tutor = await server.Tutor();
        var attacker = server.Anyone();
        attacker.DefaultRequestHeaders.Add(TheServer.AddressHeader, "203.0.113.9");
        for (var i = 0; i < 5; i++)
            await (await attacker.PostAsJsonAsync("/v1/tokens", new { email = tutor.Email, password = $"guess number {i}" })).IsProblem(HttpStatusCode.Unauthorized, "wrong_credentials");

        var right = await attacker.PostAsJsonAsync("/v1/tokens", new { email = tutor.Email, password = tutor.Password });
        await right.IsProblem(HttpStatusCode.TooManyRequests, "too_many_attempts");
        Assert.InRange(right.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 60);

        var teacher = await server.Anyone().PostAsJsonAsync("/v1/tokens", new { email = tutor.Email, password = tutor.Password });
        Assert.Equal(HttpStatusCode.OK, teacher.StatusCode);
        server.Time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(HttpStatusCode.OK, (await attacker.PostAsJsonAsync("/v1/tokens", new { email = tutor.Email, password = tutor.Password })).StatusCode);
    }

    [Fact]
    public async Task A_refresh_token_is_followed_by_another_one()
    {
        var (_, first) = await SignIn(await server.Tutor());

        var second = (await (await Refresh(first)).Json()).GetProperty("refreshToken").GetString()!;
        var third = await Refresh(second);

        Assert.NotEqual(first, second);
        Assert.Equal(HttpStatusCode.OK, third.StatusCode);
    }

    [Fact]
    public async Task Two_tabs_that_refresh_together_get_the_same_successor()
    {
        var (_, first) = await SignIn(await server.Tutor());

        var tabs = await Task.WhenAll(Refresh(first), Refresh(first));

        var successors = new List<string>();
        foreach (var tab in tabs)
            successors.Add((await tab.Json()).GetProperty("refreshToken").GetString()!);
        Assert.Equal(successors[0], successors[1]);
    }

    [Fact]
    public async Task A_refresh_token_that_comes_back_later_ends_every_token_of_its_device()
    {
        var person = await server.Tutor();
        var (_, first) = await SignIn(person);
        var (otherDevice, _) = await SignIn(person);
        var next = await (await Refresh(first)).Json();
        server.Time.Advance(TimeSpan.FromSeconds(11));

        await (await Refresh(first)).IsProblem(HttpStatusCode.Unauthorized, "invalid_refresh_token");

        await (await Refresh(next.GetProperty("refreshToken").GetString()!)).IsProblem(HttpStatusCode.Unauthorized, "invalid_refresh_token");
        await (await With(next.GetProperty("accessToken").GetString()!).GetAsync("/v1/me")).IsProblem(HttpStatusCode.Unauthorized, "not_signed_in");
        Assert.Equal(HttpStatusCode.OK, (await With(otherDevice).GetAsync("/v1/me")).StatusCode);
    }

    [Fact]
    public async Task The_grace_is_over_once_the_successor_was_used()
    {
        var (_, first) = await SignIn(await server.Tutor());
        var second = (await (await Refresh(first)).Json()).GetProperty("refreshToken").GetString()!;
        await Refresh(second);

        await (await Refresh(first)).IsProblem(HttpStatusCode.Unauthorized, "invalid_refresh_token");
    }

    [Fact]
    public async Task A_token_dies_after_fifteen_minutes_and_thirty_seconds_of_clock_skew()
    {
        var (access, _) = await SignIn(await server.Tutor());
        server.Time.Advance(TimeSpan.FromSeconds(15 * 60 + 20));
        Assert.Equal(HttpStatusCode.OK, (await With(access).GetAsync("/v1/me")).StatusCode);

        server.Time.Advance(TimeSpan.FromSeconds(15));

        var late = await With(access).GetAsync("/v1/me");
        await late.IsProblem(HttpStatusCode.Unauthorized, "not_signed_in");
        Assert.Contains("invalid_token", late.Headers.WwwAuthenticate.ToString());
    }

    [Theory]
    [InlineData("""{"alg":"none","typ":"at+jwt"}""")]
    [InlineData("""{"alg":"HS256","typ":"at+jwt"}""")]
    [InlineData("""{"alg":"ES256","typ":"JWT"}""")]
    [InlineData("""{"alg":"ES256","typ":"at+jwt","kid":"nobody"}""")]
    public async Task A_token_with_another_header_is_none(string header)
    {
        var (access, _) = await SignIn(await server.Tutor());
        var parts = access.Split('.');

        var forged = $"{WebEncoders.Base64UrlEncode(Encoding.UTF8.GetBytes(header))}.{parts[1]}.{parts[2]}";

        await (await With(forged).GetAsync("/v1/me")).IsProblem(HttpStatusCode.Unauthorized, "not_signed_in");
    }

    [Fact]
    public async Task A_token_whose_claims_were_changed_is_none()
    {
        var (access, _) = await SignIn(await server.Tutor());
        var parts = access.Split('.');
        var claims = Encoding.UTF8.GetString(WebEncoders.Base64UrlDecode(parts[1])).Replace("[\"tutor\"]", "[\"admin\"]").Replace("\"tutor\"", "\"admin\"");

        var forged = $"{parts[0]}.{WebEncoders.Base64UrlEncode(Encoding.UTF8.GetBytes(claims))}.{parts[2]}";

        await (await With(forged).GetAsync("/v1/me")).IsProblem(HttpStatusCode.Unauthorized, "not_signed_in");
    }

    [Fact]
    public async Task In_cookie_mode_the_refresh_token_is_in_a_strict_cookie_only()
    {
        var person = await server.Tutor();

        var answer = await server.Anyone().SendAsync(FromPage(HttpMethod.Post, new { email = person.Email, password = person.Password, cookie = true }));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.False((await answer.Json()).TryGetProperty("refreshToken", out _));
        var cookie = answer.Headers.GetValues("Set-Cookie").Single();
        foreach (var attribute in new[] { "muse_refresh=", "path=/v1/tokens", "secure", "httponly", "samesite=strict" })
            Assert.Contains(attribute, cookie, StringComparison.OrdinalIgnoreCase);
        var refreshed = await server.Anyone().SendAsync(FromPage(HttpMethod.Post, new { cookie = true }, ValueOf(cookie)));
        Assert.Equal(HttpStatusCode.OK, refreshed.StatusCode);
        Assert.NotEqual(ValueOf(cookie), ValueOf(refreshed.Headers.GetValues("Set-Cookie").Single()));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("https://elsewhere.example")]
    [InlineData("http://localhost:8080")]
    public async Task A_cookie_from_another_origin_is_refused(string? origin)
    {
        var person = await server.Tutor();
        var answer = await server.Anyone().SendAsync(FromPage(HttpMethod.Post, new { email = person.Email, password = person.Password, cookie = true }));
        var cookie = ValueOf(answer.Headers.GetValues("Set-Cookie").Single());

        await (await server.Anyone().SendAsync(FromPage(HttpMethod.Post, new { cookie = true }, cookie, origin))).IsProblem(HttpStatusCode.Forbidden, "origin_not_allowed");
        await (await server.Anyone().SendAsync(FromPage(HttpMethod.Delete, null, cookie, origin))).IsProblem(HttpStatusCode.Forbidden, "origin_not_allowed");

        Assert.Equal(HttpStatusCode.OK, (await server.Anyone().SendAsync(FromPage(HttpMethod.Post, new { cookie = true }, cookie))).StatusCode);
    }

    [Fact]
    public async Task Signing_out_ends_the_cookie_the_refresh_token_and_the_access_token()
    {
        var person = await server.Tutor();
        var signedIn = await server.Anyone().SendAsync(FromPage(HttpMethod.Post, new { email = person.Email, password = person.Password, cookie = true }));
        var cookie = ValueOf(signedIn.Headers.GetValues("Set-Cookie").Single());
        var access = (await signedIn.Json()).GetProperty("accessToken").GetString()!;

        var gone = await server.Anyone().SendAsync(FromPage(HttpMethod.Delete, null, cookie));

        Assert.Equal(HttpStatusCode.NoContent, gone.StatusCode);
        Assert.Equal("", ValueOf(gone.Headers.GetValues("Set-Cookie").Single()));
        await (await server.Anyone().SendAsync(FromPage(HttpMethod.Post, new { cookie = true }, cookie))).IsProblem(HttpStatusCode.Unauthorized, "invalid_refresh_token");
        await (await With(access).GetAsync("/v1/me")).IsProblem(HttpStatusCode.Unauthorized, "not_signed_in");
    }

    [Fact]
    public async Task Two_ways_in_at_once_are_refused()
    {
        var answer = await server.Anyone().PostAsJsonAsync("/v1/tokens", new { email = "a@example.org", password = "b", refreshToken = "c" });

        await answer.IsProblem(HttpStatusCode.UnprocessableEntity, "choose_one_way_in");
    }

    [Fact]
    public async Task The_database_keeps_no_refresh_token_that_could_be_used()
    {
        var (_, refresh) = await SignIn(await server.Tutor());

        Assert.Equal(0, await server.Database.ScalarAsync<long>(
            "select count(*) from refresh_tokens where encode(token_hash, 'escape') = $1 or token_hash = convert_to($1, 'UTF8')", refresh));
    }

    private static string ValueOf(string cookie) => cookie["muse_refresh=".Length..cookie.IndexOf(';')];
}
