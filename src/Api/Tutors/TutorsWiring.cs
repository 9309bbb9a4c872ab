using FluentValidation;
using Muse.Adapters.Postgres;

namespace Muse.Api.Tutors;

public static class TutorsWiring
{
    public static IServiceCollection AddTutors(this IServiceCollection services) => services
        .AddSingleton<IProjection, TutorProfiles>()
        .AddSingleton<IValidator<ProfileWanted>, ProfileRules>();

    public static void MapTutors(this IEndpointRouteBuilder app)
    {
        app.MapFindTutors();
        app.MapPutProfile();
    }
}
