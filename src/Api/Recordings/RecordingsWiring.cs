using Microsoft.Extensions.DependencyInjection.Extensions;
using Muse.Adapters.Postgres;
using Muse.Adapters.Shelf;
using Muse.Api.Operations;
using Muse.Domain.Recordings;

namespace Muse.Api.Recordings;

public static class RecordingsWiring
{
    /// <summary>Setting: <c>Recordings:Folder</c>, by default <c>recordings</c> in the data folder.</summary>
    public static IServiceCollection AddRecordings(this IServiceCollection services, IConfiguration configuration, DataFolder data)
    {
        services.TryAddSingleton<IRecordingShelf>(_ =>
            new FolderShelf(configuration["Recordings:Folder"] is { Length: > 0 } folder ? folder : data.PathOf("recordings")));
        return services
            .AddSingleton<IProjection, RecordingRows>()
            .AddSingleton<FoundRecordings>()
            .AddSingleton<IErrandHandler, FetchRecording>();
    }
}
