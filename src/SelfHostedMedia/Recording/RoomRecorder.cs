using Muse.SelfHostedMedia.Rooms;
using Muse.SelfHostedMedia.Rtp;

namespace Muse.SelfHostedMedia.Recording;

/// <summary>A room's recorder: it hears everything that is published while it is not paused, and costs the others nothing. Begins paused. Safe to
/// call from any thread.</summary>
public sealed class RoomRecorder
{
    private readonly Room _room;
    private readonly RecordingWriter _writer;
    private readonly Dictionary<Guid, RecordedStream> _streams = [];
    private int _tracks;
    private bool _hasEnded;
    private long _packets;
    private long _refused;
    private volatile int _state = (int)RecorderState.Paused;

    internal RoomRecorder(Room room, Guid recordingId, RecordingWriter writer)
    {
        (_room, RecordingId, _writer) = (room, recordingId, writer);
        writer.Broke = Broke;
    }

    public Guid RecordingId { get; }

    public string Folder => _writer.Folder;

    public RecorderState State => (RecorderState)_state;

    public RecorderCounts Counts
    {
        get
        {
            var written = _writer.Counts;
            return new(written.Tracks, Interlocked.Read(ref _packets), Interlocked.Read(ref _refused), written.Parts, written.Bytes,
                _writer.Queue.Waiting, written.Newest, written.Longest);
        }
    }

    internal bool IsTaking => _state == (int)RecorderState.Recording;

    /// <summary>Nothing that arrives after this completes is written. What had arrived is written at once. Repeatable.</summary>
    public Task Pause() => Set(RecorderState.Recording, RecorderState.Paused, QueuedKind.Pause);

    /// <summary>What arrives from now on is written. Repeatable.</summary>
    public Task Resume() => Set(RecorderState.Paused, RecorderState.Recording, QueuedKind.Resume);

    /// <summary>All that arrived is written, synced and closed when this completes. Repeatable, also after it broke.</summary>
    public async Task Stop()
    {
        try
        {
            await _room.Thread.Run(End);
        }
        catch (ObjectDisposedException)
        {
            // The server has stopped, and this with it.
        }

        await _writer.Done;
    }

    /// <summary>The room was closed, or this was stopped.</summary>
    internal bool End()
    {
        if (_hasEnded)
            return false;
        _hasEnded = true;
        Detach();
        Control(QueuedKind.Stop, 0);
        Interlocked.CompareExchange(ref _state, (int)RecorderState.Stopped, (int)RecorderState.Paused);
        Interlocked.CompareExchange(ref _state, (int)RecorderState.Stopped, (int)RecorderState.Recording);
        return true;
    }

    internal void Attach(PublishedTrack track)
    {
        if (_hasEnded)
            return;
        if (track.VideoCodec == VideoCodec.Vp8 || _tracks == RecordingWriter.MaxTracks)
        {
            var why = track.VideoCodec == VideoCodec.Vp8 ? WhyNotRecorded.Codec : WhyNotRecorded.TooManyTracks;
            _room.Say(new TrackNotRecorded(_room.Id, _room.Thread.Time, RecordingId, track.Info.Id, why));
            return;
        }

        _writer.Starts[++_tracks] = new(_tracks, track.Info, track.VideoCodec);
        _streams.Add(track.Info.Id, new(this, track, _tracks));
    }

    internal void Detach(PublishedTrack track)
    {
        if (!_streams.Remove(track.Info.Id, out var stream))
            return;
        stream.Detach();
        Control(QueuedKind.End, stream.Number);
    }

    internal void Tenth()
    {
        if (!IsTaking)
            return;
        foreach (var stream in _streams.Values)
            stream.Tick(_room.Thread.Now);
    }

    internal bool NeedsKeyFrame(byte track) => Volatile.Read(ref _writer.NeedsKeyFrame[track]);

    /// <returns>False when there is no room for it.</returns>
    internal bool Put(in Queued entry, ReadOnlySpan<byte> payload)
    {
        var isTaken = _writer.Queue.TryAdd(entry, payload);
        if (entry.Kind != QueuedKind.Packet)
            return isTaken;
        if (isTaken)
            _packets++;
        else
            _refused++;
        return isTaken;
    }

    /// <summary>A bug in what listens: the recording ends, the lesson does not.</summary>
    internal void Fail(Exception failure)
    {
        _writer.Fail(failure);
        _room.Thread.Recordings.Wake();
    }

    private Task Set(RecorderState from, RecorderState to, QueuedKind kind) => _room.Thread.Run(() =>
    {
        if (_hasEnded || Interlocked.CompareExchange(ref _state, (int)to, (int)from) != (int)from)
            return false;
        Control(kind, 0);
        foreach (var stream in _streams.Values)
            stream.Resumed(_room.Thread.Now);
        return true;
    });

    private void Control(QueuedKind kind, byte track)
    {
        if (!_writer.Queue.TryAdd(new(kind, track, false, false, 0, 0, _room.Thread.Now, 0, 0, 0), []))
            _writer.Fail(new IOException("The disk has not taken anything for so long that not even the end of it can be noted."));
        _room.Thread.Recordings.Wake();
    }

    /// <summary>On the writing thread.</summary>
    private void Broke(RecordingFault why, string detail)
    {
        _state = (int)RecorderState.Broken;
        _ = _room.Thread.Run(() =>
        {
            _hasEnded = true;
            Detach();
            _room.Say(new RecordingBroke(_room.Id, _room.Thread.Time, RecordingId, why, detail));
            return true;
        });
    }

    private void Detach()
    {
        foreach (var stream in _streams.Values)
            stream.Detach();
        _streams.Clear();
        _room.Forget(this);
    }
}
