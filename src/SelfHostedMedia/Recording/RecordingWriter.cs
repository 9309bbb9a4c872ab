using Muse.Fragments.Clock;
using Muse.SelfHostedMedia.Rooms;
using Muse.SelfHostedMedia.Rtp;

namespace Muse.SelfHostedMedia.Recording;

/// <summary>What is known of a track before its first packet.</summary>
internal sealed record RecordedTrackStart(int Number, TrackInfo Info, VideoCodec VideoCodec);

/// <summary>The side of a recording that writes. What is not said to be otherwise is for the writing thread alone.</summary>
internal sealed class RecordingWriter(IRecordingDisk disk, RecordingSync sync, string folder, Stream journal, long epoch)
{
    /// <summary>Tracks of a recording.</summary>
    public const int MaxTracks = 64;

    /// <summary>Bytes that wait to be written: nine seconds of a lesson of two.</summary>
    private const int QueueLength = 4 * 1_024 * 1_024;

    private const int DiskFull = 28, QuotaUsed = 122, FileTooLarge = 27;
    private const int WindowsDiskFull = unchecked((int)0x80070070);

    private readonly RecordingJournal _journal = new(journal);
    private readonly Dictionary<Guid, SenderClock> _senders = [];
    private readonly TrackWriter?[] _tracks = new TrackWriter?[MaxTracks + 1];
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private SyncedFile? _journalFile;
    private volatile Exception? _failure;
    private long _bytes;
    private long _parts;
    private int _files;
    private long _newestSync;
    private long _longestSync;

    /// <summary>Filled by the media thread.</summary>
    public PacketQueue Queue { get; } = new(QueueLength);

    /// <summary>By number, from 1 on. Filled by the media thread before the first packet of a track.</summary>
    public RecordedTrackStart?[] Starts { get; } = new RecordedTrackStart?[MaxTracks + 1];

    /// <summary>By number; read by the media thread, which asks for key frames.</summary>
    public bool[] NeedsKeyFrame { get; } = new bool[MaxTracks + 1];

    public string Folder => folder;

    /// <summary>All is written and closed, or nothing more can be. From any thread.</summary>
    public Task Done => _done.Task;

    /// <summary>Nothing more is to be done here.</summary>
    public bool IsOver { get; private set; }

    /// <summary>Called once when it stops by itself.</summary>
    public Action<RecordingFault, string>? Broke { get; set; }

    public (int Tracks, long Parts, long Bytes, TimeSpan Newest, TimeSpan Longest) Counts => (
        Volatile.Read(ref _files), Interlocked.Read(ref _parts), Interlocked.Read(ref _bytes),
        new(Interlocked.Read(ref _newestSync)), new(Interlocked.Read(ref _longestSync)));

    /// <summary>ms of the media thread as ms since 1970, by a clock that nobody sets while this recording goes on.</summary>
    public long SinceEpoch(long now) => epoch + now;

    /// <summary>It cannot go on. From any thread.</summary>
    public void Fail(Exception failure) => _failure ??= failure;

    /// <summary>From the syncing thread.</summary>
    public void Synced(TimeSpan after)
    {
        Interlocked.Exchange(ref _newestSync, after.Ticks);
        if (after.Ticks > Interlocked.Read(ref _longestSync))
            Interlocked.Exchange(ref _longestSync, after.Ticks);
    }

    public void Soil(SyncedFile file) => sync.Soil(file);

    public void Count(int bytes, int parts)
    {
        Interlocked.Add(ref _bytes, bytes);
        Interlocked.Add(ref _parts, parts);
    }

    public (SyncedFile Media, SyncedFile Index) Open(RecordedTrackStart start)
    {
        var media = disk.Create(Path.Combine(folder, RecordingJournal.MediaOf(start.Number)));
        var index = disk.Create(Path.Combine(folder, RecordingJournal.IndexOf(start.Number)));
        Volatile.Write(ref _files, _files + 1);
        sync.Soil(folder);
        return (new(media, this), new(index, this));
    }

