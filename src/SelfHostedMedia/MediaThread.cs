using System.Collections.Concurrent;
using System.Net;
using System.Threading.Channels;
using Muse.SelfHostedMedia.Dtls;
using Muse.SelfHostedMedia.Ice;
using Muse.SelfHostedMedia.Rooms;
using Muse.SelfHostedMedia.Rooms.Watching;
using Muse.SelfHostedMedia.Rtp;
using Muse.SelfHostedMedia.Sctp;
using Muse.SelfHostedMedia.Wire;

namespace Muse.SelfHostedMedia;

/// <summary>The one thread that owns the port and everything that packets touch, so that nothing on their way needs a lock. Others hand it
/// work with <see cref="Run{T}"/>.</summary>
internal sealed class MediaThread : IDisposable
{
    private const int TicksPerSecond = 1_000 / Rota.TickMilliseconds;
    private const int TicksPerTenth = TicksPerSecond / 10;

    private readonly TimeProvider _time;
    private uint _retransmissions;
    private readonly UdpPort _port;
    private readonly ReceiveBatch _in;
    private readonly Channel<RoomFact> _facts;
    private readonly ConcurrentQueue<Action> _commands = new();
    private readonly Dictionary<NetworkAddress, Connection> _byAddress = [];
    private readonly Dictionary<ulong, Connection> _byCredentials = [];
    private readonly List<Connection> _connections = [];
    private readonly Rota _rota = new();
    private readonly Encoding[] _touched = new Encoding[ReceiveBatch.Capacity];
    private readonly ForwardClock _delays = new();
    private readonly Thread _thread;
    private readonly long _startedAt;
    private volatile bool _stopping;
    private int _ticks;
    private long _identityUntil;
    private int _received;

    /// <summary>Of the batch; after a bug in one datagram's way the others still go theirs.</summary>
    private int _next;
    private int _touchedCount;
    private int _forwarding;

    /// <summary>When the present batch was read, in nanoseconds since the start.</summary>
    private long _readAt;

    /// <summary>When the datagram under way came, by the same clock.</summary>
    private long _arrived;

    /// <exception cref="System.Net.Sockets.SocketException">The port is taken.</exception>
    public MediaThread(MediaOptions options, TimeProvider time, Channel<RoomFact> facts)
    {
        Options = options;
        _time = time;
        _facts = facts;
        _startedAt = time.GetTimestamp();
        Recordings = new(this, options.RecordingDisk, time);
        Identity = DtlsIdentity.Create(time, options.SrtpProfiles);
        _port = UdpPort.Open(options.BindAddress, options.Port, options.UsesPortableSockets);
        _in = _port.Reader();
        Out = _port.Writer();
        Handshakes = new DtlsThread(_port.Wake);
        Tcp = Out.Tcp = ListenOnTcp();
        HasDataChannels = SctpStack.TryAcquire(options.DataChannelLibrary);
        if (HasDataChannels)
            _retransmissions = SctpStack.Retransmissions;
        Port = _port.Port;
        _identityUntil = (long)options.CertificateLifetime.TotalMilliseconds;
        // A link-local address means nothing without the name of a link, which differs on every machine.
        AdvertisedAddresses = [.. options.AdvertisedAddresses.Where(address => !address.IsIPv6LinkLocal)];
        _thread = new Thread(Loop) { IsBackground = true, Name = "Muse media" };
    }

    public MediaOptions Options { get; }

    /// <summary>What new connections are shown.</summary>
    public DtlsIdentity Identity { get; private set; }

    public DtlsThread Handshakes { get; }

    public Latching Latching { get; } = new();

    public Recording.Recordings Recordings { get; }

    /// <summary>Null when it is switched off or its port is taken: UDP serves without it.</summary>
    public TcpPort? Tcp { get; }

    /// <summary>libusrsctp is installed.</summary>
    public bool HasDataChannels { get; }

    public int Port { get; }

    public IReadOnlyList<IPAddress> AdvertisedAddresses { get; }

    public SendBatch Out { get; }

    public Counters Counters { get; } = new();

