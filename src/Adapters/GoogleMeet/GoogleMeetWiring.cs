using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Muse.Domain.Meetings;

namespace Muse.Adapters.GoogleMeet;

public static class GoogleMeetWiring
{
    public static IServiceCollection AddGoogleMeet(this IServiceCollection services, IConfiguration configuration) => services
        .AddSingleton(_ => configuration.GetSection(GoogleMeetOptions.Section).Get<GoogleMeetOptions>() ?? new GoogleMeetOptions())
        .AddSingleton<GoogleMeetings>()
        .AddSingleton<IMeetingProvider>(provider => provider.GetRequiredService<GoogleMeetings>());
}
