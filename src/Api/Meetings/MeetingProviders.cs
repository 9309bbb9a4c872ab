using Muse.Domain.Meetings;

namespace Muse.Api.Meetings;

/// <summary>The configured ways of meeting, in the fallback order.</summary>
public sealed class MeetingProviders(IEnumerable<IMeetingProvider> providers)
{
    private readonly IMeetingProvider[] _inOrder = [.. providers];

    public IReadOnlyList<MeetingAbilities> Abilities => [.. _inOrder.Select(p => p.Abilities)];

    public bool Knows(string name) => Array.Exists(_inOrder, p => p.Abilities.Name == name);

    /// <summary>Null when it is no longer configured.</summary>
    public IMeetingProvider? Find(string name) => Array.Find(_inOrder, p => p.Abilities.Name == name);
}
