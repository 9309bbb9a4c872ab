using System.Text.Json;
using Muse.Domain;
using NodaTime;
using Npgsql;

namespace Muse.Adapters.Postgres;

/// <summary>
/// One unit of work: read, decide, save. Not for several threads. Nothing touches the database before <see cref="SaveChangesAsync"/> but the
/// reads. The order inside the transaction, the same everywhere so that two saves cannot deadlock: Before (persons by id), streams by id,
/// mark, sequence numbers, events, inline rows, errands, After.
/// </summary>
public sealed partial class EventSession : IAsyncDisposable
{
    private readonly EventStore _store;
    private readonly IReadOnlyDictionary<string, string> _headers;
    private readonly List<PendingStream> _streams = [];
    private readonly List<PendingEvent> _events = [];
    private readonly List<PendingErrand> _errands = [];
    private readonly List<Func<NpgsqlConnection, CancellationToken, Task>> _before = [];
    private readonly List<Func<NpgsqlConnection, CancellationToken, Task>> _after = [];

    internal EventSession(EventStore store, Actor? who)
    {
        _store = store;
        _headers = who?.Headers ?? System.Collections.ObjectModel.ReadOnlyDictionary<string, string>.Empty;
    }

    /// <summary>Starts a stream that must not exist (else <see cref="StreamExists"/> at save). T is the state its events fold to.</summary>
    public void StartStream<T>(Guid id, params object[] events) where T : class
    {
        if (events.Length == 0) throw new ArgumentException("A stream starts with an event.", nameof(events));
        if (Pending(id) is not null) throw new InvalidOperationException($"Stream {id} is already written by this session.");
        var stream = new PendingStream(id, _store.Names.StreamOf(typeof(T)), 0, starts: true);
        _streams.Add(stream);
        foreach (var e in events) Add(stream, e);
    }

