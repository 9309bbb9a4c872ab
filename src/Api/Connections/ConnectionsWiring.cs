using Muse.Domain.Meetings;

namespace Muse.Api.Connections;

public static class ConnectionsWiring
{
    public static IServiceCollection AddTutorAccounts(this IServiceCollection services) => services
        .AddSingleton<IProviderAccounts, TutorAccounts>();
}
