using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json;
using Muse.SelfHostedMedia;
using Muse.SelfHostedMedia.Recording;
using Muse.SelfHostedMedia.Rooms;

namespace Muse.Bench.Record;

/// <summary>What the serving process says of itself.</summary>
/// <param name="Cpu">Seconds since its start, of the threads that receive, write and sync; what answers these lines is not in it.</param>
/// <param name="Resident">Bytes.</param>
internal sealed record ServerCounts(double Cpu, long Resident, long Packets, long Refused, long Parts, double LongestSync);

/// <param name="Missing">Seconds, all tracks together.</param>
internal sealed record ServerResult(int Recordings, int Tracks, double Shortest, double Missing, long Bytes);

/// <summary>The media server in a process of its own, steered by lines: nothing but rooms and recordings, so that what it costs is theirs.</summary>
internal sealed class RecordingServer : IDisposable
{
    private readonly Process _process;

    private RecordingServer(Process process, int port) => (_process, Media) = (process, new(IPAddress.Loopback, port));

    public IPEndPoint Media { get; }

    public static async Task<RecordingServer> Start()
    {
        var process = Process.Start(new ProcessStartInfo("taskset", ["-c", "0", "dotnet", typeof(RecordingServer).Assembly.Location, "serve"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            Environment = { ["DOTNET_TieredCompilation"] = "0" },
        })!;
        return new(process, int.Parse((await process.StandardOutput.ReadLineAsync())!, CultureInfo.InvariantCulture));
    }

    /// <returns>The answer to one person's offer; two after the other share a room.</returns>
    public async Task<string> Publish(string offer) =>
        System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(await Ask($"publish {Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(offer))}")));

    /// <summary>All rooms from now on.</summary>
    public Task Record(string folder) => Ask($"record {folder}");

    public async Task<ServerCounts> Counts() => JsonSerializer.Deserialize<ServerCounts>(await Ask("counts"))!;

    /// <summary>Ends the recordings; the lessons go on.</summary>
    public async Task<ServerResult> Stop() => JsonSerializer.Deserialize<ServerResult>(await Ask("stop"))!;

    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(5_000))
            _process.Kill();
        _process.Dispose();
    }

    private async Task<string> Ask(string line)
    {
        await _process.StandardInput.WriteLineAsync(line);
        return await _process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("The server has ended.");
    }

    /// <summary>The other side.</summary>
    public static async Task Serve()
    {
        await using var server = new MediaServer(new() { Port = 0, TcpPort = 0, BindAddress = IPAddress.Loopback });
        server.Start();
        await server.Rehearse();
        Console.WriteLine(server.Port);
        var (rooms, recorders, people) = (new List<Room>(), new List<RoomRecorder>(), 0);
        while (await Console.In.ReadLineAsync() is { } line)
        {
            var words = line.Split(' ', 2);
            Console.WriteLine(words[0] switch
            {
                "publish" => await Publish(words[1]),
                "record" => await Record(words[1]),
                "counts" => JsonSerializer.Serialize(new ServerCounts(
                    CpuOfMedia(), Environment.WorkingSet, recorders.Sum(each => each.Counts.Packets), recorders.Sum(each => each.Counts.RefusedPackets),
                    recorders.Sum(each => each.Counts.Parts), recorders.Select(each => each.Counts.LongestSync.TotalSeconds).DefaultIfEmpty().Max())),
                "stop" => await Stop(),
                _ => throw new InvalidOperationException(line),
            });
        }

        // proc(5): ns on a processor; the kernel cuts names to 15 characters.
        static double CpuOfMedia() => Directory.EnumerateDirectories("/proc/self/task")
            .Where(thread => File.ReadAllText($"{thread}/comm").StartsWith("Muse ", StringComparison.Ordinal))
            .Sum(thread => double.Parse(File.ReadAllText($"{thread}/schedstat").Split(' ')[0], CultureInfo.InvariantCulture)) / 1e9;

        async Task<string> Publish(string offer)
        {
            if (people++ % 2 == 0)
            {
                rooms.Add(server.Rooms.Open(Guid.CreateVersion7(), RoomProfile.Lesson).Value);
                rooms[^1].IsRecorded = true;
            }

            var person = (await rooms[^1].Join(Guid.CreateVersion7(), "", ParticipantRole.Tutor)).Value;
            return Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes((await person.Publish(System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(offer)))).Value));
        }

        async Task<string> Record(string folder)
        {
            recorders.Clear();
            foreach (var room in rooms)
            {
                recorders.Add((await room.Record(Guid.CreateVersion7(), Path.Combine(folder, room.Id.ToString("n")))).Value);
                await recorders[^1].Resume();
            }

            return "";
        }

        async Task<string> Stop()
        {
            await Task.WhenAll(recorders.Select(each => each.Stop()));
            var finished = recorders.ConvertAll(each => RecordedFolder.Finish(each.Folder));
            recorders.Clear();
            return JsonSerializer.Serialize(new ServerResult(
                finished.Count, finished.Sum(each => each.Tracks.Count), finished.SelectMany(each => each.Tracks).Min(track => track.Length.TotalSeconds),
                finished.SelectMany(each => each.Tracks).Sum(track => track.Missing.TotalSeconds), finished.Sum(each => each.Bytes)));
        }
    }
}
