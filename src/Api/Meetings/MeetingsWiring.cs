using Microsoft.Extensions.DependencyInjection.Extensions;
using Muse.Adapters.Postgres;
using Muse.Adapters.Zoom;
using Muse.Api.OpenApi;
using Muse.Domain.Meetings;

namespace Muse.Api.Meetings;

public static class MeetingsWiring
{
    public static IServiceCollection AddMeetings(this IServiceCollection services, IConfiguration configuration)
    {
        services.TryAddSingleton(configuration.GetSection(ZoomOptions.Section).Get<ZoomOptions>() ?? new ZoomOptions());
        var order = MeetingProviders.OrderFrom(configuration);
        return services
            .AddSingleton<IProjection, MeetingRows>()
            .AddSingleton<IMeetingProvider, BuiltInMeetings>()
            .AddSingleton(provider => new MeetingProviders(provider.GetServices<IMeetingProvider>(), order))
            .AddSingleton<MeetingOrders>()
            .AddSingleton<MeetingAttempts>()
            .AddSingleton<MeetingLock>()
            .AddSingleton<ChooseProvider>()
            .AddSingleton<SettleMeeting>()
            .AddSingleton<PeopleOfLesson>()
            .AddSingleton<TakeReports>()
            .AddSingleton<ForgedWebhooks>()
            .AddSingleton<MeetingSights>()
            .AddSingleton<FallBack>()
            .AddSingleton<LookAtMeeting>()
            .AddSingleton<IErrandHandler>(provider => provider.GetRequiredService<LookAtMeeting>())
            .AddSingleton<ComingLessons>()
            .AddSingleton<LookAfterMove>()
            .AddSingleton<VerifyMeetings>()
            .AddHostedService(provider => provider.GetRequiredService<VerifyMeetings>())
            .AddSingleton<TryMeetingsAgain>()
            .AddHostedService(provider => provider.GetRequiredService<TryMeetingsAgain>())
            .AddSingleton<WatchCalendars>()
            .AddHostedService(provider => provider.GetRequiredService<WatchCalendars>())
            .AddSingleton<FollowMeetings>()
            .AddHostedService(provider => provider.GetRequiredService<FollowMeetings>())
            .AddSingleton<IErrandHandler, ArrangeMeeting>()
            .AddSingleton<IErrandHandler, MoveMeeting>()
            .AddSingleton<IErrandHandler, WithdrawMeeting>()
            .AddSingleton<IErrandHandler, SweepMeeting>()
            .AddSingleton<ResettleMeetings>()
            .AddSingleton<IErrandHandler>(provider => provider.GetRequiredService<ResettleMeetings>())
            .AddSingleton<IErrandHandler, LookAgainAtZoomHosts>();
    }

    public static IEndpointRouteBuilder MapMeetings(this IEndpointRouteBuilder app)
    {
        app.MapMeetingPreferences();
        app.MapMeetingStory();
        app.MapPost("/v1/lessons/{id:guid}/fallback", FallBack.Handle).RequireAuthorization().Described("fallBack", "Lessons",
            "The room does not connect, or the provider does not answer: go on at the next provider, at once",
            ["room_not_open", "lesson_over", "lesson_cancelled", "no_fallback", "provider_answers", "tried_just_now", "fallback_failed", "provider_unreachable",
                "media_unavailable", "meeting_failed", "meeting_not_ready", "no_provider_allowed"]);
        app.MapTryMeetingAgain();
        app.MapReceiveZoom();
        app.MapReceiveGoogle();
        app.MapJaasWebhook();
        app.MapJitsiEvents();
        return app;
    }
}
