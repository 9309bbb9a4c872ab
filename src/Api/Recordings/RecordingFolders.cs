namespace Muse.Api.Recordings;

/// <summary>Where the recordings of built-in rooms lie: <c>rooms/aa/ID</c> beside the shelf's files, <c>aa</c> the id's last two digits.</summary>
public sealed class RecordingFolders(string root)
{
    private const int MostTries = 10;

    /// <summary>The recorder makes it; before that it is not there.</summary>
    public string Of(Guid recordingId)
    {
        var name = recordingId.ToString("n");
        return Path.Combine(root, "rooms", name[^2..], name);
    }

    /// <summary>What was made of it afterwards; goes with it.</summary>
    public string RenditionsOf(Guid recordingId) => Path.Combine(Of(recordingId), "renditions");

    /// <summary>Repeatable.</summary>
    /// <exception cref="IOException"/>
    /// <exception cref="UnauthorizedAccessException"/>
    public void Delete(Guid recordingId)
    {
        var folder = Of(recordingId);
        for (var tries = 1; Directory.Exists(folder); tries++)
        {
            try
            {
                Directory.Delete(folder, recursive: true);
            }
            catch (IOException) when (tries < MostTries)
            {
                // What is being made of it made a file between the folder's last one and the folder; it makes a handful.
            }
        }
    }
}
