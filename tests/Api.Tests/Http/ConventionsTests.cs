using System.Net;
using System.Net.Http.Json;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Muse.Api.Http;

namespace Muse.Api.Tests.Http;

public sealed class ConventionsTests(TheServer server) : IClassFixture<TheServer>
{
    [Theory]
    [InlineData("GET", "/v1/nothing", HttpStatusCode.NotFound, "not_found")]
    [InlineData("DELETE", "/v1/accounts", HttpStatusCode.MethodNotAllowed, "method_not_allowed")]
    [InlineData("GET", "/v1/me", HttpStatusCode.Unauthorized, "not_signed_in")]
    [InlineData("GET", "/v1/tutors/not-an-id", HttpStatusCode.NotFound, "not_found")]
    public async Task What_no_endpoint_answers_is_a_problem_with_a_code(string method, string path, HttpStatusCode status, string code) =>
        await (await server.Anyone().SendAsync(new HttpRequestMessage(new HttpMethod(method), path))).IsProblem(status, code);

    [Fact]
    public async Task A_change_of_me_needs_the_version_that_was_seen()
    {
        var tutor = await server.Tutor();
        var tag = (await tutor.Http.GetAsync("/v1/me")).Headers.ETag!.Tag;
        HttpRequestMessage Change(string? ifMatch)
        {
            var request = new HttpRequestMessage(HttpMethod.Patch, "/v1/me") { Content = JsonContent.Create(new { timeZone = "Europe/London" }) };
            if (ifMatch is not null)
                request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
            return request;
        }

        await (await tutor.Http.SendAsync(Change(null))).IsProblem(HttpStatusCode.PreconditionRequired, "precondition_required");
        await (await tutor.Http.SendAsync(Change("\"99\""))).IsProblem(HttpStatusCode.PreconditionFailed, "version_mismatch");
        var changed = await tutor.Http.SendAsync(Change(tag));
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        Assert.Equal("Europe/London", (await changed.Json()).GetProperty("timeZone").GetString());
        Assert.NotEqual(tag, changed.Headers.ETag!.Tag);
        await (await tutor.Http.SendAsync(Change(tag))).IsProblem(HttpStatusCode.PreconditionFailed, "version_mismatch");
    }

    [Fact]
    public async Task Every_answer_says_how_much_is_left_and_guards_the_page()
    {
        var answer = await server.Anyone().GetAsync("/v1/health");

        Assert.StartsWith("\"requests\";r=", answer.Headers.GetValues("RateLimit").Single());
        Assert.StartsWith("\"requests\";q=", answer.Headers.GetValues("RateLimit-Policy").Single());
        Assert.Contains("frame-ancestors 'none'", answer.Headers.GetValues("Content-Security-Policy").Single());
        Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
    }

    [Fact]
    public async Task A_flood_from_one_address_is_429_and_another_address_goes_on()
    {
        await using var small = new TheServer().With("Limits:NewAccounts:Burst", "3");
        await small.InitializeAsync();
        var http = small.Anyone();
        for (var i = 0; i < 3; i++)
            await http.PostAsJsonAsync("/v1/accounts", new { });

        var fourth = await http.PostAsJsonAsync("/v1/accounts", new { });

        await fourth.IsProblem(HttpStatusCode.TooManyRequests, "too_many_requests");
        Assert.True(fourth.Headers.RetryAfter!.Delta > TimeSpan.Zero);
        Assert.StartsWith("\"new-accounts\";r=0;", fourth.Headers.GetValues("RateLimit").Single());
        http.DefaultRequestHeaders.Add(TheServer.AddressHeader, "203.0.113.1");
        await (await http.PostAsJsonAsync("/v1/accounts", new { })).IsProblem(HttpStatusCode.BadRequest, "malformed_body");
    }

