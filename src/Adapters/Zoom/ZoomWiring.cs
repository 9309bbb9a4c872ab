using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Muse.Adapters.Postgres;
using Muse.Domain.Meetings;
using Muse.Domain.Recordings;

namespace Muse.Adapters.Zoom;

public static class ZoomWiring
{
    /// <summary>Needs an <c>NpgsqlDataSource</c>, <see cref="IProviderAccounts"/> and a <see cref="TimeProvider"/> registered.</summary>
    /// <exception cref="OptionsValidationException">The settings cannot work; the server does not start with them.</exception>
    public static IServiceCollection AddZoom(this IServiceCollection services, IConfiguration configuration)
    {
        var options = configuration.GetSection(ZoomOptions.Section).Get<ZoomOptions>() ?? new ZoomOptions();
        if (options.Fault() is { } fault) throw new OptionsValidationException(ZoomOptions.Section, typeof(ZoomOptions), [fault]);
        services.AddHttpClient(ZoomWire.ClientName)
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                UseCookies = false,
                PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            })
            .ConfigureHttpClient(client => client.Timeout = Timeout.InfiniteTimeSpan)
            .RemoveAllLoggers();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<TutorAddresses>();
        services.AddHttpClient(ZoomRecordings.Wire, http => http.Timeout = Timeout.InfiniteTimeSpan)
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler { AllowAutoRedirect = false, ConnectTimeout = TimeSpan.FromSeconds(10) })
            // Where a store sends a download is as good as a token for a while.
            .RemoveAllLoggers();
        return services
            .AddSingleton(options)
            .AddSingleton<ZoomWire>()
            .AddSingleton<SchoolToken>()
            .AddSingleton<ZoomCalls>()
            .AddSingleton<ZoomHosts>()
            .AddSingleton<ZoomSearch>()
            .AddSingleton<ZoomTraces>()
            .AddSingleton<ZoomBudget>()
            .AddSingleton<ZoomReports>()
            .AddSingleton<IRecordingSource, ZoomRecordings>()
            .AddSingleton<ZoomMeetings>()
            .AddSingleton<IMeetingProvider>(provider => provider.GetRequiredService<ZoomMeetings>());
    }
}
