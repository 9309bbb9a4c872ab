using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Muse.Adapters.Postgres;
using Muse.Api.Meetings;
using Muse.Domain.Lessons;
using Muse.Domain.Meetings;
using Muse.Imitations;
using NodaTime;
using Npgsql;

namespace Muse.Bench.Arrange;

/// <summary>
/// The embedded PostgreSQL with durable commits and the server as <c>./muse up</c> runs it. Lessons and their errands are written to the
/// database, due later, and then made due all at once, so that nothing but arranging is measured.
/// </summary>
internal sealed class MuseProcess : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("muse-bench-arrange-").FullName;
    private readonly Imitation _provider;
    private EmbeddedPostgres _embedded = null!;
    private NpgsqlDataSource _source = null!;
    private Running _process = null!;
    private Guid _tutor, _student;
    private int _lessons;

    private MuseProcess(Imitation provider) => _provider = provider;

    public static async Task<MuseProcess> OpenAsync(Imitation provider)
    {
        var muse = new MuseProcess(provider);
        // The database's own user must get through the folder.
        File.SetUnixFileMode(muse._folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        muse._embedded = await EmbeddedPostgres.StartAsync(new EmbeddedPostgresOptions(Path.Combine(muse._folder, "database")));
        muse._source = Wiring.OpenSource(muse._embedded.ConnectionString);
        await Migrations.Apply(muse._source);
        Console.WriteLine($"arrange: PostgreSQL {await muse.ScalarAsync<string>("show server_version")}, fsync {await muse.ScalarAsync<string>("show fsync")}, " +
            $"{ErrandRunner.AtOnce} errands at once, {Environment.ProcessorCount} processors");
        muse._process = await muse.StartAsync();
        using var http = new HttpClient { BaseAddress = new Uri($"http://localhost:{muse._process.Port}") };
        muse._tutor = await SignUpAsync(http, "tutor");
        muse._student = await SignUpAsync(http, "student");
        return muse;
    }

    /// <returns>Seconds from the first event of a meeting to the last.</returns>
    public async Task<double> ArrangeAsync(int count)
    {
        var store = new EventStore(_source, EventNames.Muse, [], TimeProvider.System);
        var now = Instant.FromDateTimeOffset(TimeProvider.System.GetUtcNow());
        var since = await ScalarAsync<long>("select coalesce(max(seq_id), 0) from mt_events");
        for (var i = 0; i < count; i++)
        {
            var id = Guid.CreateVersion7();
            var start = Instant.FromUnixTimeSeconds(now.ToUnixTimeSeconds() / 3600 * 3600) + Duration.FromHours(48 + _lessons++);
            var time = new PlannedTime(start.InUtc().LocalDateTime, "Etc/UTC", "2026f", start, 60);
            await using var session = store.OpenSession();
            session.StartStream<Lesson>(id, [.. Lesson.Schedule(
                null, id, Guid.CreateVersion7(), _tutor, _student, time, $"https://muse.example/lessons/{id}", ProviderPolicy.Zoom, Who.Clock, now).Events]);
            session.Schedule(ArrangeMeeting.ErrandKind, new MeetingErrand(id), id, now + Duration.FromDays(1));
            await session.SaveChangesAsync();
        }
        // From when they were due: the first answers take as long as all others, and were once not counted.
        var begun = await ScalarAsync<double>("with due as (update errands set due_at = clock_timestamp() where done_at is null returning due_at) select extract(epoch from min(due_at))::float8 from due");
        var watch = Stopwatch.StartNew();
        while (await ScalarAsync<long>($"select count(*) from mt_events where type = 'meeting_arranged' and seq_id > {since}") < count)
        {
            if (watch.Elapsed > TimeSpan.FromMinutes(2))
                throw new InvalidOperationException("Meetings are missing: " + await ScalarAsync<string>("select coalesce(max(kind || ' ' || last_error), 'no error') from errands where last_error is not null"));
            await Task.Delay(20);
        }
        return await ScalarAsync<double>($"select extract(epoch from max(timestamp))::float8 from mt_events where type = 'meeting_arranged' and seq_id > {since}") - begun;
    }

    public async ValueTask DisposeAsync()
    {
        _process.Dispose();
        await _source.DisposeAsync();
        await _embedded.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task<T> ScalarAsync<T>(string sql)
    {
        await using var command = _source.Command(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    private async Task<Running> StartAsync()
    {
        var port = FreePort();
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Muse.Api.dll")]) { RedirectStandardOutput = true };
        foreach (var (name, value) in _provider.Settings) start.Environment[name.Replace(":", "__", StringComparison.Ordinal)] = value;
        start.Environment["Meetings__Zoom__WritesPerDay"] = "1000000000";
        start.Environment["ConnectionStrings__Muse"] = _embedded.ConnectionString;
        start.Environment["MUSE_DATA"] = Path.Combine(_folder, "data");
        start.Environment["MUSE_HTTP_PORT"] = $"{port}";
        start.Environment["MUSE_MEDIA_PORT"] = "0";
        start.Environment["Logging__LogLevel__Default"] = "Warning";
        var process = Process.Start(start)!;
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (!line.Contains("Muse is running", StringComparison.Ordinal)) continue;
            _ = process.StandardOutput.ReadToEndAsync();
            return new Running(process, port);
        }
        throw new InvalidOperationException("The server ended at its start.");
    }

    private static async Task<Guid> SignUpAsync(HttpClient http, string role)
    {
        using var answer = await http.PostAsJsonAsync("/v1/accounts", new
        {
            email = $"{role}@example.org",
            password = "mokgeum hana dul",
            displayName = "Bench",
            roles = new[] { role },
            country = "KR",
            timeZone = "Asia/Seoul",
            locale = "en-GB",
        });
        answer.EnsureSuccessStatusCode();
        return (await answer.Content.ReadFromJsonAsync<System.Text.Json.JsonElement>()).GetProperty($"{role}Id").GetGuid();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private sealed record Running(Process Process, int Port) : IDisposable
    {
        public void Dispose()
        {
            Process.Kill();
            Process.WaitForExit();
            Process.Dispose();
        }
    }
}
