using System.Diagnostics;
using Muse.SelfHostedMedia.Bandwidth;
using Muse.SelfHostedMedia.Rtp;
using Muse.SelfHostedMedia.Tests.Rooms;
using Muse.SelfHostedMedia.Wire;

namespace Muse.SelfHostedMedia.Tests.Bandwidth;

/// <summary>A viewer that reports what a line of so many bits would do to the packets: a queue of 400 ms, beyond it they are dropped.</summary>
internal sealed class ThinLine
{
    private readonly List<Padded> _padding = [];

    /// <summary>bit/s.</summary>
    public double Rate { get; set; }

    /// <summary>What came of padding alone under the number of RTX.</summary>
    public IReadOnlyList<Padded> Padding
    {
        get
        {
            lock (_padding)
                return [.. _padding];
        }
    }

    public void Report(TestPeer subscriber, CancellationToken stop)
    {
        var clock = Stopwatch.StartNew();
        var log = new ArrivalLog();
        var target = new byte[ArrivalLog.MaxLength];
        var freeAt = 0.0;
        var toldAt = 0L;
        var newest = -1L;
        while (!stop.IsCancellationRequested)
        {
            var length = subscriber.ReceiveRaw(20);
            var now = clock.ElapsedMilliseconds;
            var packet = subscriber.LastRaw(length);
            if (length > 0 && Datagrams.Classify(packet) == DatagramKind.Rtp && RtpHeader.TryParse(packet, out var header)
                && HeaderExtensions.TryFind(packet, header, 7, out var number))
            {
                if (header.PayloadType == 97 && header.HasPadding)
                {
                    lock (_padding)
                        _padding.Add(new(header.Ssrc, header.Sequence, (ushort)((number[0] << 8) | number[1]), length));
                }

                newest = SequenceUnwrap.Unwrap((ushort)((number[0] << 8) | number[1]), newest);
                freeAt = Math.Max(freeAt, now) + (length * 8_000 / Rate);
                if (freeAt - now < 400)
                    log.Arrived((ushort)newest, 1_000_000 + (long)(freeAt * 1_000));
                else
                    freeAt -= length * 8_000 / Rate;
            }

            if (now - toldAt < 60)
                continue;
            toldAt = now;
            while (log.HasNews)
                subscriber.SendRtcp(target.AsSpan(0, log.Write(target, 1, 2)));
        }
    }
}

internal sealed record Padded(uint Ssrc, ushort Sequence, ushort Transport, int Length);
