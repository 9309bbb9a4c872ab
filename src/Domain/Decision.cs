using System.Diagnostics.CodeAnalysis;

namespace Muse.Domain;

/// <summary>
/// What a pure decision answers: the events that happened (none when the command was already done), or a <see cref="Refusal"/>.
/// </summary>
public readonly struct Decision
{
    private readonly object[]? _events;

    private Decision(object[]? events, Refusal? refusal)
    {
        _events = events;
        Refusal = refusal;
    }

    /// <summary>Empty when refused, and when the command changes nothing.</summary>
    public IReadOnlyList<object> Events => _events ?? [];

    public Refusal? Refusal { get; }

    [MemberNotNullWhen(true, nameof(Refusal))]
    public bool IsRefused => Refusal is not null;

    /// <summary>Accepted, and nothing to write: the state already says so.</summary>
    public bool ChangesNothing => Refusal is null && Events.Count == 0;

    public static Decision Nothing => default;

    public static Decision Of(params object[] events) => new(events, null);

    public static implicit operator Decision(Refusal refusal) => new(null, refusal);

    public static implicit operator Decision(object[] events) => new(events, null);
}
