using Muse.Adapters.Ffmpeg;

namespace Muse.Adapters.Tests.Ffmpeg;

public sealed class FfmpegProgramTests : IDisposable
{
    private static readonly FfmpegLimits s_wide = new(TimeSpan.FromMinutes(5), 3L << 30, 1L << 30, TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(5));
    private static readonly string[] s_picture = ["-f", "lavfi", "-i", "testsrc2=size=320x240:rate=30:duration=4"];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("muse-ffmpeg-");
    private readonly List<double> _progress = [];

    [Fact]
    public async Task It_runs_to_its_end_and_tells_how_far_it_is()
    {
        await Run(Real(), [.. s_picture, "-c:v", "libx264", "-y", At("a.mp4")], s_wide);
        Assert.True(new FileInfo(At("a.mp4")).Length > 1_000);
        Assert.Equal(_progress.Order(), _progress);
        Assert.InRange(_progress[^1], 0.9, 1);
    }

    [Fact]
    public async Task What_fails_says_why()
    {
        var failed = await Assert.ThrowsAsync<FfmpegFailed>(() => Run(Real(), ["-i", At("nothing.mp4"), "-y", At("a.mp4")], s_wide));
        Assert.Contains("No such file", failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_writes_no_file_longer_than_it_may()
    {
        await Assert.ThrowsAsync<FfmpegFailed>(() => Run(Real(), [.. s_picture, "-f", "rawvideo", "-y", At("a.raw")], s_wide with { FileSize = 1_000_000 }));
        Assert.InRange(new FileInfo(At("a.raw")).Length, 1, 1_000_000);
    }

    [Fact]
    public async Task It_gets_no_more_memory_than_it_may()
    {
        // One endless line, which tail keeps in memory.
        var failed = await Assert.ThrowsAsync<FfmpegFailed>(() => Run(Script("exec tail /dev/zero"), [], s_wide with { Memory = 200L << 20 }));
        Assert.Contains("memory", failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_reads_nothing_from_the_net()
    {
        var failed = await Assert.ThrowsAsync<FfmpegFailed>(() => Run(Real(), ["-i", "http://127.0.0.1:9/a.mp4", "-y", At("a.mp4")], s_wide));
        Assert.Contains("not on whitelist", failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_that_comes_no_further_is_ended()
    {
        var failed = await Assert.ThrowsAsync<FfmpegFailed>(() => Run(Script("sleep 600"), [], s_wide with { Silence = TimeSpan.FromMilliseconds(200) }));
        Assert.Contains("no further", failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_that_takes_too_long_is_ended()
    {
        var failed = await Assert.ThrowsAsync<FfmpegFailed>(() => Run(
            Script("while :; do echo out_time_us=$((i=i+1)); sleep 0.05; done"), [], s_wide with { Wall = TimeSpan.FromMilliseconds(500) }));
        Assert.Contains("longer than", failed.Message, StringComparison.Ordinal);
    }

    /// <summary>A loop that does nothing but work: the kernel ends it.</summary>
    [Fact]
    public async Task It_gets_no_more_of_the_processor_than_it_may() =>
        await Assert.ThrowsAsync<FfmpegFailed>(() => Run(Script("while :; do :; done"), [], s_wide with { Cpu = TimeSpan.FromSeconds(1) }));

    [Fact]
    public async Task One_that_nobody_wants_any_more_is_gone()
    {
        using var unwanted = new CancellationTokenSource();
        var run = Script($"echo $$ > {At("pid")}; echo out_time_us=1000; sleep 600").Run([], _folder.FullName, TimeSpan.FromSeconds(4), s_wide, _ => unwanted.Cancel(), unwanted.Token);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        Assert.False(Directory.Exists($"/proc/{(await File.ReadAllTextAsync(At("pid"))).Trim()}"));
    }

    [Fact]
    public async Task It_sees_nothing_of_the_server_and_has_none_of_its_rights()
    {
        await Run(Script($"env > {At("env")}; cat /proc/self/status > {At("status")}; nice > {At("nice")}; cat /proc/net/dev > {At("net")}"), [], s_wide);
        var env = await File.ReadAllLinesAsync(At("env"));
        Assert.All(env, line => Assert.Contains(line.Split('=')[0], (string[])["LC_ALL", "HOME", "PWD", "PATH", "_", "SHLVL", "OLDPWD"]));
        var status = await File.ReadAllTextAsync(At("status"));
        Assert.Contains("NoNewPrivs:\t1", status, StringComparison.Ordinal);
        Assert.Contains("CapEff:\t0000000000000000", status, StringComparison.Ordinal);
        Assert.Equal("19", (await File.ReadAllTextAsync(At("nice"))).Trim());
        Assert.SkipUnless(FfmpegProgram.Find("ffmpeg").HasNoNetwork, "no net namespaces here");
        Assert.DoesNotContain("eth", await File.ReadAllTextAsync(At("net")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_it_is_not_installed_that_is_said()
    {
        var nowhere = FfmpegProgram.Find("no-such-ffmpeg");
        Assert.Equal("no-such-ffmpeg", nowhere.Missing);
        Assert.Contains("not installed", (await Assert.ThrowsAsync<FfmpegFailed>(() => Run(nowhere, [], s_wide))).Message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Delete(true);

    private static FfmpegProgram Real()
    {
        var ffmpeg = FfmpegProgram.Find("ffmpeg");
        Assert.SkipWhen(ffmpeg.Missing is not null, $"{ffmpeg.Missing} is not installed");
        return ffmpeg;
    }

    /// <summary>In ffmpeg's place, whatever its arguments.</summary>
    private FfmpegProgram Script(string text)
    {
        File.WriteAllText(At("program"), $"#!/bin/sh\nexport PATH=/usr/bin:/bin\n{text}\n");
        File.SetUnixFileMode(At("program"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        return FfmpegProgram.Find(At("program"));
    }

    private string At(string name) => Path.Combine(_folder.FullName, name);

    private Task Run(FfmpegProgram program, string[] arguments, FfmpegLimits limits) =>
        program.Run(arguments, _folder.FullName, TimeSpan.FromSeconds(4), limits, _progress.Add, TestContext.Current.CancellationToken);
}
