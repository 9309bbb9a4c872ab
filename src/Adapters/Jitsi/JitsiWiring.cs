using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Muse.Adapters.Outgoing;
using Muse.Domain.Meetings;
using Muse.Domain.Recordings;

namespace Muse.Adapters.Jitsi;

public static class JitsiWiring
{
    /// <param name="roomSecret">Names the rooms: at least 32 bytes, the same for the life of the installation.</param>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">A setting of <c>Meetings:Jitsi</c> is missing or cannot be.</exception>
    public static IServiceCollection AddJitsi(this IServiceCollection services, IConfiguration configuration, byte[] roomSecret)
    {
        var options = configuration.GetSection("Meetings:Jitsi").Get<JitsiOptions>() ?? new JitsiOptions();
        var school = options.Server();
        services.AddHttpClient(JaasRecordings.Wire, http => http.Timeout = Timeout.InfiniteTimeSpan)
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false })
            // The address is a secret, and the client's own log would print it.
            .RemoveAllLoggers();
        foreach (var tutors in (bool[])[false, true])
        {
            services.AddHttpClient(tutors ? JitsiWire.Tutors : JitsiWire.Schools, http => http.Timeout = Timeout.InfiniteTimeSpan)
                .ConfigurePrimaryHttpMessageHandler(() => HandlerOf(mayBeAnywhere: !tutors || options.AllowLocalServers))
                .RemoveAllLoggers();
        }
        services.TryAddSingleton(TimeProvider.System);
        return services
            .AddSingleton<JitsiWire>()
            .AddSingleton<JitsiPulse>()
            .AddSingleton<IRecordingSource, JaasRecordings>()
            .AddSingleton(options)
            .AddSingleton<IMeetingProvider>(provider => new JitsiMeetings(
                school, new JitsiRooms(roomSecret), provider.GetRequiredService<JitsiPulse>(), provider.GetService<IProviderAccounts>(),
                options.AllowLocalServers));
    }

    // Whoever runs Muse may have the school's server in their own network; to a tutor's own server only public addresses lead.
    private static SocketsHttpHandler HandlerOf(bool mayBeAnywhere) => mayBeAnywhere
        ? new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) }
        : new VettedConnections(new OutgoingOptions()).Handler();
}
