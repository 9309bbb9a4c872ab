using Microsoft.Extensions.DependencyInjection.Extensions;
using Muse.Adapters.Postgres;
using Muse.Adapters.Shelf;
using Muse.Api.Operations;
using Muse.Domain.Recordings;

namespace Muse.Api.Recordings;

public static class RecordingsWiring
{
    /// <summary>Settings: <see cref="RecordingsOptions"/>.</summary>
    public static IServiceCollection AddRecordings(this IServiceCollection services, IConfiguration configuration, DataFolder data)
    {
        var options = (configuration.GetSection("Recordings").Get<RecordingsOptions>() ?? new RecordingsOptions()).Checked();
        if (options.Shelf.IsConfigured)
        {
            services.AddSingleton(_ => new BucketShelf(options.Shelf));
            services.AddSingleton<WatchShelf>();
            services.AddHostedService(provider => provider.GetRequiredService<WatchShelf>());
            services.AddSingleton<IRecordingShelf>(provider => new MovedShelf(provider.GetRequiredService<BucketShelf>(), new FolderShelf(options.FolderIn(data))));
        }
        services.TryAddSingleton<IRecordingShelf>(_ => new FolderShelf(options.FolderIn(data)));
        services.AddSingleton<RoomRecordings>();
        services.AddHostedService(provider => provider.GetRequiredService<RoomRecordings>());
        services.AddSingleton<DeleteRecording>();
        services.AddSingleton<RoomRecordingRows>();
        return services
            .AddSingleton(options)
            .AddSingleton(new RecordingFolders(options.FolderIn(data)))
            .AddSingleton<RoomFiles>()
            .AddSingleton<RecordingViewers>()
            .AddSingleton<RecordingViewLog>()
            .AddSingleton<Viewings>()
            .AddSingleton<Shown>()
            .AddSingleton<IProjection, RecordingRows>()
            .AddSingleton<IProjection>(provider => provider.GetRequiredService<RoomRecordingRows>())
            .AddSingleton<FoundRecordings>()
            .AddSingleton<IErrandHandler, FetchRecording>()
            .AddSingleton<IErrandHandler, FinaliseRecording>()
            .AddSingleton<IErrandHandler, ShelveRoom>()
            .AddSingleton<IErrandHandler, LeaveDisk>()
            .AddSingleton<IErrandHandler>(provider => provider.GetRequiredService<DeleteRecording>())
            .AddSingleton<IErrandHandler, DeleteRevoked>();
    }
}