    /// <summary>Writes what has come.</summary>
    /// <param name="now">ms of the media thread.</param>
    /// <param name="isLast">The server stops: nobody will say anything more.</param>
    public void Work(long now, bool isLast = false)
    {
        if (IsOver)
            return;
        try
        {
            if (_failure is { } failed)
                throw failed;
            if (_journalFile is null)
            {
                _journalFile = new(journal, this);
                sync.Soil(_journalFile);
                sync.Soil(folder);
            }

            while (!IsOver && Queue.TryTake(out var entry, out var payload))
            {
                Take(entry, payload, now);
                Queue.Release(entry);
            }

            if (isLast && !IsOver)
                Stop(now, now);
            if (IsOver)
                return;
            for (var number = 1; number < _tracks.Length; number++)
            {
                if (_tracks[number] is not { } track)
                    continue;
                track.Tick(now);
                Volatile.Write(ref NeedsKeyFrame[number], track.NeedsKeyFrame);
            }
        }
        catch (Exception failure)
        {
            Break(failure, now);
        }
    }

    private void Take(in Queued entry, ReadOnlySpan<byte> payload, long now)
    {
        switch (entry.Kind)
        {
            case QueuedKind.Packet:
                TrackOf(entry.Track, entry.Arrival).Take(entry, payload);
                break;
            case QueuedKind.Report:
                _tracks[entry.Track]?.Report(entry);
                break;
            case QueuedKind.End:
                End(entry.Track, entry.Arrival);
                break;
            case QueuedKind.Pause:
                foreach (var track in _tracks)
                    track?.Interrupt("paused");
                _journal.Paused(SinceEpoch(entry.Arrival));
                Soil(_journalFile!);
                break;
            case QueuedKind.Resume:
                _journal.Resumed(SinceEpoch(entry.Arrival));
                Soil(_journalFile!);
                break;
            case QueuedKind.Stop:
                Stop(entry.Arrival, now);
                break;
        }
    }

    private TrackWriter TrackOf(int number, long at)
    {
        if (_tracks[number] is { } present)
            return present;
        var start = Starts[number]!;
        if (!_senders.TryGetValue(start.Info.ParticipantId, out var sender))
            _senders.Add(start.Info.ParticipantId, sender = new());
        _journal.Opened(number, start.Info, SinceEpoch(at));
        Soil(_journalFile!);
        return _tracks[number] = new(this, start, sender);
    }

    private void End(int number, long at)
    {
        if (_tracks[number] is not { } track)
            return;
        track.Finish(at);
        _tracks[number] = null;
        _journal.Ended(number, SinceEpoch(at));
        Soil(_journalFile!);
        sync.Close(track.Files, () => { });
    }

    private void Stop(long at, long now)
    {
        var files = new List<SyncedFile>();
        foreach (var track in _tracks)
        {
            if (track is null)
                continue;
            track.Finish(now);
            files.AddRange(track.Files);
        }

        _journal.Stopped(SinceEpoch(at));
        files.Add(_journalFile!);
        Soil(_journalFile!);
        IsOver = true;
        sync.Close(files, _done.SetResult);
    }

    private void Break(Exception failure, long now)
    {
        IsOver = true;
        var why = failure switch
        {
            IOException { HResult: DiskFull or QuotaUsed or WindowsDiskFull or FileTooLarge } => RecordingFault.DiskFull,
            // What .NET makes of a file that has become too large for a limit of the system's.
            ArgumentOutOfRangeException { Source: "System.Private.CoreLib" } => RecordingFault.DiskFull,
            IOException or UnauthorizedAccessException or ObjectDisposedException => RecordingFault.Disk,
            _ => RecordingFault.Bug,
        };
        try
        {
            _journal.Broke(why, SinceEpoch(now));
        }
        catch (Exception full) when (full is IOException or ArgumentOutOfRangeException or ObjectDisposedException)
        {
            // Its end tells it as well.
        }

        var files = _tracks.OfType<TrackWriter>().SelectMany(track => track.Files).ToList();
        files.Add(new(journal, this));
        Broke?.Invoke(why, $"{failure.GetType().Name}: {failure.Message}");
        sync.Close(files, _done.SetResult);
    }
}
