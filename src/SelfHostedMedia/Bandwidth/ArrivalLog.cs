using System.Buffers.Binary;
using Muse.SelfHostedMedia.Rtp;

namespace Muse.SelfHostedMedia.Bandwidth;

/// <summary>When a publisher's packets arrived, by their transport-wide sequence numbers, and the feedback about it
/// (draft-holmer-rmcat-transport-wide-cc-extensions-01 §3.1). Remembers the last 1,024, whatever the publisher sends.</summary>
internal sealed class ArrivalLog
{
    public const int Capacity = 1_024;

    /// <summary>Bytes of one message at most: 400 statuses, two bytes for each seven, two for each delta.</summary>
    public const int MaxLength = 20 + (((MaxStatuses + 6) / 7) * 2) + (MaxStatuses * 2) + 3;

    private const int MaxStatuses = 400;
    private const int ReferenceMicroseconds = 64_000;
    private const int DeltaMicroseconds = 250;
    private const int SmallDelta = 1;
    private const int LargeDelta = 2;

    private readonly long[] _arrivedAt = new long[Capacity];
    private long _next = -1;
    private long _newest = -1;
    private byte _count;

    /// <summary>Something has arrived since the last message.</summary>
    public bool HasNews { get; private set; }

    /// <param name="microseconds">Of any clock that does not stand still; the kernel's receive stamp. Above 0.</param>
    public void Arrived(ushort sequence, long microseconds)
    {
        var index = SequenceUnwrap.Unwrap(sequence, _newest);
        if (index < 0)
            return;
        if (_newest < 0 || index - _newest >= Capacity)
        {
            _arrivedAt.AsSpan().Clear();
            _next = _newest = index;
        }
        else if (index > _newest)
        {
            for (var missing = _newest + 1; missing < index; missing++)
                _arrivedAt[Slot(missing)] = 0;
            _newest = index;
            _next = Math.Max(_next, _newest - Capacity + 1);
        }
        else if (_newest - index >= Capacity || _arrivedAt[Slot(index)] != 0)
        {
            return;
        }

        // One that came late was reported missing: it is reported once more, with all that follow it.
        _next = Math.Min(_next, index);
        _arrivedAt[Slot(index)] = microseconds;
        HasNews = true;
    }

    /// <summary>Writes the next message; call again while <see cref="HasNews"/>.</summary>
    /// <param name="target">At least <see cref="MaxLength"/> bytes.</param>
    /// <returns>Its length; 0 when there is nothing to tell.</returns>
    public int Write(Span<byte> target, uint sender, uint media)
    {
        if (!HasNews)
            return 0;
        Span<byte> symbols = stackalloc byte[MaxStatuses];
        Span<short> deltas = stackalloc short[MaxStatuses];
        var reference = -1L;
        var time = 0L;
        var first = _next;
        var count = 0;
        for (; _next <= _newest && count < MaxStatuses; _next++)
        {
            var arrivedAt = _arrivedAt[Slot(_next)];
            if (arrivedAt == 0)
            {
                symbols[count++] = 0;
                continue;
            }

            if (reference < 0)
            {
                reference = arrivedAt / ReferenceMicroseconds;
                time = reference * ReferenceMicroseconds;
            }

            // Rounded against what the reader will have added up, so that the error never grows.
            var delta = (arrivedAt - time + (DeltaMicroseconds / 2)) / DeltaMicroseconds;
            if (arrivedAt < time)
                delta = -((time - arrivedAt + (DeltaMicroseconds / 2)) / DeltaMicroseconds);
            if (delta is < short.MinValue or > short.MaxValue)
                break;
            time += delta * DeltaMicroseconds;
            symbols[count] = delta is >= 0 and <= byte.MaxValue ? (byte)SmallDelta : (byte)LargeDelta;
            deltas[count++] = (short)delta;
        }

        HasNews = _next <= _newest;
        return Write(target, sender, media, (ushort)first, Math.Max(0, reference), symbols[..count], deltas[..count]);
    }

    private static int Slot(long index) => (int)(index & (Capacity - 1));

    private int Write(
        Span<byte> target, uint sender, uint media, ushort first, long reference, ReadOnlySpan<byte> symbols, ReadOnlySpan<short> deltas)
    {
        BinaryPrimitives.WriteUInt32BigEndian(target[4..], sender);
        BinaryPrimitives.WriteUInt32BigEndian(target[8..], media);
        BinaryPrimitives.WriteUInt16BigEndian(target[12..], first);
        BinaryPrimitives.WriteUInt16BigEndian(target[14..], (ushort)symbols.Length);
        BinaryPrimitives.WriteUInt32BigEndian(target[16..], ((uint)(reference & 0xFF_FFFF) << 8) | _count++);
        var at = WriteChunks(target, 20, symbols);
        for (var i = 0; i < symbols.Length; i++)
        {
            if (symbols[i] == SmallDelta)
            {
                target[at++] = (byte)deltas[i];
            }
            else if (symbols[i] == LargeDelta)
            {
                BinaryPrimitives.WriteInt16BigEndian(target[at..], deltas[i]);
                at += 2;
            }
        }

        while (at % 4 != 0)
            target[at++] = 0;
        RtcpHeader.Write(target, TransportFeedbackReader.Format, RtcpReader.TransportFeedbackType, at);
        return at;
    }

    /// <summary>Runs of seven and more become run-length chunks, what lies between them vectors: of 14 one-bit symbols where no delta is
    /// large, else of 7 two-bit ones.</summary>
    private static int WriteChunks(Span<byte> target, int at, ReadOnlySpan<byte> symbols)
    {
        for (var i = 0; i < symbols.Length;)
        {
            var run = 1;
            while (i + run < symbols.Length && symbols[i + run] == symbols[i])
                run++;
            int chunk;
            if (run >= 7 || i + run == symbols.Length)
            {
                chunk = (symbols[i] << 13) | run;
                i += run;
            }
            else
            {
                var bits = symbols.Slice(i, Math.Min(14, symbols.Length - i)).Contains((byte)LargeDelta) ? 2 : 1;
                chunk = bits == 1 ? 0x8000 : 0xC000;
                for (var shift = 14 - bits; shift >= 0 && i < symbols.Length; shift -= bits)
                    chunk |= symbols[i++] << shift;
            }

            BinaryPrimitives.WriteUInt16BigEndian(target[at..], (ushort)chunk);
            at += 2;
        }

        return at;
    }
}
