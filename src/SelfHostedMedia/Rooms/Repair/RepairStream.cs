using System.Security.Cryptography;

namespace Muse.SelfHostedMedia.Rooms.Repair;

/// <summary>The RTX stream beside a subscription (RFC 4588 §4): an SSRC of its own whose numbers only count up, whatever is repaired how often,
/// so that no index of it ever stands for two packets.</summary>
internal sealed class RepairStream(uint ssrc, byte payloadType)
{
    // Begins below 2¹⁵, so that losing the first packets cannot make the peer guess the rollover wrong (RFC 3711 §3.3.1).
    private long _next = RandomNumberGenerator.GetInt32(1_024, 0x7000);

    public uint Ssrc { get; } = ssrc;

    public byte PayloadType { get; } = payloadType;

    public long TakeIndex() => _next++;
}
