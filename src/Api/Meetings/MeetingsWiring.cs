using Muse.Adapters.Postgres;
using Muse.Domain.Meetings;

namespace Muse.Api.Meetings;

public static class MeetingsWiring
{
    /// <summary>Providers in the fallback order.</summary>
    public static IServiceCollection AddMeetings(this IServiceCollection services) => services
        .AddSingleton<IProjection, MeetingRows>()
        .AddSingleton<IMeetingProvider, BuiltInMeetings>()
        .AddSingleton<MeetingProviders>()
        .AddSingleton<SettleMeeting>()
        .AddSingleton<IErrandHandler, ArrangeMeeting>()
        .AddSingleton<IErrandHandler, MoveMeeting>()
        .AddSingleton<IErrandHandler, WithdrawMeeting>();
}
