using System.Threading.Channels;
using Muse.SelfHostedMedia.Rooms;

namespace Muse.SelfHostedMedia;

/// <summary>The built-in SFU: one UDP port, one media thread.</summary>
public sealed class MediaServer : IAsyncDisposable
{
    private readonly Channel<RoomFact> _facts;

    public MediaServer(MediaOptions options, TimeProvider? time = null)
    {
        Options = options;
        _facts = Channel.CreateBounded<RoomFact>(options.MaxWaitingFacts);
    }

    public MediaOptions Options { get; }

    /// <summary>The UDP port in use; valid after <see cref="Start"/>.</summary>
    public int Port { get; private set; }

    /// <summary>What happens in the rooms, in order. One reader; completed when the server is disposed.</summary>
    public ChannelReader<RoomFact> Facts => _facts.Reader;

    public OpenRooms Rooms { get; } = new();

    public MediaStatistics Statistics => new();

    /// <summary>True from <see cref="Start"/> until disposal as long as the media thread runs (for the health page).</summary>
    public bool IsRunning { get; private set; }

    /// <summary>Binds the port and starts the media thread.</summary>
    /// <exception cref="System.Net.Sockets.SocketException">The port is taken.</exception>
    /// <exception cref="DllNotFoundException">OpenSSL 3 (libssl.so.3) is not installed.</exception>
    public void Start() => throw new NotImplementedException();

    /// <summary>Closes every room and the port.</summary>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
