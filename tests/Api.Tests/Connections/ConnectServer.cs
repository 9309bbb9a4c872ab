using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Muse.Domain.Meetings;
using Muse.Imitations.OAuth;

namespace Muse.Api.Tests.Connections;

/// <summary>A server whose tutors may connect accounts at an imitated Zoom and an imitated Google, and everything that it logs.</summary>
public sealed class ConnectServer : TheServer
{
    public ConsentOnly Zoom { get; } = new(rotates: true);

    public ConsentOnly Google { get; } = new(rotates: false);

    public ConcurrentQueue<string> Logged { get; } = new();

    public IProviderAccounts Accounts => Services.GetRequiredService<IProviderAccounts>();

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        foreach (var (name, imitation) in new[] { ("Zoom", Zoom), ("GoogleMeet", Google) })
        {
            await imitation.StartAsync();
            With($"Meetings:Connect:{name}:ClientId", imitation.Consents.Client.Id);
            With($"Meetings:Connect:{name}:ClientSecret", imitation.Consents.Client.Secret);
            With($"Meetings:Connect:{name}:AuthorizeUrl", imitation.AuthorizeUrl);
            With($"Meetings:Connect:{name}:TokenUrl", imitation.TokenUrl);
            With($"Meetings:Connect:{name}:RevokeUrl", imitation.RevokeUrl);
            With($"Meetings:Connect:{name}:AccountUrl", imitation.AccountUrl);
        }
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await Zoom.DisposeAsync();
        await Google.DisposeAsync();
    }

    public ConsentOnly At(string provider) => provider == ProviderPolicy.Zoom ? Zoom : Google;

    public static string PathOf(SignedIn tutor, string provider = "") =>
        $"/v1/tutors/{tutor.TutorId}/connections{(provider.Length == 0 ? "" : "/" + provider)}";

    /// <summary>What the page says of one provider.</summary>
    public static async Task<JsonElement> Says(SignedIn tutor, string provider) =>
        (await (await tutor.Http.GetAsync(PathOf(tutor))).Json()).GetProperty("items").EnumerateArray().Single(item => item.GetProperty("provider").GetString() == provider);

    /// <summary>A tutor who pressed "Allow" at the provider.</summary>
    public async Task<SignedIn> A_tutor_connected_to(string provider)
    {
        var tutor = await Tutor();
        var consent = await Consent.Begin(this, tutor, provider);
        Assert.Equal($"/meeting-providers?connected={provider}", await consent.Return(await consent.Answer("allow")));
        return tutor;
    }

    public static Guid StreamOf(SignedIn tutor, string provider) => Muse.Api.Connections.ConnectionDesk.StreamOf(tutor.TutorId!.Value, provider);

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        base.ConfigureWebHost(builder);
        builder.ConfigureLogging(logging => logging.ClearProviders().SetMinimumLevel(LogLevel.Trace).AddFilter<Listening>(_ => true).AddProvider(new Listening(Logged)));
    }

    private sealed class Listening(ConcurrentQueue<string> heard) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            heard.Enqueue($"{formatter(state, exception)} {exception}");

        public void Dispose()
        {
        }
    }
}

/// <summary>A tutor's browser on its way through a provider's consent.</summary>
internal sealed class Consent(ConnectServer server, string authorizeUrl, string cookie)
{
    /// <summary>As name=value, as the browser sends it.</summary>
    public string Cookie { get; } = cookie;

    public IReadOnlyDictionary<string, string> Asked { get; } =
        QueryHelpers.ParseQuery(new Uri(authorizeUrl).Query).ToDictionary(pair => pair.Key, pair => pair.Value.ToString());

    public static async Task<Consent> Begin(ConnectServer server, SignedIn tutor, string provider)
    {
        var answer = await tutor.Http.PostAsync(ConnectServer.PathOf(tutor, provider), null);
        Assert.True(answer.StatusCode == HttpStatusCode.Created, await answer.Content.ReadAsStringAsync());
        var set = Assert.Single(answer.Headers.GetValues("Set-Cookie"));
        foreach (var mark in new[] { "httponly", "secure", "samesite=lax", "path=/v1/connections/callback" })
            Assert.Contains(mark, set, StringComparison.OrdinalIgnoreCase);
        return new Consent(server, (await answer.Json()).GetProperty("authorizeUrl").GetString()!, set[..set.IndexOf(';')]);
    }

    /// <summary>Presses "allow" or "deny"; gives the address to which the provider sends the browser.</summary>
    public async Task<string> Answer(string answer)
    {
        using var http = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false });
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(authorizeUrl)).StatusCode);
        var sent = await http.PostAsync(authorizeUrl, new FormUrlEncodedContent(new Dictionary<string, string> { ["answer"] = answer }));
        Assert.Equal(HttpStatusCode.Found, sent.StatusCode);
        return sent.Headers.Location!.PathAndQuery;
    }

    /// <summary>The browser comes back; gives the page to which Muse sends it.</summary>
    public async Task<string> Return(string address, string? cookie = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, address);
        if ((cookie ?? Cookie).Length > 0)
            request.Headers.Add("Cookie", cookie ?? Cookie);
        var answer = await server.Anyone().SendAsync(request);
        Assert.Equal(HttpStatusCode.Found, answer.StatusCode);
        return answer.Headers.Location!.OriginalString;
    }
}
