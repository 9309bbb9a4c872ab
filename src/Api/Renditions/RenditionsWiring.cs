using Muse.Adapters.Ffmpeg;
using Muse.Api.Recordings;

namespace Muse.Api.Renditions;

public static class RenditionsWiring
{
    /// <summary>Settings: <see cref="RecordingsOptions.Ffmpeg"/>.</summary>
    public static IServiceCollection AddRenditions(this IServiceCollection services) => services
        .AddSingleton(provider => FfmpegProgram.Find(provider.GetRequiredService<RecordingsOptions>().Ffmpeg))
        .AddSingleton<RenditionRows>()
        .AddSingleton<IRendition, DrawWaveform>()
        .AddSingleton<IRendition, DrawPoster>()
        .AddSingleton<Chapters>()
        .AddSingleton<IRendition, MergeSides>()
        .AddSingleton<IRendition, EncodeForApple>()
        .AddSingleton<MakeRenditions>()
        .AddHostedService(provider => provider.GetRequiredService<MakeRenditions>());
}
