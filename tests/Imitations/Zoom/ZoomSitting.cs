namespace Muse.Imitations.Zoom;

public sealed partial class ZoomMeeting
{
    /// <summary>Each time people met, oldest first; the last one may be going on.</summary>
    public List<ZoomSitting> Sittings { get; } = [];
}

/// <summary>One instance of a meeting, from the first who came until it was ended. Guarded by the imitation's gate.</summary>
public sealed class ZoomSitting
{
    public required string Uuid { get; init; }

    public required DateTimeOffset Began { get; init; }

    public DateTimeOffset? Over { get; set; }

    /// <summary>Each who came in; whoever comes back is there twice.</summary>
    public List<ZoomGuest> Guests { get; } = [];

    /// <summary>Empty until the recording is ready.</summary>
    public List<ZoomFile> Files { get; } = [];
}

/// <summary>Somebody's stay.</summary>
/// <param name="Key">Zoom's <c>user_id</c>: new at each coming.</param>
/// <param name="User">Null for a guest without an account.</param>
public sealed record ZoomGuest(string Key, string Uuid, string Name, string Email, ZoomUser? User, DateTimeOffset Came)
{
    public DateTimeOffset? Went { get; set; }

    public bool Waits { get; set; }
}

/// <summary>A recorded file.</summary>
/// <param name="Type">Zoom's <c>file_type</c>.</param>
/// <param name="Kind">Zoom's <c>recording_type</c>.</param>
public sealed record ZoomFile(string Id, string Type, string Kind, byte[] Bytes, DateTimeOffset From, DateTimeOffset To)
{
    /// <summary>Part of its download address.</summary>
    public string Key { get; } = Guid.NewGuid().ToString("n");

    public bool IsProcessed { get; set; } = true;

    public string MediaType => Type switch
    {
        "MP4" => "video/mp4",
        "M4A" => "audio/mp4",
        _ => "text/vtt",
    };
}
