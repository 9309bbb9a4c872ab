using FluentValidation;
using Muse.Adapters.Postgres;

namespace Muse.Api.Webhooks;

public static class WebhooksWiring
{
    public static IServiceCollection AddWebhooks(this IServiceCollection services) => services
        .AddSingleton<EndpointRows>()
        .AddSingleton<IProjection>(provider => provider.GetRequiredService<EndpointRows>())
        .AddSingleton<EndpointSecrets>()
        .AddSingleton<EndpointDesk>()
        .AddSingleton<IValidator<WantedEndpoint>, WantedEndpointRules>()
        .AddSingleton<IValidator<ChangedEndpoint>, ChangedEndpointRules>();

    public static IEndpointRouteBuilder MapWebhooks(this IEndpointRouteBuilder app)
    {
        app.MapEndpoints();
        return app;
    }
}