    /// <summary>Appends to a stream that stands at <paramref name="expectedVersion"/> (else <see cref="StaleVersion"/> at save).</summary>
    public void Append(Guid id, long expectedVersion, params object[] events)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(expectedVersion, 1);
        if (events.Length == 0) return;
        var stream = Pending(id);
        if (stream is null) _streams.Add(stream = new PendingStream(id, "", expectedVersion, starts: false));
        else if (stream.Version != expectedVersion) throw new StaleVersion(id, expectedVersion, stream.Version);
        foreach (var e in events) Add(stream, e);
    }

    /// <summary>
    /// The fold and the version it was folded to; save enforces that version. A stream of another kind is no T, so it is as if absent: ids come
    /// from strangers.
    /// </summary>
    public async Task<IEventStream<T>> FetchForWriting<T>(Guid id, CancellationToken ct = default) where T : class => Of<T>(id, await FetchOf<T>(id, ct));

    /// <summary>As above; throws <see cref="StaleVersion"/> when the stream is at another version (HTTP If-Match).</summary>
    public async Task<IEventStream<T>> FetchForWriting<T>(Guid id, long expectedVersion, CancellationToken ct = default) where T : class
    {
        var stream = await FetchForWriting<T>(id, ct);
        return stream.StartingVersion == expectedVersion ? stream : throw new StaleVersion(id, expectedVersion, stream.StartingVersion);
    }

    /// <summary>Many at once, by one read: by id, each as <see cref="FetchForWriting{T}(Guid, CancellationToken)"/> gives it.</summary>
    public async Task<IReadOnlyDictionary<Guid, IEventStream<T>>> FetchForWriting<T>(IReadOnlyCollection<Guid> ids, CancellationToken ct = default) where T : class
    {
        var found = await _store.FetchStreamsAsync(ids, ct);
        return ids.Distinct().ToDictionary(id => id, IEventStream<T> (id) => Of<T>(id, OfKind<T>([.. found[id]])));
    }

    /// <summary>Null when there is no such stream, or one of another kind.</summary>
    public async Task<T?> AggregateStreamAsync<T>(Guid id, CancellationToken ct = default) where T : class =>
        Fold<T>.Of(await FetchOf<T>(id, ct));

    /// <summary>All events of a stream in order; empty when there is none.</summary>
    public Task<IReadOnlyList<IEvent>> FetchStreamAsync(Guid id, CancellationToken ct = default) => _store.FetchStreamAsync(id, ct);

    /// <summary>
    /// Work at the start of the transaction, before any stream is locked, in the order added. May throw <see cref="Refused"/>. It may run again
    /// when PostgreSQL ends the transaction by a deadlock or serialization failure, so it must work through the connection only.
    /// </summary>
    public void Before(Func<NpgsqlConnection, CancellationToken, Task> work) => _before.Add(work);

    /// <summary>Work at the end of the transaction; same rules as <see cref="Before"/>, and it must not wait for other writers.</summary>
    public void After(Func<NpgsqlConnection, CancellationToken, Task> work) => _after.Add(work);

    /// <summary>An errand, due at once or at <paramref name="dueAt"/>. The same cause and kind is the same errand, however often scheduled.</summary>
    public void Schedule(string kind, object body, Guid causedBy, Instant? dueAt = null) =>
        _errands.Add(new PendingErrand(NameBasedId.From(causedBy, kind), kind, EventJson.Write(body, body.GetType()), causedBy, dueAt));

    /// <summary>An errand caused by the event appended last in this session.</summary>
    public void Schedule(string kind, object body, Instant? dueAt = null) =>
        Schedule(kind, body, _events.Count > 0 ? _events[^1].Id : throw new InvalidOperationException("No event was appended to cause the errand."), dueAt);

    /// <summary>
    /// Inbound deduplication: the save is refused with <c>already_received</c> when this (source, id) was saved before.
    /// </summary>
    public void ReceiveOnce(string source, string id) => Before(async (connection, ct) =>
    {
        await using var insert = connection.Command("insert into received (source, id) values ($1, $2) on conflict do nothing", source, id);
        if (await insert.ExecuteNonQueryAsync(ct) == 0)
            throw new Refused(new Refusal("already_received", "This message was received and handled before."));
    });

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task<IReadOnlyList<IEvent>> FetchOf<T>(Guid id, CancellationToken ct) where T : class =>
        OfKind<T>(await FetchStreamAsync(id, ct));

    private static IReadOnlyList<IEvent> OfKind<T>(IReadOnlyList<IEvent> stream) where T : class => stream is [var first, ..] && Fold<T>.StartsWith(first) ? stream : [];

    private Fetched<T> Of<T>(Guid id, IReadOnlyList<IEvent> events) where T : class => new(this, id, Fold<T>.Of(events), events.Count == 0 ? 0 : events[^1].Version);

    private PendingStream? Pending(Guid id)
    {
        foreach (var stream in _streams)
        {
            if (stream.Id == id) return stream;
        }
        return null;
    }

    private Guid Add(PendingStream stream, object e)
    {
        var type = _store.Names.Of(e.GetType());
        stream.Events++;
        var id = Guid.CreateVersion7(_store.Time.GetUtcNow());
        _events.Add(new PendingEvent(id, stream.Id, stream.Version, type, e));
        return id;
    }

    private string? HeadersAsJson => _headers.Count == 0 ? null : JsonSerializer.Serialize(_headers, EventJson.Options);

    private sealed class Fetched<T>(EventSession session, Guid id, T? aggregate, long version) : IEventStream<T> where T : class
    {
        public Guid Id => id;

        public T? Aggregate => aggregate;

        public long StartingVersion => version;

        public long CurrentVersion => session.Pending(id)?.Version ?? version;

        public Guid AppendOne(object e)
        {
            var stream = session.Pending(id);
            if (stream is null)
            {
                stream = new PendingStream(id, version == 0 ? session._store.Names.StreamOf(typeof(T)) : "", version, starts: version == 0);
                session._streams.Add(stream);
            }
            return session.Add(stream, e);
        }

        public void AppendMany(params IEnumerable<object> events)
        {
            foreach (var e in events) AppendOne(e);
        }
    }
}
