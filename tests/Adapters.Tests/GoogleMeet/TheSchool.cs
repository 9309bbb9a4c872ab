using System.Collections.Concurrent;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Muse.Adapters.GoogleMeet;
using Muse.Domain.Meetings;
using Muse.Domain.Recordings;
using Muse.Imitations;
using Muse.Imitations.Google;
using NodaTime;

namespace Muse.Adapters.Tests.GoogleMeet;

/// <summary>
/// A school whose service account is Google's imitation, and perhaps a tutor with an account of their own. At the end every request that was
/// sent is held to Google's discovery documents.
/// </summary>
public sealed class TheSchool : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    private readonly ConcurrentQueue<string> _warnings;

    private TheSchool(GoogleImitation google, ServiceProvider services, ConcurrentQueue<string> warnings) =>
        (Google, _services, _warnings) = (google, services, warnings);

    /// <summary>Logged so far.</summary>
    public IReadOnlyCollection<string> Warnings => _warnings;

    public GoogleImitation Google { get; }

    public IMeetingProvider Meetings => _services.GetRequiredService<IMeetingProvider>();

    public IRecordingSource Recordings => _services.GetRequiredService<IRecordingSource>();

    public GoogleCalendars Calendars => _services.GetRequiredService<GoogleCalendars>();

    public static readonly Guid Tutor = Guid.Parse("0192b1c6-8a40-7c55-9a11-7d4f7f0a3c01");

    /// <param name="change">Of the configuration; a null value takes a setting out.</param>
    /// <param name="own">Whose account the tutor has connected, or nobody's.</param>
    /// <param name="keyFile">Where the service account's key is put, instead of into the settings.</param>
    public static async Task<TheSchool> OpenAsync(
        IReadOnlyDictionary<string, string?>? change = null, string? own = null, TimeSpan clockAhead = default, string? keyFile = null)
    {
        var google = new GoogleImitation();
        await google.StartAsync();
        var settings = google.Settings.ToDictionary(pair => pair.Key, pair => (string?)pair.Value);
        foreach (var (name, value) in change ?? new Dictionary<string, string?>()) settings[name] = value;
        if (keyFile is not null)
        {
            await File.WriteAllTextAsync(keyFile, google.ServiceAccountJson);
            (settings["Meetings:GoogleMeet:ServiceAccountJson"], settings["Meetings:GoogleMeet:ServiceAccountFile"]) = (null, keyFile);
        }
        var warnings = new ConcurrentQueue<string>();
        var services = new ServiceCollection()
            .AddLogging(logging => logging.AddProvider(new Listening(warnings)))
            .AddSingleton<TimeProvider>(new Hurried(google.Clock, clockAhead));
        if (own is not null) services.AddSingleton<IProviderAccounts>(new Connected(google, own));
        services.AddGoogleMeet(new ConfigurationBuilder().AddInMemoryCollection(settings).Build());
        return new TheSchool(google, services.BuildServiceProvider(), warnings);
    }

    public MeetingOrder Order(Guid? lesson = null, int hour = 17, string zone = "Asia/Seoul", int minutes = 45)
    {
        var id = lesson ?? Guid.CreateVersion7();
        return new MeetingOrder(id, Tutor, "kim@school.example", "Muse lesson",
            Instant.FromUtc(2026, 12, 1, hour, 0) - Duration.FromHours(9), minutes, zone, $"https://muse.example/lessons/{id}");
    }

    /// <summary>Requests to Google's APIs, without those for tokens.</summary>
    public IReadOnlyList<SeenRequest> Calls => [.. Google.Seen.Where(r => r.Path is not "/token")];

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await Google.DisposeAsync();
        Assert.Empty(Google.Seen.SelectMany(request => DiscoveryCheck.Wrong(request).Select(wrong => $"{request.Method} {request.Path}: {wrong}")));
    }

    /// <summary>The imitation's clock, on which waiting takes a hundredth of the time.</summary>
    private sealed class Hurried(TimeProvider clock, TimeSpan ahead) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => clock.GetUtcNow() + ahead;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, dueTime > TimeSpan.Zero ? dueTime / 100 : dueTime, period);
    }

    private sealed class Listening(ConcurrentQueue<string> warnings) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel)) warnings.Enqueue(formatter(state, exception));
        }

        public void Dispose()
        {
        }
    }

    /// <summary>A tutor's own account: tokens as Google's imitation gives them, a new one for each that was refused.</summary>
    private sealed class Connected(GoogleImitation google, string person) : IProviderAccounts
    {
        private string _token = google.TokenOf(person);

        public Task<AccountAccess> Access(Guid tutorId, string provider, string? refused, CancellationToken ct)
        {
            if (refused == _token) _token = google.TokenOf(person);
            return Task.FromResult(tutorId == Tutor ? new AccountAccess(_token, false) : AccountAccess.None);
        }

        public Task<bool> HasLive(Guid tutorId, string provider, CancellationToken ct) => Task.FromResult(tutorId == Tutor);
    }
}
