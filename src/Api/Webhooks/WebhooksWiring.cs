using FluentValidation;
using Muse.Adapters.Postgres;

namespace Muse.Api.Webhooks;

public static class WebhooksWiring
{
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">A setting of <c>Webhooks</c> cannot be.</exception>
    public static IServiceCollection AddWebhooks(this IServiceCollection services, IConfiguration configuration) => services
        .AddSingleton(WebhookOptions.Of(configuration))
        .AddSingleton<EndpointRows>()
        .AddSingleton<IProjection>(provider => provider.GetRequiredService<EndpointRows>())
        .AddSingleton<EndpointSecrets>()
        .AddSingleton<EndpointDesk>()
        .AddSingleton<FanOut>()
        .AddSingleton<DeliveryRows>()
        .AddSingleton<DeliveryLog>()
        .AddSingleton<PostWebhook>()
        .AddSingleton<DeliverWebhooks>()
        .AddHostedService(provider => provider.GetRequiredService<DeliverWebhooks>())
        .AddHostedService<ForgetDeliveries>()
        .AddSingleton<IValidator<WantedEndpoint>, WantedEndpointRules>()
        .AddSingleton<IValidator<ChangedEndpoint>, ChangedEndpointRules>()
        .AddSingleton<IValidator<WantedReplay>, WantedReplayRules>();

    public static IEndpointRouteBuilder MapWebhooks(this IEndpointRouteBuilder app)
    {
        app.MapEndpoints();
        app.MapDeliveries();
        return app;
    }
}
