namespace Muse.Api.Recordings;

/// <summary>Where the recordings of built-in rooms lie: <c>rooms/aa/ID</c> beside the shelf's files, <c>aa</c> the id's last two digits.</summary>
public sealed class RecordingFolders(string root)
{
    /// <summary>The recorder makes it; before that it is not there.</summary>
    public string Of(Guid recordingId)
    {
        var name = recordingId.ToString("n");
        return Path.Combine(root, "rooms", name[^2..], name);
    }

    /// <summary>Repeatable.</summary>
    /// <exception cref="IOException"/>
    /// <exception cref="UnauthorizedAccessException"/>
    public void Delete(Guid recordingId)
    {
        var folder = Of(recordingId);
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }
}
