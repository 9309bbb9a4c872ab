using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using Muse.Api.Meetings;
using Muse.Given;

namespace Muse.Api.Tests.Meetings;

public sealed class ForgedWebhooksTests(TheHookedServer server) : IClassFixture<TheHookedServer>
{
    [Theory]
    [InlineData("jaas", "/v1/webhooks/jaas", HttpStatusCode.Unauthorized)]
    [InlineData("jitsi", "/v1/webhooks/jitsi/events/room/created", HttpStatusCode.Unauthorized)]
    [InlineData("google-meet", "/v1/webhooks/google-calendar", HttpStatusCode.NotFound)]
    [InlineData("zoom", "/v1/webhooks/zoom", HttpStatusCode.Unauthorized)]
    public async Task Whatever_they_claim_to_be_of_the_log_says_so_once_and_repeats_no_secret(string provider, string path, HttpStatusCode status)
    {
        for (var time = 0; time < 2; time++)
        {
            using var forged = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent("{}") };
            forged.Headers.TryAddWithoutValidation("Authorization", "Bearer a-guess-of-a-secret");
            foreach (var (name, value) in new[]
            {
                ("Channel-ID", $"{Guid.NewGuid()}"), ("Resource-ID", "r"), ("Resource-State", "exists"), ("Channel-Token", "a-guess-of-a-secret"), ("Message-Number", "2"),
            })
                forged.Headers.TryAddWithoutValidation($"X-Goog-{name}", value);
            Assert.Equal(status, (await server.Anyone().SendAsync(forged, TestContext.Current.CancellationToken)).StatusCode);
        }

        Assert.Equal(
            [$"1 webhooks that claim to be of {provider} had no good signature or token"],
            server.Logged.Where(line => line.Contains($"claim to be of {provider} ", StringComparison.Ordinal)));
        Assert.DoesNotContain(server.Logged, line => line.Contains("a-guess-of-a-secret", StringComparison.Ordinal) || line.Contains(TheHookedServer.Secret, StringComparison.Ordinal));
    }

    [Fact]
    public void A_flood_of_forged_webhooks_is_one_line_a_minute_that_counts_them()
    {
        var (time, log) = (new ManualTime(DateTimeOffset.UnixEpoch), new Lines());
        var forged = new ForgedWebhooks(time, log);
        for (var number = 0; number < 1_000; number++) forged.Note("zoom");
        Assert.StartsWith("1 webhooks", Assert.Single(log.Written), StringComparison.Ordinal);

        time.Advance(TimeSpan.FromMinutes(1));
        for (var number = 0; number < 1_000; number++) forged.Note("zoom");
        Assert.Equal(2, log.Written.Count);
        Assert.StartsWith("1000 webhooks", log.Written[1], StringComparison.Ordinal);
    }

    private sealed class Lines : ILogger<ForgedWebhooks>
    {
        public List<string> Written { get; } = [];

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Written.Add(formatter(state, exception));
    }
}

/// <summary>A server that takes everybody's webhooks, and what it logs.</summary>
public sealed class TheHookedServer : TheServer
{
    public const string Secret = "the-secret-of-every-webhook";

    public TheHookedServer()
    {
        foreach (var setting in (string[])["Jitsi:EventSyncToken", "Jitsi:JaasWebhookSecret", "Zoom:WebhookSecrets:0"])
            With($"Meetings:{setting}", Secret);
    }

    public ConcurrentQueue<string> Logged { get; } = new();

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        base.ConfigureWebHost(builder);
        builder.ConfigureLogging(logging => logging.AddProvider(new Listening(Logged)));
    }

    private sealed class Listening(ConcurrentQueue<string> heard) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            heard.Enqueue(formatter(state, exception));

        public void Dispose()
        {
        }
    }
}
