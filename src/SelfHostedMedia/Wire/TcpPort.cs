using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Muse.SelfHostedMedia.Wire;

/// <summary>What came over TCP, for the media thread: a packet, or the end of a connection.</summary>
internal sealed class TcpArrival
{
    public byte[] Bytes { get; } = new byte[ReceiveBatch.MaxDatagram];

    public int Length { get; set; }

    public NetworkAddress From { get; set; }

    public bool IsEnd { get; set; }
}

/// <summary>The TCP port for networks that let no UDP through (RFC 6544, passive). Reading and writing happen on the thread pool; packets come
/// to the media thread through a bounded queue of slots that are used again. Everything a stranger can make grow is bounded: connections in
/// all and of one address, how long one may stay without an authentic check, how long a frame may take.</summary>
internal sealed class TcpPort : IDisposable, IThreadPoolWorkItem
{
    /// <summary>Packets waiting for the media thread; further ones are dropped.</summary>
    public const int MaxWaiting = 2_048;

    /// <summary>Milliseconds until the first authentic check.</summary>
    public const long ProofWithin = 5_000;

    /// <summary>Milliseconds that one frame may take.</summary>
    public const long FrameWithin = 10_000;

    private const int Backlog = 64;

    private readonly Socket _listener;
    private readonly ConcurrentDictionary<uint, TcpConnection> _connections = [];
    private readonly Dictionary<(ulong, ulong), int> _perHost = [];
    private readonly ConcurrentQueue<TcpArrival> _arrivals = new();
    private readonly ConcurrentQueue<TcpArrival> _free = new();
    private readonly int _max;
    private readonly int _maxPerHost;
    private readonly Action _wake;
    private int _waiting;
    private uint _last;
    private volatile bool _isDisposed;

    /// <param name="wake">Called when something has arrived.</param>
    /// <exception cref="SocketException">The port is taken.</exception>
    public TcpPort(IPAddress? bindAddress, int port, int max, int maxPerHost, Action wake)
    {
        (_max, _maxPerHost, _wake) = (max, maxPerHost, wake);
        var dualMode = bindAddress is null && Socket.OSSupportsIPv6;
        var family = dualMode ? AddressFamily.InterNetworkV6 : bindAddress?.AddressFamily ?? AddressFamily.InterNetwork;
        _listener = new(family, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (dualMode)
                _listener.DualMode = true;
            _listener.Bind(new IPEndPoint(bindAddress ?? (dualMode ? IPAddress.IPv6Any : IPAddress.Any), port));
            _listener.Listen(Backlog);
        }
        catch
        {
            _listener.Dispose();
            throw;
        }

        Port = ((IPEndPoint)_listener.LocalEndPoint!).Port;
        _ = Accept();
    }

    public int Port { get; }

    public int Count => _connections.Count;

    /// <summary>Connections refused because there were too many.</summary>
    public long Refused { get; private set; }

    /// <summary>Packets dropped because the media thread did not come after them.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>Milliseconds of a clock that only this port and its connections use.</summary>
    public long Now => Environment.TickCount64;

    private long _dropped;

    /// <summary>Nothing waits for the media thread.</summary>
    public bool IsEmpty => _arrivals.IsEmpty;

    public bool TryTake(out TcpArrival arrival) => _arrivals.TryDequeue(out arrival!);

    /// <summary>The slot may be used again.</summary>
    public void Free(TcpArrival arrival)
    {
        Interlocked.Decrement(ref _waiting);
        _free.Enqueue(arrival);
    }

    /// <summary>A check over this connection was authentic: it may stay, and send more than checks.</summary>
    public void Prove(in NetworkAddress address)
    {
        if (_connections.TryGetValue(address.Tcp, out var connection))
            connection.IsProved = true;
    }

    public void Close(in NetworkAddress address)
    {
        if (_connections.TryGetValue(address.Tcp, out var connection))
            connection.Close();
    }

    /// <summary>Never waits; what the connection cannot take in time is dropped (<see cref="TcpQueue"/>).</summary>
    public void Send(ReadOnlySpan<byte> packet, in NetworkAddress to, bool isPicture)
    {
        if (_connections.TryGetValue(to.Tcp, out var connection))
            connection.Send(packet, isPicture);
    }

    /// <summary>The connection is too slow for a picture at the moment.</summary>
    public bool IsBehind(in NetworkAddress to) => _connections.TryGetValue(to.Tcp, out var connection) && connection.IsBehind;

    /// <summary>Every second: who has not proved itself, or trickles a frame byte by byte, is thrown out.</summary>
    public void Second()
    {
        if (!_connections.IsEmpty)
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    void IThreadPoolWorkItem.Execute()
    {
        var now = Now;
        foreach (var (_, connection) in _connections)
        {
            if ((!connection.IsProved && now - connection.AcceptedAt > ProofWithin)
                || (connection.FrameSince < now && now - connection.FrameSince > FrameWithin))
                connection.Close();
        }
    }

    public void Dispose()
    {
        _isDisposed = true;
        _listener.Dispose();
        foreach (var (_, connection) in _connections)
            connection.Close();
    }

    internal void Arrived(TcpConnection connection, ReadOnlySpan<byte> frame)
    {
        if (Interlocked.Increment(ref _waiting) > MaxWaiting)
        {
            Interlocked.Decrement(ref _waiting);
            Interlocked.Increment(ref _dropped);
            return;
        }

        var arrival = _free.TryDequeue(out var free) ? free : new();
        frame.CopyTo(arrival.Bytes);
        (arrival.Length, arrival.From, arrival.IsEnd) = (frame.Length, connection.Address, false);
        _arrivals.Enqueue(arrival);
        _wake();
    }

    internal void Ended(TcpConnection connection)
    {
        if (!_connections.TryRemove(connection.Address.Tcp, out _))
            return;
        lock (_perHost)
        {
            var host = Host(connection.Address);
            if (--_perHost[host] == 0)
                _perHost.Remove(host);
        }

        // An end is always told: there are as many as connections.
        Interlocked.Increment(ref _waiting);
        _arrivals.Enqueue(new() { From = connection.Address, IsEnd = true });
        if (!_isDisposed)
            _wake();
    }

    private async Task Accept()
    {
        while (!_isDisposed)
        {
            try
            {
                Take(await _listener.AcceptAsync());
            }
            catch (ObjectDisposedException)
            {
                return;
            }
            catch (SocketException) when (!_isDisposed)
            {
                // The peer was gone before it was taken, or there are no descriptors: others may come.
                await Task.Delay(10);
            }
            catch (SocketException)
            {
                return;
            }
        }
    }

    private void Take(Socket socket)
    {
        try
        {
            var end = (IPEndPoint)socket.RemoteEndPoint!;
            var plain = NetworkAddress.From(end.Address, end.Port);
            lock (_perHost)
            {
                var host = Host(plain);
                var present = _perHost.GetValueOrDefault(host);
                if (_connections.Count >= _max || present >= _maxPerHost)
                {
                    Refused++;
                    socket.Dispose();
                    return;
                }

                _perHost[host] = present + 1;
            }

            var connection = new TcpConnection(this, socket, new(plain.High, plain.Low, plain.Port, ++_last), Now);
            _connections[connection.Address.Tcp] = connection;
            _ = connection.Receive();
        }
        catch (SocketException)
        {
            socket.Dispose();
        }
    }

    /// <summary>One IPv4 address, or the /64 that one IPv6 customer has.</summary>
    private static (ulong High, ulong Low) Host(in NetworkAddress address) => address.IsIPv4 ? (address.High, address.Low) : (address.High, 0);
}
