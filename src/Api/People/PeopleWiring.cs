using Muse.Adapters.Postgres;

namespace Muse.Api;

public static class PeopleWiring
{
    public static IServiceCollection AddPeople(this IServiceCollection services) => services
        .AddSingleton<People>()
        .AddSingleton<IProjection, RolesOfPeople>();
}
