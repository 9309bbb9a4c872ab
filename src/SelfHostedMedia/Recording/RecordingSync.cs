namespace Muse.SelfHostedMedia.Recording;

/// <summary>A file that is written and, a little later, synced.</summary>
internal sealed class SyncedFile(Stream stream, RecordingWriter owner)
{
    public Stream Stream => stream;

    public RecordingWriter Owner => owner;

    /// <summary>Since when something in it is not synced, in the system's ticks; 0 when nothing is. Guarded by the queue's lock.</summary>
    public long SoiledAt { get; set; }
}

/// <summary>Brings what was written to the disk, on a thread of its own: a sync takes a millisecond, and sometimes more than a second. Writing never
/// waits for it; what is written meanwhile goes with the next one.</summary>
internal sealed class RecordingSync(IRecordingDisk disk, TimeProvider time)
{
    private readonly Lock _guard = new();
    private readonly List<SyncedFile> _soiled = [];
    private readonly Queue<(IReadOnlyList<SyncedFile> Files, Action Then)> _closing = [];
    private readonly AutoResetEvent _wake = new(false);
    private readonly HashSet<string> _folders = [];
    private Thread? _thread;
    private volatile bool _stopping;

    /// <summary>Something was appended.</summary>
    public void Soil(SyncedFile file)
    {
        lock (_guard)
        {
            if (file.SoiledAt != 0)
                return;
            file.SoiledAt = Math.Max(1, time.GetTimestamp());
            _soiled.Add(file);
        }

        Wake();
    }

    /// <summary>A file was made in it.</summary>
    public void Soil(string folder)
    {
        lock (_guard)
            _folders.Add(folder);
        Wake();
    }

    /// <summary>Syncs and closes.</summary>
    /// <param name="then">Called on the syncing thread.</param>
    public void Close(IReadOnlyList<SyncedFile> files, Action then)
    {
        lock (_guard)
            _closing.Enqueue((files, then));
        Wake();
    }

    /// <summary>Returns when all is on the disk.</summary>
    public void Stop()
    {
        _stopping = true;
        _wake.Set();
        _thread?.Join();
    }

    private void Wake()
    {
        if (_thread is null)
        {
            _thread = new(Loop) { IsBackground = true, Name = "Muse recording sync" };
            _thread.Start();
        }

        _wake.Set();
    }

    private void Loop()
    {
        var (files, folders) = (new List<SyncedFile>(), new List<string>());
        while (true)
        {
            (IReadOnlyList<SyncedFile> Files, Action Then) closing = default;
            lock (_guard)
            {
                files.AddRange(_soiled);
                _soiled.Clear();
                folders.AddRange(_folders);
                _folders.Clear();
                // Whatever was written to them before stands among the soiled, or has been synced.
                _closing.TryDequeue(out closing);
            }

            foreach (var file in files)
                Sync(file);
            foreach (var folder in folders)
                Sync(folder, files);
            if (closing.Files is not null)
                Close(closing);
            else if (files.Count == 0 && folders.Count == 0 && !_stopping)
                _wake.WaitOne();
            else if (files.Count == 0 && folders.Count == 0)
                return;
            files.Clear();
            folders.Clear();
        }
    }

    private void Close((IReadOnlyList<SyncedFile> Files, Action Then) closing)
    {
        foreach (var file in closing.Files)
        {
            try
            {
                file.Stream.Dispose();
            }
            catch (IOException failed)
            {
                file.Owner.Fail(failed);
            }
        }

        closing.Then();
    }

    private void Sync(SyncedFile file)
    {
        long since;
        lock (_guard)
            (since, file.SoiledAt) = (file.SoiledAt, 0);
        try
        {
            disk.Sync(file.Stream);
            file.Owner.Synced(time.GetElapsedTime(since));
        }
        catch (Exception failed) when (failed is IOException or ObjectDisposedException)
        {
            file.Owner.Fail(failed);
        }
    }

    private void Sync(string folder, List<SyncedFile> files)
    {
        try
        {
            disk.SyncFolder(folder);
        }
        catch (IOException failed)
        {
            foreach (var owner in files.Select(file => file.Owner).Where(owner => owner.Folder == folder).Distinct())
                owner.Fail(failed);
        }
    }
}
