namespace Muse.SelfHostedMedia.Tests.Recording;

/// <summary>A packet as a sender would make it.</summary>
internal readonly record struct MadePacket(long Index, uint Timestamp, bool Marker, byte[] Payload);

/// <summary>Takes samples apart as browsers do: parameter sets in an aggregate, what is long in fragments, one frame after the other.</summary>
internal sealed class Packetizer(long index)
{
    private const int Most = 1_180;

    private long _index = index;
    private int _picture;

    public List<MadePacket> Packets { get; } = [];

    /// <summary>RFC 6184.</summary>
    public void H264(uint timestamp, IReadOnlyList<byte[]> units)
    {
        var payloads = new List<byte[]>();
        var sets = units.Where(unit => (unit[0] & 0x1F) is 7 or 8).ToArray();
        if (sets.Length > 0)
            payloads.Add([0x78, .. sets.SelectMany(set => (byte[])[(byte)(set.Length >> 8), (byte)set.Length, .. set])]);
        foreach (var unit in units.Except(sets))
        {
            if (unit.Length <= Most + 1)
            {
                payloads.Add(unit);
                continue;
            }

            for (var at = 1; at < unit.Length; at += Most)
            {
                var isLast = at + Most >= unit.Length;
                payloads.Add([
                    (byte)((unit[0] & 0xE0) | 28),
                    (byte)((at == 1 ? 0x80 : 0) | (isLast ? 0x40 : 0) | (unit[0] & 0x1F)),
                    .. unit.AsSpan(at, isLast ? unit.Length - at : Most)]);
            }
        }

        Add(timestamp, payloads);
    }

    /// <summary>RFC 9628, not flexible, pictures numbered.</summary>
    public void Vp9(uint timestamp, byte[] frame)
    {
        var isKey = (frame[0] & 0x0C) == 0;
        var number = _picture++;
        var payloads = new List<byte[]>();
        for (var at = 0; at < frame.Length; at += Most)
        {
            var isLast = at + Most >= frame.Length;
            payloads.Add([
                (byte)(0x80 | (isKey ? 0 : 0x40) | (at == 0 ? 8 : 0) | (isLast ? 4 : 0)),
                (byte)(0x80 | ((number >> 8) & 0x7F)),
                (byte)number,
                .. frame.AsSpan(at, isLast ? frame.Length - at : Most)]);
        }

        Add(timestamp, payloads);
    }

    /// <summary>The RTP payload format for AV1: units without sizes; each packet takes as much as fits, its last element without a length.</summary>
    public void Av1(uint timestamp, IReadOnlyList<byte[]> units)
    {
        var payloads = new List<byte[]>();
        var begins = units.Any(unit => ((unit[0] >> 3) & 15) == 1);
        foreach (var unit in units)
        {
            for (var at = 0; at < unit.Length; at += Most)
            {
                var isLast = at + Most >= unit.Length;
                payloads.Add([
                    (byte)((at > 0 ? 0x80 : 0) | (isLast ? 0 : 0x40) | 0x10 | (begins && payloads.Count == 0 ? 8 : 0)),
                    .. unit.AsSpan(at, isLast ? unit.Length - at : Most)]);
            }
        }

        Add(timestamp, payloads);
    }

    public void Opus(uint timestamp, byte[] packet) => Add(timestamp, [packet]);

    private void Add(uint timestamp, List<byte[]> payloads)
    {
        for (var i = 0; i < payloads.Count; i++)
            Packets.Add(new(_index++, timestamp, i == payloads.Count - 1, payloads[i]));
    }
}
