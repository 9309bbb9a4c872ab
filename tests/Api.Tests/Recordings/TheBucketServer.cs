using Muse.Imitations.S3;

namespace Muse.Api.Tests.Recordings;

/// <summary>A server whose shelf is a bucket.</summary>
public sealed class TheBucketServer : Rooms.TheRoomServer
{
    public S3Imitation Bucket { get; } = new() { LeastPart = 1 };

    public override async ValueTask InitializeAsync()
    {
        await Bucket.StartAsync();
        foreach (var (name, value) in Bucket.Settings) With(name, value);
        await base.InitializeAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await Bucket.DisposeAsync();
    }
}
