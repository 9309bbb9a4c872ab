using Muse.Adapters.Postgres;
using Muse.Domain.Recordings;

namespace Muse.Api.Recordings;

/// <summary>The errand's body. The token is sealed: whoever reads the database or a backup without <c>keys/</c> cannot open the file.</summary>
public sealed record FetchRecordingErrand(
    Guid RecordingId, Guid LessonId, Guid TutorId, string Reference, string? Instance, string FileId, string MediaType, long? Size, string Url,
    string? SealedToken, int Leg = 0);

/// <summary>Brings a file from the provider to the shelf.</summary>
public sealed class FetchRecording(
    EventStore store, IRecordingShelf shelf, IEnumerable<IRecordingSource> sources, FoundRecordings found, TimeProvider time) : IErrandHandler
{
    public const string ErrandKind = "fetch_recording";

    private readonly (EventStore, IRecordingShelf, IEnumerable<IRecordingSource>, FoundRecordings, TimeProvider) _parts = (store, shelf, sources, found, time);

    public string Kind => ErrandKind;

    public Task Run(Errand errand, CancellationToken ct) => throw new NotImplementedException(_parts.ToString());
}
