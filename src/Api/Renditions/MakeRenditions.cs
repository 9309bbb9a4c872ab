using Muse.Adapters.Ffmpeg;
using Muse.Api.Recordings;
using Muse.Domain.Recordings;

namespace Muse.Api.Renditions;

/// <summary>Trying again is senseless.</summary>
public sealed class RenditionIsHopeless(string message) : Exception(message);

/// <summary>
/// Makes what is wanted of finished recordings, one thing at a time, at the lowest priority. Not an errand: those must be done within two minutes,
/// and this takes a quarter of a lesson's length. What a killed server began is begun anew.
/// </summary>
internal sealed partial class MakeRenditions : BackgroundService
{
    private const int MostTries = 3;

    /// <summary>Bytes that must stay free beside what is made: lessons are being recorded meanwhile.</summary>
    private const long Spare = 1L << 30;

    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_afterTrouble = TimeSpan.FromMinutes(5);

    private readonly RenditionRows _rows;
    private readonly RoomRecordingRows _recordings;
    private readonly RecordingFolders _folders;
    private readonly Shown _shown;
    private readonly ILogger<MakeRenditions> _log;
    private readonly IReadOnlyList<IRendition> _kinds;
    private readonly SemaphoreSlim _one = new(1);
    private volatile TaskCompletionSource _woken = New();

    public MakeRenditions(
        RenditionRows rows, RoomRecordingRows recordings, RecordingFolders folders, Shown shown, FfmpegProgram ffmpeg, IEnumerable<IRendition> kinds, ILogger<MakeRenditions> log)
    {
        (_rows, _recordings, _folders, _shown, Ffmpeg, _log) = (rows, recordings, folders, shown, ffmpeg, log);
        _kinds = [.. kinds.OrderBy(kind => kind.Rank)];
    }

    public FfmpegProgram Ffmpeg { get; }

    /// <summary>Those that nobody has to ask for.</summary>
    private static readonly string[] s_always = [DrawWaveform.Name, DrawPoster.Name, EncodeForApple.Name];

    public async Task Want(Guid recordingId, string kind, CancellationToken ct)
    {
        await _rows.Want(recordingId, kind, ct);
        Interlocked.Exchange(ref _woken!, New()).TrySetResult();
    }

