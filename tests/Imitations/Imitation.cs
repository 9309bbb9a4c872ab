using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Muse.Imitations.Trying;

namespace Muse.Imitations;

/// <summary>One request as it arrived.</summary>
public sealed record SeenRequest(string Method, string Path, string Query, string Body, IReadOnlyDictionary<string, string> Headers, DateTimeOffset At);

/// <summary>
/// A provider's HTTP border on this machine: a small server with state, validation and the provider's own errors. Faults strike before the
/// provider's own rules do.
/// </summary>
public abstract class Imitation : IAsyncDisposable
{
    private readonly ConcurrentQueue<SeenRequest> _seen = new();
    private WebApplication? _app;

    public ImitationClock Clock { get; } = new();

    public Faults Faults { get; } = new();

    /// <summary>Added to every answer.</summary>
    public TimeSpan Latency { get; set; }

    /// <summary>Without a slash at the end.</summary>
    public string Address { get; private set; } = "";

    /// <summary>What people call the provider.</summary>
    public virtual string Title => GetType().Name;

    /// <summary>Where Muse's configuration of this provider begins, such as <c>Meetings:Zoom</c>; null when it has none.</summary>
    public virtual string? Section => null;

    /// <summary>What people who try it have to know beside the list of meetings, or null.</summary>
    public virtual string? Note => null;

    /// <summary>What a tutor types into Muse to connect an account here, by the names of Muse's form; empty where a consent page does that.</summary>
    public virtual IReadOnlyList<(string Name, string Value)> Keys => [];

    /// <summary>Accounts whose people let Muse use them, by what they are called.</summary>
    public virtual IReadOnlyList<string> AllowedAccounts => [];

    /// <summary>The person takes the consent back in the account itself; nobody tells Muse.</summary>
    /// <param name="account">Of <see cref="AllowedAccounts"/>.</param>
    public virtual void TakeBack(string account) => throw new NotSupportedException($"{Title} asks nobody for consent.");

    /// <summary>What became of its meetings; null where nobody reads it.</summary>
    public Story? Story { get; set; }

    /// <summary>While true every request is answered as by a provider that is down.</summary>
    public bool Down { get; set; }

    /// <summary>Origin of the Muse that gets the webhooks, without a slash at the end; null when nobody does.</summary>
    public string? MuseOrigin { get; set; }

    /// <summary>
    /// Muse's configuration (names with colons) with which it takes this imitation for the provider: addresses, the school's account, the
    /// client of tutors' own accounts, webhook secrets. Secrets are made at random by each imitation.
    /// </summary>
    public virtual IReadOnlyDictionary<string, string> Settings => new Dictionary<string, string>();

    /// <summary>How its webhooks travel.</summary>
    public Deliveries Webhooks { get; } = new();

    /// <summary>The meetings it holds now: what a test counts, and what a person sees who tries Muse without an account.</summary>
    public virtual IReadOnlyList<HeldMeeting> Held => [];

    /// <summary>What <see cref="MakeHappen"/> can do here.</summary>
    public virtual IReadOnlyCollection<Happening> Happenings => [];

    /// <param name="reference">Of <see cref="Held"/>.</param>
    /// <param name="guest">Who joins or leaves.</param>
    /// <returns>Once the webhooks about it are answered.</returns>
    public virtual Task MakeHappen(string reference, Happening what, string? guest) =>
        throw new NotSupportedException($"{Title} knows no {what}.");

    /// <summary>The latest requests, oldest first.</summary>
    public IReadOnlyCollection<SeenRequest> Seen => _seen;

    /// <param name="port">0 chooses a free one.</param>
    public async Task StartAsync(int port = 0)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        // Whoever starts it says in one line that a port is taken.
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
        _app = builder.Build();
        _app.Use(Strike);
        _app.Use(async (http, next) =>
        {
            await next(http);
            Story?.Look(Held, Clock.GetUtcNow());
        });
        Map(_app);
        await _app.StartAsync();
        Address = _app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.First();
    }

    public virtual async ValueTask DisposeAsync()
    {
        if (_app is not null)
        {
            using var now = new CancellationTokenSource(TimeSpan.Zero);
            await _app.StopAsync(now.Token);
            await _app.DisposeAsync();
        }
        Webhooks.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>How many requests it keeps.</summary>
    protected virtual int MostSeen => 10_000;

    protected abstract void Map(WebApplication app);

    /// <summary>Writes the provider's own answer for 401, 429 (with or without a time to wait), 500 and 502.</summary>
    protected abstract Task Refuse(HttpContext http, Fault fault);

    private async Task Strike(HttpContext http, RequestDelegate next)
    {
        http.Request.EnableBuffering();
        using (var reader = new StreamReader(http.Request.Body, leaveOpen: true))
        {
            var body = await reader.ReadToEndAsync(http.RequestAborted);
            http.Request.Body.Position = 0;
            _seen.Enqueue(new SeenRequest(http.Request.Method, http.Request.Path, http.Request.QueryString.Value ?? "", body,
                http.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase), Clock.GetUtcNow()));
        }
        while (_seen.Count > MostSeen) _seen.TryDequeue(out _);
        if (Latency > TimeSpan.Zero) await Task.Delay(Latency, http.RequestAborted);
        switch (Down ? Fault.BadGateway : Faults.Take(http.Request))
        {
            case null:
                await next(http);
                break;
            case Fault.BrokenBefore:
                http.Abort();
                break;
            case Fault.BrokenAfter:
                await Aside(http, next);
                http.Abort();
                break;
            case Fault.SilentBefore:
                await Silence(http);
                break;
            case Fault.SilentAfter:
                await Aside(http, next);
                await Silence(http);
                break;
            case Fault.SlowBody:
                await Slowly(http, await Aside(http, next));
                break;
            case Fault.BrokenJson:
                var answer = await Aside(http, next);
                // An answer without a body cannot carry a broken one.
                if (http.Response.StatusCode == StatusCodes.Status204NoContent) http.Response.StatusCode = StatusCodes.Status200OK;
                await http.Response.Body.WriteAsync(answer.Length == 0 ? "{\"id\": "u8.ToArray() : answer.AsMemory(0, answer.Length / 2));
                break;
            case Fault.Redirect:
                http.Response.StatusCode = StatusCodes.Status307TemporaryRedirect;
                http.Response.Headers.Location = Address + http.Request.Path + http.Request.QueryString;
                break;
            case { } refused:
                await Refuse(http, refused);
                break;
        }
    }

    /// <summary>Lets the request take effect and keeps its answer back.</summary>
    private static async Task<byte[]> Aside(HttpContext http, RequestDelegate next)
    {
        var wire = http.Response.Body;
        using var kept = new MemoryStream();
        http.Response.Body = kept;
        await next(http);
        await http.Response.BodyWriter.FlushAsync();
        http.Response.Body = wire;
        http.Response.ContentLength = null;
        return kept.ToArray();
    }

    private static async Task Silence(HttpContext http)
    {
        try
        {
            await Task.Delay(TimeSpan.FromMinutes(5), http.RequestAborted);
        }
        catch (OperationCanceledException)
        {
            // The caller gave up, as it should.
        }
        http.Abort();
    }

    private static async Task Slowly(HttpContext http, byte[] answer)
    {
        const int step = 64;
        for (var at = 0; at < answer.Length; at += step)
        {
            await http.Response.Body.WriteAsync(answer.AsMemory(at, Math.Min(step, answer.Length - at)));
            await http.Response.Body.FlushAsync();
            await Task.Delay(20);
        }
    }
}
