using Muse.Domain;

namespace Muse.Adapters.Postgres;

/// <summary>
/// A refusal found inside the transaction (agenda, received webhook). Nothing was written; the caller or the endpoint filter turns it back
/// into the value.
/// </summary>
public sealed class Refused(Refusal refusal) : Exception($"{refusal.Code}: {refusal.Detail}")
{
    public Refusal Refusal { get; } = refusal;
}

/// <summary>The stream is not at the version the caller decided on (SQLSTATE MU001). HTTP answers 412 <c>version_mismatch</c>.</summary>
public sealed class StaleVersion(Guid streamId, long expected, long? actual = null, Exception? inner = null)
    : Exception($"Stream {streamId} was expected at version {expected} and is at {actual?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "another"}.", inner)
{
    public Guid StreamId { get; } = streamId;

    /// <summary>The version the caller decided on.</summary>
    public long Expected { get; } = expected;

    /// <summary>The version found, 0 when the stream does not exist, null when not known.</summary>
    public long? Actual { get; } = actual;

    public Refusal Refusal =>
        new("version_mismatch", "It was changed meanwhile: read it again and decide on what it says now.") { Kind = RefusalKind.Stale };
}

/// <summary><see cref="EventSession.StartStream{T}"/> met a stream with that id (23505 on mt_streams).</summary>
public sealed class StreamExists(Guid streamId, Exception? inner = null) : Exception($"Stream {streamId} exists already.", inner)
{
    public Guid StreamId { get; } = streamId;

    public Refusal Refusal => new("already_exists", "Something with this id exists already.");
}

/// <summary>A stored event has a name or a version this program does not know, or JSON that does not fit. Reading stops; nothing is skipped.</summary>
public sealed class UnreadableEvent(string message, Exception? inner = null) : Exception(message, inner);
