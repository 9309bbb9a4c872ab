using System.Runtime.InteropServices;

namespace Muse.SelfHostedMedia.Wire;

/// <summary>Packets on their way out: written one behind the other into one arena, sent together by one system call. Consecutive packets of
/// one length to one peer, the last of which may be shorter, are one message that the kernel cuts into datagrams (UDP_SEGMENT, "GSO"): on
/// its way through the kernel a message costs about what a datagram costs. A full batch sends itself.</summary>
internal sealed unsafe class SendBatch : IDisposable
{
    /// <summary>Room that <see cref="Next"/> gives at least.</summary>
    public const int MaxPacket = 2_048;

    /// <summary>UDP_MAX_SEGMENTS of every kernel that knows UDP_SEGMENT.</summary>
    public const int MaxSegments = 64;

    private const int Capacity = 64;

    /// <summary>A message and its headers must fit in an IP packet of 65,535 bytes.</summary>
    private const int MaxMessage = 65_000;

    private const int ArenaSize = 512 * 1024;

    /// <summary>IPV6_PKTINFO and UDP_SEGMENT.</summary>
    private const int ControlSize = SocketAddressCodec.ControlSize + SegmentControl;
    private const int SegmentControl = 24;
    private const int SegmentControlLength = 18;

    /// <summary>A full socket buffer empties within this time, or the link is hopelessly behind.</summary>
    private const int MaxPatienceMilliseconds = 5;

    /// <summary>Refused messages without one that was taken, after which no more are made.</summary>
    private const int MaxRefusals = 8;

    private readonly UdpPort _port;
    private readonly Libc.Message* _messages;
    private readonly Libc.Vector* _vectors;
    private readonly byte* _arena;
    private readonly byte* _names;
    private readonly byte* _controls;
    private readonly Run[] _runs = new Run[Capacity];
    private int _count;
    private int _used;
    private int _refusals;
    private bool _hasSentRun;

    /// <param name="segments">False never merges, as where the kernel cannot.</param>
    public SendBatch(UdpPort port, bool segments = true)
    {
        _port = port;
        Segments = segments && port.KnowsSegments;
        _messages = (Libc.Message*)NativeMemory.AllocZeroed(Capacity, (nuint)sizeof(Libc.Message));
        _vectors = (Libc.Vector*)NativeMemory.AllocZeroed(Capacity, (nuint)sizeof(Libc.Vector));
        _arena = (byte*)NativeMemory.AlignedAlloc(ArenaSize, 64);
        _names = (byte*)NativeMemory.AllocZeroed(Capacity, SocketAddressCodec.Size);
        _controls = (byte*)NativeMemory.AllocZeroed(Capacity, ControlSize);
        for (var i = 0; i < Capacity; i++)
        {
            _messages[i].Name = _names + (i * SocketAddressCodec.Size);
            _messages[i].Vectors = _vectors + i;
            _messages[i].VectorCount = 1;
        }
    }

    public long SentPackets { get; private set; }

    /// <summary>What the kernel was given: <see cref="SentPackets"/> divided by this is the mean run.</summary>
    public long SentMessages { get; private set; }

    public long SentBytes { get; private set; }

    /// <summary>Packets that were lost here: unreachable, too large, or the socket's buffer stayed full.</summary>
    public long FailedSends { get; private set; }

    /// <summary>Packets are merged; turns false for good when this machine refuses it.</summary>
    public bool Segments { get; private set; }

    /// <summary>Takes what goes to TCP connections; without it that is lost.</summary>
    public TcpPort? Tcp { get; set; }

    /// <summary>The place for the next packet; nothing is sent until <see cref="Commit"/>. What is written behind the committed length is
    /// written over.</summary>
    public Span<byte> Next()
    {
        if (_used + MaxPacket > ArenaSize)
            Flush();
        return new(_arena + _used, MaxPacket);
    }

    /// <param name="local">The address to send from; none lets the kernel choose.</param>
    /// <param name="isPicture">May be dropped on a TCP connection that is too slow.</param>
    public void Commit(int length, in NetworkAddress to, in NetworkAddress local, bool isPicture = false)
    {
        if (to.IsTcp)
        {
            Tcp?.Send(new(_arena + _used, length), to, isPicture);
            SentPackets++;
            SentBytes += length;
            return;
        }

        SentBytes += length;
        if (_count > 0 && Segments)
        {
            ref var last = ref _runs[_count - 1];
            if (last.IsOpen && length <= last.Segment && last.Segments < MaxSegments && last.Length + length <= MaxMessage
                && last.To.Equals(to) && last.Local.Equals(local))
            {
                last.Length += length;
                last.Segments++;
                // Only the last one may be shorter.
                last.IsOpen = length == last.Segment;
                _used += length;
                return;
            }
        }

        if (_count == Capacity)
        {
            // What is before this packet goes, and it moves to the front of the next batch.
            var packet = new Span<byte>(_arena + _used, length);
            Flush();
            packet.CopyTo(new Span<byte>(_arena, length));
        }

        _runs[_count++] = new()
        {
            To = to,
            Local = local,
            Start = _used,
            Length = length,
            Segment = length,
            Segments = 1,
            IsOpen = length > 0,
        };
        _used += length;
    }

