using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;

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
    public async Task However_the_server_ends_its_imitations_end_too(string signal)
    {
        await StartAsync();
        Assert.True(Answers(_port));
        Assert.Single(Keys);
        using var kill = Process.Start("kill", ["-s", signal, _parent!.Id.ToString(CultureInfo.InvariantCulture)]);
        await UntilAsync(() => !Answers(_port), "the imitations outlived their server");
        await UntilAsync(() => !Keys.Any(), "the imitations left a private key behind");
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

    private string Settings => Path.Combine(_folder, "settings");

    private async Task StartAsync()
    {
        var start = new ProcessStartInfo("sh", ["-c", "MUSE_IMITATIONS_PARENT=$$ dotnet \"$1\" & exec sleep 600", "sh", Path.Combine(AppContext.BaseDirectory, "Muse.Imitations.dll")])
        {
            RedirectStandardOutput = true,
        };
        start.Environment["MUSE_IMITATIONS_PORT"] = _port.ToString(CultureInfo.InvariantCulture);
        start.Environment["MUSE_IMITATIONS_SETTINGS"] = Settings;
        start.Environment["TMPDIR"] = _folder;
        // Its sockets would come and go in that folder.
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        _parent = Process.Start(start)!;
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
