using Microsoft.Extensions.DependencyInjection.Extensions;
using Muse.Adapters.Postgres;
using Muse.Adapters.Zoom;
using Muse.Domain.Meetings;

namespace Muse.Api.Meetings;

public static class MeetingsWiring
{
    public static IServiceCollection AddMeetings(this IServiceCollection services, IConfiguration configuration)
    {
        services.TryAddSingleton<IPreflightFindings, NoPreflight>();
        services.TryAddSingleton(configuration.GetSection(ZoomOptions.Section).Get<ZoomOptions>() ?? new ZoomOptions());
        return services
            .AddSingleton<IProjection, MeetingRows>()
            .AddSingleton<IMeetingProvider, BuiltInMeetings>()
            .AddSingleton(provider => new MeetingProviders(
                provider.GetServices<IMeetingProvider>(), MeetingProviders.OrderFrom(configuration)))
            .AddSingleton<MeetingOrders>()
            .AddSingleton<MeetingAttempts>()
            .AddSingleton<MeetingLock>()
            .AddSingleton<ChooseProvider>()
            .AddSingleton<SettleMeeting>()
            .AddSingleton<TakeReports>()
            .AddSingleton<IErrandHandler, ArrangeMeeting>()
            .AddSingleton<IErrandHandler, MoveMeeting>()
            .AddSingleton<IErrandHandler, WithdrawMeeting>()
            .AddSingleton<IErrandHandler, SweepMeeting>()
            .AddSingleton<IErrandHandler, ResettleMeetings>()
            .AddSingleton<IErrandHandler, LookAgainAtZoomHosts>();
    }

    public static IEndpointRouteBuilder MapMeetings(this IEndpointRouteBuilder app)
    {
        app.MapMeetingPreferences();
        app.MapReceiveZoom();
        app.MapJaasWebhook();
        app.MapJitsiEvents();
        return app;
    }
}
