namespace Muse.Domain.People;

/// <summary>
/// Free text about a person, readable only with that person's key: events are never edited, so forgetting somebody means deleting the key.
/// </summary>
/// <param name="About">Whose key seals it.</param>
/// <param name="Box">The sealed words; only the holder of the keys makes and opens it.</param>
public sealed record SealedText(Guid About, string Box);

/// <summary>The keys of persons, one each, made when first needed. Two implementations: a table of our own, later perhaps a key service.</summary>
public interface IPersonKeys
{
    Task<SealedText> Seal(Guid about, string words, CancellationToken ct);

    /// <summary>The words in the same order; null where the person was forgotten or the box is not ours. One look-up for all.</summary>
    Task<IReadOnlyList<string?>> Open(IReadOnlyList<SealedText> texts, CancellationToken ct);
}
