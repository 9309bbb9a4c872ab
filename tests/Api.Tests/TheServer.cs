using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.DependencyInjection;
using Muse.Adapters.Postgres;
using Muse.Given;

namespace Muse.Api.Tests;

/// <summary>
/// The whole server in this process, on a fresh real database and a data folder of its own, with a clock that tests may set forward.
/// Use it as a class fixture: <c>public sealed class XTests(TheServer server) : IClassFixture&lt;TheServer&gt;</c>.
/// </summary>
public class TheServer : WebApplicationFactory<Program>, IAsyncLifetime
{
    /// <summary>A header by which a test pretends to call from another address.</summary>
    public const string AddressHeader = "Test-Address";

    private readonly string _folder = Directory.CreateTempSubdirectory("muse-api-tests-").FullName;
    private static int _names;
    private readonly Dictionary<string, string> _settings = [];

    public TheServer()
    {
        _settings["MUSE_DATA"] = _folder;
        _settings["MUSE_MEDIA_PORT"] = "0";
        _settings["Passwords:Iterations"] = "1000";
        // A client at Zoom makes connecting possible; nothing answers at Zoom's addresses unless a test starts an imitation.
        _settings["Meetings:Connect:Zoom:ClientId"] = _settings["Meetings:Connect:Zoom:ClientSecret"] = "nobody";
        foreach (var name in new[] { "AuthorizeUrl", "TokenUrl", "RevokeUrl", "AccountUrl" })
            _settings[$"Meetings:Connect:Zoom:{name}"] = "http://127.0.0.1:9/";
        foreach (var limit in new[] { "Requests", "SignIns", "NewAccounts" })
            _settings[$"Limits:{limit}:Burst"] = "1000000";
    }

    public Database Database { get; private set; } = null!;

    public ShiftedTime Time { get; } = new();

    /// <summary>Call it before the first request.</summary>
    public TheServer With(string setting, string value)
    {
        _settings[setting] = value;
        return this;
    }

    /// <summary>
    /// The number of events once no errand is on its way: an earlier test's meeting, arranged while this one counts, would look like an
    /// event that a refusal wrote. Gives up after 20 seconds.
    /// </summary>
    public async Task<long> EventsAsync()
    {
        var committed = Services.GetRequiredService<EventStore>().Committed;
        using var enough = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (true)
        {
            var next = committed.Next;
            if (await Database.ScalarAsync<long>("select count(*) from errands where done_at is null and dead_at is null and due_at <= clock_timestamp()") == 0)
                return await Database.EventsAsync();
            await Task.WhenAny(next, Task.Delay(100, enough.Token));
            Assert.False(enough.IsCancellationRequested, "Errands are still on their way.");
        }
    }

    public virtual async ValueTask InitializeAsync() => Database = await Database.FreshAsync();

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await Database.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Nobody signed in; redirects and cookies are left to the test.</summary>
    public HttpClient Anyone() => CreateClient(new WebApplicationFactoryClientOptions { BaseAddress = ClientOptions.BaseAddress, AllowAutoRedirect = false, HandleCookies = false });

    public Task<SignedIn> Tutor(string name = "Kim Min-ji", string country = "KR", string timeZone = "Asia/Seoul", string locale = "ko-KR") =>
        SignUp(["tutor"], name, country, timeZone, locale);

    public Task<SignedIn> Student(string name = "Oliver Hughes", string country = "GB", string timeZone = "Europe/London", string locale = "en-GB") =>
        SignUp(["student"], name, country, timeZone, locale);

    public Task<SignedIn> Guardian(string name = "Omar Haddad", string country = "AE", string timeZone = "Asia/Dubai", string locale = "ar-AE") =>
        SignUp(["guardian"], name, country, timeZone, locale);

    /// <summary>The administrator: made once per server, by the setup link's token.</summary>
    public async Task<SignedIn> Admin()
    {
        var token = await Services.GetRequiredService<Muse.Api.Operations.SetupLink>().UnusedTokenAsync(CancellationToken.None);
        return await SignUp([], "Ada Park", "KR", "Asia/Seoul", "en-GB", setupToken: token);
    }

    /// <summary>A child of this guardian; the answer is the studentId.</summary>
    public static async Task<Guid> Child(SignedIn guardian, string name = "Layla", string country = "AE", string timeZone = "Asia/Dubai")
    {
        var answer = await guardian.Http.PostAsJsonAsync($"/v1/guardians/{guardian.GuardianId}/children",
            new { displayName = name, birthDate = "2015-03-14", country, timeZone, locale = "ar-AE" });
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        return (await answer.Json()).GetProperty("studentId").GetGuid();
    }

