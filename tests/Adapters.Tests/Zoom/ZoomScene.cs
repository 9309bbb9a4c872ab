using System.Collections.Concurrent;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Muse.Adapters.Zoom;
using Muse.Domain.Lessons;
using Muse.Domain.Meetings;
using Muse.Given;
using Muse.Imitations.Zoom;
using NodaTime;

namespace Muse.Adapters.Tests.Zoom;

/// <summary>A Muse's Zoom adapter with a database of its own, in front of an imitated Zoom. Their clocks show the same time.</summary>
public sealed class ZoomScene : IAsyncDisposable
{
    private readonly List<ServiceProvider> _servers = [];
    private readonly Database _database;
    private readonly Dictionary<string, string?> _settings;

    private ZoomScene(Database database, ZoomImitation zoom, Dictionary<string, string?> settings)
    {
        (_database, Zoom, _settings) = (database, zoom, settings);
        Time = new HurriedTime(zoom.Clock.GetUtcNow()) { Waited = zoom.Clock.Advance };
        Meetings = Server();
    }

    public ZoomImitation Zoom { get; }

    public HurriedTime Time { get; }

    public ZoomMeetings Meetings { get; }

    public Accounts Own { get; } = new();

    public ConcurrentQueue<(LogLevel Level, string Text)> Log { get; } = new();

    public static readonly Guid Tutor = Guid.Parse("0198c000-0000-7000-8000-000000000001");

    public static async Task<ZoomScene> OpenAsync(Action<Dictionary<string, string?>>? change = null)
    {
        var zoom = new ZoomImitation { LimitsPerSecond = false };
        // Noon: nothing happens around midnight by accident.
        var now = zoom.Clock.GetUtcNow();
        zoom.Clock.Advance(now.Date.AddDays(1).AddHours(12) - now.UtcDateTime);
        await zoom.StartAsync();
        var settings = zoom.Settings.ToDictionary(s => s.Key, s => (string?)s.Value);
        change?.Invoke(settings);
        return new ZoomScene(await Database.FreshAsync(), zoom, settings);
    }

    /// <summary>Another server on the same database: its memory is empty.</summary>
    public ZoomMeetings Server() => Services().GetRequiredService<ZoomMeetings>();

    public ServiceProvider Services()
    {
        var services = new ServiceCollection();
        services.AddSingleton(_database.Source);
        services.AddSingleton<TimeProvider>(Time);
        services.AddSingleton<IProviderAccounts>(Own);
        services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Debug).AddProvider(new Notes(Log)));
        services.AddZoom(new ConfigurationBuilder().AddInMemoryCollection(_settings).Build());
        var provider = services.BuildServiceProvider();
        _servers.Add(provider);
        return provider;
    }

    public Database Database => _database;

    /// <summary>Both clocks.</summary>
    public void Advance(TimeSpan by)
    {
        Time.Advance(by);
        Zoom.Clock.Advance(by);
    }

    public MeetingOrder Order(Guid? lessonId = null, int days = 7, int minutes = 45)
    {
        var id = lessonId ?? Guid.CreateVersion7();
        var noon = Instant.FromDateTimeOffset(Time.GetUtcNow()).InUtc().Date.PlusDays(days).At(new LocalTime(8, 0)).InUtc().ToInstant();
        return new MeetingOrder(id, Tutor, "tutor@muse.example", "Muse lesson", noon, minutes, "Asia/Seoul", $"https://muse.example/lessons/{id}");
    }

    public int Count(string method, string path = "") =>
        Zoom.Seen.Count(s => s.Method == method && s.Path.Contains(path, StringComparison.Ordinal));

    /// <summary>Until the imitation has seen that many requests of this kind.</summary>
    public async Task Seen(string method, string path, int count)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (Count(method, path) < count) await Task.Delay(5, patience.Token);
    }

    public static MeetingGuest Guest(Part part, string name = "지우 Al-Mansoori") => new(Guid.CreateVersion7(), part, name, "ko", null);

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers) await server.DisposeAsync();
        await Zoom.DisposeAsync();
        await _database.DisposeAsync();
    }

    /// <summary>Stands in for the store of tutors' own accounts, which lives in another project.</summary>
    public sealed class Accounts : IProviderAccounts
    {
        public ConcurrentDictionary<Guid, AccountAccess> Held { get; } = new();

        public ConcurrentQueue<string?> Refused { get; } = new();

        public Func<Guid, string?, AccountAccess>? Renew { get; set; }

        public Task<AccountAccess> Access(Guid tutorId, string provider, string? refused, CancellationToken ct)
        {
            if (refused is not null)
            {
                Refused.Enqueue(refused);
                if (Renew is not null) Held[tutorId] = Renew(tutorId, refused);
            }
            return Task.FromResult(Held.GetValueOrDefault(tutorId, AccountAccess.None));
        }

        public Task<bool> HasLive(Guid tutorId, string provider, CancellationToken ct) =>
            Task.FromResult(Held.TryGetValue(tutorId, out var held) && !held.Dead);
    }

    private sealed class Notes(ConcurrentQueue<(LogLevel, string)> log) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            log.Enqueue((logLevel, formatter(state, exception)));

        public void Dispose()
        {
        }
    }
}
