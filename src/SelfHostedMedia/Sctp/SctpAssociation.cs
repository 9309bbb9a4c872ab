using System.Buffers.Binary;
using System.Net;
using Muse.SelfHostedMedia.Dtls;

namespace Muse.SelfHostedMedia.Sctp;

/// <summary>What an association tells its owner, on the thread that calls <see cref="SctpAssociation.Receive"/> or
/// <see cref="SctpAssociation.Poll"/>.</summary>
internal interface ISctpUser
{
    /// <summary>Both sides have agreed: streams may be used.</summary>
    void Up();

    /// <summary>The peer has ended it, or is not heard any more.</summary>
    void Lost();

    /// <param name="payloadProtocol">As in <see cref="DataPayload"/>.</param>
    /// <param name="message">Valid during the call.</param>
    void Message(ushort stream, uint payloadProtocol, ReadOnlySpan<byte> message);

    /// <summary>The peer has reset its direction of the stream: it closes the data channel (RFC 8831 §6.7).</summary>
    void StreamWasReset(ushort stream);
}

/// <summary>One SCTP association over DTLS (RFC 8261), held by libusrsctp. Both sides open it, as WebRTC wants. What it takes from a peer and
/// what it holds for one is bounded by the library's two buffers.</summary>
internal sealed unsafe class SctpAssociation : IDisposable
{
    /// <summary>Streams of each direction: a browser numbers its channels 0, 2, 4 …; more are refused in the handshake.</summary>
    public const ushort MaxStreams = 16;

    /// <summary>Bytes sent and not acknowledged, and bytes received and not yet read.</summary>
    public const int MaxHeld = 16 * 1_024;

    /// <summary>Of an SCTP packet: DTLS adds 37 bytes, and a record must fit a datagram of ours.</summary>
    private const uint PathMtu = DtlsSession.Mtu - 40;

    private const int PartLength = 2_048;

    /// <summary>Parts read in one go; what is left keeps.</summary>
    private const int MaxParts = 64;

    private static readonly ushort[] s_events = [Usrsctp.AssociationChanged, Usrsctp.PartialDelivery, Usrsctp.StreamReset];

    private readonly ISctpUser _user;
    private readonly ReceivedMessage _transmit;
    private readonly MessageAssembly _assembly;
    private readonly nint _id;
    private nint _socket;

    /// <param name="transmit">Sends a packet. Called inside calls of the library, by whichever thread makes them, under
    /// <see cref="SctpStack.Gate"/>: it may only hand the bytes over.</param>
    /// <param name="maxMessage">Longer ones of the peer are swallowed and counted.</param>
    /// <exception cref="InvalidOperationException">The library refuses.</exception>
    public SctpAssociation(ISctpUser user, ReceivedMessage transmit, int maxMessage)
    {
        (_user, _transmit, _assembly) = (user, transmit, new(maxMessage));
        lock (SctpStack.Gate)
        {
            _id = SctpStack.Add(this);
            try
            {
                Open();
            }
            catch (InvalidOperationException)
            {
                if (_socket != 0)
                    Usrsctp.usrsctp_close(_socket);
                SctpStack.Remove(_id);
                throw;
            }
        }
    }

    /// <summary>A bug that surfaced inside a callback.</summary>
    public static Exception? LastFault { get; set; }

    public bool IsUp { get; private set; }

    /// <summary>Messages of the peer that were longer than allowed.</summary>
    public long TooLong => _assembly.TooLong;

    /// <summary>Packets that were no SCTP as browsers speak it.</summary>
    public long Malformed { get; private set; }

    private bool IsDisposed => _socket == 0;

    /// <summary>Takes a packet of the peer and tells what it brought.</summary>
    public void Receive(ReadOnlySpan<byte> packet)
    {
        if (IsDisposed)
            return;
        if (!SctpFraming.IsSound(packet))
        {
            Malformed++;
            return;
        }

        lock (SctpStack.Gate)
        {
            fixed (byte* bytes = packet)
                Usrsctp.usrsctp_conninput(_id, bytes, (nuint)packet.Length, 0);
        }

        Poll();
    }

    /// <summary>Tells what has come, also by the stack's timers.</summary>
    public void Poll()
    {
        var part = stackalloc byte[PartLength];
        for (var parts = 0; parts < MaxParts && !IsDisposed; parts++)
        {
            nint length;
            Usrsctp.Received info;
            int flags = 0;
            lock (SctpStack.Gate)
            {
                var (fromLength, infoLength, infoType) = (0u, (uint)sizeof(Usrsctp.Received), 0u);
                length = Usrsctp.usrsctp_recvv(_socket, part, PartLength, null, &fromLength, &info, &infoLength, &infoType, &flags);
            }

            if (length <= 0)
                return;
            var bytes = new ReadOnlySpan<byte>(part, (int)length);
            var isLast = (flags & Usrsctp.EndOfRecord) != 0;
            if ((flags & Usrsctp.Notification) != 0)
                Notice(bytes);
            else if (_assembly.Add(bytes, isLast, out var message))
                _user.Message(info.Stream, Network(info.PayloadProtocol), message);
        }
    }

