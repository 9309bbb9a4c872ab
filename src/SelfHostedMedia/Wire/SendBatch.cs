using System.Runtime.InteropServices;

namespace Muse.SelfHostedMedia.Wire;

/// <summary>Packets on their way out: written one behind the other into one arena and sent together. Where the kernel knows segments,
/// consecutive packets of one length to one peer, the last of which may be shorter, are one message. A full batch sends itself.</summary>
internal abstract unsafe class SendBatch : IDisposable
{
    /// <summary>Room that <see cref="Next"/> gives at least.</summary>
    public const int MaxPacket = 2_048;

    /// <summary>UDP_MAX_SEGMENTS of every kernel that knows UDP_SEGMENT.</summary>
    public const int MaxSegments = 64;

    /// <summary>Messages. Few: what is encrypted is still in the processor's cache when the kernel copies it, and the first of a large room
    /// need not wait for the last.</summary>
    protected const int Capacity = 16;

    /// <summary>A message and its headers must fit in an IP packet of 65,535 bytes.</summary>
    private const int MaxMessage = 65_000;

    private const int ArenaSize = 512 * 1024;

    /// <summary>A full socket buffer empties within this time, or the link is hopelessly behind.</summary>
    protected const int MaxPatienceMilliseconds = 5;

    private readonly byte* _arena = (byte*)NativeMemory.AlignedAlloc(ArenaSize, 64);
    private readonly Run[] _runs = new Run[Capacity];
    private int _count;
    private int _used;

    public long SentPackets { get; private set; }

    /// <summary>What the kernel was given: <see cref="SentPackets"/> divided by this is the mean run.</summary>
    public long SentMessages { get; private set; }

    public long SentBytes { get; private set; }

    /// <summary>Packets that were lost here: unreachable, too large, or the socket's buffer stayed full.</summary>
    public long FailedSends { get; private set; }

    /// <summary>Packets are merged; turns false for good when this machine refuses it.</summary>
    public bool Segments { get; protected set; }

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
        SendRuns(_runs.AsSpan(0, _count));
        _count = 0;
        _used = 0;
    }

    public virtual void Dispose() => NativeMemory.AlignedFree(_arena);

    /// <summary>Sends what it can, and counts each.</summary>
    protected abstract void SendRuns(ReadOnlySpan<Run> runs);

    protected byte* Start(in Run run) => _arena + run.Start;

    protected void CountSent(in Run run)
    {
        SentPackets += run.Segments;
        SentMessages++;
    }

    /// <summary>They are lost like any datagram.</summary>
    protected void CountFailed(int packets) => FailedSends += packets;

    /// <summary>Packets of one length to one peer, one behind the other in the arena.</summary>
    protected struct Run
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