    [Fact]
    public async Task Another_site_may_call_when_configured_and_never_with_credentials()
    {
        await using var open = new TheServer().With("Cors:Origins:0", "https://school.example");
        await open.InitializeAsync();
        async Task<HttpResponseMessage> Preflight(string origin)
        {
            var request = new HttpRequestMessage(HttpMethod.Options, "/v1/me");
            request.Headers.Add("Origin", origin);
            request.Headers.Add("Access-Control-Request-Method", "GET");
            request.Headers.Add("Access-Control-Request-Headers", "authorization");
            return await open.Anyone().SendAsync(request);
        }

        var allowed = await Preflight("https://school.example");
        Assert.Equal("https://school.example", allowed.Headers.GetValues("Access-Control-Allow-Origin").Single());
        Assert.False(allowed.Headers.Contains("Access-Control-Allow-Credentials"));
        Assert.False((await Preflight("https://elsewhere.example")).Headers.Contains("Access-Control-Allow-Origin"));
    }

    /// <summary>A page cannot read what is not exposed, nor send what the preflight does not allow.</summary>
    [Fact]
    public async Task A_player_on_another_sites_page_may_post_its_offer_and_read_its_session()
    {
        await using var open = new TheServer().With("Cors:Origins:0", "https://school.example");
        await open.InitializeAsync();
        using var http = open.Anyone();
        http.DefaultRequestHeaders.Add("Origin", "https://school.example");
        var whep = $"/v1/rooms/{Guid.NewGuid()}/whep";
        foreach (var (path, method) in new[] { (whep, "POST"), (whep + "/session", "PATCH"), (whep + "/session", "DELETE") })
        {
            var preflight = new HttpRequestMessage(HttpMethod.Options, path);
            preflight.Headers.Add("Access-Control-Request-Method", method);
            preflight.Headers.Add("Access-Control-Request-Headers", "authorization,content-type,if-match");
            var may = await http.SendAsync(preflight);
            Assert.Equal("https://school.example", may.Headers.GetValues("Access-Control-Allow-Origin").Single());
            Assert.Contains(method, may.Headers.GetValues("Access-Control-Allow-Methods").Single(), StringComparison.Ordinal);
            Assert.Superset(new HashSet<string>(["authorization", "content-type", "if-match"]), Words(may, "Access-Control-Allow-Headers"));
        }

        // Refusals are to be read, too: a player that is asked to come again has to see when.
        http.DefaultRequestHeaders.Authorization = new("Bearer", "no key");
        var refused = await http.PostAsync(whep, new StringContent("v=0", new System.Net.Http.Headers.MediaTypeHeaderValue("application/sdp")));
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        Assert.Equal("https://school.example", refused.Headers.GetValues("Access-Control-Allow-Origin").Single());
        Assert.Superset(new HashSet<string>(["location", "etag", "link", "retry-after"]), Words(refused, "Access-Control-Expose-Headers"));

        static HashSet<string> Words(HttpResponseMessage answer, string header) =>
            [.. string.Join(',', answer.Headers.GetValues(header)).ToLowerInvariant().Split(',', StringSplitOptions.TrimEntries)];
    }

    [Fact]
    public async Task A_bug_is_logged_with_the_route_that_broke_and_answered_without_detail()
    {
        var http = new DefaultHttpContext { RequestServices = server.Services };
        http.Response.Body = new MemoryStream();
        var bug = new InvalidOperationException("a secret of ours");
        http.Features.Set<IExceptionHandlerFeature>(
            new ExceptionHandlerFeature { Error = bug, Endpoint = new Endpoint(null, null, "HTTP: GET /v1/me"), Path = "/v1/me" });
        var log = new Heard();

        await new Failures(server.Services.GetRequiredService<IProblemDetailsService>(), log).TryHandleAsync(http, bug, CancellationToken.None);

        Assert.Contains("HTTP: GET /v1/me", Assert.Single(log.Lines));
        http.Response.Body.Position = 0;
        var answer = await new StreamReader(http.Response.Body).ReadToEndAsync();
        Assert.Contains("server_error", answer);
        Assert.DoesNotContain("secret", answer);
    }

    private sealed class Heard : ILogger<Failures>
    {
        public List<string> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel level) => true;

        public void Log<TState>(LogLevel level, EventId id, TState state, Exception? exception, Func<TState, Exception?, string> format) =>
            Lines.Add(format(state, exception));
    }
}
