using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using Muse.Api.Tests.Bookings;
using Muse.Given;
using Muse.Imitations.OAuth;

namespace Muse.Api.Tests.Meetings.Providers;

/// <summary>The imitations as <c>./muse up --imitations</c> starts them: a child of the process that becomes the server.</summary>
public sealed class ImitationsProcessTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _folder = Directory.CreateTempSubdirectory("muse-imitations-").FullName;
    private readonly int _port = FreePorts();
    private Process? _parent;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("KILL")]
    [InlineData("TERM")]
    public async Task They_end_with_the_process_that_started_them_however_it_ends(string signal)
    {
        await StartAsync();
        Assert.True(Answers(_port));
        Assert.Single(Keys);
        using var kill = Process.Start("kill", ["-s", signal, _parent!.Id.ToString(CultureInfo.InvariantCulture)]);
        await UntilAsync(() => !Answers(_port), "the imitations outlived their server");
        await UntilAsync(() => !Keys.Any(), "the imitations left a private key behind");
    }

    [Fact]
    public async Task A_real_server_takes_their_settings_and_they_end_with_it_after_a_kill()
    {
        await using var database = await Database.FreshAsync();
        await StartAsync($"until [ -f '{Settings}' ]; do sleep 0.1; done; . '{Settings}'; exec dotnet '{Path.Combine(AppContext.BaseDirectory, "Muse.Api.dll")}'", new()
        {
            ["ConnectionStrings__Muse"] = database.ConnectionString,
            ["MUSE_HTTP_PORT"] = $"{_port + 10}",
            ["MUSE_MEDIA_PORT"] = $"{_port + 11}",
            ["MUSE_DATA"] = _folder,
        });
        await UntilAsync(() => Answers(_port + 10), "the server did not start");
        Assert.True(Answers(_port));
        _parent!.Kill();
        await UntilAsync(() => !Answers(_port), "the imitations outlived their server");
    }

    [Theory]
    [InlineData("polling")]
    [InlineData("webhooks")]
    public async Task What_the_person_has_set_goes_before_their_settings_and_who_asks_is_told_nothing(string facts)
    {
        await using var muse = new ConsentOnly(rotates: false);
        await muse.StartAsync();
        await StartAsync(environment: new()
        {
            ["MUSE_IMITATIONS_FOR"] = muse.Address,
            ["Meetings__Zoom__Facts"] = facts,
            ["Meetings__Zoom__DefaultHost"] = "host@school.example",
        });
        var said = Regex.Matches(await File.ReadAllTextAsync(Settings, Ct), "^export Meetings__Zoom__([A-Za-z0-9_]+)='(.*)'$", RegexOptions.Multiline)
            .ToDictionary(line => line.Groups[1].Value, line => line.Groups[2].Value);
        Assert.DoesNotContain("Facts", said.Keys);
        Assert.DoesNotContain("DefaultHost", said.Keys);

        await A_meeting(said);
        using var page = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{_port}") };
        var meeting = Regex.Match(await page.GetStringAsync("/held", Ct), "<code>([0-9]+)</code>").Groups[1].Value;
        using var joined = await page.PostAsync("/happen", new FormUrlEncodedContent([new("provider", "Zoom"), new("what", "JoinAsHost"), new("reference", meeting)]), Ct);
        Assert.Contains("School leaves", await joined.Content.ReadAsStringAsync(Ct), StringComparison.Ordinal);
        // Whoever made it happen on the page got an answer once Muse had been told.
        Assert.Equal(facts == "webhooks", muse.Seen.Any(request => request.Path == "/v1/webhooks/zoom"));
    }

    [Fact]
    public async Task A_taken_port_is_told_in_one_line()
    {
        await StartAsync();
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Muse.Imitations.dll")]) { RedirectStandardError = true, RedirectStandardOutput = true };
        start.Environment["MUSE_IMITATIONS_PORT"] = _port.ToString(CultureInfo.InvariantCulture);
        using var second = Process.Start(start)!;
        var (said, wrong) = (second.StandardOutput.ReadToEndAsync(Ct), second.StandardError.ReadToEndAsync(Ct));
        await second.WaitForExitAsync(Ct).WaitAsync(Patience, Ct);
        Assert.Equal(1, second.ExitCode);
        Assert.Matches("^muse: the imitations cannot listen .*MUSE_IMITATIONS_PORT[^\n]*\n$", await said + await wrong);
    }

    [Fact]
    public async Task They_say_which_settings_Muse_needs_in_a_file_for_nobody_else()
    {
        await StartAsync();
        var lines = await File.ReadAllLinesAsync(Settings, Ct);
        Assert.NotEmpty(lines);
        Assert.All(lines, line => Assert.Matches("^export Meetings__[A-Za-z0-9_]+='", line));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Settings));
    }

    [Fact]
    public async Task The_page_lists_every_provider_and_takes_one_down_only_for_itself()
    {
        await StartAsync();
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{_port}") };
        var page = await http.GetStringAsync("/", Ct);
        foreach (var provider in Imitations.Trying.Providers.All())
            Assert.Contains($"<h2>{provider.Title}</h2>", page, StringComparison.Ordinal);

        var title = Imitations.Trying.Providers.All()[0].Title;
        Assert.Equal(403, await Take(title, "http://elsewhere.example"));
        Assert.DoesNotContain("is down", await http.GetStringAsync("/held", Ct), StringComparison.Ordinal);
        Assert.Equal(200, await Take(title, http.BaseAddress.GetLeftPart(UriPartial.Authority)));
        Assert.Contains("is down", await http.GetStringAsync("/held", Ct), StringComparison.Ordinal);

        async Task<int> Take(string provider, string origin)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/down") { Content = new FormUrlEncodedContent([new("provider", provider)]) };
            request.Headers.Add("Origin", origin);
            using var answer = await http.SendAsync(request, Ct);
            return (int)answer.StatusCode;
        }
    }

    public void Dispose()
    {
        if (_parent is { HasExited: false })
        {
            _parent.Kill();
            _parent.WaitForExit();
        }
        _parent?.Dispose();
        SpinWait.SpinUntil(() => !Answers(_port) && !Keys.Any(), Patience);
        Directory.Delete(_folder, recursive: true);
    }

    private IEnumerable<string> Keys => Directory.EnumerateDirectories(_folder, "muse-jitsi-*");

    private static async Task A_meeting(Dictionary<string, string> zoom)
    {
        using var http = new HttpClient();
        using var ask = new HttpRequestMessage(HttpMethod.Post, $"{zoom["TokenUrl"]}?grant_type=account_credentials&account_id={zoom["AccountId"]}");
        ask.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{zoom["ClientId"]}:{zoom["ClientSecret"]}")));
        using var token = await http.SendAsync(ask, Ct);
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", (await token.Json()).Text("access_token"));
        using var made = await http.PostAsJsonAsync($"{zoom["ApiUrl"]}/users/host@school.example/meetings",
            new { topic = "A lesson", type = 2, start_time = "2030-01-01T10:00:00Z", duration = 60 }, Ct);
        Assert.True(made.StatusCode == HttpStatusCode.Created, await made.Content.ReadAsStringAsync(Ct));
    }

    private string Settings => Path.Combine(_folder, "settings");

    /// <param name="then">What their parent becomes.</param>
    private async Task StartAsync(string then = "exec sleep 600", Dictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo("sh", ["-c", $"MUSE_IMITATIONS_PARENT=$$ dotnet \"$1\" & {then}", "sh", Path.Combine(AppContext.BaseDirectory, "Muse.Imitations.dll")])
        {
            RedirectStandardOutput = true,
        };
        start.Environment["MUSE_IMITATIONS_PORT"] = _port.ToString(CultureInfo.InvariantCulture);
        start.Environment["MUSE_IMITATIONS_SETTINGS"] = Settings;
        start.Environment["TMPDIR"] = _folder;
        // Its sockets would come and go in that folder.
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        foreach (var (name, value) in environment ?? []) start.Environment[name] = value;
        _parent = Process.Start(start)!;
        // Nobody reads it here, and a full pipe would stop whoever writes.
        _ = _parent.StandardOutput.ReadToEndAsync(Ct);
        await UntilAsync(() => File.Exists(Settings), "the imitations did not start");
    }

    /// <summary>The first of a few that are free in a row.</summary>
    private static int FreePorts()
    {
        while (true)
        {
            var first = Random.Shared.Next(20_000, 30_000);
            if (!Enumerable.Range(first, 1 + Imitations.Trying.Providers.All().Count).Any(Answers))
                return first;
        }
    }

    private static bool Answers(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Connect("127.0.0.1", port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static async Task UntilAsync(Func<bool> holds, string otherwise)
    {
        var since = Stopwatch.StartNew();
        while (!holds())
        {
            Assert.True(since.Elapsed < Patience, otherwise);
            await Task.Delay(TimeSpan.FromMilliseconds(50), Ct);
        }
    }
}
