using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json;
using Muse.Adapters.Postgres;
using Muse.Domain.Lessons;
using NodaTime;
using Npgsql;

namespace Muse.Bench.Webhooks;

/// <summary>The embedded PostgreSQL with durable commits and the server as <c>./muse up</c> runs it; lessons are booked by writing their events.</summary>
internal sealed class PostingServer : IAsyncDisposable
{
    /// <summary>Endpoints of one integrator at most.</summary>
    private const int OfOne = 20;
    private const string Password = "mokgeum hana dul";

    private readonly string _folder = Directory.CreateTempSubdirectory("muse-bench-webhooks-").FullName;
    private readonly List<(string Token, Guid Id)> _endpoints = [];
    private EmbeddedPostgres _embedded = null!;
    private NpgsqlDataSource _source = null!;
    private EventStore _store = null!;
    private Process _process = null!;
    private HttpClient _http = null!;
    private int _lessons;

    public static async Task<PostingServer> OpenAsync()
    {
        var server = new PostingServer();
        // The database's own user must get through the folder.
        File.SetUnixFileMode(server._folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        server._embedded = await EmbeddedPostgres.StartAsync(new EmbeddedPostgresOptions(Path.Combine(server._folder, "database")));
        server._source = Wiring.OpenSource(server._embedded.ConnectionString);
        await Migrations.Apply(server._source);
        server._store = new EventStore(server._source, EventNames.Muse, [], TimeProvider.System);
        await server.StartAsync();
        return server;
    }

    /// <summary>Endpoints of which some hear of booked lessons; of those one is dead and one is slow. The rest hear of what does not happen.</summary>
    /// <returns>How many hear and answer at once.</returns>
    public async Task<int> ListenAsync(string url, int count, int hear)
    {
        var token = "";
        for (var i = 0; i < count; i++)
        {
            if (i % OfOne == 0) token = await IntegratorAsync();
            var path = i switch { 0 => "/dead", 1 => "/slow", _ => $"/{i}" };
            using var make = new HttpRequestMessage(HttpMethod.Post, "/v1/webhooks/endpoints")
            {
                Content = JsonContent.Create(new { url = url + path, types = new[] { i < hear ? "lesson.booked" : "recording.deleted" } }),
                Headers = { Authorization = new AuthenticationHeaderValue("Bearer", token) },
            };
            _endpoints.Add((token, (await Sent(make)).GetProperty("id").GetGuid()));
        }
        return hear - 2;
    }

    /// <summary>Takes all endpoints away, with what is still to be sent.</summary>
    public async Task SilenceAsync()
    {
        foreach (var (token, id) in _endpoints)
        {
            using var get = new HttpRequestMessage(HttpMethod.Get, $"/v1/webhooks/endpoints/{id}") { Headers = { Authorization = new AuthenticationHeaderValue("Bearer", token) } };
            using var found = await _http.SendAsync(get);
            using var remove = new HttpRequestMessage(HttpMethod.Delete, $"/v1/webhooks/endpoints/{id}") { Headers = { Authorization = get.Headers.Authorization } };
            remove.Headers.IfMatch.Add(found.Headers.ETag!);
            using var removed = await _http.SendAsync(remove);
            removed.EnsureSuccessStatusCode();
        }
        _endpoints.Clear();
    }

    /// <summary>One durable event.</summary>
    public async Task BookAsync(Guid lesson)
    {
        var start = Instant.FromUtc(2030, 1, 1, 0, 0) + Duration.FromHours(_lessons++);
        var time = new PlannedTime(start.InUtc().LocalDateTime, "UTC", "2026f", start, 60);
        await using var session = _store.OpenSession();
        session.StartStream<Lesson>(lesson,
            new LessonScheduled(lesson, Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7(), time, $"/lessons/{lesson}", null, Who.Clock, start));
        await session.SaveChangesAsync();
    }

    public async Task<TimeSpan> CpuWhile(Func<Task> what)
    {
        _process.Refresh();
        var before = _process.TotalProcessorTime;
        await what();
        _process.Refresh();
        return _process.TotalProcessorTime - before;
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        await _source.DisposeAsync();
        await _embedded.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task StartAsync()
    {
        var port = FreePort();
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Muse.Api.dll")]) { RedirectStandardOutput = true };
        start.Environment["ConnectionStrings__Muse"] = _embedded.ConnectionString;
        start.Environment["Outgoing__AllowLoopback"] = "true";
        start.Environment["Limits__Requests__Burst"] = "1000000";
        start.Environment["MUSE_DATA"] = Path.Combine(_folder, "data");
        start.Environment["MUSE_HTTP_PORT"] = $"{port}";
        start.Environment["MUSE_MEDIA_PORT"] = "0";
        start.Environment["Logging__LogLevel__Default"] = "Warning";
        _http = new HttpClient { BaseAddress = new Uri($"http://localhost:{port}") };
        _process = Process.Start(start)!;
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (!line.Contains("Muse is running", StringComparison.Ordinal)) continue;
            _ = _process.StandardOutput.ReadToEndAsync();
            return;
        }
        throw new InvalidOperationException("The server ended at its start.");
    }

    /// <returns>An access token.</returns>
    private async Task<string> IntegratorAsync()
    {
        var email = $"{Guid.NewGuid():n}@example.org";
        using var account = new HttpRequestMessage(HttpMethod.Post, "/v1/accounts")
        {
            Content = JsonContent.Create(new
            {
                email,
                password = Password,
                displayName = "Bench",
                roles = new[] { "guardian" },
                country = "KR",
                timeZone = "Asia/Seoul",
                locale = "en-GB",
            }),
        };
        var id = (await Sent(account)).GetProperty("id").GetGuid();
        await using var make = _source.Command("update accounts set is_integrator = true where account_id = $1", id);
        await make.ExecuteNonQueryAsync();
        using var token = new HttpRequestMessage(HttpMethod.Post, "/v1/tokens") { Content = JsonContent.Create(new { email, password = Password }) };
        return (await Sent(token)).GetProperty("accessToken").GetString()!;
    }

    private async Task<JsonElement> Sent(HttpRequestMessage request)
    {
        using var answer = await _http.SendAsync(request);
        return answer.IsSuccessStatusCode
            ? await answer.Content.ReadFromJsonAsync<JsonElement>()
            : throw new InvalidOperationException($"{request.Method} {request.RequestUri}: {await answer.Content.ReadAsStringAsync()}");
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
