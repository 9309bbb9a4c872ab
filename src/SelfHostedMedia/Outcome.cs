namespace Muse.SelfHostedMedia;

/// <summary>Why the media server will not do what was asked. A value, not an exception: a refused offer is everyday business.</summary>
/// <param name="Code">Stable, snake_case: <c>invalid_offer</c>, <c>room_full</c>, <c>too_many_rooms</c>, <c>too_many_tracks</c>,
/// <c>unknown_track</c>, <c>participant_left</c>, <c>room_closed</c>.</param>
/// <param name="Detail">English, for a developer. Never holds a secret.</param>
public sealed record MediaRefusal(string Code, string Detail);

/// <summary>Either a value or a <see cref="MediaRefusal"/>.</summary>
public readonly struct Outcome<T>
    where T : class
{
    private readonly T? _value;

    private Outcome(T? value, MediaRefusal? refusal) => (_value, Refusal) = (value, refusal);

    public MediaRefusal? Refusal { get; }

    public bool IsRefused => Refusal is not null;

    /// <exception cref="InvalidOperationException">The outcome is a refusal.</exception>
    public T Value => _value ?? throw new InvalidOperationException($"Refused: {Refusal?.Code}");

    public static implicit operator Outcome<T>(T value) => new(value, null);

    public static implicit operator Outcome<T>(MediaRefusal refusal) => new(null, refusal);
}
