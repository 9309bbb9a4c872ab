using System.Buffers.Binary;

namespace Muse.SelfHostedMedia.Bandwidth;

/// <summary>Which transport-wide sequence numbers arrived, and when (draft-holmer-rmcat-transport-wide-cc-extensions-01 §3.1). Reads one
/// RTCP part in place; every count in it comes from a stranger and is checked against the bytes before the first status is read.</summary>
internal ref struct TransportFeedbackReader
{
    public const byte Format = 15;

    /// <summary>Statuses of one message; more than any history remembers are a forgery.</summary>
    public const int MaxStatuses = SendHistory.MaxCapacity;

    private const int HeaderLength = 20;
    private const int ReferenceMicroseconds = 64_000;
    private const int DeltaMicroseconds = 250;
    private const int SmallDelta = 1;
    private const int LargeDelta = 2;

    private readonly ReadOnlySpan<byte> _packet;
    private int _chunkAt;
    private int _deltaAt;
    private ushort _chunk;
    private int _left;
    private int _symbol;
    private int _read;

    private TransportFeedbackReader(ReadOnlySpan<byte> packet, int count, long reference)
    {
        _packet = packet;
        Count = count;
        Reference = reference;
        _chunkAt = HeaderLength;
        ArrivedAt = reference * ReferenceMicroseconds;
        BaseSequence = BinaryPrimitives.ReadUInt16BigEndian(packet[12..]);
        FeedbackCount = packet[19];
    }

    public ushort BaseSequence { get; }

    /// <summary>How many statuses follow.</summary>
    public int Count { get; }

    /// <summary>The receiver's clock in 64 ms, without its rollovers.</summary>
    public long Reference { get; }

    /// <summary>Counts the messages of the receiver, to see lost ones.</summary>
    public byte FeedbackCount { get; }

    public ushort Sequence { get; private set; }

    public bool IsReceived { get; private set; }

    /// <summary>Microseconds of the receiver's clock; of the last received one while <see cref="IsReceived"/> is false.</summary>
    public long ArrivedAt { get; private set; }

    /// <param name="packet">A whole RTCP part of type 205.</param>
    /// <param name="lastReference">Of the message before, to follow the 24-bit rollover; negative for the first.</param>
    /// <returns>False when the statuses it promises, or their deltas, are not in it, or are more than <see cref="MaxStatuses"/>.</returns>
    public static bool TryRead(byte format, ReadOnlySpan<byte> packet, long lastReference, out TransportFeedbackReader reader)
    {
        reader = default;
        if (format != Format || packet.Length < HeaderLength)
            return false;
        int count = BinaryPrimitives.ReadUInt16BigEndian(packet[14..]);
        if (count is 0 or > MaxStatuses)
            return false;
        var raw = (packet[16] << 16) | (packet[17] << 8) | packet[18];
        reader = new(packet, count, Unwrap(raw, lastReference));
        return reader.FindDeltas();
    }

    public bool MoveNext()
    {
        if (_read == Count)
            return false;
        Sequence = (ushort)(BaseSequence + _read);
        _read++;
        while (_left == 0)
            NextChunk();
        var symbol = _symbol >= 0 ? _symbol : NextOfVector();
        _left--;
        IsReceived = symbol is SmallDelta or LargeDelta;
        if (symbol == SmallDelta)
        {
            ArrivedAt += _packet[_deltaAt] * DeltaMicroseconds;
            _deltaAt++;
        }
        else if (symbol == LargeDelta)
        {
            ArrivedAt += BinaryPrimitives.ReadInt16BigEndian(_packet[_deltaAt..]) * DeltaMicroseconds;
            _deltaAt += 2;
        }

        return true;
    }

    private static long Unwrap(int raw, long last)
    {
        // The first begins one rollover up, so that time before it stays positive.
        if (last < 0)
            return raw + 0x100_0000L;
        var difference = (raw - (int)(last & 0xFF_FFFF)) << 8 >> 8;
        return last + difference;
    }

    /// <summary>The deltas stand behind the last chunk, so the chunks are counted through once.</summary>
    private bool FindDeltas()
    {
        var covered = 0;
        var deltas = 0;
        var at = HeaderLength;
        while (covered < Count)
        {
            if (at + 2 > _packet.Length)
                return false;
            var chunk = BinaryPrimitives.ReadUInt16BigEndian(_packet[at..]);
            at += 2;
            if ((chunk & 0x8000) == 0)
            {
                var run = Math.Min(chunk & 0x1FFF, Count - covered);
                deltas += run * DeltaLength((chunk >> 13) & 3);
                covered += run;
                continue;
            }

            var bits = (chunk & 0x4000) == 0 ? 1 : 2;
            for (var shift = 14 - bits; shift >= 0 && covered < Count; shift -= bits)
            {
                deltas += DeltaLength((chunk >> shift) & ((1 << bits) - 1));
                covered++;
            }
        }

        _deltaAt = at;
        return at + deltas <= _packet.Length;
    }

    private static int DeltaLength(int symbol) => symbol switch
    {
        SmallDelta => 1,
        LargeDelta => 2,
        _ => 0,
    };

    private void NextChunk()
    {
        _chunk = BinaryPrimitives.ReadUInt16BigEndian(_packet[_chunkAt..]);
        _chunkAt += 2;
        if ((_chunk & 0x8000) == 0)
        {
            _symbol = (_chunk >> 13) & 3;
            _left = _chunk & 0x1FFF;
            return;
        }

        _symbol = -1;
        _left = (_chunk & 0x4000) == 0 ? 14 : 7;
    }

    private readonly int NextOfVector() => (_chunk & 0x4000) == 0 ? (_chunk >> (_left - 1)) & 1 : (_chunk >> ((_left - 1) * 2)) & 3;
}
