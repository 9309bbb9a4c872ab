namespace Muse.Fragments.Index;

public sealed partial class TrackRecording
{
    /// <summary>Reads a recording, finished or killed. Whatever the bytes are, it does not throw; only a stream's own errors pass through.</summary>
    /// <param name="media">Readable and seekable; is read once, and not written.</param>
    /// <param name="index">Readable; is read to its end.</param>
    public static TrackRecording Open(Stream media, Stream index) => throw new NotImplementedException();
}
