using Muse.Adapters.Postgres;

namespace Muse.Api.Feed;

public static class FeedWiring
{
    public static IServiceCollection AddFeed(this IServiceCollection services) => services
        .AddSingleton<FeedRows>()
        .AddSingleton<IProjection>(provider => provider.GetRequiredService<FeedRows>())
        .AddSingleton<ReadFeed>();

    public static IEndpointRouteBuilder MapFeed(this IEndpointRouteBuilder app)
    {
        ReadFeed.MapFeed(app);
        return app;
    }
}
