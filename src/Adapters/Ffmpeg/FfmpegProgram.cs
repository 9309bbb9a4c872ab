using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Muse.Adapters.Ffmpeg;

/// <summary>
/// ffmpeg as a restricted process. It reads what strangers sent, so: no shell, no environment, no network (a net namespace of its own where the
/// system allows one, and files as the only protocol), no privileges, limits of the kernel on CPU, memory and file size, the lowest priority,
/// and it dies with the server.
/// </summary>
public sealed class FfmpegProgram
{
    private const int LongestError = 500;

    /// <summary>All of util-linux and coreutils: there on every Debian. Without one of them nothing is run.</summary>
    private static readonly string[] s_wrappers = ["prlimit", "setpriv", "nice", "ionice"];

    private readonly string? _ffmpeg;
    private readonly Dictionary<string, string> _paths;
    private readonly string[] _alone;

    private FfmpegProgram(string? ffmpeg, Dictionary<string, string> paths, string[] alone, string? missing) =>
        (_ffmpeg, _paths, _alone, Missing) = (ffmpeg, paths, alone, missing);

    /// <summary>The program that is not installed; null when all is there.</summary>
    public string? Missing { get; }

    /// <summary>Whether a run has no network at all; otherwise ffmpeg's own rule against it stands alone.</summary>
    public bool HasNoNetwork => _alone.Length > 0;

    /// <param name="name">A program in PATH, or where it lies.</param>
    public static FfmpegProgram Find(string name)
    {
        var ffmpeg = Path(name);
        var paths = s_wrappers.Append("unshare").Select(each => (each, At: Path(each))).Where(each => each.At is not null).ToDictionary(each => each.each, each => each.At!);
        var missing = ffmpeg is null ? name : s_wrappers.FirstOrDefault(each => !paths.ContainsKey(each));
        return new(ffmpeg, paths, missing is null ? Alone(paths) : [], missing);
    }

