using Microsoft.Extensions.Options;
using Muse.Domain.Meetings;

namespace Muse.Api.Meetings;

/// <summary>The ways of meeting, in the school's order.</summary>
/// <param name="order">Names, the first tried first; those not named come last. Null: as registered.</param>
public sealed class MeetingProviders(IEnumerable<IMeetingProvider> providers, IReadOnlyList<string>? order = null)
{
    private readonly IMeetingProvider[] _inOrder =
        [.. order is null ? providers : providers.OrderBy(p => order.TakeWhile(name => name != p.Abilities.Name).Count())];

    public IReadOnlyList<MeetingAbilities> Abilities => [.. _inOrder.Select(p => p.Abilities)];

    public bool Knows(string name) => Array.Exists(_inOrder, p => p.Abilities.Name == name);

    /// <summary>Null when it is no longer configured.</summary>
    public IMeetingProvider? Find(string name) => Array.Find(_inOrder, p => p.Abilities.Name == name);

    /// <summary>Each with whether it serves this tutor.</summary>
    public async Task<IReadOnlyList<ProviderStanding>> Standings(Guid tutorId, CancellationToken ct) =>
        await Task.WhenAll(_inOrder.Select(async p => new ProviderStanding(p.Abilities, await p.Serves(tutorId, ct))));

    /// <summary>The setting <c>Meetings:Order</c>, names separated by commas or as a list; the default without it.</summary>
    /// <exception cref="OptionsValidationException">It names what is no provider.</exception>
    internal static IReadOnlyList<string> OrderFrom(IConfiguration configuration)
    {
        var order = configuration.GetSection("Meetings:Order").Get<string[]>() is { Length: > 0 } list ? list
            : configuration["Meetings:Order"]?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [];
        if (Array.Find(order, name => !ProviderPolicy.All.Contains(name)) is { } unknown)
            throw new OptionsValidationException("Meetings:Order", typeof(string[]), [$"Meetings:Order names '{unknown}'; providers are {string.Join(", ", ProviderPolicy.All)}."]);
        return [.. order, .. ProviderPolicy.All.Except(order)];
    }
}
