using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Muse.Adapters.Postgres;
using Muse.Domain.Meetings;
using Muse.Domain.Recordings;
using Npgsql;

namespace Muse.Adapters.GoogleMeet;

public static class GoogleMeetWiring
{
    /// <summary>Longest answer that is read, bytes: a page of a calendar's changes holds 2,500 events of a few hundred bytes.</summary>
    private const long LongestAnswer = 4 << 20;

    public static IServiceCollection AddGoogleMeet(this IServiceCollection services, IConfiguration configuration)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddHttpClient(GoogleWire.ClientName, (provider, client) =>
            {
                client.Timeout = TimeSpan.FromSeconds(Math.Clamp(provider.GetRequiredService<GoogleMeetOptions>().TimeoutSeconds, 1, 60));
                client.MaxResponseContentBufferSize = LongestAnswer;
            })
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) })
            .RemoveAllLoggers();
        services.AddHttpClient(GoogleRecordings.ClientName, client => client.Timeout = Timeout.InfiniteTimeSpan)
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) })
            .RemoveAllLoggers();
        return services
            .AddSingleton(_ => configuration.GetSection(GoogleMeetOptions.Section).Get<GoogleMeetOptions>() ?? new GoogleMeetOptions())
            .AddSingleton<ServiceAccount>()
            .AddSingleton<GoogleAccounts>(provider => new GoogleAccounts(
                provider.GetRequiredService<GoogleMeetOptions>(), provider.GetRequiredService<ServiceAccount>(), provider.GetService<IProviderAccounts>(),
                provider.GetService<NpgsqlDataSource>() is { } database ? new TutorAddresses(database) : null))
            .AddSingleton<GoogleWire>()
            .AddSingleton<GooglePeople>()
            .AddSingleton<CalendarEvents>()
            .AddSingleton<MeetSpaces>()
            .AddSingleton<GoogleFacts>()
            .AddSingleton<GoogleCalendars>(provider => new GoogleCalendars(
                provider.GetRequiredService<GoogleAccounts>(), provider.GetRequiredService<GoogleWire>(),
                provider.GetRequiredService<GoogleMeetOptions>(), provider.GetRequiredService<TimeProvider>()))
            .AddSingleton<IRecordingSource, GoogleRecordings>()
            .AddSingleton<IMeetingProvider, GoogleMeetings>();
    }
}