    public void Send(ReadOnlySpan<byte> datagram, in NetworkAddress to, in NetworkAddress local)
    {
        datagram.CopyTo(Next());
        Commit(datagram.Length, to, local);
    }

    public void Flush()
    {
        for (var i = 0; i < _count; i++)
            Describe(i, _runs[i]);
        var first = 0;
        var patience = MaxPatienceMilliseconds;
        while (first < _count)
        {
            var sent = Libc.sendmmsg(_port.Descriptor, _messages + first, (uint)(_count - first), Libc.DontWait);
            for (var i = 0; i < sent; i++)
                Count(_runs[first + i]);
            if (sent > 0)
            {
                first += sent;
                continue;
            }

            var error = Marshal.GetLastPInvokeError();
            if (error == Libc.Interrupted)
                continue;
            if (error == Libc.WouldBlock && patience-- > 0)
            {
                _port.WaitToSend(1);
                continue;
            }

            // The message at the head cannot be sent: it is lost like any datagram, the rest goes on.
            var run = _runs[first];
            if (run.Segments > 1 && error != Libc.WouldBlock)
                SendApart(first, run, error);
            else
                FailedSends += run.Segments;
            first++;
        }

        _count = 0;
        _used = 0;
    }

    public void Dispose()
    {
        NativeMemory.Free(_messages);
        NativeMemory.Free(_vectors);
        NativeMemory.AlignedFree(_arena);
        NativeMemory.Free(_names);
        NativeMemory.Free(_controls);
    }

    /// <summary>The kernel takes no runs (EINVAL before 4.18 and when a segment is larger than the path's MTU; EIO where the device cannot
    /// compute checksums): its packets go one by one.</summary>
    private void SendApart(int i, Run run, int error)
    {
        if (error == Libc.InputOutputError || (!_hasSentRun && ++_refusals >= MaxRefusals))
            Segments = false;
        var end = run.Start + run.Length;
        for (var at = run.Start; at < end; at += run.Segment)
        {
            var one = run with { Start = at, Length = Math.Min(run.Segment, end - at), Segments = 1 };
            Describe(i, one);
            if (Libc.sendmmsg(_port.Descriptor, _messages + i, 1, Libc.DontWait) == 1)
                Count(one);
            else
                FailedSends++;
        }
    }

    private void Count(in Run run)
    {
        SentPackets += run.Segments;
        SentMessages++;
        _hasSentRun |= run.Segments > 1;
    }

    private void Describe(int i, in Run run)
    {
        ref var message = ref _messages[i];
        _vectors[i] = new() { Base = _arena + run.Start, Length = (nuint)run.Length };
        var name = new Span<byte>(message.Name, SocketAddressCodec.Size);
        message.NameLength = (uint)SocketAddressCodec.Write(name, run.To, _port.UsesIPv6);
        var control = new Span<byte>(_controls + (i * ControlSize), ControlSize);
        var length = _port.ReportsLocalAddress ? SocketAddressCodec.WritePacketInfo(control, run.Local) : 0;
        if (run.Segments > 1)
        {
            var segment = control.Slice(length, SegmentControl);
            BitConverter.TryWriteBytes(segment, (ulong)SegmentControlLength);
            BitConverter.TryWriteBytes(segment[8..], Libc.LevelUdp);
            BitConverter.TryWriteBytes(segment[12..], Libc.UdpSegment);
            BitConverter.TryWriteBytes(segment[16..], (ushort)run.Segment);
            length += SegmentControl;
        }

        message.ControlLength = (nuint)length;
        message.Control = length == 0 ? null : _controls + (i * ControlSize);
    }

    /// <summary>Packets of one length to one peer, one behind the other in the arena.</summary>
    private struct Run
    {
        public NetworkAddress To;
        public NetworkAddress Local;
        public int Start;
        public int Length;
        public int Segment;
        public int Segments;
        public bool IsOpen;
    }
}
