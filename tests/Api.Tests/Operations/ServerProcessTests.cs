using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Muse.Api.Tests.Operations;

/// <summary>The server as a process of its own on its embedded database, ended in the ways in which processes end.</summary>
public sealed class ServerProcessTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"muse-test-{Guid.NewGuid():n}");
    private readonly List<Process> _started = [];
    private readonly Dictionary<string, string> _settings = [];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("KILL")]
    [InlineData("TERM")]
    public async Task However_the_server_ends_its_database_ends_too_and_the_next_start_finds_the_data(string signal)
    {
        var first = await ServeAsync("data");
        var link = SetupLink(first.Printed);
        var postmaster = Postmaster("data");
        Assert.True(Runs(postmaster));
        await SignalAsync(first.Process, signal);
        await first.Process.WaitForExitAsync(Ct).WaitAsync(Patience, Ct);
        await UntilAsync(() => !Runs(postmaster), "the database outlived its server");

        var second = await ServeAsync("data");
        Assert.Equal(link, SetupLink(second.Printed));
        await SignalAsync(second.Process, "TERM");
        await second.Process.WaitForExitAsync(Ct).WaitAsync(Patience, Ct);
        Assert.Equal(0, second.Process.ExitCode);
    }

    [Fact]
    public async Task A_whole_group_of_processes_killed_at_once_leaves_no_database_either()
    {
        // As a terminal that is closed or a supervisor does; setsid makes the server the leader of a group of its own.
        var server = await ServeAsync("data", "setsid");
        var postmaster = Postmaster("data");
        await SignalAsync($"-{server.Process.Id}", "KILL");
        await server.Process.WaitForExitAsync(Ct).WaitAsync(Patience, Ct);
        await UntilAsync(() => !Runs(postmaster), "the database outlived its server");
    }

    [Fact]
    public async Task A_second_server_on_the_same_folder_is_refused_in_one_line()
    {
        await ServeAsync("data");
        var (code, text) = await RunAsync("data");
        Assert.Equal(1, code);
        Assert.StartsWith("muse: Another Muse is running on ", text.Trim(), StringComparison.Ordinal);
        Assert.Single(text.Trim().Split('\n'));
    }

    [Fact]
    public async Task A_backup_is_made_beside_the_running_server_and_restored_into_another_folder()
    {
        var first = await ServeAsync("data");
        var archive = Path.Combine(_folder, "muse.backup");
        var (code, text) = await RunAsync("data", "backup", archive);
        Assert.True(code == 0, text);
        (code, text) = await RunAsync("other", "restore", archive);
        Assert.True(code == 0, text);
        Assert.Equal(SetupLink(first.Printed), SetupLink((await ServeAsync("other")).Printed));

        (code, text) = await RunAsync("other", "restore", archive);
        Assert.Equal(1, code);
        Assert.StartsWith("muse: Another Muse is running on ", text.Trim(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_user_without_a_passwd_entry_is_told_so()
    {
        if (!Environment.IsPrivilegedProcess)
            Assert.Skip("only root can take a user id without a passwd entry");
        Directory.CreateDirectory(_folder);
        File.SetUnixFileMode(_folder, (UnixFileMode)0b111_111_111);
        var (code, text) = await RunAsync("setpriv", ["--reuid=54321", "--regid=54321", "--clear-groups", "dotnet", Program], "data");
        if (text.Contains("Permission denied", StringComparison.Ordinal) || text.Contains("does not exist", StringComparison.Ordinal))
            Assert.Skip($"this checkout is closed to other users: {text.Trim()}");
        Assert.Equal(1, code);
        Assert.StartsWith("muse: This user id has no entry in /etc/passwd", text.Trim(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Meetings__Order", "zoom,foo", "Meetings:Order names 'foo'")]
    [InlineData("Meetings__Connect__Zoom__ClientId", "x", "Meetings:Connect:Zoom:ClientSecret is missing")]
    [InlineData("Meetings__GoogleMeet__Facts", "poling", "Meetings:GoogleMeet:Facts is 'poling'")]
    [InlineData("Meetings__GoogleMeet__ServiceAccountFile", "/nonexistent.json", "Meetings:GoogleMeet:ServiceAccountFile '/nonexistent.json' is not there")]
    [InlineData("Meetings__GoogleMeet__DefaultHost", "lessons@school.example", "Meetings:GoogleMeet:ServiceAccountFile is missing")]
    [InlineData("Meetings__Zoom__DefaultHost", "lessons@school.example", "Meetings:Zoom:AccountId is missing")]
    [InlineData("Limits__Requests__Burst", "0", "Limits:Requests needs a Burst and Seconds above 0.")]
    [InlineData("Limits__Requests__Burst", "many", "Failed to convert configuration value 'many' at 'Limits:Requests:Burst'")]
    [InlineData("Metrics__Token", "short", "Metrics:Token has fewer than 16 characters.")]
    public async Task A_setting_that_cannot_be_is_one_line_that_names_it(string setting, string value, string says)
    {
        _settings[setting] = value;
        var (code, text) = await RunAsync("data");
        Assert.Equal(1, code);
        Assert.StartsWith($"muse: {says}", text.Trim(), StringComparison.Ordinal);
        Assert.Single(text.Trim().Split('\n'));
    }

    [Fact]
    public async Task A_port_that_is_taken_is_told_with_the_setting_that_names_another()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        _settings["MUSE_HTTP_PORT"] = $"{((IPEndPoint)taken.LocalEndpoint).Port}";
        var (code, text) = await RunAsync("data");
        Assert.Equal(1, code);
        Assert.Matches("^muse: Muse cannot listen .*address already in use.*MUSE_HTTP_PORT names a free port\n$", text);
    }

    [Theory]
    [InlineData("up", "--help")]
    [InlineData("test", "--help")]
    [InlineData("up", "--demo", "-h")]
    public async Task Whoever_asks_a_command_for_help_is_told_how_it_is_used(params string[] words)
    {
        var script = Path.Combine(Path.GetDirectoryName(Muse.Given.Coturn.ShippedFile)!, "..", "..", "muse");
        var (code, text) = await RunAsync("sh", [script, .. words], "data");
        Assert.True(code == 0, text);
        Assert.StartsWith("./muse up [OPTION…]", text, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        foreach (var process in _started)
        {
            if (!process.HasExited)
            {
                process.Kill();
                process.WaitForExit();
            }

            process.Dispose();
        }

        foreach (var name in (string[])["data", "other"])
            if (File.Exists(PidFile(name)))
                SpinWait.SpinUntil(() => !File.Exists(PidFile(name)), Patience);
        if (Directory.Exists(_folder))
            Directory.Delete(_folder, recursive: true);
    }

    private static string Program => Path.Combine(AppContext.BaseDirectory, "Muse.Api.dll");

    private string PidFile(string data) => Path.Combine(_folder, data, "database", "cluster", "postmaster.pid");

    private int Postmaster(string data) => int.Parse(File.ReadLines(PidFile(data)).First(), CultureInfo.InvariantCulture);

    private static string SetupLink(string printed) => printed.Split('\n').Single(l => l.Contains("/setup#", StringComparison.Ordinal)).Split('#')[1].Trim();

    private async Task<(Process Process, string Printed)> ServeAsync(string data, string? through = null)
    {
        var process = through is null ? Start("dotnet", [Program], data) : Start(through, ["dotnet", Program], data);
        var printed = "";
        while (!printed.Contains("/setup#", StringComparison.Ordinal))
        {
            var line = await process.StandardOutput.ReadLineAsync(Ct).AsTask().WaitAsync(Patience, Ct);
            if (line is null)
                Assert.Fail($"the server ended: {printed}{await process.StandardError.ReadToEndAsync(Ct)}");
            printed += line + "\n";
        }

        _ = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        _ = process.StandardError.ReadToEndAsync(CancellationToken.None);
        return (process, printed);
    }

    private Task<(int Code, string Text)> RunAsync(string data, params string[] arguments) => RunAsync("dotnet", [Program, .. arguments], data);

    private async Task<(int Code, string Text)> RunAsync(string file, string[] arguments, string data)
    {
        var process = Start(file, arguments, data);
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(Ct), process.StandardError.ReadToEndAsync(Ct));
        await process.WaitForExitAsync(Ct).WaitAsync(Patience, Ct);
        return (process.ExitCode, process.ExitCode == 0 ? await output : await errors);
    }

    private Process Start(string file, string[] arguments, string data)
    {
        Directory.CreateDirectory(_folder);
        var start = new ProcessStartInfo(file, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = AppContext.BaseDirectory,
        };
        start.Environment["MUSE_DATA"] = Path.Combine(_folder, data);
        start.Environment["MUSE_HTTP_PORT"] = FreePort(SocketType.Stream);
        start.Environment["MUSE_MEDIA_PORT"] = FreePort(SocketType.Dgram);
        start.Environment.Remove("ConnectionStrings__Muse");
        foreach (var (setting, value) in _settings) start.Environment[setting] = value;
        var process = Process.Start(start)!;
        _started.Add(process);
        return process;
    }

    private static string FreePort(SocketType type)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, type, ProtocolType.Unspecified);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port.ToString(CultureInfo.InvariantCulture);
    }

    private static Task SignalAsync(Process process, string signal) => SignalAsync(process.Id.ToString(CultureInfo.InvariantCulture), signal);

    private static async Task SignalAsync(string target, string signal)
    {
        using var kill = Process.Start("kill", ["-s", signal, "--", target]);
        await kill.WaitForExitAsync(Ct);
    }

    // A zombie has ended; whoever adopted it reaps it when it likes (proc_pid_stat(5), field 3).
    private static bool Runs(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/stat").Split(')')[^1].TrimStart()[0] != 'Z';
        }
        catch (IOException)
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
