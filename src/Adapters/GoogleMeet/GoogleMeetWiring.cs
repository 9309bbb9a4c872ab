using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Muse.Adapters.Postgres;
using Muse.Domain.Meetings;
using Muse.Domain.Recordings;
using Npgsql;

namespace Muse.Adapters.GoogleMeet;

public static class GoogleMeetWiring
{
    /// <summary>Longest answer that is read, bytes: a page of a calendar's changes holds 2,500 events of a few hundred bytes.</summary>
    private const long LongestAnswer = 4 << 20;

    /// <exception cref="OptionsValidationException">The settings cannot work; the server does not start with them.</exception>
    public static IServiceCollection AddGoogleMeet(this IServiceCollection services, IConfiguration configuration)
    {
        var options = configuration.GetSection(GoogleMeetOptions.Section).Get<GoogleMeetOptions>() ?? new GoogleMeetOptions();
        if (options.Fault() is { } fault) throw new OptionsValidationException(GoogleMeetOptions.Section, typeof(GoogleMeetOptions), [fault]);
        services.TryAddSingleton(TimeProvider.System);
        services.AddHttpClient(GoogleWire.ClientName, client =>
            {
                client.Timeout = TimeSpan.FromSeconds(options.TimeoutSeconds);
                client.MaxResponseContentBufferSize = LongestAnswer;
            })
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) })
            .RemoveAllLoggers();
        services.AddHttpClient(GoogleRecordings.ClientName, client => client.Timeout = Timeout.InfiniteTimeSpan)
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) })
            .RemoveAllLoggers();
        return services
            .AddSingleton(options)
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