    /// <summary>Makes the next one.</summary>
    /// <returns>False when there is nothing to do.</returns>
    public async Task<bool> Next(CancellationToken ct)
    {
        if (Ffmpeg.Missing is not null) return false;
        await _one.WaitAsync(ct);
        try
        {
            await _rows.Fill(s_always, ct);
            // Taking is not cut short: it could be committed already, and then nobody would give it back.
            if (await _rows.Take([.. _kinds.Select(kind => kind.Kind)], CancellationToken.None) is not { } job) return false;
            await Make(job, ct);
            return true;
        }
        finally
        {
            _one.Release();
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await MissLost(stoppingToken);
        if (Ffmpeg.Missing is { } missing)
        {
            LogMissing(_log, missing);
            return;
        }
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var woken = _woken.Task;
                while (await Next(stoppingToken))
                {
                }
                await Task.WhenAny(woken, Task.Delay(s_pause, stoppingToken));
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
            }
            catch (Exception trouble) when (trouble is Npgsql.NpgsqlException or TimeoutException)
            {
                LogTrouble(_log, trouble);
                await Task.Delay(s_pause, stoppingToken).ContinueWith(_ => { }, TaskScheduler.Default);
            }
        }
    }

    /// <summary>A backup of the database knows of files that were not copied with it; they are made again.</summary>
    private async Task MissLost(CancellationToken ct)
    {
        try
        {
            foreach (var row in await _rows.Made(ct))
            {
                var kept = Path.Combine(_folders.RenditionsOf(row.RecordingId), _kinds.First(kind => kind.Kind == row.Kind).File);
                if (!Path.Exists(kept)) await _rows.Again(row.RecordingId, row.Kind, ct);
            }
        }
        catch (Exception trouble) when (trouble is Npgsql.NpgsqlException or TimeoutException)
        {
            LogTrouble(_log, trouble);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
        }
    }

    private async Task Make(RenditionJob job, CancellationToken ct)
    {
        var beside = _folders.RenditionsOf(job.RecordingId);
        var work = Path.Combine(beside, $"{job.Kind}.work");
        using var unwanted = CancellationTokenSource.CreateLinkedTokenSource(ct);
        try
        {
            if (job.Attempt > MostTries) throw new RenditionIsHopeless("Its last try ended without an answer.");
            if (await _recordings.Find(job.RecordingId, ct) is not { IsFinalised: true } row || await _shown.Open(row, ct) is not { Tracks.Count: > 0 } recording)
                throw new RenditionIsHopeless("Its media is not here.");
            Drop(work);
            Directory.CreateDirectory(work, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            if (new DriveInfo(work).AvailableFreeSpace < Spare + (3 * row.Size)) throw new IOException("The disk is nearly full.");
            var progress = 0.0;
            var moving = Move(job, () => Volatile.Read(ref progress), unwanted);
            var kind = _kinds.First(kind => kind.Kind == job.Kind);
            byte[]? outline;
            try
            {
                outline = await kind.Make(new RenditionWork(recording, work, beside, Ffmpeg, now => Volatile.Write(ref progress, now)), unwanted.Token);
            }
            finally
            {
                await unwanted.CancelAsync();
                await moving;
            }
            var size = Keep(Path.Combine(work, kind.File), Path.Combine(beside, kind.File));
            if (!await _rows.Made(job, size, outline, CancellationToken.None)) await Gone(job);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            Drop(work);
            await _rows.Released(job, CancellationToken.None);
        }
        catch (OperationCanceledException)
        {
            await Gone(job);
        }
        catch (Exception failed) when (failed is not Npgsql.NpgsqlException)
        {
            // A bug as well: it must not end the server.
            var error = failed is FfmpegFailed or RenditionIsHopeless or IOException or ShelfTrouble ? failed.Message : failed.ToString();
            LogFailed(_log, job.Kind, job.RecordingId, job.Attempt, error);
            await _rows.Failed(job, error, failed is RenditionIsHopeless || job.Attempt >= MostTries ? null : s_afterTrouble, CancellationToken.None);
        }
        finally
        {
            Drop(work);
        }
    }

    /// <summary>Every second, until it is over or nobody wants it any more.</summary>
    private async Task Move(RenditionJob job, Func<double> progress, CancellationTokenSource unwanted)
    {
        try
        {
            while (true)
            {
                await Task.Delay(TimeSpan.FromSeconds(1), unwanted.Token);
                if (await _rows.Move(job, progress(), unwanted.Token)) continue;
                await unwanted.CancelAsync();
                return;
            }
        }
        catch (OperationCanceledException)
        {
        }
        catch (Npgsql.NpgsqlException trouble)
        {
            LogTrouble(_log, trouble);
        }
    }

    /// <summary>The recording was deleted while this was made: nothing of it may stay.</summary>
    private async Task Gone(RenditionJob job)
    {
        if (await _recordings.Find(job.RecordingId, CancellationToken.None) is null) _folders.Delete(job.RecordingId);
    }

    /// <summary>On the disk before it has its name.</summary>
    private static long Keep(string from, string to)
    {
        if (Directory.Exists(from))
        {
            foreach (var file in Directory.EnumerateFiles(from)) File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            File.SetUnixFileMode(from, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            Drop(to);
            Directory.Move(from, to);
            return new DirectoryInfo(to).EnumerateFiles().Sum(file => file.Length);
        }
        using (var file = new FileStream(from, FileMode.Open, FileAccess.ReadWrite)) file.Flush(flushToDisk: true);
        File.SetUnixFileMode(from, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.Move(from, to, overwrite: true);
        return new FileInfo(to).Length;
    }

    private static void Drop(string work)
    {
        if (Directory.Exists(work)) Directory.Delete(work, recursive: true);
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Program} is not installed: recordings have no waveform and cannot be merged into one file")]
    private static partial void LogMissing(ILogger log, string program);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The {Kind} of recording {Id} failed at try {Attempt}: {Error}")]
    private static partial void LogFailed(ILogger log, string kind, Guid id, int attempt, string error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Renditions cannot be made now")]
    private static partial void LogTrouble(ILogger log, Exception e);
}
