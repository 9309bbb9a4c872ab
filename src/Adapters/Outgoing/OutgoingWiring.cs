using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Muse.Adapters.Outgoing;

public static class OutgoingWiring
{
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">A setting of <c>Outgoing</c> cannot be.</exception>
    public static IServiceCollection AddOutgoing(this IServiceCollection services, IConfiguration configuration)
    {
        services.TryAddSingleton(TimeProvider.System);
        return services.AddSingleton(OutgoingOptions.Of(configuration)).AddSingleton<VettedConnections>().AddSingleton<NamedAddress>();
    }
}
