using System.Net.Sockets;

namespace Muse.SelfHostedMedia.Wire;

/// <summary>One peer's TCP connection (ICE-TCP, RFC 6544): one reader, and one writer at a time, both on the thread pool.</summary>
internal sealed class TcpConnection : IThreadPoolWorkItem
{
    /// <summary>The kernel doubles it. What is in its buffer can neither be dropped nor overtaken.</summary>
    private const int SendBuffer = 32 * 1024;

    /// <summary>Of TCP's options: no more than this many bytes that were not sent are taken.</summary>
    private const int NotSentLowWater = 25;
    private const int NotSentBytes = 16 * 1024;
    private const int TcpLevel = 6;
    private const int Chunk = 4 * 1024;

    private readonly TcpPort _port;
    private readonly Socket _socket;
    private readonly Lock _gate = new();
    private readonly TcpQueue _queue = new();
    private readonly FrameAssembly _assembly = new();
    private readonly byte[] _out = new byte[Chunk];
    private bool _isSending;
    private int _isClosed;

    public TcpConnection(TcpPort port, Socket socket, in NetworkAddress address, long now)
    {
        (_port, _socket, Address, AcceptedAt, FrameSince) = (port, socket, address, now, now);
        socket.NoDelay = true;
        socket.SendBufferSize = SendBuffer;
        if (!OperatingSystem.IsLinux())
            return;
        Span<byte> lowWater = stackalloc byte[4];
        BitConverter.TryWriteBytes(lowWater, NotSentBytes);
        socket.SetRawSocketOption(TcpLevel, NotSentLowWater, lowWater);
    }

    public NetworkAddress Address { get; }

    public long AcceptedAt { get; }

    /// <summary>A check over it was authentic.</summary>
    public bool IsProved { get; set; }

    /// <summary>Since when a frame is here only in part; <see cref="long.MaxValue"/> while there is none.</summary>
    public long FrameSince { get; private set; }

    public bool IsBehind
    {
        get
        {
            lock (_gate)
                return _queue.IsBehind;
        }
    }

    /// <summary>Never waits.</summary>
    public void Send(ReadOnlySpan<byte> packet, bool isPicture)
    {
        lock (_gate)
        {
            _queue.Add(packet, isPicture, _port.Now);
            if (_isSending || _isClosed != 0)
                return;
            _isSending = true;
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    public async Task Receive()
    {
        var buffer = new byte[Chunk];
        try
        {
            while (_isClosed == 0)
            {
                var length = await _socket.ReceiveAsync(buffer.AsMemory());
                if (length == 0 || !Take(buffer.AsSpan(0, length)))
                    break;
            }
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            // The peer or we have closed it.
        }

        Close();
    }

    /// <summary>Repeatable.</summary>
    public void Close()
    {
        if (Interlocked.Exchange(ref _isClosed, 1) != 0)
            return;
        _socket.Dispose();
        _port.Ended(this);
    }

    void IThreadPoolWorkItem.Execute() => _ = Write();

    private async Task Write()
    {
        try
        {
            while (true)
            {
                int length;
                lock (_gate)
                {
                    length = _queue.Take(_out, _port.Now);
                    if (length == 0)
                    {
                        _isSending = false;
                        return;
                    }
                }

                for (var sent = 0; sent < length;)
                    sent += await _socket.SendAsync(_out.AsMemory(sent, length - sent));
            }
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            Close();
        }
    }

    /// <returns>False when the peer does not speak RFC 4571, or something else than checks before it has proved who it is.</returns>
    private bool Take(ReadOnlySpan<byte> bytes)
    {
        while (_assembly.TryTake(ref bytes, out var frame))
        {
            if (!IsProved && Datagrams.Classify(frame) != DatagramKind.Stun)
                return false;
            _port.Arrived(this, frame);
        }

        if (!_assembly.IsWithin)
            FrameSince = long.MaxValue;
        else if (FrameSince == long.MaxValue)
            FrameSince = _port.Now;
        return !_assembly.IsBroken;
    }
}