    /// <summary>For a payload that is put together before it is encrypted; nobody keeps it.</summary>
    public byte[] Payload { get; } = new byte[PacketCache.SlotSize];

    /// <summary>As <see cref="Payload"/>, for one whose picture gets another number.</summary>
    public byte[] Renumbered { get; } = new byte[PacketCache.SlotSize];

    /// <summary>Milliseconds since the start, as of the current round of the loop.</summary>
    public long Now { get; private set; }

    /// <summary>As <see cref="Now"/>, for what measures the network.</summary>
    public long NowMicroseconds { get; private set; }

    /// <summary>Since the start, at this moment: for stamps, where <see cref="NowMicroseconds"/> is of the round.</summary>
    public long Microseconds => _time.GetElapsedTime(_startedAt).Ticks / TimeSpan.TicksPerMicrosecond;

    public DateTimeOffset Time => _time.GetUtcNow();

    public bool IsRunning => _thread.IsAlive && !_stopping;

    /// <summary>Of all rooms.</summary>
    public ForwardDelays Delays => _delays.All;

    private long Nanoseconds => _time.GetElapsedTime(_startedAt).Ticks * TimeSpan.NanosecondsPerTick;

    /// <summary>The last bug that surfaced on this thread, for the health page; null while there was none.</summary>
    public Exception? LastFault { get; private set; }

    public IReadOnlyList<Connection> Connections => _connections;

    public void Start() => _thread.Start();

