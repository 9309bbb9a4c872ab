using Muse.Domain.Meetings;

namespace Muse.Domain.Recordings;

/// <summary>What a provider keeps of a lesson's recordings, for fetching; one per provider that has some.</summary>
public interface IRecordingSource
{
    /// <summary>As in <see cref="MeetingAbilities.Name"/>.</summary>
    string Provider { get; }

    /// <summary>
    /// The file's bytes from <paramref name="from"/> on. With a token that no longer opens it, the source gets itself a fresh one.
    /// </summary>
    /// <param name="token">What came with the news of the recording; null when nothing did.</param>
    /// <exception cref="ProviderTrouble">It may pass: a broken wire, 429, 5xx, <see cref="RecordingFile.NotReadyCode"/>.</exception>
    Task<OpenedRecording> Open(RecordingFile file, string? token, long from, CancellationToken ct);
}

/// <summary>Which file, and whose account it lies in.</summary>
/// <param name="Reference">As in <see cref="MeetingPlace.Reference"/>.</param>
/// <param name="Instance">The provider's id of the one sitting, where a reference may have several; null where it has none.</param>
/// <param name="Url">Where it lies; worthless without a token.</param>
public sealed record RecordingFile(
    Guid LessonId, Guid TutorId, string Reference, string? Instance, string FileId, string MediaType, long? Size, string Url)
{
    /// <summary>The provider still works on it.</summary>
    public const string NotReadyCode = "recording_not_ready";

    /// <summary>The provider no longer has it.</summary>
    public const string GoneCode = "recording_gone";
}

/// <summary>The bytes, or why not for good.</summary>
public sealed record OpenedRecording(RecordingBytes? Bytes, string? FailureCode, string? FailureDetail)
{
    public static OpenedRecording Failed(string code, string detail) => new(null, code, detail);
}

/// <summary>Bytes on their way.</summary>
/// <param name="content">Disposed with this.</param>
/// <param name="from">Where they begin: the offset asked for, or 0 when the provider cannot resume.</param>
/// <param name="size">Of the whole file, when known.</param>
/// <param name="wire">What else has to be let go afterwards.</param>
public sealed class RecordingBytes(Stream content, long from, long? size, IDisposable? wire = null) : IAsyncDisposable
{
    public Stream Content => content;

    public long From => from;

    public long? Size => size;

    public async ValueTask DisposeAsync()
    {
        await content.DisposeAsync();
        wire?.Dispose();
    }
}
