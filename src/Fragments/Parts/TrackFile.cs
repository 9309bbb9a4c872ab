using Muse.Fragments.Index;

namespace Muse.Fragments.Parts;

/// <summary>A recording's two files. Media first, then the line that vouches for it, each with one write: killed between the two, the bytes without a
/// line are cut off. Only appends; syncing is for whoever owns the files.</summary>
public sealed class TrackFile(Stream media, Stream index) : IPartSink
{
    public void Init(InitEntry init, ReadOnlySpan<byte> bytes)
    {
        media.Write(bytes);
        Note(init.ToLine());
    }

    public void Part(PartEntry part, ReadOnlySpan<byte> bytes)
    {
        media.Write(bytes);
        Note(part.ToLine());
    }

    public void Note(IndexLine line) => index.Write(line.ToBytes());
}