    /// <param name="retransmissions">After so many the message is given up; null: never.</param>
    /// <returns>False when the peer has not acknowledged enough to take more, or the association is not up: the message is not sent.</returns>
    public bool Send(ushort stream, uint payloadProtocol, ReadOnlySpan<byte> message, bool isUnordered, uint? retransmissions)
    {
        if (IsDisposed || !IsUp)
            return false;
        var sending = new Usrsctp.Sending
        {
            Valid = Usrsctp.SendInfoValid | (retransmissions is null ? 0 : Usrsctp.ReliabilityValid),
            Stream = stream,
            Flags = (ushort)(Usrsctp.EndOfRecordFlag | (isUnordered ? Usrsctp.Unordered : 0)),
            PayloadProtocol = Network(payloadProtocol),
            ReliabilityPolicy = retransmissions is null ? (ushort)0 : Usrsctp.LimitedRetransmissions,
            ReliabilityValue = retransmissions ?? 0,
        };
        lock (SctpStack.Gate)
        {
            fixed (byte* bytes = message)
            {
                return Usrsctp.usrsctp_sendv(
                    _socket, bytes, (nuint)message.Length, null, 0, &sending, (uint)sizeof(Usrsctp.Sending), Usrsctp.SendPartlyReliable, 0)
                    == message.Length;
            }
        }
    }

    /// <summary>Closes our direction of a stream, which closes the data channel.</summary>
    public void Reset(ushort stream)
    {
        if (IsDisposed)
            return;
        var reset = new Usrsctp.Reset { Flags = Usrsctp.ResetOutgoing, Count = 1, Stream = stream };
        lock (SctpStack.Gate)
            _ = Usrsctp.usrsctp_setsockopt(_socket, Usrsctp.Protocol, Usrsctp.ResetStreams, &reset, 10);
    }

    /// <summary>Aborts, and frees what the library holds of it.</summary>
    public void Dispose()
    {
        if (IsDisposed)
            return;
        IsUp = false;
        lock (SctpStack.Gate)
        {
            Usrsctp.usrsctp_close(_socket);
            _socket = 0;
            SctpStack.Remove(_id);
        }
    }

    internal void Transmit(ReadOnlySpan<byte> packet) => _transmit(packet);

    private void Open()
    {
        _socket = Usrsctp.usrsctp_socket(Usrsctp.AddressFamily, Usrsctp.Stream, Usrsctp.Protocol, 0, 0, 0, 0);
        if (_socket == 0)
            throw new InvalidOperationException("libusrsctp gives no socket.");
        Check(Usrsctp.usrsctp_set_non_blocking(_socket, 1));
        // Closing aborts at once: a graceful end would outlive the keys it needs.
        Set(Usrsctp.LevelSocket, Usrsctp.Linger, new Usrsctp.LingerTime { IsOn = 1 });
        Set(Usrsctp.LevelSocket, Usrsctp.SendBuffer, MaxHeld);
        Set(Usrsctp.LevelSocket, Usrsctp.ReceiveBuffer, MaxHeld);
        Set(Usrsctp.Protocol, Usrsctp.NoDelay, 1);
        Set(Usrsctp.Protocol, Usrsctp.ReceiveInfo, 1);
        Set(Usrsctp.Protocol, Usrsctp.EnableStreamReset, new Usrsctp.AssociationValue { Value = Usrsctp.AllowStreamReset });
        Set(Usrsctp.Protocol, Usrsctp.InitialMessage, new Usrsctp.Initiation { OutgoingStreams = MaxStreams, MaxIncomingStreams = MaxStreams });
        // The library's own are 3 s, 60 s and 1 s: made for files, not for a lesson.
        Set(Usrsctp.Protocol, Usrsctp.RtoInfo, new Usrsctp.Retransmission { Initial = 500, Max = 4_000, Min = 100 });
        Set(Usrsctp.Protocol, Usrsctp.PeerAddressParameters, new Usrsctp.PathParameters
        {
            PathMtu = PathMtu,
            Flags = Usrsctp.NoPathMtuDiscovery | Usrsctp.Heartbeats,
            HeartbeatInterval = 10_000,
        });
        foreach (var type in s_events)
            Set(Usrsctp.Protocol, Usrsctp.Event, new Usrsctp.Subscribed { Type = type, IsOn = 1 });
        var address = new Usrsctp.Address
        {
            Family = Usrsctp.AddressFamily,
            Port = (ushort)IPAddress.HostToNetworkOrder((short)SctpFraming.Port),
            Id = _id,
        };
        Check(Usrsctp.usrsctp_bind(_socket, &address, (uint)sizeof(Usrsctp.Address)));
        // "In progress" is an error number too.
        _ = Usrsctp.usrsctp_connect(_socket, &address, (uint)sizeof(Usrsctp.Address));
    }

    private void Set<T>(int level, int option, T value)
        where T : unmanaged => Check(Usrsctp.usrsctp_setsockopt(_socket, level, option, &value, (uint)sizeof(T)));

    private static void Check(int result)
    {
        if (result < 0)
            throw new InvalidOperationException("libusrsctp refuses an option.");
    }

    private void Notice(ReadOnlySpan<byte> notice)
    {
        if (notice.Length < 8)
            return;
        var type = BitConverter.ToUInt16(notice);
        if (type == Usrsctp.PartialDelivery)
        {
            _assembly.Forget();
        }
        else if (type == Usrsctp.AssociationChanged && notice.Length >= 10)
        {
            var state = BitConverter.ToUInt16(notice[8..]);
            if (state == Usrsctp.CommunicationUp && !IsUp)
            {
                IsUp = true;
                _user.Up();
            }
            else if (state is Usrsctp.CommunicationLost or Usrsctp.Restarted or Usrsctp.ShutdownComplete or Usrsctp.CannotStart)
            {
                IsUp = false;
                _user.Lost();
            }
        }
        else if (type == Usrsctp.StreamReset && (BitConverter.ToUInt16(notice[2..]) & Usrsctp.IncomingWasReset) != 0)
        {
            for (var at = 12; at + 2 <= notice.Length; at += 2)
                _user.StreamWasReset(BitConverter.ToUInt16(notice[at..]));
        }
    }

    private static uint Network(uint number) => BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(number) : number;
}
