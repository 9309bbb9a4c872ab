namespace Muse.Domain.Recordings;

/// <summary>
/// Where recordings stand once they are Muse's: a folder or a bucket. A file grows as a draft and is readable only when it is finished. Its
/// name is an id of ours, so no provider's word becomes part of a path.
/// </summary>
public interface IRecordingShelf
{
    /// <summary>Bytes of the draft, or of the finished file; 0 when there is neither.</summary>
    Task<long> LengthOf(Guid recordingId, CancellationToken ct);

    /// <summary>
    /// Adds to the draft until <paramref name="bytes"/> end, and answers its new length. What came before <paramref name="bytes"/> broke (its
    /// exception passes through) or <paramref name="ct"/> ended stays, so the next attempt goes on from <see cref="LengthOf"/>.
    /// </summary>
    /// <param name="offset">Must be the draft's length.</param>
    /// <param name="most">The draft never grows longer: more is <see cref="ShelfTrouble.TooLong"/>.</param>
    /// <exception cref="ShelfTrouble"/>
    Task<long> Append(Guid recordingId, long offset, Stream bytes, long most, CancellationToken ct);

    /// <summary>Forgets the draft; a finished file stays.</summary>
    Task StartAnew(Guid recordingId, CancellationToken ct);

    /// <summary>Makes the draft the file, all at once and for good; of a finished file it answers the same again.</summary>
    /// <param name="size">When known: a draft of another length is <see cref="ShelfTrouble.WrongSize"/> and stays.</param>
    /// <exception cref="ShelfTrouble"/>
    Task<ShelvedFile> Finish(Guid recordingId, long? size, CancellationToken ct);

    /// <summary>The finished file, seekable; null when there is none.</summary>
    Task<Stream?> Open(Guid recordingId, CancellationToken ct);

    /// <summary>Nothing of it is left, finished or not. Repeatable.</summary>
    /// <exception cref="ShelfTrouble"/>
    Task Delete(Guid recordingId, CancellationToken ct);
}

/// <param name="Size">Bytes.</param>
/// <param name="Sha256">64 lower-case hex digits.</param>
public sealed record ShelvedFile(long Size, string Sha256);

/// <summary>The shelf cannot do it now.</summary>
public sealed class ShelfTrouble(string code, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>No room is left on the disk.</summary>
    public const string Full = "shelf_full";

    /// <summary>Another process writes the same draft.</summary>
    public const string Busy = "shelf_busy";

    /// <summary>The draft has another length than the caller thinks.</summary>
    public const string WrongOffset = "wrong_offset";

    public const string WrongSize = "wrong_size";

    public const string TooLong = "too_long";

    /// <summary>The store cannot be reached.</summary>
    public const string Unreachable = "shelf_unreachable";

    /// <summary>The store does not let us in, or knows no such bucket.</summary>
    public const string Refused = "shelf_refused";

    /// <summary>What is written there cannot be relied upon.</summary>
    public const string Broken = "shelf_broken";

    public string Code { get; } = code;
}
