using System.Runtime.InteropServices;

namespace Muse.SelfHostedMedia.Wire.Linux;

/// <summary>Sent by one system call. A run is one message that the kernel cuts into datagrams (UDP_SEGMENT, "GSO"): on its way through the
/// kernel a message costs about what a datagram costs.</summary>
internal sealed unsafe class LinuxSendBatch : SendBatch
{
    /// <summary>IPV6_PKTINFO and UDP_SEGMENT.</summary>
    private const int ControlSize = SocketAddressCodec.ControlSize + SegmentControl;
    private const int SegmentControl = 24;
    private const int SegmentControlLength = 18;

    /// <summary>Refused messages without one that was taken, after which no more are made.</summary>
    private const int MaxRefusals = 8;

    private readonly LinuxPort _port;
    private readonly Libc.Message* _messages;
    private readonly Libc.Vector* _vectors;
    private readonly byte* _names;
    private readonly byte* _controls;
    private int _refusals;
    private bool _hasSentRun;

    public LinuxSendBatch(LinuxPort port, bool segments)
    {
        _port = port;
        Segments = segments && port.KnowsSegments;
        _messages = (Libc.Message*)NativeMemory.AllocZeroed(Capacity, (nuint)sizeof(Libc.Message));
        _vectors = (Libc.Vector*)NativeMemory.AllocZeroed(Capacity, (nuint)sizeof(Libc.Vector));
        _names = (byte*)NativeMemory.AllocZeroed(Capacity, SocketAddressCodec.Size);
        _controls = (byte*)NativeMemory.AllocZeroed(Capacity, ControlSize);
        for (var i = 0; i < Capacity; i++)
        {
            _messages[i].Name = _names + (i * SocketAddressCodec.Size);
            _messages[i].Vectors = _vectors + i;
            _messages[i].VectorCount = 1;
        }
    }

    public override void Dispose()
    {
        base.Dispose();
        NativeMemory.Free(_messages);
        NativeMemory.Free(_vectors);
        NativeMemory.Free(_names);
        NativeMemory.Free(_controls);
    }

    protected override void SendRuns(ReadOnlySpan<Run> runs)
    {
        for (var i = 0; i < runs.Length; i++)
            Describe(i, runs[i]);
        var first = 0;
        var patience = MaxPatienceMilliseconds;
        while (first < runs.Length)
        {
            var sent = Libc.sendmmsg(_port.Descriptor, _messages + first, (uint)(runs.Length - first), Libc.DontWait);
            for (var i = 0; i < sent; i++)
                Count(runs[first + i]);
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
            var run = runs[first];
            if (run.Segments > 1 && error != Libc.WouldBlock)
                SendApart(first, run, error);
            else
                CountFailed(run.Segments);
            first++;
        }
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
                CountFailed(1);
        }
    }

    private void Count(in Run run)
    {
        CountSent(run);
        _hasSentRun |= run.Segments > 1;
    }

    private void Describe(int i, in Run run)
    {
        ref var message = ref _messages[i];
        _vectors[i] = new() { Base = Start(run), Length = (nuint)run.Length };
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
}
