using System.Collections.Immutable;

namespace Muse.SelfHostedMedia.Recording;

/// <summary>All recordings of a server: one thread writes them, another syncs. Both begin with the first recording.</summary>
internal sealed class Recordings(MediaThread media, IRecordingDisk disk, TimeProvider time)
{
    /// <summary>Recordings at once.</summary>
    public const int Most = 20;

    /// <summary>ms between two looks into the queues. Looking is cheaper than being woken for packets, and nobody waits for a part.</summary>
    private const int LookEvery = 50;

    private readonly Lock _guard = new();
    private readonly AutoResetEvent _wake = new(false);
    private readonly RecordingSync _sync = new(disk, time);
    private ImmutableArray<RecordingWriter> _writers = [];
    private Thread? _thread;
    private bool _isStopped;

    public IRecordingDisk Disk => disk;

    /// <summary>Makes the folder and its journal.</summary>
    /// <returns><c>already_recorded</c>, <c>too_many_recordings</c> or <c>folder_unusable</c>.</returns>
    public Outcome<RecordingWriter> Begin(Guid recordingId, string folder)
    {
        var path = Path.Combine(folder, RecordingJournal.FileName);
        Stream? journal = null;
        try
        {
            if (OperatingSystem.IsWindows())
                Directory.CreateDirectory(folder);
            else
                Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            if (Directory.EnumerateFileSystemEntries(folder).Any())
                return new MediaRefusal("already_recorded", "The folder is not empty.");
            journal = disk.Create(path);
            new RecordingJournal(journal).Began(recordingId, media.Time.ToUnixTimeMilliseconds());
            if (Begin(folder, journal) is { } writer)
                return writer;
            journal.Dispose();
            File.Delete(path);
            return new MediaRefusal("too_many_recordings", $"At most {Most} rooms are recorded at once.");
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            journal?.Dispose();
            return new MediaRefusal("folder_unusable", $"The folder does not take a recording: {failed.Message}");
        }
    }

    private RecordingWriter? Begin(string folder, Stream journal)
    {
        lock (_guard)
        {
            if (_isStopped || _writers.Length >= Most)
                return null;
            var writer = new RecordingWriter(disk, _sync, folder, journal, media.Time.ToUnixTimeMilliseconds() - (media.Microseconds / 1_000));
            _writers = _writers.Add(writer);
            if (_thread is null)
            {
                _thread = new(Loop) { IsBackground = true, Name = "Muse recording" };
                _thread.Start();
            }

            _wake.Set();
            return writer;
        }
    }

    /// <summary>There is something that somebody waits for.</summary>
    public void Wake() => _wake.Set();

    /// <summary>Returns when all that has been stopped is on the disk.</summary>
    public void Stop()
    {
        lock (_guard)
            _isStopped = true;
        _wake.Set();
        _thread?.Join();
        _sync.Stop();
    }

    private void Loop()
    {
        while (true)
        {
            ImmutableArray<RecordingWriter> writers;
            bool isLast;
            lock (_guard)
            {
                (writers, isLast) = (_writers, _isStopped);
                if (isLast && writers.IsEmpty)
                    return;
            }

            // Before the queues are emptied: what comes afterwards is not late yet.
            var now = media.Microseconds / 1_000;
            foreach (var writer in writers)
            {
                writer.Work(now, isLast);
                if (!writer.IsOver)
                    continue;
                lock (_guard)
                    _writers = _writers.Remove(writer);
            }

            _wake.WaitOne(writers.IsEmpty ? Timeout.Infinite : LookEvery);
        }
    }
}