    /// <summary>A child's device, signed in by a link of the guardian's.</summary>
    public async Task<HttpClient> Tablet(SignedIn guardian, Guid child)
    {
        var made = await guardian.Http.PostAsync($"/v1/guardians/{guardian.GuardianId}/children/{child}/device-links", null);
        var http = Anyone();
        var tokens = await http.PostAsJsonAsync("/v1/tokens", new { deviceLink = (await made.Json()).GetProperty("link").GetString() });
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", (await tokens.Json()).GetProperty("accessToken").GetString());
        return http;
    }

    public async Task<SignedIn> SignUp(
        string[] roles, string name, string country, string timeZone, string locale, string? birthDate = null, string? setupToken = null)
    {
        var email = $"person{Interlocked.Increment(ref _names)}@example.org";
        const string password = "mokgeum hana dul";
        var http = Anyone();
        var members = new Dictionary<string, object?>
        {
            ["email"] = email,
            ["password"] = password,
            ["displayName"] = name,
            ["roles"] = roles,
            ["country"] = country,
            ["timeZone"] = timeZone,
            ["locale"] = locale,
        };
        if (birthDate is not null)
            members["birthDate"] = birthDate;
        if (setupToken is not null)
            members["setupToken"] = setupToken;
        var made = await http.PostAsJsonAsync("/v1/accounts", members);
        Assert.True(made.StatusCode == HttpStatusCode.Created, await made.Content.ReadAsStringAsync());
        var account = await made.Json();
        var tokens = await http.PostAsJsonAsync("/v1/tokens", new { email, password });
        Assert.True(tokens.StatusCode == HttpStatusCode.OK, await tokens.Content.ReadAsStringAsync());
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", (await tokens.Json()).GetProperty("accessToken").GetString());
        return new SignedIn(http, account.GetProperty("id").GetGuid(), Id("tutorId"), Id("studentId"), Id("guardianId"), email, password);

        Guid? Id(string member) => account.TryGetProperty(member, out var id) ? id.GetGuid() : null;
    }

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        builder.UseEnvironment("Testing");
        builder.UseSetting("ConnectionStrings:Muse", Database.ConnectionString);
        foreach (var (name, value) in _settings)
            builder.UseSetting(name, value);
        builder.ConfigureServices(services =>
        {
            services.AddSingleton<TimeProvider>(Time);
            services.AddSingleton<IStartupFilter, PretendedAddress>();
        });
    }

    private sealed class PretendedAddress : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use((HttpContext http, RequestDelegate go) =>
            {
                http.Connection.RemoteIpAddress = http.Request.Headers[AddressHeader] is [{ } address] ? IPAddress.Parse(address) : IPAddress.Loopback;
                return go(http);
            });
            next(app);
        };
    }
}

/// <summary>Someone with an account, and a client that carries their access token.</summary>
public sealed record SignedIn(HttpClient Http, Guid PersonId, Guid? TutorId, Guid? StudentId, Guid? GuardianId, string Email, string Password);

/// <summary>The real clock, set forward by the test.</summary>
public sealed class ShiftedTime : TimeProvider
{
    private long _shift;
    private long _passed;

    public void Advance(TimeSpan by) => Interlocked.Add(ref _shift, by.Ticks);

    /// <summary>As if so much time had passed: the steady clock, by which the media server knows who has fallen silent, is set forward, too.</summary>
    public void Pass(TimeSpan time)
    {
        Advance(time);
        Interlocked.Add(ref _passed, (long)(time.TotalSeconds * TimestampFrequency));
    }

    public override long TimestampFrequency => System.TimestampFrequency;

    public override long GetTimestamp() => System.GetTimestamp() + Interlocked.Read(ref _passed);

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + TimeSpan.FromTicks(Interlocked.Read(ref _shift));
}

public static class Answers
{
    public static async Task<JsonElement> Json(this HttpResponseMessage answer)
    {
        using var document = await JsonDocument.ParseAsync(await answer.Content.ReadAsStreamAsync());
        return document.RootElement.Clone();
    }

    /// <summary>Asserts a problem of this status and code and gives it back.</summary>
    public static async Task<JsonElement> IsProblem(this HttpResponseMessage answer, HttpStatusCode status, string code)
    {
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(status == answer.StatusCode, $"{(int)answer.StatusCode} instead of {(int)status}: {text}");
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        using var document = JsonDocument.Parse(text);
        var problem = document.RootElement.Clone();
        Assert.Equal(code, problem.GetProperty("code").GetString());
        Assert.Equal((int)status, problem.GetProperty("status").GetInt32());
        return problem;
    }
}
