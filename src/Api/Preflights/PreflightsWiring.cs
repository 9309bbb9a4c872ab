using FluentValidation;
using Muse.Adapters.Postgres;
using Muse.Domain.Meetings;

namespace Muse.Api.Preflights;

public static class PreflightsWiring
{
    public static IServiceCollection AddPreflights(this IServiceCollection services, IConfiguration configuration) => services
        .AddSingleton(configuration.GetSection("Preflights").Get<PreflightsOptions>() ?? new PreflightsOptions())
        .AddSingleton<IProjection, PreflightRows>()
        .AddSingleton<IValidator<PreflightReport>, PreflightReportRules>()
        .AddSingleton<LatestPreflights>()
        .AddSingleton<IPreflightFindings>(provider => provider.GetRequiredService<LatestPreflights>())
        .AddSingleton<ExplainPreflight>()
        .AddSingleton<LivePreflights>()
        .AddSingleton<PreflightSignalling>();

    public static void MapPreflights(this WebApplication app)
    {
        app.MapBeginPreflight();
        app.MapFinishPreflight();
        app.MapReadPreflight();
        app.Map("/v1/preflights/{id:guid}/signal", (Guid id, HttpContext http, PreflightSignalling signalling) => signalling.Accept(id, http))
            .AllowAnonymous().ExcludeFromDescription();
    }
}
