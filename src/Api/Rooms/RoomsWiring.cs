using Muse.Api.OpenApi;
using Muse.Domain.Meetings;

namespace Muse.Api.Rooms;

public static class RoomsWiring
{
    public static IServiceCollection AddRooms(this IServiceCollection services, IConfiguration configuration)
    {
        var options = configuration.GetSection("Rooms").Get<RoomsOptions>() ?? new RoomsOptions();
        var turn = options.Turn.Checked();
        // A profile that does not exist shall stop the start, not the first lesson.
        options.ProfileFor(MeetingPreferences.Default);
        services.AddSingleton(options);
        services.AddSingleton<SignallingCounts>();
        services.AddSingleton<Doorkeeper>();
        services.AddSingleton<Tickets>();
        services.AddSingleton(provider => new IceServers(turn, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<Signalling>();
        services.AddSingleton<LessonDoors>();
        services.AddSingleton<WhipSessions>();
        services.AddSingleton<WhipDoor>();
        // Stopped in reverse: the rooms close, then what they said about attendance is written, then the media server goes.
        services.AddSingleton<MediaHost>();
        services.AddSingleton<Attendance>();
        services.AddSingleton<RoomMemory>();
        services.AddSingleton<LiveRooms>();
        services.AddHostedService(provider => provider.GetRequiredService<MediaHost>());
        services.AddHostedService(provider => provider.GetRequiredService<Attendance>());
        services.AddHostedService(provider => provider.GetRequiredService<RoomMemory>());
        services.AddHostedService(provider => provider.GetRequiredService<LiveRooms>());
        return services;
    }

    public static WebApplication MapRooms(this WebApplication app)
    {
        app.UseWebSockets();
        app.Map("/v1/rooms/{room:guid}/signal", (Guid room, HttpContext http, Signalling signalling) => signalling.Accept(room, http))
            .AllowAnonymous().ExcludeFromDescription();
        app.MapPost("/v1/lessons/{id:guid}/join", JoinLesson.Handle).Described("joinLesson", "Lessons",
            "Come into a lesson's room: a ticket for the built-in provider, an address for any other",
            ["not_allowed", "room_not_open", "room_full", "lesson_over", "lesson_cancelled", "no_provider_allowed", "meeting_not_ready",
                "media_unavailable", "provider_unreachable", "meeting_failed"]);
        app.MapWhip();
        return app;
    }
}
