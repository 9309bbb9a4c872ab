using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Http;
using Muse.Adapters.Postgres;
using Npgsql;

namespace Muse.Api.Tests.Meetings.Providers;

/// <summary>A server that dies in the middle of whatever it does, and is started again on the same data.</summary>
public interface IMortalServer : IAsyncDisposable
{
    Task StartAsync();

    /// <summary>From one moment to the next: nothing is finished, given back or said.</summary>
    Task KillAsync();

    /// <summary>Since <see cref="KillAsync"/> was called, until it is started again.</summary>
    bool IsDead { get; }

    /// <summary>A client of the server that runs now.</summary>
    HttpClient Http { get; }

    /// <summary>Where providers' webhooks go; it stays through all deaths.</summary>
    string Origin { get; }

    /// <summary>The way of providers' webhooks to the server that runs now; an <see cref="HttpRequestException"/> when none does.</summary>
    HttpMessageHandler Way { get; }
}

/// <summary>
/// In this process. At the death every connection to the database is closed and every call to the outside is cut off and none is made any
/// more, so whatever still runs reaches nobody: what a kill -9 leaves behind, without the start of a process.
/// </summary>
public sealed class ServerInProcess(string database, IReadOnlyDictionary<string, string> settings, ShiftedTime time) : IMortalServer
{
    private Life? _life;

    public HttpClient Http { get; private set; } = null!;

    public bool IsDead => _life is null;

    public string Origin => "http://localhost";

    public HttpMessageHandler Way => new ToTheLiving(this);

    public Task StartAsync()
    {
        _life = new Life(database, settings, time);
        Http = _life.CreateClient(new WebApplicationFactoryClientOptions { AllowAutoRedirect = false, HandleCookies = false });
        return Task.CompletedTask;
    }

    public async Task KillAsync()
    {
        if (_life is not { } life) return;
        _life = null;
        Http.Dispose();
        await life.EndAsync();
    }

    public async ValueTask DisposeAsync() => await KillAsync();

    private sealed class ToTheLiving(ServerInProcess server) : HttpMessageHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken ct)
        {
            if (server._life is not { } life) throw new HttpRequestException("Nobody is there.");
            try
            {
                using var border = new HttpMessageInvoker(life.Server.CreateHandler());
                return await border.SendAsync(request, ct);
            }
            catch (Exception death) when (server._life != life)
            {
                throw new HttpRequestException("The connection broke.", death);
            }
        }
    }

    private sealed class Life(string database, IReadOnlyDictionary<string, string> settings, ShiftedTime time) : WebApplicationFactory<Program>
    {
        private readonly CancellationTokenSource _dead = new();
        private readonly NpgsqlDataSource _source = Wiring.OpenSource(database);

        public async Task EndAsync()
        {
            await _dead.CancelAsync();
            await _source.DisposeAsync();
            await base.DisposeAsync();
            _dead.Dispose();
        }

        protected override void ConfigureWebHost(IWebHostBuilder builder)
        {
            builder.UseEnvironment("Testing");
            builder.UseSetting("ConnectionStrings:Muse", database);
            foreach (var (name, value) in settings) builder.UseSetting(name, value);
            builder.ConfigureServices(services => services
                .Replace(ServiceDescriptor.Singleton(_source))
                .AddSingleton<TimeProvider>(time)
                .AddSingleton<IHttpMessageHandlerBuilderFilter>(new Lifelines(_dead.Token)));
        }
    }

    private sealed class Lifelines(CancellationToken dead) : IHttpMessageHandlerBuilderFilter
    {
        public Action<HttpMessageHandlerBuilder> Configure(Action<HttpMessageHandlerBuilder> next) => builder =>
        {
            next(builder);
            builder.AdditionalHandlers.Insert(0, new Lifeline(dead));
        };
    }

    private sealed class Lifeline(CancellationToken dead) : DelegatingHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken ct)
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(dead, ct);
            return await base.SendAsync(request, either.Token);
        }
    }
}

/// <summary>As a process of its own, ended by kill -9.</summary>
public sealed class ServerAsProcess(string database, IReadOnlyDictionary<string, string> settings) : IMortalServer
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly string _port = FreePort(SocketType.Stream);
    private readonly string _mediaPort = FreePort(SocketType.Dgram);
    private Process? _process;
    private string _setupToken = "";

    public HttpClient Http { get; private set; } = null!;

    public bool IsDead => _process is null;

    public string Origin => $"http://localhost:{_port}";

    public HttpMessageHandler Way => new SocketsHttpHandler { AllowAutoRedirect = false };

    public Task StartAsync() => StartAsync(link: false);

    /// <summary>For the first start: until the link of whoever becomes the administrator is printed.</summary>
    public async Task<string> StartFirstAsync()
    {
        await StartAsync(link: true);
        return _setupToken;
    }

    private async Task StartAsync(bool link)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Muse.Api.dll")])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = AppContext.BaseDirectory,
        };
        foreach (var (name, value) in settings) start.Environment[name.Replace(":", "__", StringComparison.Ordinal)] = value;
        start.Environment["ConnectionStrings__Muse"] = database;
        start.Environment["MUSE_HTTP_PORT"] = _port;
        start.Environment["MUSE_MEDIA_PORT"] = _mediaPort;
        _process = Process.Start(start)!;
        var printed = "";
        // The link stands below, for as long as nobody is the administrator.
        while (!printed.Contains(link ? "/setup#" : "Muse is running", StringComparison.Ordinal))
        {
            var line = await _process.StandardOutput.ReadLineAsync().WaitAsync(Patience);
            if (line is null) Assert.Fail($"the server ended: {printed}{await _process.StandardError.ReadToEndAsync()}");
            printed += line + "\n";
        }
        if (link) _setupToken = printed[(printed.IndexOf('#') + 1)..].Trim();
        _ = _process.StandardOutput.ReadToEndAsync();
        _ = _process.StandardError.ReadToEndAsync();
        Http = new HttpClient { BaseAddress = new Uri($"http://localhost:{_port}") };
    }

    public async Task KillAsync()
    {
        if (_process is not { } process) return;
        _process = null;
        Http.Dispose();
        process.Kill();
        await process.WaitForExitAsync().WaitAsync(Patience);
        process.Dispose();
    }

    public async ValueTask DisposeAsync() => await KillAsync();

    private static string FreePort(SocketType type)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, type, ProtocolType.Unspecified);
        socket.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0));
        return ((System.Net.IPEndPoint)socket.LocalEndPoint!).Port.ToString(CultureInfo.InvariantCulture);
    }
}
