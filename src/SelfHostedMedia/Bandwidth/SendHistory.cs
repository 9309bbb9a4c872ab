namespace Muse.SelfHostedMedia.Bandwidth;

/// <summary>What one packet on the way was, until its fate is known.</summary>
internal struct SentPacket
{
    /// <summary>Microseconds.</summary>
    public long SentAt;

    /// <summary>Bytes on the wire without IP and UDP.</summary>
    public ushort Size;

    /// <summary>The probe it was sent in; 0 for none.</summary>
    public byte Probe;

    public PacketFate Fate;

    /// <summary>Part of a key frame: a burst that says nothing about the line's rate.</summary>
    public bool IsKeyFrame;

    /// <summary>Which packet of a sound it was; no SSRC for anything else.</summary>
    public SentSound Sound;
}

/// <param name="Ssrc">0 is no sound.</param>
/// <param name="Index">As sent.</param>
internal readonly record struct SentSound(uint Ssrc, long Index);

internal enum PacketFate : byte
{
    Unknown,
    Arrived,
    Missing,
}

/// <summary>The packets sent to one subscriber under transport-wide sequence numbers. A ring: a subscriber that never acknowledges makes it
/// forget, not grow. It doubles from 512 up to 8,192 packets only while what it would forget is younger than a second.</summary>
internal sealed class SendHistory
{
    public const int MaxCapacity = 8_192;
    private const int FirstCapacity = 512;
    private const long KeepMicroseconds = 1_000_000;

    private SentPacket[] _packets = new SentPacket[FirstCapacity];
    private long _oldest;

    /// <summary>The number that the next packet gets.</summary>
    public long Next { get; private set; }

    public int Capacity => _packets.Length;

    /// <summary>Sent and neither acknowledged nor reported missing nor forgotten.</summary>
    public long BytesUnknown { get; private set; }

    /// <param name="now">Microseconds.</param>
    /// <returns>Its transport-wide sequence number (the lowest 16 bits travel).</returns>
    public long Add(long now, int size, bool isKeyFrame, byte probe, SentSound sound = default)
    {
        if (Next - _oldest == _packets.Length)
            MakeRoom(now);
        ref var packet = ref _packets[(int)(Next & (_packets.Length - 1))];
        packet = new() { SentAt = now, Size = (ushort)size, IsKeyFrame = isKeyFrame, Probe = probe, Sound = sound };
        BytesUnknown += size;
        return Next++;
    }

    /// <summary>The newest number sent whose lowest 16 bits these are.</summary>
    /// <returns>−1 when it was never sent or is forgotten.</returns>
    public long Find(ushort sequence)
    {
        var index = Next - 1 - (ushort)((ushort)(Next - 1) - sequence);
        return index >= _oldest ? index : -1;
    }

    /// <param name="index">As <see cref="Find"/> gave it.</param>
    public ref SentPacket this[long index] => ref _packets[(int)(index & (_packets.Length - 1))];

    /// <summary>Its fate is known from now on.</summary>
    public void Settle(ref SentPacket packet, PacketFate fate)
    {
        if (packet.Fate == PacketFate.Unknown)
            BytesUnknown -= packet.Size;
        packet.Fate = fate;
    }

    private void MakeRoom(long now)
    {
        ref var oldest = ref this[_oldest];
        if (_packets.Length < MaxCapacity && oldest.Fate == PacketFate.Unknown && now - oldest.SentAt < KeepMicroseconds)
        {
            var grown = new SentPacket[_packets.Length * 2];
            for (var index = _oldest; index < Next; index++)
                grown[(int)(index & (grown.Length - 1))] = this[index];
            _packets = grown;
            return;
        }

        Settle(ref oldest, PacketFate.Missing);
        _oldest++;
    }
}
