namespace Muse.SelfHostedMedia.Recording;

public enum RecorderState
{
    Recording,
    Paused,
    Stopped,

    /// <summary>It stopped by itself; the lesson goes on.</summary>
    Broken,
}

public enum RecordingFault
{
    /// <summary>No space, or the quota is used up.</summary>
    DiskFull,

    /// <summary>The disk does not take what is written, or its files.</summary>
    Disk,

    /// <summary>Ours.</summary>
    Bug,
}

/// <summary>How a recording goes.</summary>
/// <param name="Tracks">That have something written.</param>
/// <param name="Packets">Taken over.</param>
/// <param name="RefusedPackets">That found the queue full: the disk did not keep up. They are in the gaps.</param>
/// <param name="Parts">Written.</param>
/// <param name="Bytes">Of media.</param>
/// <param name="Waiting">Bytes taken over and not written yet.</param>
/// <param name="NewestSync">From the first write that the newest sync covered to its end.</param>
/// <param name="LongestSync">The longest of those.</param>
public readonly record struct RecorderCounts(
    int Tracks, long Packets, long RefusedPackets, long Parts, long Bytes, long Waiting, TimeSpan NewestSync, TimeSpan LongestSync);
