namespace Muse.Api.Rooms;

/// <summary>The red light over the door.</summary>
public enum RecordingLight
{
    /// <summary>The tutor does not want it, or the lesson has not begun.</summary>
    Off,

    /// <summary>It begins as soon as everybody who is there has agreed.</summary>
    Waiting,

    On,

    Paused,

    /// <summary>It could not be written; the lesson goes on without.</summary>
    Failed,
}

/// <summary>Whether the room is recorded, as everybody in it is told.</summary>
/// <param name="For">Names of those who have not agreed, or cannot.</param>
/// <param name="SoundOnly">Names of those whose picture is sent in a codec that cannot be recorded.</param>
public sealed record RecordingShape(RecordingLight State, IReadOnlyList<string> For, IReadOnlyList<string> SoundOnly)
{
    public static readonly RecordingShape Off = new(RecordingLight.Off, [], []), Failed = new(RecordingLight.Failed, [], []);

    public bool Equals(RecordingShape? other) =>
        other is not null && State == other.State && For.SequenceEqual(other.For) && SoundOnly.SequenceEqual(other.SoundOnly);

    public override int GetHashCode() => HashCode.Combine(State, For.Count);
}
