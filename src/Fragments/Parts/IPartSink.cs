using Muse.Fragments.Index;

namespace Muse.Fragments.Parts;

/// <summary>Takes what <see cref="PartWriter"/> has finished: the file of a recording, the window of a broadcast.</summary>
public interface IPartSink
{
    /// <param name="bytes">To be appended to the media at <see cref="InitEntry.Offset"/>. The writer's own: copy what shall last longer than the call.</param>
    void Init(InitEntry init, ReadOnlySpan<byte> bytes);

    /// <param name="bytes">To be appended to the media at <see cref="PartEntry.Offset"/>. The writer's own: copy what shall last longer than the call.</param>
    void Part(PartEntry part, ReadOnlySpan<byte> bytes);

    /// <summary>Something was noticed that only the index keeps.</summary>
    void Note(IndexLine line);
}
