using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Muse.SelfHostedMedia.Rehearsal;
using Muse.SelfHostedMedia.Rooms;
using Muse.SelfHostedMedia.Rooms.Watching;

namespace Muse.SelfHostedMedia;

/// <summary>The built-in SFU: one UDP port, one media thread.</summary>
public sealed class MediaServer : IAsyncDisposable
{
    private static int s_hasRehearsed;

    private readonly Channel<RoomFact> _facts;
    private readonly TimeProvider _time;
    private MediaThread? _thread;
    private OpenRooms? _rooms;
    private bool _isDisposed;

    public MediaServer(MediaOptions options, TimeProvider? time = null)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.AdvertisedAddresses.Count, 8);
        ArgumentOutOfRangeException.ThrowIfZero(options.SrtpProfiles.Count);
        Options = options;
        _time = time ?? TimeProvider.System;
        // Written by the media thread, which must never wait: a fact that finds no room is dropped and counted.
        _facts = Channel.CreateBounded<RoomFact>(new BoundedChannelOptions(options.MaxWaitingFacts)
        {
            FullMode = BoundedChannelFullMode.Wait,
            SingleWriter = true,
        });
    }

    public MediaOptions Options { get; }

    /// <summary>The UDP port in use; 0 before <see cref="Start"/>.</summary>
    public int Port => _thread?.Port ?? 0;

    /// <summary>The TCP port in use; null when there is none.</summary>
    public int? TcpPort => _thread?.Tcp?.Port;

    /// <summary>Why the TCP port could not be had.</summary>
    public Exception? TcpFault => _thread?.TcpFault;

    /// <summary>False when libusrsctp is not installed, or before <see cref="Start"/>: then offers of data channels are declined.</summary>
    public bool HasDataChannels => _thread?.HasDataChannels ?? false;

    /// <summary>What happens in the rooms, in order. One reader; completed when the server is disposed.</summary>
    public ChannelReader<RoomFact> Facts => _facts.Reader;

    /// <exception cref="InvalidOperationException">Not started.</exception>
    public OpenRooms Rooms => _rooms ?? throw new InvalidOperationException("The media server has not been started.");

    public MediaStatistics Statistics => _thread?.Statistics(_rooms!.Count) ?? new();

    /// <summary>How long packets stayed here, of all rooms since the start.</summary>
    public DelayCounts ForwardDelays => (_thread?.Delays ?? new()).Read();

    /// <summary>True from <see cref="Start"/> until disposal as long as the media thread runs (for the health page).</summary>
    public bool IsRunning => _thread?.IsRunning ?? false;

    /// <summary>The last bug that surfaced on the media thread; null in a healthy server.</summary>
    public Exception? LastFault => _thread?.LastFault;

    internal MediaThread Thread => _thread ?? throw new InvalidOperationException("The media server has not been started.");

    /// <summary>Binds the port and starts the media thread.</summary>
    /// <exception cref="System.Net.Sockets.SocketException">The port is taken.</exception>
    /// <exception cref="DllNotFoundException">OpenSSL 3 (libssl.so.3) is not installed.</exception>
    public void Start()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (_thread is not null)
            return;
        var thread = new MediaThread(Options, _time, _facts);
        _rooms = new(thread);
        _thread = thread;
        thread.Start();
    }

    /// <summary>Connects to itself as two browsers would, so that the first real connection finds everything compiled. Once a process: what
    /// it is for stays. Whether it succeeds changes nothing but that.</summary>
    /// <returns>Whether the server reached itself.</returns>
    public async Task<bool> Rehearse()
    {
        if (_thread is null || Interlocked.Exchange(ref s_hasRehearsed, 1) != 0)
            return false;
        var address = Options.BindAddress is not { } bound || bound.Equals(IPAddress.Any) || bound.Equals(IPAddress.IPv6Any)
            ? IPAddress.Loopback
            : bound;
        try
        {
            await RehearsedLesson.Hold(_rooms!, _thread, address);
            return true;
        }
        catch (Exception failed) when (failed is TimeoutException or SocketException or ObjectDisposedException)
        {
            return false;
        }
    }

    /// <summary>Closes every room and the port.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        if (_thread is not null)
        {
            await _rooms!.CloseAll();
            _thread.Recordings.Stop();
            _thread.Dispose();
        }

        _facts.Writer.TryComplete();
    }
}
