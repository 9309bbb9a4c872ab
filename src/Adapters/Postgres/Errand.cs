using NodaTime;

namespace Muse.Adapters.Postgres;

/// <summary>Something to do outside the transaction that wanted it: a row of the outbox.</summary>
/// <param name="Id">UUID v5 of (<paramref name="CausedBy"/>, <paramref name="Kind"/>): the same at every attempt, so the effect can be keyed by it.</param>
/// <param name="Kind">Which handler runs it, snake_case.</param>
/// <param name="Body">JSON as <see cref="EventJson"/> writes it; read it with <see cref="BodyAs{T}"/>.</param>
/// <param name="CausedBy">The event (or other thing) that wanted it.</param>
/// <param name="Attempt">1 at the first run.</param>
public sealed record Errand(Guid Id, string Kind, string Body, Guid CausedBy, int Attempt, Instant DueAt)
{
    public T BodyAs<T>() => EventJson.Read<T>(Body);
}

/// <summary>
/// Runs errands of one kind, outside any transaction. It may run again after a crash, so every effect must be repeatable (keyed by
/// <see cref="Errand.Id"/> or by the thing itself). Throwing means: later again. Register with <c>services.AddSingleton&lt;IErrandHandler, X&gt;()</c>.
/// </summary>
public interface IErrandHandler
{
    string Kind { get; }

    /// <summary>Attempts before it is dead, 1 or more.</summary>
    int Attempts => 8;

    Task Run(Errand errand, CancellationToken ct);

    /// <summary>After the last attempt: append the event by which a person sees it. The row itself stays listed and can be replayed.</summary>
    Task GiveUp(Errand errand, string lastError, CancellationToken ct) => Task.CompletedTask;
}

/// <summary>Thrown by a handler when trying again is senseless: the errand is dead at once.</summary>
public sealed class ErrandIsHopeless(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Thrown by a handler that knows when to try again: the attempt counts, the pause is its own.</summary>
public sealed class ErrandLater(string message, Duration pause, Exception? inner = null) : Exception(message, inner)
{
    public Duration Pause { get; } = Duration.Max(Duration.FromMilliseconds(100), pause);
}
