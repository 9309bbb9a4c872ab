using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Muse.Imitations.Network;

/// <summary>
/// A path of the internet between WebRTC clients and a media server: clients send to <see cref="Port"/>, and each is given a socket of its
/// own towards <see cref="Server"/>, as a NAT does. The server's answers must name the relay's port as their candidate; nothing else of the
/// SDP needs to change.
/// </summary>
/// <remarks>Chromium sends nothing to ports on its restricted list (6000 among them), silently.</remarks>
public sealed class UdpRelay : IDisposable
{
    /// <summary>Client addresses; datagrams of further ones are dropped.</summary>
    public const int MaxClients = 256;

    private const int MaxDatagram = 2_048;
    private const int MaxWaiting = 100_000;
    private const int SocketBuffer = 4 << 20;

    private readonly Lock _changes = new();
    private readonly object _queue = new();
    private readonly PriorityQueue<Waiting, (double Due, long Order)> _waiting = new();
    private readonly Stack<byte[]> _buffers = new();
    private readonly Dictionary<SocketAddress, Client> _clients = [];
    private readonly Socket _front;
    private readonly PathClock _toServer;
    private readonly PathClock _toClient;
    private readonly long _startedAt = Stopwatch.GetTimestamp();
    private SocketAddress _server;
    private long _order;
    private volatile bool _isStopping;

    /// <param name="server">Where the media server listens; may be said later by <see cref="Server"/>.</param>
    /// <param name="port">The port for the clients; 0 takes a free one.</param>
    /// <param name="seed">The same seed and the same traffic meet the same losses.</param>
    /// <exception cref="SocketException">The port is taken.</exception>
    public UdpRelay(IPEndPoint? server = null, int port = 0, int seed = 1)
    {
        _toServer = new(seed);
        _toClient = new(seed + 1);
        _server = (server ?? new(IPAddress.Loopback, 9)).Serialize();
        _front = Open(port);
        Port = ((IPEndPoint)_front.LocalEndPoint!).Port;
        new Thread(() => Read(_front, ReceiveFromClient)) { IsBackground = true, Name = "Relay from clients" }.Start();
        new Thread(Deliver) { IsBackground = true, Name = "Relay" }.Start();
    }

    public int Port { get; }

    public IPEndPoint Server
    {
        get => (IPEndPoint)new IPEndPoint(IPAddress.Any, 0).Create(_server);
        set => _server = value.Serialize();
    }

    /// <summary>Of the direction from the clients to the server.</summary>
    public PathConditions ToServer
    {
        get { lock (_queue) return _toServer.Conditions; }
        set { lock (_queue) _toServer.Conditions = value; }
    }

    /// <summary>Of the direction from the server to the clients.</summary>
    public PathConditions ToClient
    {
        get { lock (_queue) return _toClient.Conditions; }
        set { lock (_queue) _toClient.Conditions = value; }
    }

    /// <summary>Datagrams that came in and that went out, of both directions.</summary>
    public (long ToServerIn, long ToServerOut, long ToClientIn, long ToClientOut) Counts =>
        (_toServerIn, _toServerOut, _toClientIn, _toClientOut);

    private long _toServerIn;
    private long _toServerOut;
    private long _toClientIn;
    private long _toClientOut;

    /// <summary>Both directions at once.</summary>
    public void Set(PathConditions both) => (ToServer, ToClient) = (both, both);

    /// <summary>Every client gets another address towards the server, and what comes to the former is lost: a NAT that forgot its
    /// mappings.</summary>
    public void Rebind()
    {
        lock (_changes)
        {
            foreach (var client in _clients.Values)
            {
                client.Upstream.Dispose();
                OpenUpstream(client);
            }
        }
    }

    public void Dispose()
    {
        if (_isStopping)
            return;
        _isStopping = true;
        lock (_queue)
            Monitor.PulseAll(_queue);
        _front.Dispose();
        lock (_changes)
        {
            foreach (var client in _clients.Values)
                client.Upstream.Dispose();
        }
    }

