using System.Diagnostics.CodeAnalysis;

namespace Muse.Domain.Scheduling;

/// <summary>What a reading or a question answers: the value, or the <see cref="Refusal"/> that says why there is none.</summary>
public readonly struct Answer<T> where T : notnull
{
    private readonly T? _value;

    private Answer(T? value, Refusal? refusal)
    {
        _value = value;
        Refusal = refusal;
    }

    public Refusal? Refusal { get; }

    [MemberNotNullWhen(true, nameof(Refusal))]
    public bool IsRefused => Refusal is not null;

    /// <summary>The value; asking for it of a refused answer is a bug and throws.</summary>
    public T Value => Refusal is null && _value is not null
        ? _value
        : throw new InvalidOperationException($"Refused with {Refusal?.Code ?? "no value"}.");

    /// <summary>The refusal when there is one; otherwise null, and the value in <paramref name="value"/>.</summary>
    public Refusal? Or([NotNull] out T? value)
    {
        value = _value!;
        return Refusal;
    }

    public static implicit operator Answer<T>(T value) => new(value, null);

    public static implicit operator Answer<T>(Refusal refusal) => new(default, refusal);
}
