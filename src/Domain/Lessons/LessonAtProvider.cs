using System.Collections.Immutable;
using NodaTime;

namespace Muse.Domain.Lessons;

/// <summary>One stay at a provider, as far as the provider has told: the coming may be told after the going.</summary>
public sealed record Visit(string Provider, Who Who, Instant? Came, Instant? Went)
{
    /// <summary>The same visit with what another report says of it. Who came in counts before who went out: then more is known of a guest.</summary>
    public Visit With(Visit other) => new(
        Provider, other.Came is not null || Came is null ? other.Who : Who, Later(Came, other.Came), Later(Went, other.Went));

    private static Instant? Later(Instant? a, Instant? b) => a is { } one && b is { } two ? Instant.Max(one, two) : a ?? b;
}

/// <summary>
/// Attendance that a meeting provider tells of. Its reports come late and in any order, so nothing here depends on the order: a visit keeps
/// when somebody came and went by the provider's clock, and who is present follows from that. Only
/// <see cref="LessonStarted"/> cannot be taken back: when a going is told after somebody else's later coming, the two looked together.
/// </summary>
public sealed partial record Lesson
{
    /// <summary>Stays at providers that are kept; a guest who comes and goes all day is somebody's loop.</summary>
    public const int MostVisits = 100;

    public ImmutableDictionary<Guid, Visit> Visits { get; init; } = ImmutableDictionary<Guid, Visit>.Empty;

    /// <summary>When a provider last said that its meeting is over.</summary>
    public ImmutableDictionary<string, Instant> OverAt { get; init; } = ImmutableDictionary<string, Instant>.Empty;

    /// <summary><see cref="LessonStarted"/> was written.</summary>
    public bool HaveMet { get; init; }

    public Lesson Apply(EveryoneLeft e) => (this with
    {
        OverAt = OverAt.SetItem(e.Provider, Instant.Max(e.At, OverAt.GetValueOrDefault(e.Provider, Instant.MinValue))),
    }).Counted();

    /// <summary>A provider saw somebody come. Nobody is kept out by this: the provider has let them in.</summary>
    public Decision Came(Guid participantId, Who who, string provider, Instant at, Instant now)
    {
        if (IsNotKept(participantId) || Visits.GetValueOrDefault(participantId)?.Came >= Told(at, now))
            return Decision.Nothing;
        return Reported(new ParticipantJoined(Id, participantId, who, Told(at, now), provider), now);
    }

    /// <summary>A provider saw somebody go, perhaps before it told that they came.</summary>
    public Decision Went(Guid participantId, Who who, string provider, Instant at, Instant now)
    {
        var known = Visits.GetValueOrDefault(participantId);
        if (IsNotKept(participantId) || known?.Went >= Told(at, now))
            return Decision.Nothing;
        return Reported(new ParticipantLeft(Id, participantId, known?.Who ?? who, Told(at, now), provider), now);
    }

    /// <summary>
    /// A provider says that its meeting is over. After the planned end that ends the lesson, if nobody came back; before it the people may
    /// still do so, and the clock ends the lesson.
    /// </summary>
    public Decision EveryoneWent(string provider, Instant at, Instant now)
    {
        var told = Told(at, now);
        if (IsCancelled() || (OverAt.TryGetValue(provider, out var known) && known >= told))
            return Decision.Nothing;
        var decision = Reported(new EveryoneLeft(Id, provider, told), now);
        var after = Apply(new EveryoneLeft(Id, provider, told));
        return !IsClosed() && Time.IsOver(told) && after.Present.IsEmpty
            ? Decision.Of([.. decision.Events, new LessonEnded(Id, told)])
            : decision;
    }

    /// <summary>A clock that is ahead of ours cannot tell of the future.</summary>
    private static Instant Told(Instant at, Instant now) => Instant.Min(at, now).Cut();

    private bool IsNotKept(Guid participantId) =>
        IsCancelled() || (Visits.Count >= MostVisits && !Visits.ContainsKey(participantId));

    private Decision Reported(object report, Instant now)
    {
        var after = report switch
        {
            ParticipantJoined joined => Apply(joined),
            ParticipantLeft left => Apply(left),
            _ => Apply((EveryoneLeft)report),
        };
        return !HaveMet && after.MetAtProvider(now) is { } met ? Decision.Of(report, new LessonStarted(Id, met)) : Decision.Of(report);
    }

    /// <summary>
    /// When the tutor and somebody else were there together for the first time, not before the room opens: a try the day before starts no
    /// lesson. A guest counts as the other side; who else would the tutor have let in?
    /// </summary>
    private Instant? MetAtProvider(Instant now)
    {
        Instant? first = null;
        foreach (var tutor in Visits.Values.Where(v => v.Who.IsTutor() && v.Came is not null))
        {
            foreach (var other in Visits.Values.Where(v => !v.Who.IsTutor() && v.Came is not null && v.Provider == tutor.Provider))
            {
                var from = Instant.Max(Instant.Max(tutor.Came!.Value, other.Came!.Value), JoinOpensAt());
                var to = Instant.Min(EndOf(tutor, now), EndOf(other, now));
                if (from <= to && (first is null || from < first))
                    first = from;
            }
        }
        return first;
    }

    private Instant EndOf(Visit visit, Instant now) =>
        visit.Went >= visit.Came ? visit.Went!.Value
        : OverAt.TryGetValue(visit.Provider, out var over) && over >= visit.Came ? over
        : now;

    private bool IsIn(Visit visit) =>
        visit.Came is { } came && !(visit.Went >= came) && !(OverAt.TryGetValue(visit.Provider, out var over) && over >= came);

    private Lesson Visited(Guid participantId, Visit visit) => (this with
    {
        Visits = Visits.SetItem(participantId, Visits.TryGetValue(participantId, out var known) ? known.With(visit) : visit),
    }).Counted();

    /// <summary>Present are those of this server's rooms, and of the visits those who are in; nobody once the lesson has ended.</summary>
    private Lesson Counted()
    {
        var present = Present.RemoveRange(Visits.Keys);
        if (State is not LessonState.Ended)
            present = present.AddRange(Visits.Where(v => IsIn(v.Value)).Select(v => KeyValuePair.Create(v.Key, v.Value.Who)));
        return this with { Present = present };
    }
}
