using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Muse.Domain.Meetings;

namespace Muse.Adapters.Zoom;

public static class ZoomWiring
{
    /// <exception cref="OptionsValidationException">The settings cannot work; the server does not start with them.</exception>
    public static IServiceCollection AddZoom(this IServiceCollection services, IConfiguration configuration)
    {
        var options = configuration.GetSection(ZoomOptions.Section).Get<ZoomOptions>() ?? new ZoomOptions();
        if (options.Fault() is { } fault) throw new OptionsValidationException(ZoomOptions.Section, typeof(ZoomOptions), [fault]);
        return services
            .AddSingleton(options)
            .AddSingleton<ZoomCalls>()
            .AddSingleton<ZoomReports>()
            .AddSingleton<IMeetingProvider, ZoomMeetings>();
    }
}
