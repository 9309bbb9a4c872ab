using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Muse.Domain.Meetings;

namespace Muse.Adapters.Jitsi;

public static class JitsiWiring
{
    /// <param name="roomSecret">Names the rooms: at least 32 bytes, the same for the life of the installation.</param>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">A setting of <c>Meetings:Jitsi</c> is missing or cannot be.</exception>
    public static IServiceCollection AddJitsi(this IServiceCollection services, IConfiguration configuration, byte[] roomSecret)
    {
        var options = configuration.GetSection("Meetings:Jitsi").Get<JitsiOptions>() ?? new JitsiOptions();
        var school = options.Server();
        return services
            .AddSingleton(options)
            .AddSingleton<IMeetingProvider>(provider => new JitsiMeetings(school, new JitsiRooms(roomSecret), provider.GetService<IProviderAccounts>()));
    }
}
