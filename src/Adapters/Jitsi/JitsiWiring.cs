using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
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
        return services
            .AddSingleton<IRecordingSource, JaasRecordings>()
            .AddSingleton(options)
            .AddSingleton<IMeetingProvider>(provider => new JitsiMeetings(
                school, new JitsiRooms(roomSecret), provider.GetService<IProviderAccounts>(), options.AllowLocalServers));
    }
}