    /// <summary>Runs it to its end.</summary>
    /// <param name="arguments">Inputs, filters and outputs; files only.</param>
    /// <param name="folder">Where it runs.</param>
    /// <param name="length">Of what comes out: progress is a part of it.</param>
    /// <param name="progress">Told of parts of 1, about twice a second; not after the end.</param>
    /// <exception cref="FfmpegFailed"/>
    /// <exception cref="OperationCanceledException">It was killed, because nobody wants it any more.</exception>
    public async Task Run(
        IReadOnlyList<string> arguments, string folder, TimeSpan length, FfmpegLimits limits, Action<double> progress, CancellationToken ct)
    {
        if (Missing is not null)
            throw new FfmpegFailed($"{Missing} is not installed.");
        ct.ThrowIfCancellationRequested();
        var (process, ended) = await Start(Command(arguments, limits), folder);
        using (process)
        {
            using var enough = new CancellationTokenSource(limits.Wall);
            using var quiet = new CancellationTokenSource(limits.Silence);
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct, enough.Token, quiet.Token);
            await using var kill = stop.Token.Register(() => Kill(process));
            var errors = Tail(process.StandardError);
            var said = Follow(process.StandardOutput, length, fraction =>
            {
                quiet.CancelAfter(limits.Silence);
                progress(fraction);
            });
            await ended;
            await said;
            var error = await errors;
            ct.ThrowIfCancellationRequested();
            if (enough.IsCancellationRequested)
                throw new FfmpegFailed($"It took longer than {limits.Wall}.");
            if (quiet.IsCancellationRequested)
                throw new FfmpegFailed($"It came no further for {limits.Silence}.");
            if (process.ExitCode != 0)
                throw new FfmpegFailed(string.Create(CultureInfo.InvariantCulture, $"It ended with {process.ExitCode}: {error}"));
        }
    }

    private List<string> Command(IReadOnlyList<string> arguments, FfmpegLimits limits)
    {
        var cpu = (long)Math.Ceiling(limits.Cpu.TotalSeconds);
        List<string> command =
        [
            _paths["prlimit"], string.Create(CultureInfo.InvariantCulture, $"--cpu={cpu}:{cpu + 2}"), $"--as={limits.Memory}", $"--fsize={limits.FileSize}", "--core=0", "--nofile=256",
            _paths["nice"], "-n", "19", _paths["ionice"], "-c", "3", "-t", .. _alone,
            // The last one: a process that is given other rights forgets with whom it was to die.
            _paths["setpriv"], "--no-new-privs", "--pdeathsig", "KILL",
        ];
        // Root without root's rights: it may still read what is root's, and no more.
        if (Environment.IsPrivilegedProcess)
            command.AddRange(["--bounding-set=-all", "--inh-caps=-all"]);
        command.AddRange([_ffmpeg!, "-nostdin", "-hide_banner", "-v", "error", "-nostats", "-progress", "pipe:1"]);
        // An option of each input.
        command.AddRange(arguments.SelectMany(each => each == "-i" ? ["-protocol_whitelist", "file", each] : new[] { each }));
        return command;
    }

    /// <summary>On a thread of its own that lives as long as the process: "dies with its parent" means the thread that started it
    /// (prctl(2), PR_SET_PDEATHSIG).</summary>
    private static async Task<(Process Process, Task Ended)> Start(List<string> command, string folder)
    {
        var info = new ProcessStartInfo(command[0], command.Skip(1))
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        info.Environment.Clear();
        info.Environment["LC_ALL"] = "C";
        info.Environment["HOME"] = folder;
        var started = new TaskCompletionSource<Process>(TaskCreationOptions.RunContinuationsAsynchronously);
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(Live) { IsBackground = true, Name = "ffmpeg" };
        thread.Start();
        return (await started.Task, ended.Task);

        void Live()
        {
            try
            {
                var process = Process.Start(info)!;
                process.StandardInput.Close();
                started.SetResult(process);
                process.WaitForExit();
                ended.SetResult();
            }
            catch (Exception failed)
            {
                started.TrySetException(new FfmpegFailed($"It could not be started: {failed.Message}"));
                ended.TrySetException(failed);
            }
        }
    }

    private static async Task Follow(StreamReader output, TimeSpan length, Action<double> moved)
    {
        var furthest = 0.0;
        while (await output.ReadLineAsync() is { } line)
        {
            if (!line.StartsWith("out_time_us=", StringComparison.Ordinal)
                || !long.TryParse(line.AsSpan(12), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var micros))
                continue;
            var fraction = Math.Clamp(micros / Math.Max(1, length.TotalMicroseconds), 0, 1);
            if (fraction > furthest)
                moved(furthest = fraction);
        }
    }

    private static async Task<string> Tail(StreamReader errors)
    {
        var tail = new StringBuilder();
        var buffer = new char[1_024];
        int read;
        while ((read = await errors.ReadAsync(buffer)) > 0)
        {
            tail.Append(buffer, 0, read);
            if (tail.Length > LongestError)
                tail.Remove(0, tail.Length - LongestError);
        }

        return tail.ToString().Trim();
    }

    private static void Kill(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It has ended.
        }
    }

    /// <summary>A net namespace with nothing in it: root's right, or everybody's where user namespaces are allowed.</summary>
    private static string[] Alone(Dictionary<string, string> paths)
    {
        if (!paths.TryGetValue("unshare", out var unshare))
            return [];
        foreach (string[] way in (string[][])[["--net"], ["--user", "--map-root-user", "--net"]])
        {
            using var tried = Process.Start(new ProcessStartInfo(unshare, [.. way, "true"]) { RedirectStandardError = true })!;
            tried.WaitForExit();
            if (tried.ExitCode == 0)
                return [unshare, .. way];
        }

        return [];
    }

    private static string? Path(string name) => name.Contains('/', StringComparison.Ordinal)
        ? File.Exists(name) ? System.IO.Path.GetFullPath(name) : null
        : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => System.IO.Path.Combine(folder, name)).FirstOrDefault(File.Exists);
}
