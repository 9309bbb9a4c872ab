using FluentValidation;
using Muse.Adapters.Postgres;

namespace Muse.Api.ApiKeys;

public static class ApiKeysWiring
{
    public static IServiceCollection AddApiKeys(this IServiceCollection services) => services
        .AddSingleton<ApiKeyRows>()
        .AddSingleton<IProjection>(provider => provider.GetRequiredService<ApiKeyRows>())
        .AddSingleton<KeyHolders>()
        .AddSingleton<Integrators>()
        .AddSingleton<IValidator<WantedApiKey>, WantedApiKeyRules>()
        .AddSingleton<IValidator<NewIntegrator>, NewIntegratorRules>();

    public static void MapApiKeys(this IEndpointRouteBuilder app)
    {
        app.MapApiKeyRoutes();
        app.MapIntegrators();
    }
}