    private static Socket Open(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp)
        {
            ReceiveBufferSize = SocketBuffer,
            SendBufferSize = SocketBuffer,
        };
        socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
        return socket;
    }

    /// <summary>Reads until the socket is disposed. A refusal by ICMP (nobody listens there now) is no reason to stop.</summary>
    private void Read(Socket socket, Action<byte[], int, SocketAddress> take)
    {
        var from = new SocketAddress(AddressFamily.InterNetwork);
        var buffer = new byte[MaxDatagram];
        while (!_isStopping)
        {
            try
            {
                var length = socket.ReceiveFrom(buffer, SocketFlags.None, from);
                take(buffer, length, from);
            }
            catch (ObjectDisposedException)
            {
                return;
            }
            catch (SocketException refused) when (refused.SocketErrorCode is SocketError.ConnectionRefused or SocketError.MessageSize)
            {
                // A datagram told of something that happened to an earlier one.
            }
            catch (SocketException)
            {
                return;
            }
        }
    }

    private void ReceiveFromClient(byte[] buffer, int length, SocketAddress from)
    {
        Client? client;
        lock (_changes)
        {
            if (!_clients.TryGetValue(from, out client))
            {
                if (_clients.Count == MaxClients || _isStopping)
                    return;
                client = new() { Address = Copy(from) };
                OpenUpstream(client);
                _clients.Add(client.Address, client);
            }
        }

        Interlocked.Increment(ref _toServerIn);
        Enqueue(_toServer, buffer, length, client, toServer: true);
    }

    private void OpenUpstream(Client client)
    {
        var upstream = client.Upstream = Open(0);
        void Take(byte[] buffer, int length, SocketAddress from)
        {
            Interlocked.Increment(ref _toClientIn);
            Enqueue(_toClient, buffer, length, client, toServer: false);
        }

        new Thread(() => Read(upstream, Take), 128 * 1024) { IsBackground = true, Name = "Relay from the server" }.Start();
    }

    private void Enqueue(PathClock clock, byte[] datagram, int length, Client client, bool toServer)
    {
        Span<double> due = stackalloc double[2];
        lock (_queue)
        {
            var times = clock.Take(length, Now(), due);
            for (var i = 0; i < times && _waiting.Count < MaxWaiting; i++)
            {
                var copy = _buffers.TryPop(out var free) ? free : new byte[MaxDatagram];
                datagram.AsSpan(0, length).CopyTo(copy);
                _waiting.Enqueue(new(copy, length, client, toServer), (due[i], _order++));
            }

            if (times > 0)
                Monitor.Pulse(_queue);
        }
    }

    private void Deliver()
    {
        while (true)
        {
            Waiting next;
            lock (_queue)
            {
                while (!_waiting.TryPeek(out _, out var at) || at.Due > Now())
                {
                    if (_isStopping)
                        return;
                    // Rounded up: a wait of nothing would spin.
                    Monitor.Wait(_queue, _waiting.Count == 0 ? Timeout.Infinite : Math.Max(1, (int)Math.Ceiling(at.Due - Now())));
                }

                next = _waiting.Dequeue();
            }

            Send(next);
            lock (_queue)
                _buffers.Push(next.Datagram);
        }
    }

    private void Send(in Waiting next)
    {
        try
        {
            var datagram = next.Datagram.AsSpan(0, next.Length);
            if (next.ToServer)
            {
                // Read when it is sent: what was under way during a rebinding leaves by the new address.
                Socket upstream;
                lock (_changes)
                    upstream = next.Client.Upstream;
                Interlocked.Increment(ref _toServerOut);
                upstream.SendTo(datagram, SocketFlags.None, _server);
            }
            else
            {
                Interlocked.Increment(ref _toClientOut);
                _front.SendTo(datagram, SocketFlags.None, next.Client.Address);
            }
        }
        catch (Exception lost) when (lost is SocketException or ObjectDisposedException)
        {
            // As on any path: nobody is told.
        }
    }

    private double Now() => Stopwatch.GetElapsedTime(_startedAt).TotalMilliseconds;

    private static SocketAddress Copy(SocketAddress address)
    {
        var copy = new SocketAddress(address.Family, address.Size);
        address.Buffer[..address.Size].CopyTo(copy.Buffer);
        return copy;
    }

    private sealed class Client
    {
        public required SocketAddress Address { get; init; }

        public Socket Upstream { get; set; } = null!;
    }

    private readonly record struct Waiting(byte[] Datagram, int Length, Client Client, bool ToServer);
}
