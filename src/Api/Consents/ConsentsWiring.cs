using Muse.Adapters.Postgres;
using Muse.Api.OpenApi;
using Muse.Domain.Consents;

namespace Muse.Api.Consents;

public static class ConsentsWiring
{
    private const string Path = "/v1/people/{personId:guid}/consents/{purpose}";
    private const string Tag = "Consents";

    public static IServiceCollection AddConsents(this IServiceCollection services) => services
        .AddSingleton<ConsentDesk>()
        .AddSingleton<ConsentRows>()
        .AddSingleton<IProjection>(provider => provider.GetRequiredService<ConsentRows>());

    public static IEndpointRouteBuilder MapConsents(this IEndpointRouteBuilder app)
    {
        app.MapGet(Path, ReadConsent.Handle).RequireAuthorization()
            .Described("getConsent", Tag, "Whether a person, or a guardian for a child, has agreed to something; who said it, and when");
        app.MapPut(Path, GiveConsent.Handle).RequireAuthorization()
            .Described("giveConsent", Tag, "Agree, for oneself or for a child",
                [.. DescribedRoutes.Preconditions, PersonConsents.NeedsGuardian, PersonConsents.OfAge]);
        app.MapDelete(Path, RevokeConsent.Handle).RequireAuthorization()
            .Described("revokeConsent", Tag, "Take back what was agreed to; one guardian is enough", [PersonConsents.NeedsGuardian, PersonConsents.OfAge]);
        return app;
    }
}
