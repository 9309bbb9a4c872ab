using System.Diagnostics;
using Muse.SelfHostedMedia.Recording;
using Muse.SelfHostedMedia.Rooms;
using static Muse.SelfHostedMedia.Tests.Recording.SentStreams;

namespace Muse.SelfHostedMedia.Tests.Recording;

/// <summary>Real processes that record a real room and are killed (SIGKILL) at random moments: 20, with MUSE_LONG=1 100.</summary>
public class KilledRecorderTests
{
    private const string RecordsInto = "MUSE_TEST_RECORDS_INTO";
    private const string Sends = "MUSE_TEST_SENDS";
    private const int AtOnce = 2;

    /// <summary>ms of media sent between two looks of the writing thread: more than it is ever behind.</summary>
    private const int Step = 100;

    private static readonly int s_times = Environment.GetEnvironmentVariable("MUSE_LONG") == "1" ? 100 : 20;

    [Fact]
    public async Task What_a_killed_process_recorded_is_whole_up_to_the_last_second()
    {
        var pictures = Path.Combine(Path.GetTempPath(), $"muse-pictures-{Guid.NewGuid():N}");
        Save(pictures, (await Pictures(RecordedRoom.H264, seconds: 5)).Packets);
        var worst = 0d;
        for (var i = 0; i < s_times; i += AtOnce)
        {
            foreach (var (folder, sent) in await Task.WhenAll(Enumerable.Range(i, AtOnce).Select(seed => Killed(pictures, seed))))
            {
                worst = Math.Max(worst, await LostSeconds(folder, sent));
                Directory.Delete(folder, recursive: true);
            }
        }

        File.Delete(pictures);
        TestContext.Current.SendDiagnosticMessage("killed {0} times, at most {1:0.00} s lost", s_times, worst);
        Assert.InRange(worst, 0, 1);
    }

    /// <returns>What of the time that was sent is in no track.</returns>
    private static async Task<double> LostSeconds(string folder, double sent)
    {
        var finished = RecordedFolder.Finish(folder);
        var again = RecordedFolder.Finish(folder);
        Assert.Equal((finished.Sha256, finished.Bytes, 0), (again.Sha256, again.Bytes, again.CutBytes));
        Assert.False(finished.WasStopped);
        Assert.All(finished.Tracks, track => Assert.Equal((TimeSpan.Zero, 0), (track.Missing, track.Gaps)));
        foreach (var track in RecordedFolder.Open(folder).Where(track => track.Info.Kind == TrackKind.Video))
        {
            var (frames, complaints) = await ElementaryStreams.DecodeAsync(await File.ReadAllBytesAsync(track.MediaPath), "mp4");
            Assert.Equal((track.Recording.Parts.Sum(part => part.Samples), ""), (frames, complaints));
        }

        // Before the first part of each, there is nothing that could be whole.
        return finished.Tracks.Count < 2 ? sent : sent - finished.Tracks.Min(track => track.Length.TotalSeconds);
    }

    private static async Task<(string Folder, double Sent)> Killed(string pictures, int seed)
    {
        var folder = Path.Combine(Path.GetTempPath(), $"muse-killed-{Guid.NewGuid():N}");
        string[] own = ["--filter-method", $"{typeof(KilledRecorderTests).FullName}.{nameof(Records_until_it_is_killed)}"];
        var isHosted = Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet";
        using var process = Process.Start(new ProcessStartInfo(
            Environment.ProcessPath!, isHosted ? [typeof(KilledRecorderTests).Assembly.Location, .. own] : own)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { [RecordsInto] = folder, [Sends] = pictures },
        })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        var random = new Random(seed);
        var until = 0.2 + (random.NextDouble() * 4);
        // Not at the end of a step, but anywhere in one.
        while (Sent(folder) < until && !process.HasExited)
            await Task.Delay(1 + random.Next(10));
        process.Kill();
        await process.WaitForExitAsync();
        var sent = Sent(folder);
        File.Delete(SentOf(folder));
        Assert.True(sent >= until, $"The process did not record: {await output} {await errors}");
        return (folder, sent);
    }

    private static string SentOf(string folder) => folder + ".sent";

    /// <summary>Seconds; a byte is a step.</summary>
    private static double Sent(string folder) => File.Exists(SentOf(folder)) ? new FileInfo(SentOf(folder)).Length * Step / 1_000d : 0;

    /// <summary>What is killed.</summary>
    [Fact]
    public async Task Records_until_it_is_killed()
    {
        var folder = Environment.GetEnvironmentVariable(RecordsInto);
        Assert.SkipWhen(folder is null, "It is what the test beside it kills, in a process of its own");
        await using var room = await RecordedRoom.Begin(folder: folder);
        var sending = await room.Comes(RecordedRoom.H264, "audio", "video");
        var (sounds, sent) = (Sounds(250), Load(Environment.GetEnvironmentVariable(Sends)!).GroupBy(packet => packet.Timestamp).ToList());
        using var told = new FileStream(SentOf(folder!), FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        for (var at = 0; at < 5_000 / Step; at++)
        {
            await sending.Send([.. sent.Skip(at * 3).Take(3).SelectMany(picture => picture)], sounds.GetRange(at * 5, 5));
            told.WriteByte((byte)'.');
            // However little the machine leaves to the one that writes, it is not left behind.
            while (room.Recorder.Counts.Waiting > 0)
            {
                room.Media.Server.Thread.Recordings.Wake();
                await Task.Delay(1);
            }
        }

        await Task.Delay(Timeout.Infinite);
    }
}
