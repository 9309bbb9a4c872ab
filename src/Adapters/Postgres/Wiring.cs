using Microsoft.Extensions.DependencyInjection;
using Muse.Domain.People;
using Npgsql;

namespace Muse.Adapters.Postgres;

public static class Wiring
{
    /// <summary>
    /// A data source as the event store wants it: statements prepared after their second use, no reset between uses of a connection, so whoever
    /// changes a session (SET, a session lock) must change it back. <paramref name="connectionString"/> must name a
    /// primary; a standby does not show the primary's marks and would lose events.
    /// </summary>
    public static NpgsqlDataSource OpenSource(string connectionString)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString);
        if (settings.MaxAutoPrepare == 0)
        {
            settings.MaxAutoPrepare = 100;
            settings.AutoPrepareMinUsages = 2;
        }
        // The reset costs six statements each time a connection is used again. Nobody leaves settings, temporary tables or session locks behind
        // (an open transaction is still rolled back).
        settings.NoResetOnClose = true;
        return NpgsqlDataSource.Create(settings);
    }

    /// <summary>Needs an <see cref="NpgsqlDataSource"/> registered; takes every registered <see cref="IProjection"/>.</summary>
    public static IServiceCollection AddEventStore(this IServiceCollection services) => services
        .AddSingleton(EventNames.Muse)
        .AddSingleton<IPersonKeys, PersonKeys>()
        .AddSingleton<ErrandQueue>()
        .AddSingleton<ErrandRunner>()
        .AddSingleton<ProjectionRunner>()
        .AddSingleton<EventStore>(provider => new EventStore(
            provider.GetRequiredService<NpgsqlDataSource>(),
            provider.GetRequiredService<EventNames>(),
            provider.GetServices<IProjection>(),
            provider.GetService<TimeProvider>() ?? TimeProvider.System));
}