    /// <summary>Runs work on the media thread, in the order of calls.</summary>
    /// <exception cref="ObjectDisposedException">The server has stopped.</exception>
    public Task<T> Run<T>(Func<T> work)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (_stopping)
            return Task.FromException<T>(new ObjectDisposedException(nameof(MediaServer)));
        _commands.Enqueue(() =>
        {
            try
            {
                done.SetResult(work());
            }
            catch (Exception fault)
            {
                done.SetException(fault);
            }
        });
        _port.Wake();
        return done.Task;
    }

    public void Say(RoomFact fact)
    {
        if (!_facts.Writer.TryWrite(fact))
            Counters.DroppedFacts++;
    }

    public void Add(Connection connection)
    {
        _connections.Add(connection);
        _rota.Add(connection);
        Counters.Connections = _connections.Count;
        Know(connection.Credentials, connection);
    }

    public void Remove(Connection connection)
    {
        _connections.Remove(connection);
        _rota.Remove(connection);
        Counters.Connections = _connections.Count;
        Forget(connection.Credentials);
        if (connection.FormerCredentials is not null)
            Forget(connection.FormerCredentials);
        for (var i = 0; i < connection.Paths.Count; i++)
        {
            Unmap(connection.Paths[i], connection);
            if (connection.Paths[i].IsTcp)
                Tcp?.Close(connection.Paths[i]);
        }
    }

    public void Know(IceCredentials credentials, Connection connection) => _byCredentials[credentials.Key] = connection;

    public void Forget(IceCredentials credentials) => _byCredentials.Remove(credentials.Key);

    /// <summary>Packets from this address are this connection's from now on; the newest authentic check wins.</summary>
    public void Map(in NetworkAddress address, Connection connection) => _byAddress[address] = connection;

    public void Unmap(in NetworkAddress address, Connection connection)
    {
        if (_byAddress.TryGetValue(address, out var mapped) && mapped == connection)
            _byAddress.Remove(address);
    }

    /// <inheritdoc cref="Rota.Hurry"/>
    public void Hurry(Connection subscriber) => _rota.Hurry(subscriber);

    /// <summary>The encoding has packets to forward at the end of this receive batch.</summary>
    public void ForwardLater(Encoding encoding)
    {
        if (_touchedCount == _touched.Length)
            Forward();
        _touched[_touchedCount++] = encoding;
        var room = encoding.Track.Publisher.Participant.Room;
        if (encoding.Listeners.Count > 0 && !room.IsRehearsal)
            _delays.Note(room.Delays, _arrived);
    }

    public MediaStatistics Statistics(int rooms) => Counters.Read(Out, Tcp, rooms);

    public void Dispose()
    {
        _stopping = true;
        _port.Wake();
        if (_thread.IsAlive)
            _thread.Join();
        foreach (var connection in _connections)
            connection.Dispose();
        if (HasDataChannels)
            SctpStack.Release();
        Handshakes.Dispose();
        Tcp?.Dispose();
        Identity.Release();
        _port.Dispose();
        _in.Dispose();
        Out.Dispose();
    }

    private void Loop()
    {
        var nextTick = 0L;
        while (!_stopping)
        {
            NowMicroseconds = _time.GetElapsedTime(_startedAt).Ticks / TimeSpan.TicksPerMicrosecond;
            Now = NowMicroseconds / 1_000;
            try
            {
                while (_commands.TryDequeue(out var command))
                    command();
                TakeHandshakes();
                var allocated = GC.GetAllocatedBytesForCurrentThread();
                if (Now >= nextTick)
                {
                    nextTick = Now + Rota.TickMilliseconds;
                    Tick();
                }

                if (_next == _received)
                    Read();
                while (_next < _received)
                    Receive(_next++);
                ReceiveTcp();
                Forward();
                Out.Flush();
                if (_delays.Count > 0)
                    _delays.Sent(Nanoseconds);
                Counters.AllocatedBytes += GC.GetAllocatedBytesForCurrentThread() - allocated;
                if (_received < ReceiveBatch.Capacity && Tcp is not { IsEmpty: false })
                    _port.Wait((int)Math.Max(1, nextTick - Now));
            }
            catch (Exception fault)
            {
                // A bug: one packet's or command's work is lost, the other people's lesson goes on.
                Counters.Faults++;
                LastFault = fault;
            }
        }

        while (_commands.TryDequeue(out var command))
            command();
        // What they still have to say are the close_notifies of the connections that have just ended.
        Handshakes.Dispose();
        TakeHandshakes();
        Out.Flush();
    }

    /// <summary>On the UDP port's number unless another is set; where that is taken, a free one if the UDP port was free to choose.</summary>
    private TcpPort? ListenOnTcp()
    {
        if (Options.TcpPort == 0)
            return null;
        foreach (var port in Options.Port == 0 && Options.TcpPort is null ? new[] { Port, 0 } : [Options.TcpPort ?? Port])
        {
            try
            {
                return new(Options.BindAddress, port, Options.MaxTcpConnections, Options.MaxTcpConnectionsPerAddress, _port.Wake);
            }
            catch (System.Net.Sockets.SocketException taken)
            {
                TcpFault = taken;
            }
        }

        return null;
    }

    /// <summary>Why there is no <see cref="Tcp"/>.</summary>
    public Exception? TcpFault { get; private set; }

    private void TakeHandshakes()
    {
        while (Handshakes.TryTake(out var outcome))
        {
            ((Connection)outcome.Association.Owner).Take(outcome);
            outcome.Free();
        }
    }

    /// <summary>Makes another certificate aside, because that takes some milliseconds.</summary>
    private void RenewIdentity()
    {
        if (Now < _identityUntil)
            return;
        _identityUntil = long.MaxValue;
        ThreadPool.QueueUserWorkItem(_ =>
        {
            var next = DtlsIdentity.Create(_time, Options.SrtpProfiles);
            _ = Run(() =>
            {
                Identity.Release();
                Identity = next;
                _identityUntil = Now + (long)Options.CertificateLifetime.TotalMilliseconds;
                return true;
            });
        });
    }

    /// <summary>What the batch brought goes out, encoding by encoding. Nothing waits for another batch: what comes meanwhile finds its own.</summary>
    private void Forward()
    {
        // Counting before forwarding: should one fail, the others do not go out twice.
        while (_forwarding < _touchedCount)
            _touched[_forwarding++].Forward();
        _touched.AsSpan(0, _touchedCount).Clear();
        _forwarding = _touchedCount = 0;
    }

    private void Read()
    {
        _next = 0;
        _received = _in.Receive();
        if (_received > 0)
            _readAt = Nanoseconds;
    }

    private void Receive(int i)
    {
        var datagram = _in.Datagram(i);
        Counters.ReceivedPackets++;
        Counters.ReceivedBytes += datagram.Length;
        if (_in.IsOversized(i))
        {
            Counters.Oversized++;
            return;
        }

        if (!_in.TryGetSender(i, out var from))
        {
            Counters.Malformed++;
            return;
        }

        Receive(datagram, from, _in.Local(i), _readAt - _in.WaitedNanoseconds(i));
    }

    /// <summary>What came over TCP, as far as there is room in one batch.</summary>
    private void ReceiveTcp()
    {
        if (Tcp is null)
            return;
        for (var taken = _received; taken < ReceiveBatch.Capacity && Tcp.TryTake(out var arrival); taken++)
        {
            try
            {
                if (arrival.IsEnd)
                {
                    if (_byAddress.Remove(arrival.From, out var ended))
                        ended.Paths.Forget(arrival.From);
                    continue;
                }

                Counters.ReceivedPackets++;
                Counters.ReceivedBytes += arrival.Length;
                Receive(arrival.Bytes.AsSpan(0, arrival.Length), arrival.From, default, Nanoseconds);
            }
            finally
            {
                Tcp.Free(arrival);
            }
        }
    }

    private void Receive(ReadOnlySpan<byte> datagram, in NetworkAddress from, in NetworkAddress local, long arrived)
    {
        _arrived = arrived;
        var kind = Datagrams.Classify(datagram);
        if (kind == DatagramKind.Unknown)
        {
            Counters.Malformed++;
            return;
        }

        if (kind == DatagramKind.Stun)
        {
            ReceiveStun(datagram, from, local);
            return;
        }

        if (!_byAddress.TryGetValue(from, out var connection))
        {
            connection = kind == DatagramKind.Dtls || from.IsTcp ? null : Latching.Find(kind, datagram, from, Now);
            if (connection is null)
            {
                Counters.UnknownAddress++;
                return;
            }

            connection.Latch(from, local);
        }

        switch (kind)
        {
            case DatagramKind.Dtls:
                connection.ReceiveDtls(datagram);
                break;
            case DatagramKind.Rtcp:
                connection.ReceiveRtcp(datagram, from);
                break;
            case DatagramKind.Rtp when RtpHeader.TryParse(datagram, out var header):
                connection.ReceiveRtp(datagram, header, from, arrived);
                break;
            default:
                Counters.Malformed++;
                break;
        }
    }

    /// <summary>Strangers' too: what they can make it cost is one look at a table.</summary>
    internal void ReceiveStun(ReadOnlySpan<byte> datagram, in NetworkAddress from, in NetworkAddress local)
    {
        if (!StunMessage.TryParse(datagram, out var message))
        {
            Counters.Malformed++;
            return;
        }

        // Only checks to a user fragment of ours are worth a digest; responses and indications need no answer.
        if (message.Type != StunMessage.BindingRequest
            || !IceCredentials.TryReadKey(message.User, out var key)
            || !_byCredentials.TryGetValue(key, out var connection))
        {
            Counters.Stun++;
            return;
        }

        connection.ReceiveStun(message, key, from, local);
    }

    private void CountRetransmissions()
    {
        var now = SctpStack.Retransmissions;
        Counters.DataRetransmissions += unchecked(now - _retransmissions);
        _retransmissions = now;
    }

    private void Tick()
    {
        Latching.Tick();
        if (HasDataChannels)
            SctpStack.Tick();
        _rota.Tick();
        var second = ++_ticks % TicksPerSecond == 0;
        if (_ticks % TicksPerTenth == 0)
            EveryTenth?.Invoke();
        if (second && HasDataChannels)
            CountRetransmissions();
        if (second)
            RenewIdentity();
        if (second)
            Tcp?.Second();
        if (second)
            EverySecond?.Invoke();
    }

    /// <summary>What rooms do once a second.</summary>
    public Action? EverySecond { get; set; }

    /// <summary>What rooms do ten times a second.</summary>
    public Action? EveryTenth { get; set; }
}
