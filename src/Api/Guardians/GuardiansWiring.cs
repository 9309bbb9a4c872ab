using FluentValidation;

namespace Muse.Api.Guardians;

public static class GuardiansWiring
{
    public static IServiceCollection AddGuardians(this IServiceCollection services) => services
        .AddSingleton<IValidator<NewChild>, NewChildRules>()
        .AddSingleton<IValidator<ChildChanges>, ChildChangesRules>();

    public static void MapGuardians(this IEndpointRouteBuilder app)
    {
        app.MapChildren();
        app.MapDeviceLinks();
    }
}
